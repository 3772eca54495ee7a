"""The entries of points that ended with an epoch, for all accounts at once."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, insert, literal, null, select

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.expiry import EpochTurn
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import balances, entries

BEFORE_ALL_LOGS = -1
"""The log index of entries that no log stands behind: points end before anything else happens in the block."""


async def add_expiries(session: Session, program: str, turn: EpochTurn) -> int:
    """Write an entry for each account that lost points with the turn. Returns how many there are.

    `balances` are as the block before left them. Words stay as they are: the chain changes them when it gets to it.
    """
    before, after = _live_in(turn.before), _live_in(turn.after)
    found = select(
        literal(turn.block_number),
        literal(BEFORE_ALL_LOGS),
        balances.c.account,
        balances.c.program,
        null(),
        literal(EntryType.EXPIRY.value),
        after - before,
        after,
        balances.c.word,
    ).where(balances.c.program == program, before > after)
    columns = ("block_number", "log_index", "account", "program", "transaction_hash", "type", "amount", "balance_after")
    written = insert(entries).from_select([*columns, "word_after"], found)
    # Drivers tell the count of an INSERT where they are asked to keep it.
    result = await session.execute(written.execution_options(preserve_rowcount=True))
    return result.rowcount


def _live_in(epoch: int) -> ColumnElement[int]:
    """The points of a row of `balances` that are live in `epoch`, which is not before the row's own."""
    lot_0, lot_1, lot_2, lot_3 = (balances.c[f"lot_{age}"] for age in range(4))
    passed = literal(epoch) - balances.c.epoch
    return case(
        (passed <= 0, lot_0 + lot_1 + lot_2 + lot_3),
        (passed == 1, lot_0 + lot_1 + lot_2),
        (passed == 2, lot_0 + lot_1),
        (passed == 3, lot_0),
        else_=literal(0),
    )
