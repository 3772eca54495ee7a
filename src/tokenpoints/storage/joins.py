"""How an award's place, a batch and a position in it, joins what the gateway knows with what the chain says."""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause, and_

from tokenpoints.storage.tables import awarded_batches, awards, batches, entries, refusals


def batch_is_awarded() -> ColumnElement[bool]:
    """A batch and the block in which it was awarded."""
    return and_(
        awarded_batches.c.program == batches.c.program,
        awarded_batches.c.issuer == batches.c.issuer,
        awarded_batches.c.number == batches.c.number,
    )


def is_of_batch(table: FromClause) -> ColumnElement[bool]:
    """An entry or a refusal and the batch that it came with."""
    return and_(
        batches.c.program == table.c.program,
        batches.c.issuer == _place(table)[0],
        batches.c.number == table.c.batch_number,
    )


def is_of_award(table: FromClause) -> ColumnElement[bool]:
    """An entry or a refusal and, within its batch, the award that it answers."""
    return and_(awards.c.batch_seq == batches.c.seq, awards.c.position == _place(table)[1])


def _place(table: FromClause) -> tuple[ColumnElement[bytes], ColumnElement[int]]:
    if table is refusals:
        return refusals.c.issuer, refusals.c.position
    assert table is entries
    return entries.c.batch_issuer, entries.c.batch_position
