"""The tables.

The gateway and the submitter own `members`, `receipts`, `referrals`, `refunds`, `adjustments`, `awards`, `batches`,
`submissions`, `dead_letters` and `submitter_states`, the gateway and the operator `operations`,
`operation_submissions`, `operator_states`, `clawbacks` with their parts and returns, and `restorations`. `leases`
says which process does which work, `webhook_endpoints` and `webhook_messages` what is told to whom, `api_keys` and
`api_key_days` who may call the gateway and how much they recorded, `audit_log` what they did, `idempotency_keys` what
they were answered, `sign_in_nonces` which members may sign in; `merges`, `erasures`, `erasure_policies`,
`erased_awards` and `erased_references` say which members became another or nobody. All others are derived from the
chain by the indexer and can be rebuilt from block 0. The two sides meet in (program, issuer, batch number, position).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 so that it sorts and compares everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up only an INTEGER PRIMARY KEY.
_Sequence = BigInteger().with_variant(Integer(), "sqlite")
_Address = LargeBinary(20)
_Hash = LargeBinary(32)

members = Table(
    "members",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("customer_id", String(128), nullable=False),
    Column("salt", _Hash, nullable=False),
    Column("commitment", _Hash, nullable=False),
    Column("account", _Address, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("program", "customer_id"),
    UniqueConstraint("program", "account"),
)

merges = Table(  # members who turned out to be another one
    "merges",
    metadata,
    Column("member_seq", BigInteger, ForeignKey("members.seq"), primary_key=True, autoincrement=False),
    Column("into_seq", BigInteger, ForeignKey("members.seq"), nullable=False, index=True),  # who is merged with nobody
    Column("merged_at", Instant, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("reference", String(128), nullable=False),
    Column("member_seq", BigInteger, ForeignKey("members.seq"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),  # in the currency's smallest unit
    Column("occurred_at", Instant, nullable=False),
    Column("body_hash", _Hash, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("store", String(128)),
    Column("channel", String(128)),  # what sent it; no part of the receipt
    Column("details", Text),  # JSON: what only some kinds have
    Column("once_key", String(80)),  # of what counts once: the first sign-up, a year's birthday
    UniqueConstraint("program", "reference"),
)
Index(
    "ix_receipts_once",
    receipts.c.program,
    receipts.c.once_key,
    unique=True,
    sqlite_where=receipts.c.once_key.is_not(None),
    postgresql_where=receipts.c.once_key.is_not(None),
)

referrals = Table(  # who brought whom, from the receipt of the referral on
    "referrals",
    metadata,
    Column("receipt_seq", BigInteger, ForeignKey("receipts.seq"), primary_key=True, autoincrement=False),
    Column("friend_seq", BigInteger, ForeignKey("members.seq"), nullable=False, unique=True),
    Column("purchase_seq", BigInteger, ForeignKey("receipts.seq"), index=True),  # the friend's first
    Column("is_credited", Boolean),  # null until there is one
)

refunds = Table(  # what of a purchase was given back
    "refunds",
    metadata,
    Column("receipt_seq", BigInteger, ForeignKey("receipts.seq"), primary_key=True, autoincrement=False),
    Column("refunded_seq", BigInteger, ForeignKey("receipts.seq"), nullable=False),
    Column("number", Integer, nullable=False),  # of that purchase's refunds, from 1
    Column("amount", BigInteger, nullable=False),
    Column("pieces", Text, nullable=False),  # JSON: how many of each line, by its number
    UniqueConstraint("refunded_seq", "number"),
)

adjustments = Table(  # points given or taken by hand, and who allowed it
    "adjustments",
    metadata,
    Column("receipt_seq", BigInteger, ForeignKey("receipts.seq"), primary_key=True, autoincrement=False),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("points", BigInteger, nullable=False),  # below 0: taken
    Column("state", String(20), nullable=False),
    Column("requested_by", String(40), nullable=False),  # an API key
    Column("requested_lineage", String(40), nullable=False),
    Column("expires_at", Instant, nullable=False),  # unless it is decided before
    Column("decided_by", String(40)),
    Column("decided_at", Instant),
    Index("ix_adjustments_program_receipt_seq", "program", "receipt_seq"),
)

batches = Table(
    "batches",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("program", String(40), nullable=False),
    Column("issuer", _Address, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("receipts_root", _Hash, nullable=False),
    Column("entry_count", Integer, nullable=False),
    Column("sealed_at", Instant, nullable=False),
    UniqueConstraint("program", "issuer", "number"),
)

awards = Table(
    "awards",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("receipt_seq", BigInteger, ForeignKey("receipts.seq"), nullable=False, index=True),
    Column("member_seq", BigInteger, ForeignKey("members.seq"), nullable=False),
    Column("rule_id", BigInteger, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("points_expected", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("batch_seq", BigInteger, ForeignKey("batches.seq")),
    Column("position", Integer),
    UniqueConstraint("batch_seq", "position"),
    Index("ix_awards_member_seq_seq", "member_seq", "seq"),
)
Index(
    "ix_awards_unsealed",
    awards.c.program,
    awards.c.seq,
    sqlite_where=awards.c.batch_seq.is_(None),
    postgresql_where=awards.c.batch_seq.is_(None),
)

erased_awards = Table(  # what an erased person's awards leave of themselves: the leaves of their batches' trees
    "erased_awards",
    metadata,
    Column("batch_seq", BigInteger, ForeignKey("batches.seq"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("rule_id", BigInteger, nullable=False),
    Column("account", _Address, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("receipt_hash", _Hash, nullable=False),
)

erased_references = Table(  # of receipts that are erased: they stay used, and lead to nothing
    "erased_references",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("reference_hash", _Hash, primary_key=True),
)

erasure_policies = Table(  # what becomes of the points of whoever is erased
    "erasure_policies",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("points", String(20), nullable=False),
    Column("account", _Address),  # to which they are transferred
    Column("reward", BigInteger),  # for which they are redeemed
)

erasures = Table(
    "erasures",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("member_seq", BigInteger, ForeignKey("members.seq"), index=True),  # none once nobody is there
    Column("operation_seq", BigInteger, ForeignKey("operations.seq")),  # the same
    Column("requested_at", Instant, nullable=False),
    Column("erased_at", Instant),
    Column("erased", Text, nullable=False),  # JSON: how many rows of what are gone
)

submissions = Table(  # every signed transaction of an issuer's key, for ever: bytes that were broadcast can be mined
    "submissions",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    # None where it cancels its nonce, and where its batch was withdrawn.
    Column("batch_seq", BigInteger, ForeignKey("batches.seq"), index=True),
    Column("batch_number", BigInteger),  # in the bytes; None where it cancels its nonce
    Column("issuer", _Address, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),  # at its nonce, from 0
    Column("transaction_hash", _Hash, nullable=False, unique=True),
    Column("signed_bytes", LargeBinary, nullable=False),
    Column("gas_limit", BigInteger, nullable=False),
    Column("max_fee_wei", BigInteger, nullable=False),  # a unit of gas
    Column("priority_fee_wei", BigInteger, nullable=False),
    Column("block_number", BigInteger, nullable=False),  # the latest when it was signed
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("issuer", "nonce", "attempt"),
)

dead_letters = Table(  # awards that the contract would revert for; they wait for somebody to retry them
    "dead_letters",
    metadata,
    Column("award_seq", BigInteger, ForeignKey("awards.seq"), primary_key=True, autoincrement=False),
    Column("reason", String(300), nullable=False),
    Column("created_at", Instant, nullable=False),
)

submitter_states = Table(  # how each issuer's submitter is doing, as it last said
    "submitter_states",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("issuer", _Address, primary_key=True),
    Column("wait", String(20)),  # why nothing is sent; None where it works
    Column("detail", String(300), nullable=False),
    Column("in_flight", Integer, nullable=False),  # batches
    Column("oldest_unsealed_at", Instant),
    Column("balance_wei", String(78), nullable=False),  # more than 64 bits
    Column("base_fee_wei", BigInteger, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("since", Instant, nullable=False),  # when it began to wait, or to work
    Column("observed_at", Instant, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("holder", String(255), nullable=False),
    Column("token", BigInteger, nullable=False),  # counts the holders
    Column("expires_at", Instant, nullable=False),  # by the database's clock
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("chain_id", BigInteger, primary_key=True, autoincrement=False),
    Column("block_number", BigInteger, nullable=False),  # the last block whose effects are in the tables
    Column("block_hash", _Hash, nullable=False),
    Column("head_number", BigInteger, nullable=False),
    Column("finalized_number", BigInteger, nullable=False),
    Column("observed_at", Instant, nullable=False),
    Column("halted_because", String(200)),  # why the indexer stands still until an operator lets it go on
)

blocks = Table(
    "blocks",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", _Hash, nullable=False, unique=True),
    Column("parent_hash", _Hash, nullable=False),
    Column("timestamp", BigInteger, nullable=False),  # Unix seconds
    Column("gas_used", BigInteger, nullable=False),
    Column("gas_limit", BigInteger, nullable=False),
    Column("base_fee_wei", BigInteger, nullable=False),
    Column("transaction_count", Integer, nullable=False),
)

transactions = Table(  # those that touched a program
    "transactions",
    metadata,
    Column("hash", _Hash, primary_key=True),
    Column("block_number", BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("sender", _Address, nullable=False),
    Column("recipient", _Address),
    Column("nonce", BigInteger, nullable=False),
    Column("selector", LargeBinary(4)),
)

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("rule_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("effective_at", BigInteger, nullable=False),  # Unix seconds; 0 for the first
    Column("opens_at", BigInteger, nullable=False),
    Column("closes_at", BigInteger, nullable=False),
    Column("numerator", BigInteger, nullable=False),
    Column("denominator", BigInteger, nullable=False),
    Column("fixed_points", BigInteger, nullable=False),
    Column("cap_per_award", BigInteger, nullable=False),
    Column("budget", BigInteger, nullable=False),
    Column("budget_window_seconds", BigInteger, nullable=False),
    Column("multipliers", BigInteger, nullable=False),  # the contract's word, in two's complement
    Column("terms_hash", _Hash, nullable=False),
    # A version that was cancelled leaves its number to the next one, so the place of its log is part of the key.
    Column(
        "block_number",
        BigInteger,
        ForeignKey("blocks.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    Column("log_index", Integer, primary_key=True, autoincrement=False),
    Column("transaction_hash", _Hash, nullable=False),
    Column("cancelled_in_block", BigInteger),
)

program_changes = Table(  # pauses, caps, notice periods and the like
    "program_changes",
    metadata,
    Column("program", String(40), primary_key=True),
    Column(
        "block_number",
        BigInteger,
        ForeignKey("blocks.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    Column("log_index", Integer, primary_key=True, autoincrement=False),
    Column("transaction_hash", _Hash, nullable=False, index=True),
    Column("name", String(40), nullable=False),  # of the event
    Column("value", BigInteger, nullable=False),
    Column("account", _Address),
)

awarded_batches = Table(
    "awarded_batches",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("issuer", _Address, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_count", Integer, nullable=False),
    Column("refused_count", Integer, nullable=False),
    Column("minted", BigInteger, nullable=False),
    Column("receipts_root", _Hash, nullable=False),
    Column("mints_hash", _Hash, nullable=False),
    Column("block_number", BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("transaction_hash", _Hash, nullable=False, index=True),
    Column("log_index", Integer, nullable=False),
)

awarded_groups = Table(
    "awarded_groups",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("issuer", _Address, primary_key=True),
    Column("batch_number", BigInteger, primary_key=True, autoincrement=False),
    Column("first_position", Integer, primary_key=True, autoincrement=False),
    Column("rule_id", BigInteger, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("entry_count", Integer, nullable=False),
    Column("refused_count", Integer, nullable=False),
    Column("minted", BigInteger, nullable=False),
    Column("mints_hash", _Hash, nullable=False),
    Column("block_number", BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("transaction_hash", _Hash, nullable=False, index=True),
    Column("log_index", Integer, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("issuer", _Address, primary_key=True),
    Column("batch_number", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("account", _Address, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("reason", SmallInteger, nullable=False),
    Column("rule_id", BigInteger, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("block_number", BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("transaction_hash", _Hash, nullable=False, index=True),
    Column("log_index", Integer, nullable=False),
)

agreements = Table(  # those under which a program's exchange put its signature
    "agreements",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("id", _Hash, primary_key=True),
    Column("source", _Address, nullable=False),  # an exchange, as the target
    Column("source_points", BigInteger, nullable=False),
    Column("target", _Address, nullable=False),
    Column("target_points", BigInteger, nullable=False),
    Column("quota", BigInteger, nullable=False),
    Column("quota_window_seconds", BigInteger, nullable=False),
    Column("opens_at", BigInteger, nullable=False),
    Column("closes_at", BigInteger, nullable=False),
    Column("settlement", String(78), nullable=False),  # digits: it has up to 128 bits, as all amounts of other tokens
    Column("settlement_token", _Address),
    Column("beneficiary", _Address),
    Column("terms_hash", _Hash, nullable=False),
    Column("block_number", BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("log_index", Integer, nullable=False),
    Column("transaction_hash", _Hash, nullable=False, index=True),
)

agreement_dealings = Table(  # what was logged under agreements after they were signed, and collections
    "agreement_dealings",
    metadata,
    Column("program", String(40), primary_key=True),
    Column(
        "block_number",
        BigInteger,
        ForeignKey("blocks.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    Column("log_index", Integer, primary_key=True, autoincrement=False),
    Column("transaction_hash", _Hash, nullable=False, index=True),
    Column("dealing", String(20), nullable=False),
    Column("agreement_id", _Hash),  # none of a collection
    Column("account", _Address),
    Column("recipient", _Address),
    Column("burned", BigInteger),
    Column("minted", BigInteger),
    Column("amount", String(78)),  # digits, of the settlement token
    Column("settlement_token", _Address),  # of a collection
    Column("ends_at", BigInteger),  # of a termination
    Index("ix_agreement_dealings_agreement", "program", "agreement_id", "block_number", "log_index"),
)

entries = Table(
    "entries",
    metadata,
    # No foreign key: an entry and its block are written and removed together, and checking each of millions costs more
    # than writing it.
    Column("block_number", BigInteger, primary_key=True, autoincrement=False),
    Column("log_index", Integer, primary_key=True, autoincrement=False),  # -1 before all logs: no log stands behind it
    Column("account", _Address, primary_key=True),
    Column("program", String(40), nullable=False),
    Column("transaction_hash", _Hash, index=True),  # none where points end with an epoch
    Column("type", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),  # signed
    Column("balance_after", BigInteger, nullable=False),
    Column("word_after", _Hash, nullable=False),
    Column("counterparty", _Address),
    Column("rule_id", BigInteger),
    Column("rule_version", Integer),
    Column("batch_issuer", _Address),
    Column("batch_number", BigInteger),
    Column("batch_position", Integer),
    Column("reason", SmallInteger),  # of a clawback or a freeze
    Index("ix_entries_account", "program", "account", "block_number", "log_index"),
    Index("ix_entries_batch", "program", "batch_issuer", "batch_number", "batch_position"),
)

balances = Table(
    "balances",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("account", _Address, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("lot_0", BigInteger, nullable=False),  # by age in epochs, as of `epoch`
    Column("lot_1", BigInteger, nullable=False),
    Column("lot_2", BigInteger, nullable=False),
    Column("lot_3", BigInteger, nullable=False),
    Column("word", _Hash, nullable=False),
    Column("block_number", BigInteger, nullable=False),  # of the account's latest entry with a log
)

operations = Table(  # changes that a role's key makes on the chain
    "operations",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("change", Text, nullable=False),  # JSON
    Column("calls", Text, nullable=False),  # JSON: what the key calls, in order
    Column("plan", Text, nullable=False),  # JSON: what was answered when it was asked for
    Column("sender", _Address, nullable=False),  # the key that makes it, once and for all
    Column("delay_seconds", BigInteger, nullable=False),  # of the key in its role
    Column("state", String(20), nullable=False),
    Column("error", String(500)),  # why the contracts refuse it
    Column("cancel_requested_at", Instant),
    Column("closed_at", Instant),  # from then on no reorg can change it
    Column("due_at", BigInteger),  # Unix seconds; when its delay is over
    Column("effective_at", BigInteger),  # Unix seconds, as the chain logged it
    Column("transaction_hash", _Hash),  # of its last step
    Column("requested_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("member_id", String(40)),  # whose account acts; none where the brand changes its program
    Column("account", _Address),  # that member's
    Column("account_nonce", BigInteger),  # that the member signed; none where the custodian acts
    Column("points", BigInteger),  # that it takes from the account
    Column("approval", String(20)),  # what proved that the member wants it
    Index("ix_operations_program_seq", "program", "seq"),
    Index("ix_operations_member_id_seq", "member_id", "seq"),
)
Index(
    "ix_operations_open",
    operations.c.sender,
    operations.c.seq,
    sqlite_where=operations.c.closed_at.is_(None),
    postgresql_where=operations.c.closed_at.is_(None),
)

operation_submissions = Table(  # every signed transaction of an operator's key, for ever
    "operation_submissions",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("operation_seq", BigInteger, ForeignKey("operations.seq"), index=True),  # None where it cancels its nonce
    Column("step", Integer),  # of the operation
    Column("sender", _Address, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),  # at its nonce, from 0
    Column("transaction_hash", _Hash, nullable=False, unique=True),
    Column("signed_bytes", LargeBinary, nullable=False),
    Column("gas_limit", BigInteger, nullable=False),
    Column("max_fee_wei", BigInteger, nullable=False),  # a unit of gas
    Column("priority_fee_wei", BigInteger, nullable=False),
    Column("block_number", BigInteger, nullable=False),  # the latest when it was signed
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("sender", "nonce", "attempt"),
)

clawbacks = Table(  # points to be taken back; what became of it, the chain's half says
    "clawbacks",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("program", String(40), nullable=False),
    Column("member_seq", BigInteger, ForeignKey("members.seq"), nullable=False),
    Column("receipt_seq", BigInteger, ForeignKey("receipts.seq"), nullable=False, index=True),  # the refund
    Column("earned_by_seq", BigInteger, ForeignKey("receipts.seq"), index=True),  # whose awards; null: the member's
    Column("share_before", BigInteger),  # of a refund: how much of the purchase was given back before it,
    Column("share_after", BigInteger),  # and with it,
    Column("share_whole", BigInteger),  # of how much
    Column("points", BigInteger),  # due; null until the awards of a refund are final
    Column("reason", SmallInteger, nullable=False),  # the contract's number
    Column("waits", String(300)),  # why nothing happens
    Column("tried_at", Instant),
    Column("settled_at", Instant),
)
Index(
    "ix_clawbacks_open",
    clawbacks.c.program,
    clawbacks.c.seq,
    sqlite_where=clawbacks.c.settled_at.is_(None),
    postgresql_where=clawbacks.c.settled_at.is_(None),
)

clawback_parts = Table(  # the awards that a clawback takes back, each by an operation
    "clawback_parts",
    metadata,
    Column("award_seq", BigInteger, ForeignKey("awards.seq"), primary_key=True, autoincrement=False),
    Column("clawback_seq", BigInteger, ForeignKey("clawbacks.seq"), nullable=False, index=True),
    Column("operation_seq", BigInteger, ForeignKey("operations.seq"), nullable=False),
    Column("points", BigInteger, nullable=False),
)

clawback_returns = Table(  # awards that give back what a clawback took too much
    "clawback_returns",
    metadata,
    Column("award_seq", BigInteger, ForeignKey("awards.seq"), primary_key=True, autoincrement=False),
    Column("clawback_seq", BigInteger, ForeignKey("clawbacks.seq"), nullable=False, index=True),
)

restorations = Table(  # redemptions whose points a refund gives back, each once
    "restorations",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("program", String(40), nullable=False),
    Column("redemption", BigInteger, nullable=False),  # the contract's number
    Column("receipt_seq", BigInteger, ForeignKey("receipts.seq"), nullable=False, index=True),  # the refund
    Column("operation_seq", BigInteger, ForeignKey("operations.seq")),
    Column("award_seq", BigInteger, ForeignKey("awards.seq")),  # in its place, where its vouchers are used
    Column("waits", String(300)),
    Column("tried_at", Instant),
    Column("settled_at", Instant),
    UniqueConstraint("program", "redemption"),
)
Index(
    "ix_restorations_open",
    restorations.c.program,
    restorations.c.seq,
    sqlite_where=restorations.c.settled_at.is_(None),
    postgresql_where=restorations.c.settled_at.is_(None),
)

operator_states = Table(  # which key acts in which role, and how it is doing, as its process last said
    "operator_states",
    metadata,
    Column("program", String(40), primary_key=True),  # "*" for the deployer of programs
    Column("role", String(20), primary_key=True),
    Column("address", _Address, primary_key=True),
    Column("delay_seconds", BigInteger, nullable=False),
    Column("wait", String(20)),  # why nothing is sent; None where it works
    Column("detail", String(300), nullable=False),
    Column("open_count", Integer, nullable=False),  # operations of the key
    Column("balance_wei", String(78), nullable=False),
    Column("observed_at", Instant, nullable=False),
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("program", String(40), nullable=False),
    Column("block_number", BigInteger, nullable=False),
    Column("block_hash", _Hash, nullable=False),
    Column("compared_at", Instant, nullable=False),
    Column("account_count", BigInteger, nullable=False),
    Column("rule_version_count", BigInteger, nullable=False),
    Column("batch_count", BigInteger, nullable=False),
    Column("difference_count", BigInteger, nullable=False),
    Column("differences", Text, nullable=False),  # the first ones, as JSON
    Index("ix_reconciliations_program_seq", "program", "seq"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40)),  # none: of the installation
    Column("name", String(128), nullable=False),
    Column("role", String(20), nullable=False),
    Column("scopes", Text, nullable=False),  # by blanks
    Column("store", String(128)),
    Column("member_id", String(40)),  # the cashier
    Column("receipt_amount_max", BigInteger),
    Column("day_amount_max", BigInteger),
    Column("day_count_max", BigInteger),
    Column("lineage", String(40), nullable=False),  # the first of those that were rotated into it
    Column("secret_hash", _Hash, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),  # to the minute
    Column("replaced_by", String(40)),
    Index("ix_api_keys_program_seq", "program", "seq"),
)

api_key_days = Table(  # what keys with limits recorded on each of their program's days
    "api_key_days",
    metadata,
    Column("lineage", String(40), primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
)

sign_in_nonces = Table(  # each signs one member in, and is gone then
    "sign_in_nonces",
    metadata,
    Column("nonce", String(100), primary_key=True),
    Column("program", String(40), nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

used_tokens = Table(  # step-ups of members' tokens, each good for one action
    "used_tokens",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)

step_up_limits = Table(  # what members' plain tokens may move, where the program says so
    "step_up_limits",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("action_points", BigInteger, nullable=False),
    Column("day_points", BigInteger, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

charities = Table(  # accounts to which members can donate
    "charities",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("account", _Address, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("created_at", Instant, nullable=False),
)

audit_log = Table(  # rows are added and never changed: each has the hash of the one before
    "audit_log",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("program", String(40), nullable=False),  # "": the installation
    Column("number", BigInteger, nullable=False),  # in its program, from 1
    Column("at", Instant, nullable=False),
    Column("key_id", String(40)),  # none: the command line
    Column("action", String(60), nullable=False),
    Column("outcome", String(60), nullable=False),
    Column("subjects", Text, nullable=False),  # the first ids, as JSON
    Column("subject_count", Integer, nullable=False),
    Column("subjects_hash", _Hash, nullable=False),  # of all ids
    Column("request_id", String(64)),
    Column("previous_hash", _Hash, nullable=False),
    Column("hash", _Hash, nullable=False),
    UniqueConstraint("program", "number"),
)

idempotency_keys = Table(  # what was answered to a write, so that the same request gets the same answer
    "idempotency_keys",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("caller", String(40), nullable=False),  # the lineage of an API key
    Column("key_hash", _Hash, nullable=False),  # keys are the caller's own words, and may name somebody
    Column("request_hash", _Hash, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),  # JSON
    Column("body", LargeBinary),  # compressed (zlib); none: it showed a secret
    Column("subjects", Text, nullable=False),  # the first ids, as JSON
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("caller", "key_hash"),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),  # JSON, a list of types
    Column("secret", String(100), nullable=False),
    Column("previous_secret", String(100)),
    Column("previous_until", Instant),  # until then both sign
    Column("created_at", Instant, nullable=False),
    Column("told_block", BigInteger, nullable=False),  # everything up to it is among the messages
    Column("failure_count", Integer, nullable=False),  # in a row
    Column("failing_since", Instant),
    Column("resume_at", Instant),
    Column("disabled_at", Instant),
    Column("disabled_why", String(20)),
    Index("ix_webhook_endpoints_program_seq", "program", "seq"),
)

webhook_messages = Table(
    "webhook_messages",
    metadata,
    Column("seq", _Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("endpoint_seq", BigInteger, ForeignKey("webhook_endpoints.seq", ondelete="CASCADE"), nullable=False),
    Column("type", String(40), nullable=False),
    Column("body", Text, nullable=False),  # what is sent, byte for byte
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant),  # of the next attempt; null where there is none to come
    Column("attempt_count", Integer, nullable=False),
    Column("attempted_at", Instant),
    Column("status", Integer),  # of the last answer
    Column("error", String(200)),
    Column("delivered_at", Instant),
    Column("dead_at", Instant),
    Index("ix_webhook_messages_endpoint_seq_seq", "endpoint_seq", "seq"),
)
Index(
    "ix_webhook_messages_due",
    webhook_messages.c.endpoint_seq,
    webhook_messages.c.due_at,
    webhook_messages.c.seq,
    sqlite_where=webhook_messages.c.due_at.is_not(None),
    postgresql_where=webhook_messages.c.due_at.is_not(None),
)
Index(
    "ix_webhook_messages_dead",
    webhook_messages.c.endpoint_seq,
    sqlite_where=webhook_messages.c.dead_at.is_not(None),
    postgresql_where=webhook_messages.c.dead_at.is_not(None),
)
