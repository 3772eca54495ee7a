"""What the chain says. All of it can be read again from block 0."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Table

from tokenpoints.storage.tables.columns import AddressBytes, HashBytes, Instant, metadata

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("chain_id", BigInteger, primary_key=True, autoincrement=False),
    Column("block_number", BigInteger, nullable=False),  # the last block whose effects are in the tables
    Column("block_hash", HashBytes, nullable=False),
    Column("head_number", BigInteger, nullable=False),
    Column("finalized_number", BigInteger, nullable=False),
    Column("observed_at", Instant, nullable=False),
    Column("halted_because", String(200)),  # why the indexer stands still, if it does
)

blocks = Table(
    "blocks",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", HashBytes, nullable=False, unique=True),
    Column("parent_hash", HashBytes, nullable=False),
    Column("timestamp", BigInteger, nullable=False),  # Unix seconds
    Column("gas_used", BigInteger, nullable=False),
    Column("gas_limit", BigInteger, nullable=False),
    Column("base_fee_wei", BigInteger, nullable=False),
    Column("transaction_count", Integer, nullable=False),
)

transactions = Table(  # those that touched a program
    "transactions",
    metadata,
    Column("hash", HashBytes, primary_key=True),
    Column("block_number", BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("sender", AddressBytes, nullable=False),
    Column("recipient", AddressBytes),
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
    Column("terms_hash", HashBytes, nullable=False),
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
    Column("transaction_hash", HashBytes, nullable=False),
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
    Column("transaction_hash", HashBytes, nullable=False, index=True),
    Column("name", String(40), nullable=False),  # of the event
    Column("value", BigInteger, nullable=False),
    Column("account", AddressBytes),
)

awarded_batches = Table(
    "awarded_batches",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("issuer", AddressBytes, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_count", Integer, nullable=False),
    Column("refused_count", Integer, nullable=False),
    Column("minted", BigInteger, nullable=False),
    Column("receipts_root", HashBytes, nullable=False),
    Column("mints_hash", HashBytes, nullable=False),
    Column("block_number", BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("transaction_hash", HashBytes, nullable=False, index=True),
    Column("log_index", Integer, nullable=False),
)

awarded_groups = Table(
    "awarded_groups",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("issuer", AddressBytes, primary_key=True),
    Column("batch_number", BigInteger, primary_key=True, autoincrement=False),
    Column("first_position", Integer, primary_key=True, autoincrement=False),
    Column("rule_id", BigInteger, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("entry_count", Integer, nullable=False),
    Column("refused_count", Integer, nullable=False),
    Column("minted", BigInteger, nullable=False),
    Column("mints_hash", HashBytes, nullable=False),
    Column("block_number", BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("transaction_hash", HashBytes, nullable=False, index=True),
    Column("log_index", Integer, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("issuer", AddressBytes, primary_key=True),
    Column("batch_number", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("account", AddressBytes, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("reason", SmallInteger, nullable=False),
    Column("rule_id", BigInteger, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("block_number", BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("transaction_hash", HashBytes, nullable=False, index=True),
    Column("log_index", Integer, nullable=False),
)

agreements = Table(  # those under which a program's exchange put its signature
    "agreements",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("id", HashBytes, primary_key=True),
    Column("source", AddressBytes, nullable=False),  # an exchange, as the target
    Column("source_points", BigInteger, nullable=False),
    Column("target", AddressBytes, nullable=False),
    Column("target_points", BigInteger, nullable=False),
    Column("quota", BigInteger, nullable=False),
    Column("quota_window_seconds", BigInteger, nullable=False),
    Column("opens_at", BigInteger, nullable=False),
    Column("closes_at", BigInteger, nullable=False),
    Column("settlement", String(78), nullable=False),  # digits: it has up to 128 bits, as all amounts of other tokens
    Column("settlement_token", AddressBytes),
    Column("beneficiary", AddressBytes),
    Column("terms_hash", HashBytes, nullable=False),
    Column("block_number", BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("log_index", Integer, nullable=False),
    Column("transaction_hash", HashBytes, nullable=False, index=True),
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
    Column("transaction_hash", HashBytes, nullable=False, index=True),
    Column("dealing", String(20), nullable=False),
    Column("agreement_id", HashBytes),  # none of a collection
    Column("account", AddressBytes),
    Column("recipient", AddressBytes),
    Column("burned", BigInteger),
    Column("minted", BigInteger),
    Column("amount", String(78)),  # digits, of the settlement token
    Column("settlement_token", AddressBytes),  # of a collection
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
    Column("account", AddressBytes, primary_key=True),
    Column("program", String(40), nullable=False),
    Column("transaction_hash", HashBytes, index=True),  # none where points end with an epoch
    Column("type", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),  # signed
    Column("balance_after", BigInteger, nullable=False),
    Column("word_after", HashBytes, nullable=False),
    Column("counterparty", AddressBytes),
    Column("rule_id", BigInteger),
    Column("rule_version", Integer),
    Column("batch_issuer", AddressBytes),
    Column("batch_number", BigInteger),
    Column("batch_position", Integer),
    Column("reason", SmallInteger),  # of a clawback or a freeze
    # The account comes first, which differs most: it is sorted and searched by its first bytes.
    Index("ix_entries_account", "account", "program", "block_number", "log_index"),
    Index("ix_entries_batch", "program", "batch_issuer", "batch_number", "batch_position"),
)

balances = Table(
    "balances",
    metadata,
    Column("program", String(40), primary_key=True),
    Column("account", AddressBytes, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("lot_0", BigInteger, nullable=False),  # by age in epochs, as of `epoch`
    Column("lot_1", BigInteger, nullable=False),
    Column("lot_2", BigInteger, nullable=False),
    Column("lot_3", BigInteger, nullable=False),
    Column("word", HashBytes, nullable=False),
    Column("block_number", BigInteger, nullable=False),  # of the account's latest entry with a log
    sqlite_with_rowid=False,  # rows are found and written by their key alone
)

LOGGED = (
    *(entries, refusals, awarded_groups, awarded_batches, rule_versions, program_changes),
    *(agreement_dealings, agreements, transactions),
)
"""What each block adds, by `block_number`; what refers to another comes before it."""
DERIVED = (*LOGGED, blocks, balances)
"""All that is the same whenever the chain is read again."""
