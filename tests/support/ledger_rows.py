"""Writes a ledger straight into the tables, as gateway, submitter and indexer would have left it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import rlp
from sqlalchemy import Table, func, insert, select

from tests.support.programs import CHAIN_ID, NOW, account_of, hash_of
from tokenpoints.domain.batches import BatchEntry, receipts_root
from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.events import Dealing
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.programs import Program
from tokenpoints.domain.rules import RefusalReason, Terms
from tokenpoints.domain.types import Address, Hash32, Points
from tokenpoints.storage import tables
from tokenpoints.storage.database import Database
from tokenpoints.storage.expiry import BEFORE_ALL_LOGS
from tokenpoints.storage.terms import stored_multipliers

AWARD_SELECTOR = keccak(b"award(uint64,(uint32,uint32,uint40,uint40,bytes)[],bytes32)")[:4]

_GAS_LIMIT, _MAX_FEE_WEI, _PRIORITY_FEE_WEI = 16_000_000, 4 * 10**9, 10**9
# The fields of EIP-1559 up to the gas limit.
_SIGNED_BYTES = b"\x02" + rlp.encode(
    [number.to_bytes(8, "big") for number in (31337, 0, _PRIORITY_FEE_WEI, _MAX_FEE_WEI, _GAS_LIMIT)]
)


@dataclass(frozen=True)
class Purchase:
    """A receipt of `member` over `amount` won."""

    member: str
    amount: int
    occurred_at: datetime
    reference: str


@dataclass
class LedgerRows:
    """Rows of one program, built in the order in which things happened."""

    program: Program
    first_block: int = 1
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    words: dict[Address, AccountWord] = field(default_factory=dict)
    log_index: int = 0
    position: int = 0
    nonce: int = 0
    batch_count: int = 0
    version: int = 0
    terms: Terms | None = None

    def __post_init__(self) -> None:
        self.block_number = self.first_block - 1
        self.timestamp = self.program.calendar.start

    # What the chain does.

    def block(self, at: datetime) -> int:
        """Mine the next block."""
        self.block_number += 1
        self.timestamp = int(at.timestamp())
        self.log_index = self.position = 0
        self._add(
            tables.blocks,
            number=self.block_number,
            hash=hash_of(f"block {self.block_number}"),
            parent_hash=hash_of(f"block {self.block_number - 1}"),
            timestamp=self.timestamp,
            gas_used=0,
            gas_limit=36_000_000,
            base_fee_wei=1_000_000_000,
            transaction_count=0,
        )
        return self.block_number

    def transaction(self, *, selector: bytes | None = None, recipient: Address | None = None) -> Hash32:
        """A transaction of the issuer in the current block."""
        self.nonce += 1
        transaction_hash = hash_of(f"{self.program.slug} transaction {self.nonce}")
        self._add(
            tables.transactions,
            hash=transaction_hash,
            block_number=self.block_number,
            position=self.position,
            sender=self.program.issuer,
            recipient=recipient or self.program.contracts.rules.address,
            nonce=self.nonce,
            selector=selector,
        )
        self.position += 1
        block = self.rows["blocks"][-1]
        block["transaction_count"] += 1
        block["gas_used"] += 84_000
        return transaction_hash

    def set_rule(self, terms: Terms, *, effective_at: datetime | None = None) -> Hash32:
        self.version += 1
        self.terms = terms
        transaction_hash = self.transaction(selector=bytes.fromhex("aabbccdd"))
        values = {name: getattr(terms, name) for name in Terms.__slots__}
        values["multipliers"] = stored_multipliers(terms.multipliers)
        self._add(
            tables.rule_versions,
            program=self.program.slug,
            rule_id=1,
            version=self.version,
            effective_at=int(effective_at.timestamp()) if effective_at else 0 if self.version == 1 else self.timestamp,
            cancelled_in_block=None,
            block_number=self.block_number,
            transaction_hash=transaction_hash,
            log_index=self._next_log(),
            **values,
        )
        return transaction_hash

    def award(self, purchases: Sequence[Purchase], *, refused: dict[int, RefusalReason] | None = None) -> Hash32:
        """Seal `purchases` into the next batch and mint it in the current block."""
        terms = self._terms()
        batch_seq, batch_entries = self.seal(purchases)
        transaction_hash = self.transaction(selector=AWARD_SELECTOR)
        self._submission(batch_seq, transaction_hash)
        refused = refused or {}
        for position, reason in refused.items():
            entry = batch_entries[position]
            self._add(
                tables.refusals,
                program=self.program.slug,
                issuer=self.program.issuer,
                batch_number=self.batch_count,
                position=position,
                account=entry.account,
                units=entry.units,
                reason=int(reason),
                rule_id=1,
                rule_version=self.version,
                block_number=self.block_number,
                transaction_hash=transaction_hash,
                log_index=self._next_log(),
            )
        minted = 0
        for position, entry in enumerate(batch_entries):
            if position in refused:
                continue
            points = terms.points_for(entry.units)
            minted += points
            self._expire(entry.account, transaction_hash)
            self.words[entry.account] = self._word(entry.account).awarded(points)
            self._entry(
                entry.account,
                EntryType.AWARD,
                points,
                transaction_hash,
                rule_id=1,
                rule_version=self.version,
                batch_issuer=self.program.issuer,
                batch_number=self.batch_count,
                batch_position=position,
            )
        self._add(
            tables.awarded_groups,
            program=self.program.slug,
            issuer=self.program.issuer,
            batch_number=self.batch_count,
            first_position=0,
            rule_id=1,
            rule_version=self.version,
            entry_count=len(batch_entries),
            refused_count=len(refused),
            minted=minted,
            mints_hash=hash_of(f"mints {self.batch_count}"),
            block_number=self.block_number,
            transaction_hash=transaction_hash,
            log_index=self._next_log(),
        )
        self._add(
            tables.awarded_batches,
            program=self.program.slug,
            issuer=self.program.issuer,
            number=self.batch_count,
            entry_count=len(batch_entries),
            refused_count=len(refused),
            minted=minted,
            receipts_root=receipts_root(batch_entries),
            mints_hash=hash_of(f"mints {self.batch_count}"),
            block_number=self.block_number,
            transaction_hash=transaction_hash,
            log_index=self._next_log(),
        )
        return transaction_hash

    def transfer(self, sender: Address, recipient: Address, points: int) -> Hash32:
        transaction_hash = self.transaction(
            selector=bytes.fromhex("a9059cbb"), recipient=self.program.contracts.token.address
        )
        self._expire(sender, transaction_hash)
        self._expire(recipient, transaction_hash)
        rest, taken = self._word(sender).spent(Points(points))
        self.words[sender] = rest
        self.words[recipient] = self._word(recipient).received(taken)
        log_index = self._next_log()
        self._entry(
            sender, EntryType.TRANSFER_OUT, -points, transaction_hash, log_index=log_index, counterparty=recipient
        )
        self._entry(
            recipient, EntryType.TRANSFER_IN, points, transaction_hash, log_index=log_index, counterparty=sender
        )
        return transaction_hash

    def cancelled_rule(self, terms: Terms) -> Hash32:
        """Announce a version and take it back in the same block."""
        current = self._terms()
        self.set_rule(terms)
        self.rows["rule_versions"][-1].update(cancelled_in_block=self.block_number, effective_at=self.timestamp + 1)
        self.version, self.terms = self.version - 1, current
        return self.program_change("ChangeCancelled", 1)

    def program_change(self, name: str, value: int, account: Address | None = None) -> Hash32:
        transaction_hash = self.transaction()
        self._add(
            tables.program_changes,
            program=self.program.slug,
            block_number=self.block_number,
            log_index=self._next_log(),
            transaction_hash=transaction_hash,
            name=name,
            value=value,
            account=account,
        )
        return transaction_hash

    def agreement(self) -> Hash32:
        """This side's signature under one with nobody in particular."""
        transaction_hash = self.transaction(recipient=self.program.contracts.exchange.address)
        self._add(
            tables.agreements,
            program=self.program.slug,
            id=hash_of("agreement"),
            source=self.program.contracts.exchange.address,
            source_points=3,
            target=account_of("a partner's exchange"),
            target_points=2,
            quota=1_000,
            quota_window_seconds=86_400,
            opens_at=0,
            closes_at=2**40 - 1,
            settlement="0",
            terms_hash=hash_of("terms"),
            block_number=self.block_number,
            log_index=self._next_log(),
            transaction_hash=transaction_hash,
        )
        return transaction_hash

    def dealing(self, dealing: Dealing) -> Hash32:
        """What happened under it, alone in its transaction."""
        transaction_hash = self.transaction(recipient=self.program.contracts.exchange.address)
        self._add(
            tables.agreement_dealings,
            program=self.program.slug,
            block_number=self.block_number,
            log_index=self._next_log(),
            transaction_hash=transaction_hash,
            dealing=dealing.value,
            agreement_id=hash_of("agreement"),
            amount="5",
        )
        return transaction_hash

    def event(
        self,
        account: Address,
        entry_type: EntryType,
        amount: int,
        *,
        reason: int | None = None,
        batch: int | None = None,
    ) -> Hash32:
        """An entry of another kind, alone in its transaction."""
        transaction_hash = self.transaction(recipient=self.program.contracts.token.address)
        word = self._word(account)
        self.words[account] = word.spent(Points(-amount))[0] if amount < 0 else word.received((amount, 0, 0, 0))
        place: dict[str, Any] = (
            {"batch_issuer": self.program.issuer, "batch_number": batch, "batch_position": 0} if batch else {}
        )
        self._entry(account, entry_type, amount, transaction_hash, reason=reason, **place)
        return transaction_hash

    def sweep(self, *accounts: Address) -> Hash32:
        transaction_hash = self.transaction(
            selector=bytes.fromhex("0a0b0c0d"), recipient=self.program.contracts.token.address
        )
        for account in accounts:
            self._expire(account, transaction_hash)
        return transaction_hash

    # What the gateway and the submitter do.

    def member(self, name: str, created_at: datetime | None = None) -> Address:
        """The member's account; joins on first use."""
        account = account_of(f"{self.program.slug} member {name}")
        if all(row["account"] != account for row in self.rows.get("members", [])):
            self._add(
                tables.members,
                seq=self._seq("members"),
                id=f"mem_{self.program.slug}_{name}",
                program=self.program.slug,
                customer_id=f"customer-secret-{name}",
                salt=hash_of(f"salt {name}"),
                commitment=hash_of(f"commitment {name}"),
                account=account,
                created_at=created_at or NOW,
            )
        return account

    def receipt(self, purchase: Purchase, *, received_at: datetime | None = None) -> int:
        """Record a receipt and its award; returns the award's seq."""
        account = self.member(purchase.member)
        member_seq = next(row["seq"] for row in self.rows["members"] if row["account"] == account)
        received = received_at or datetime.fromtimestamp(self.timestamp, UTC)
        receipt_seq, award_seq = self._seq("receipts"), self._seq("awards")
        self._add(
            tables.receipts,
            seq=receipt_seq,
            id=f"rec_{self.program.slug}_{receipt_seq}",
            program=self.program.slug,
            reference=purchase.reference,
            member_seq=member_seq,
            kind="purchase",
            amount=purchase.amount,
            occurred_at=purchase.occurred_at,
            body_hash=hash_of(purchase.reference),
            received_at=received,
        )
        self._add(
            tables.awards,
            seq=award_seq,
            id=f"awd_{self.program.slug}_{award_seq}",
            program=self.program.slug,
            receipt_seq=receipt_seq,
            member_seq=member_seq,
            rule_id=1,
            units=purchase.amount,
            points_expected=self._terms().points_for(purchase.amount),
            created_at=received,
            batch_seq=None,
            position=None,
        )
        return award_seq

    def seal(self, purchases: Sequence[Purchase]) -> tuple[int, list[BatchEntry]]:
        """Put the awards of `purchases` into the next batch."""
        self.batch_count += 1
        batch_seq = self._seq("batches")
        award_seqs = [self.receipt(purchase) for purchase in purchases]
        batch_entries = [
            BatchEntry(self.member(purchase.member), purchase.amount, hash_of(purchase.reference))
            for purchase in purchases
        ]
        self._add(
            tables.batches,
            seq=batch_seq,
            program=self.program.slug,
            issuer=self.program.issuer,
            number=self.batch_count,
            receipts_root=receipts_root(batch_entries),
            entry_count=len(purchases),
            sealed_at=datetime.fromtimestamp(self.timestamp, UTC),
        )
        for position, award_seq in enumerate(award_seqs):
            row = next(row for row in reversed(self.rows["awards"]) if row["seq"] == award_seq)
            row.update(batch_seq=batch_seq, position=position)
        return batch_seq, batch_entries

    def submit(self, purchases: Sequence[Purchase], *, name: str) -> Hash32:
        """Seal and sign a batch that no block holds yet."""
        batch_seq, _ = self.seal(purchases)
        transaction_hash = hash_of(name)
        self.nonce += 1
        self._submission(batch_seq, transaction_hash)
        return transaction_hash

    async def write(self, database: Database, *, head: int | None = None, finalized: int | None = None) -> None:
        """Insert everything, with balances and a checkpoint."""
        for account, word in self.words.items():
            self._add(
                tables.balances,
                program=self.program.slug,
                account=account,
                epoch=word.epoch,
                lot_0=word.lots[0],
                lot_1=word.lots[1],
                lot_2=word.lots[2],
                lot_3=word.lots[3],
                word=word.pack().to_bytes(32, "big"),
                block_number=self.block_number,
            )
        last = self.block_number
        self._add(
            tables.checkpoints,
            chain_id=CHAIN_ID,
            block_number=last,
            block_hash=hash_of(f"block {last}"),
            head_number=last if head is None else head,
            finalized_number=max(0, last - 2) if finalized is None else finalized,
            observed_at=NOW,
        )
        async with database.session() as session:
            for table in tables.metadata.sorted_tables:
                if rows := self.rows.get(table.name):
                    await session.execute(insert(table), rows)
                    if "seq" in table.columns and session.dialect.name == "postgresql":
                        # Rows that count themselves leave the server's own count behind.
                        count = func.setval(func.pg_get_serial_sequence(table.name, "seq"), len(rows))
                        await session.execute(select(count))

    # The rest.

    def _terms(self) -> Terms:
        if self.terms is None:
            raise ValueError("set a rule first")
        return self.terms

    def _word(self, account: Address) -> AccountWord:
        clock = self.program.clock
        return self.words.get(account, AccountWord()).rolled(clock.epoch_at(self.timestamp), clock)

    def _expire(self, account: Address, transaction_hash: Hash32) -> None:
        before = self.words.get(account, AccountWord())
        self.words[account] = rolled = self._word(account)
        if expired := before.balance - rolled.balance:
            self._entry(account, EntryType.EXPIRY, -expired, None, log_index=BEFORE_ALL_LOGS)
            self._entry(account, EntryType.EXPIRY_LOGGED, 0, transaction_hash)

    def _entry(
        self,
        account: Address,
        entry_type: EntryType,
        amount: int,
        transaction_hash: Hash32 | None,
        *,
        log_index: int | None = None,
        **more: Any,
    ) -> None:
        word = self.words[account]
        self._add(
            tables.entries,
            block_number=self.block_number,
            log_index=self._next_log() if log_index is None else log_index,
            account=account,
            program=self.program.slug,
            transaction_hash=transaction_hash,
            type=entry_type.value,
            amount=amount,
            balance_after=word.balance,
            word_after=word.pack().to_bytes(32, "big"),
            **{
                "counterparty": None,
                "rule_id": None,
                "rule_version": None,
                "batch_issuer": None,
                "batch_number": None,
                "batch_position": None,
                "reason": None,
                **more,
            },
        )

    def _submission(self, batch_seq: int, transaction_hash: Hash32) -> None:
        self._add(
            tables.submissions,
            seq=self._seq("submissions"),
            batch_seq=batch_seq,
            issuer=self.program.issuer,
            batch_number=self.rows["batches"][batch_seq - 1]["number"],
            nonce=self.nonce,
            attempt=0,
            transaction_hash=transaction_hash,
            signed_bytes=_SIGNED_BYTES,
            gas_limit=_GAS_LIMIT,
            max_fee_wei=_MAX_FEE_WEI,
            priority_fee_wei=_PRIORITY_FEE_WEI,
            block_number=self.block_number,
            created_at=datetime.fromtimestamp(self.timestamp, UTC),
        )

    def _next_log(self) -> int:
        self.log_index += 1
        return self.log_index - 1

    def _seq(self, table: str) -> int:
        return len(self.rows.get(table, [])) + 1

    def _add(self, table: Table, **values: Any) -> None:
        self.rows.setdefault(table.name, []).append(values)


async def create_tables(database: Database) -> None:
    async with database.session() as session:
        await session.run_sync(tables.metadata.create_all)
