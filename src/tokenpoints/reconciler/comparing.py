"""One comparison: all that the tables say of a program, against the contracts at the tables' own block."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tokenpoints.domain import reconciliation
from tokenpoints.domain.programs import Program
from tokenpoints.domain.reconciliation import Counts, Difference, StoredAccount
from tokenpoints.domain.types import Address
from tokenpoints.reconciler.chain_state import ChainState
from tokenpoints.storage import program_reads, reconciliations, terms
from tokenpoints.storage.database import Session

PAGE_ACCOUNTS = 6_000
PAGE_BATCHES = 600
DIFFERENCES_KEPT = 100


class Comparison:
    """Compares page by page, so that memory does not grow with the program.

    `session` sees the tables at the moment of one checkpoint, `chain` the contracts at its block, whose time is
    `timestamp`.
    """

    def __init__(self, session: Session, chain: ChainState, program: Program, timestamp: int) -> None:
        self._session, self._chain, self._program = session, chain, program
        self._clock = program.clock
        self._epoch = self._clock.epoch_at(timestamp)
        self._accounts = self._rule_versions = self._batches = 0
        self.difference_count = 0
        self.differences: list[Difference] = []
        """The first of them."""

    @property
    def counts(self) -> Counts:
        return Counts(self._accounts, self._rule_versions, self._batches)

    async def run(self) -> None:
        """Compare everything."""
        await self._compare_rules()
        await self._compare_batches()
        await self._compare_supply()
        await self._compare_accounts()

    def _note(self, difference: Difference | None) -> None:
        if difference is None:
            return
        self.difference_count += 1
        if len(self.differences) < DIFFERENCES_KEPT:
            self.differences.append(difference)

    async def _compare_rules(self) -> None:
        stored = await terms.versions(self._session, self._program.slug)
        for rule_id in sorted(stored.keys() | {rule.id for rule in self._program.rules}):
            ours = {version.number: version for version in stored.get(rule_id, [])}
            theirs = await self._chain.rule(rule_id)
            self._rule_versions += len(ours.keys() | theirs.keys())
            for difference in reconciliation.rule_differences(rule_id, ours, theirs):
                self._note(difference)

    async def _compare_batches(self) -> None:
        issuers = await reconciliations.issuers(self._session, self._program.slug)
        for issuer in sorted(issuers | {self._program.issuer}):
            count = await self._chain.batch_count(issuer)
            for first in range(1, count + 1, PAGE_BATCHES):
                await self._compare_batch_page(issuer, range(first, min(first + PAGE_BATCHES, count + 1)))
            await self._note_batches_above(issuer, count)

    async def _compare_batch_page(self, issuer: Address, numbers: range) -> None:
        ours = await reconciliations.batches_in(self._session, self._program.slug, issuer, numbers)
        theirs = await self._chain.batches(issuer, numbers)
        self._batches += len(numbers)
        for number in numbers:
            self._note(reconciliation.batch_difference(issuer, number, ours.get(number), theirs.get(number)))

    async def _note_batches_above(self, issuer: Address, number: int) -> None:
        """Batches that the chain has not, whatever their numbers are."""
        while surplus := await reconciliations.batches_above(
            self._session, self._program.slug, issuer, number, limit=PAGE_BATCHES
        ):
            self._batches += len(surplus)
            for number, record in surplus.items():
                self._note(reconciliation.batch_difference(issuer, number, record, None))

    async def _compare_supply(self) -> None:
        live = await program_reads.supply_by_epoch(
            self._session, self._program.slug, epoch=self._epoch, points_expire=self._clock.points_expire
        )
        token = self._program.contracts.token.address
        self._note(
            reconciliation.supply_difference(token, live, await self._chain.supply_word(), self._epoch, self._clock)
        )

    async def _compare_accounts(self) -> None:
        async for page in self._account_pages():
            self._accounts += len(page)
            words = await self._chain.words([stored.account for stored in page])
            for stored, word in zip(page, words, strict=True):
                self._note(reconciliation.account_difference(stored, word, self._epoch, self._clock))

    async def _account_pages(self) -> AsyncIterator[list[StoredAccount]]:
        """Every account that the chain has written, then every member's that it has not."""
        program, after = self._program.slug, Address(b"")
        while page := await reconciliations.accounts_after(self._session, program, after, limit=PAGE_ACCOUNTS):
            yield page
            after = page[-1].account
        after = Address(b"")
        while unwritten := await reconciliations.members_without_balance(
            self._session, program, after, limit=PAGE_ACCOUNTS
        ):
            yield [StoredAccount(account, 0, 0, (0, 0, 0, 0)) for account in unwritten]
            after = unwritten[-1]
