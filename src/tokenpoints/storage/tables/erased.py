"""What is left of persons who were erased."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text

from tokenpoints.storage.tables.columns import AddressBytes, HashBytes, Instant, Sequence, metadata

erased_awards = Table(  # what an erased person's awards leave of themselves: the leaves of their batches' trees
    "erased_awards",
    metadata,
    Column("batch_seq", BigInteger, ForeignKey("batches.seq"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("rule_id", BigInteger, nullable=False),
    Column("account", AddressBytes, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("receipt_hash", HashBytes, nullable=False),
)

erased_references = Table(  # of receipts that are erased: they stay used, and lead to nothing
    "erased_references",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("reference_hash", HashBytes, primary_key=True),
)

erasure_policies = Table(  # what becomes of the points of whoever is erased
    "erasure_policies",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("points", String(20), nullable=False),
    Column("account", AddressBytes),  # to which they are transferred
    Column("reward", BigInteger),  # for which they are redeemed
)

erasures = Table(
    "erasures",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("program", String(40), nullable=False),
    Column("member_seq", BigInteger, ForeignKey("members.seq"), index=True),  # none once nobody is there
    Column("operation_seq", BigInteger, ForeignKey("operations.seq")),  # the same
    Column("requested_at", Instant, nullable=False),
    Column("erased_at", Instant),
    Column("erased", Text, nullable=False),  # JSON: how many rows of what are gone
)
