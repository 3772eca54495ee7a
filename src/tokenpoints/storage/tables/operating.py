"""What roles' keys do on the chain, and what was compared with it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tokenpoints.storage.tables.columns import (
    AddressBytes,
    HashBytes,
    Instant,
    Sequence,
    metadata,
    of_signed_transactions,
)

operations = Table(  # changes that a role's key makes on the chain
    "operations",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("change", Text, nullable=False),  # JSON
    Column("calls", Text, nullable=False),  # JSON: what the key calls, in order
    Column("plan", Text, nullable=False),  # JSON: what was answered when it was asked for
    Column("sender", AddressBytes, nullable=False),  # the key that makes it, once and for all
    Column("delay_seconds", BigInteger, nullable=False),  # of the key in its role
    Column("state", String(20), nullable=False),
    Column("error", String(500)),  # why the contracts refuse it
    Column("cancel_requested_at", Instant),
    Column("closed_at", Instant),  # from then on no reorg can change it
    Column("due_at", BigInteger),  # Unix seconds; when its delay is over
    Column("effective_at", BigInteger),  # Unix seconds, as the chain logged it
    Column("transaction_hash", HashBytes),  # of its last step
    Column("requested_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("member_id", String(40)),  # whose account acts; none where the brand changes its program
    Column("account", AddressBytes),  # that member's
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
    Column("seq", Sequence, primary_key=True),
    Column("operation_seq", BigInteger, ForeignKey("operations.seq"), index=True),  # None where it cancels its nonce
    Column("step", Integer),  # of the operation
    Column("sender", AddressBytes, nullable=False),
    *of_signed_transactions(),
    UniqueConstraint("sender", "nonce", "attempt"),
)

clawbacks = Table(  # points to be taken back; what became of it, the chain's half says
    "clawbacks",
    metadata,
    Column("seq", Sequence, primary_key=True),
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
    Column("seq", Sequence, primary_key=True),
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
    Column("address", AddressBytes, primary_key=True),
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
    Column("seq", Sequence, primary_key=True),
    Column("program", String(40), nullable=False),
    Column("block_number", BigInteger, nullable=False),
    Column("block_hash", HashBytes, nullable=False),
    Column("compared_at", Instant, nullable=False),
    Column("account_count", BigInteger, nullable=False),
    Column("rule_version_count", BigInteger, nullable=False),
    Column("batch_count", BigInteger, nullable=False),
    Column("difference_count", BigInteger, nullable=False),
    Column("differences", Text, nullable=False),  # the first ones, as JSON
    Index("ix_reconciliations_program_seq", "program", "seq"),
)
