"""Who may do what, and what was done."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from tokenpoints.storage.tables.columns import AddressBytes, HashBytes, Instant, Sequence, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("seq", Sequence, primary_key=True),
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
    Column("secret_hash", HashBytes, nullable=False),
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
    Column("account", AddressBytes, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("created_at", Instant, nullable=False),
)

audit_log = Table(  # rows are added and never changed: each has the hash of the one before
    "audit_log",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("program", String(40), nullable=False),  # "": the installation
    Column("number", BigInteger, nullable=False),  # in its program, from 1
    Column("at", Instant, nullable=False),
    Column("key_id", String(40)),  # none: the command line
    Column("action", String(60), nullable=False),
    Column("outcome", String(60), nullable=False),
    Column("subjects", Text, nullable=False),  # the first ids, as JSON
    Column("subject_count", Integer, nullable=False),
    Column("subjects_hash", HashBytes, nullable=False),  # of all ids
    Column("request_id", String(64)),
    Column("previous_hash", HashBytes, nullable=False),
    Column("hash", HashBytes, nullable=False),
    UniqueConstraint("program", "number"),
)

idempotency_keys = Table(  # what was answered to a write, so that the same request gets the same answer
    "idempotency_keys",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("caller", String(40), nullable=False),  # the lineage of an API key
    Column("key_hash", HashBytes, nullable=False),  # keys are the caller's own words, and may name somebody
    Column("request_hash", HashBytes, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),  # JSON
    Column("body", LargeBinary),  # compressed (zlib); none: it showed a secret
    Column("subjects", Text, nullable=False),  # the first ids, as JSON
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("caller", "key_hash"),
    Index("ix_idempotency_keys_created_at", "created_at"),
)
