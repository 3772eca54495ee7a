"""Writing what blocks did: entries as they come, balances once they are asked for or at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokenpoints.chain.logged import PlacedEvent
from tokenpoints.domain.blocks import Block
from tokenpoints.domain.expiry import epoch_turns
from tokenpoints.domain.ledger import accounts_in, apply
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.indexer.source import Span, TouchingTransaction
from tokenpoints.storage import expiry, ledger
from tokenpoints.storage.database import Session

_REMEMBERED_MAX = 150_000

TransactionEvents = tuple[int, list[PlacedEvent]]
"""A block's timestamp, and the events of one of its transactions."""


@dataclass
class Words:
    """What is known of one program's words: in the tables, and on the way there."""

    known: dict[Address, int] = field(default_factory=dict)
    """Packed; 0 where an account has none."""
    unsaved: dict[Address, int] = field(default_factory=dict)
    """Of those that are not in the tables yet, the number of the block of the latest log."""


class Recorder:
    """One session's writing, on words that are remembered from session to session.

    What it remembers is true only after the last block that it recorded, and only if its session was committed:
    after anything else `forget` must be called.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._programs = list(deployment.programs.values())
        self._program_of = {
            contract.address: program.slug for program in self._programs for contract in program.contracts.logging
        }
        self._words: dict[str, Words] = {}
        self.after: Hash32 | None = None
        """The hash of the last block that was recorded."""
        self._timestamp: int | None = None
        self.forget()

    def forget(self) -> None:
        """Remember nothing."""
        self._words = {program.slug: Words() for program in self._programs}
        self.after, self._timestamp = None, None

    def begin(self, after: Hash32 | None, timestamp: int | None) -> None:
        """Go on after the block of that hash and timestamp; with neither, before the first."""
        if self.after != after:
            self.forget()
        self.after, self._timestamp = after, timestamp

    async def add(self, session: Session, span: Span) -> int:
        """Record a span, but for the balances after it. Returns the number of entries."""
        await ledger.add_blocks(session, span.blocks)
        await ledger.add_transactions(session, [_transaction_row(each) for each in span.transactions])
        logged = self._by_transaction(span)
        count = 0
        for program in self._programs:
            count += await self._add_program(session, program, span.blocks, logged[program.slug])
            if len((words := self._words[program.slug]).known) > _REMEMBERED_MAX:
                # However many members there are, only so many are in memory.
                await self._save(session, program.slug, words)
                words.known = {}
        self.after, self._timestamp = span.blocks[-1].hash, span.blocks[-1].timestamp
        return count

    async def save_balances(self, session: Session) -> None:
        """Write the balances after the last block. The checkpoint can be set then."""
        for slug, words in self._words.items():
            await self._save(session, slug, words)

    async def _save(self, session: Session, slug: str, words: Words) -> None:
        unsaved = {account: (words.known[account], number) for account, number in words.unsaved.items()}
        await ledger.set_balances(session, slug, unsaved)
        words.unsaved = {}

    async def _add_program(
        self, session: Session, program: Program, blocks: list[Block], transactions: list[TransactionEvents]
    ) -> int:
        words, count = self._words[program.slug], 0
        for turn in epoch_turns(blocks, self._timestamp, program.clock):
            before = [each for each in transactions if _block_of(each) < turn.block_number]
            transactions = transactions[len(before) :]
            count += await self._apply(session, program, words, before)
            await self._save(session, program.slug, words)
            count += await expiry.add_expiries(session, program.slug, turn)
        return count + await self._apply(session, program, words, transactions)

    async def _apply(
        self, session: Session, program: Program, words: Words, transactions: list[TransactionEvents]
    ) -> int:
        if not transactions:
            return 0
        await self._learn(session, program.slug, words, accounts_in(transactions))
        change = apply(transactions, words.known, program.clock)
        await ledger.add_change(session, program.slug, change)
        words.known.update(change.words)
        words.unsaved.update({entry.account: entry.block_number for entry in change.entries})
        return len(change.entries)

    async def _learn(self, session: Session, slug: str, words: Words, accounts: set[Address]) -> None:
        missing = accounts.difference(words.known)
        found: Mapping[Address, int] = await ledger.packed_words_of(session, slug, missing)
        words.known.update({account: found.get(account, 0) for account in missing})

    def _by_transaction(self, span: Span) -> dict[str, list[TransactionEvents]]:
        """Each program's events, by transaction in the order of the chain."""
        timestamps = {block.number: block.timestamp for block in span.blocks}
        found: dict[str, list[TransactionEvents]] = {program.slug: [] for program in self._programs}
        for each in span.logged:
            slugs = {self._program_of[contract] for contract in set(each.contracts)}
            for slug in slugs:
                events = each.events
                if len(slugs) > 1:
                    of_each = zip(events, each.contracts, strict=True)
                    events = [event for event, contract in of_each if self._program_of[contract] == slug]
                found[slug].append((timestamps[each.block_number], events))
        return found


def _block_of(transaction: TransactionEvents) -> int:
    return transaction[1][0][0].block_number


def _transaction_row(transaction: TouchingTransaction) -> dict[str, object]:
    return {
        "hash": transaction.hash,
        "block_number": transaction.block_number,
        "position": transaction.position,
        "sender": transaction.sender,
        "recipient": transaction.recipient,
        "nonce": transaction.nonce,
        "selector": transaction.selector,
    }
