"""Awards, their batches, and the transactions that carry them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from tokenpoints.storage.tables.columns import (
    AddressBytes,
    HashBytes,
    Instant,
    Sequence,
    metadata,
    of_signed_transactions,
)

batches = Table(
    "batches",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("program", String(40), nullable=False),
    Column("issuer", AddressBytes, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("receipts_root", HashBytes, nullable=False),
    Column("entry_count", Integer, nullable=False),
    Column("sealed_at", Instant, nullable=False),
    UniqueConstraint("program", "issuer", "number", postgresql_include=["seq"]),  # the way from an entry to its receipt
)

awards = Table(
    "awards",
    metadata,
    Column("seq", Sequence, primary_key=True),
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
    UniqueConstraint("batch_seq", "position", postgresql_include=["receipt_seq"]),  # which goes on here
    # The last two are for what of a member is pending, which is asked too often to read the awards themselves.
    Index("ix_awards_member", "member_seq", "seq", "batch_seq", "points_expected"),
)
Index(
    "ix_awards_unsealed",
    awards.c.program,
    awards.c.seq,
    sqlite_where=awards.c.batch_seq.is_(None),
    postgresql_where=awards.c.batch_seq.is_(None),
)

submissions = Table(  # every signed transaction of an issuer's key, for ever: bytes that were broadcast can be mined
    "submissions",
    metadata,
    Column("seq", Sequence, primary_key=True),
    # None where it cancels its nonce, and where its batch was withdrawn.
    Column("batch_seq", BigInteger, ForeignKey("batches.seq"), index=True),
    Column("batch_number", BigInteger),  # in the bytes; None where it cancels its nonce
    Column("issuer", AddressBytes, nullable=False),
    *of_signed_transactions(),
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
    Column("issuer", AddressBytes, primary_key=True),
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
