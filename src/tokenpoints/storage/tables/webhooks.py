"""Whom to tell, and what they were told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from tokenpoints.storage.tables.columns import Instant, Sequence, metadata

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("seq", Sequence, primary_key=True),
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
    Column("seq", Sequence, primary_key=True),
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
