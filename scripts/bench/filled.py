"""A PostgreSQL database as it is after years, from members to entries, written by the server itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tokenpoints.domain.programs import Program

ENTRIES_OF_AN_ACCOUNT = 200
_BATCH_ENTRIES = 500
_TABLES = (
    "members",
    "receipts",
    "batches",
    "awards",
    "blocks",
    "transactions",
    "awarded_batches",
    "entries",
    "balances",
)


def member_id(number: int) -> str:
    """Of the members from 1 on."""
    return f"mem_{number:026}"


def fill(connection: psycopg.Connection, program: Program, *, entries: int, now: int) -> int:
    """Write `entries` entries, ENTRIES_OF_AN_ACCOUNT for each account, a batch a block. Returns the number of members.

    The tables are there and empty. `now` is the time of the last block.
    """
    members = entries // ENTRIES_OF_AN_ACCOUNT
    blocks = -(-entries // _BATCH_ENTRIES)
    numbers = {
        "program": program.slug,
        "issuer": bytes(program.issuer),
        "members": members,
        "entries": entries,
        "blocks": blocks,
        "size": _BATCH_ENTRIES,
        "now": now,
        "start": int(program.calendar.start),
        "chain": 31337,
    }
    with connection.cursor() as cursor, _without_indexes(connection):
        for statement in _STATEMENTS:
            cursor.execute(statement, numbers)
    connection.commit()
    connection.autocommit = True
    # After years this was done long ago, and does not begin while it is measured.
    connection.execute("VACUUM (ANALYZE)")
    connection.execute("CHECKPOINT")
    return members


_ACCOUNT = "substring(sha256(int8send({member})) for 20)"
_WORD = "decode('0001' || repeat('0', 44) || lpad(to_hex({points}), 16, '0'), 'hex')"
_STATEMENTS = (
    f"""
    INSERT INTO members (seq, id, program, customer_id, salt, commitment, account, created_at)
    SELECT m, 'mem_' || lpad(m::text, 26, '0'), %(program)s, 'customer-' || m, sha256(int8send(-m)),
        sha256(int8send(m)),
        {_ACCOUNT.format(member="m")}, %(now)s::bigint * 1000000
    FROM generate_series(1, %(members)s::bigint) m
    """,
    """
    INSERT INTO blocks
        (number, hash, parent_hash, timestamp, gas_used, gas_limit, base_fee_wei, transaction_count)
    SELECT b, sha256('b' || int8send(b)), sha256('b' || int8send(b - 1)), %(now)s - %(blocks)s + b, 4000000,
        30000000, 7, 1
    FROM generate_series(1, %(blocks)s::bigint) b
    """,
    """
    INSERT INTO transactions (hash, block_number, position, sender, recipient, nonce, selector)
    SELECT sha256('t' || int8send(b)), b, 0, %(issuer)s, %(issuer)s, b, '\\x00000000'
    FROM generate_series(1, %(blocks)s::bigint) b
    """,
    """
    INSERT INTO batches (seq, program, issuer, number, receipts_root, entry_count, sealed_at)
    SELECT b, %(program)s, %(issuer)s, b, sha256(int8send(b)), %(size)s, (%(now)s - %(blocks)s + b) * 1000000
    FROM generate_series(1, %(blocks)s::bigint) b
    """,
    """
    INSERT INTO awarded_batches (program, issuer, number, entry_count, refused_count, minted, receipts_root, mints_hash,
        block_number, transaction_hash, log_index)
    SELECT %(program)s, %(issuer)s, b, %(size)s, 0, 7 * %(size)s, sha256(int8send(b)), sha256(int8send(b)),
        b, sha256('t' || int8send(b)), %(size)s + 1
    FROM generate_series(1, %(blocks)s::bigint) b
    """,
    """
    INSERT INTO receipts
        (seq, id, program, reference, member_seq, kind, amount, occurred_at, body_hash, received_at)
    SELECT e + 1, 'rcp_' || lpad(e::text, 26, '0'), %(program)s, 'till-' || e, e %% %(members)s + 1, 'purchase', 700,
        (%(now)s - %(blocks)s + e / %(size)s) * 1000000, sha256(int8send(e)),
        (%(now)s - %(blocks)s + e / %(size)s) * 1000000
    FROM generate_series(0, %(entries)s::bigint - 1) e
    """,
    """
    INSERT INTO awards (seq, id, program, receipt_seq, member_seq, rule_id, units, points_expected, created_at,
        batch_seq, position)
    SELECT e + 1, 'awd_' || lpad(e::text, 26, '0'), %(program)s, e + 1, e %% %(members)s + 1, 1, 700, 7,
        (%(now)s - %(blocks)s + e / %(size)s) * 1000000, e / %(size)s + 1, e %% %(size)s
    FROM generate_series(0, %(entries)s::bigint - 1) e
    """,
    f"""
    INSERT INTO entries (block_number, log_index, account, program, transaction_hash, type, amount, balance_after,
        word_after, rule_id, rule_version, batch_issuer, batch_number, batch_position)
    SELECT e / %(size)s + 1, e %% %(size)s, {_ACCOUNT.format(member="e %% %(members)s + 1")}, %(program)s,
        sha256('t' || int8send(e / %(size)s + 1)), 'award', 7, 7 * (e / %(members)s + 1),
        {_WORD.format(points="7 * (e / %(members)s + 1)")}, 1, 1, %(issuer)s, e / %(size)s + 1, e %% %(size)s
    FROM generate_series(0, %(entries)s::bigint - 1) e
    """,
    f"""
    INSERT INTO balances (program, account, epoch, lot_0, lot_1, lot_2, lot_3, word, block_number)
    SELECT %(program)s, account, 1, balance_after, 0, 0, 0, word_after, block_number
    FROM entries WHERE balance_after = 7 * {ENTRIES_OF_AN_ACCOUNT}
    """,
    """
    INSERT INTO checkpoints (chain_id, block_number, block_hash, head_number, finalized_number, observed_at)
    SELECT %(chain)s, %(blocks)s, sha256('b' || int8send(%(blocks)s)), %(blocks)s, %(blocks)s - 64,
        %(now)s::bigint * 1000000
    """,
)


@contextmanager
def _without_indexes(connection: psycopg.Connection) -> Iterator[None]:
    """Drop keys and indexes for as long as rows are written, since they cost most of the time."""
    tables = list(_TABLES)
    constraints = connection.execute(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype FROM pg_constraint
        WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('p', 'u', 'f')
        """,
        [tables],
    ).fetchall()
    constraints.sort(key=lambda row: "puf".index(row[3].decode() if isinstance(row[3], bytes) else row[3]))
    for table, name, _, _ in reversed(constraints):
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)", [tables]
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    yield
    connection.execute("SET maintenance_work_mem = '1GB'")
    for table, name, definition, _ in constraints:
        connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for _, definition in indexes:
        connection.execute(definition)
