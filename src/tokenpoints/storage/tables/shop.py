"""What the brand said: members and receipts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from tokenpoints.storage.tables.columns import AddressBytes, HashBytes, Instant, Sequence, metadata

members = Table(
    "members",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("customer_id", String(128), nullable=False),
    Column("salt", HashBytes, nullable=False),
    Column("commitment", HashBytes, nullable=False),
    Column("account", AddressBytes, nullable=False),
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
    Column("seq", Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("reference", String(128), nullable=False),
    Column("member_seq", BigInteger, ForeignKey("members.seq"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),  # in the currency's smallest unit
    Column("occurred_at", Instant, nullable=False),
    Column("body_hash", HashBytes, nullable=False),
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
