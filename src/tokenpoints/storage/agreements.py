"""Questions about agreements and what was dealt under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from tokenpoints.domain.agreements import Agreement
from tokenpoints.domain.events import Dealing
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import agreement_dealings, agreements, blocks


@dataclass(frozen=True, slots=True)
class Signature:
    """One side's, and where it is on the chain."""

    program: str
    agreement: Agreement
    block_number: int
    log_index: int
    transaction_hash: Hash32


@dataclass(frozen=True, slots=True)
class RecordedDealing:
    """A log of a program's exchange, with the block's time. Amounts are of the settlement token."""

    dealing: Dealing
    agreement_id: Hash32 | None
    timestamp: int
    block_number: int
    log_index: int
    transaction_hash: Hash32
    account: Address | None
    recipient: Address | None
    burned: int
    minted: int
    amount: int


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """A block that was read."""

    number: int
    hash: Hash32
    timestamp: int


async def naming(session: Session, exchange: Address) -> list[Signature]:
    """Signatures of all programs that are indexed under agreements of this exchange, newest first."""
    query = select(agreements).where(or_(agreements.c.source == exchange, agreements.c.target == exchange))
    rows = await session.execute(query.order_by(agreements.c.block_number.desc(), agreements.c.log_index.desc()))
    return [_signature(row) for row in rows]


async def signatures_of(session: Session, agreement_id: Hash32) -> list[Signature]:
    """Those of the programs that are indexed."""
    rows = await session.execute(select(agreements).where(agreements.c.id == agreement_id))
    return [_signature(row) for row in rows]


async def signed_by(session: Session, programs: Sequence[str]) -> list[Signature]:
    """All that these programs signed, newest first."""
    query = select(agreements).where(agreements.c.program.in_(programs))
    rows = await session.execute(query.order_by(agreements.c.block_number.desc(), agreements.c.log_index.desc()))
    return [_signature(row) for row in rows]


async def paid_alike(session: Session, program: str, token: Address, beneficiary: Address) -> list[Signature]:
    """What the program signed whose settlements go to one beneficiary in one token: it collects them together."""
    query = select(agreements).where(
        agreements.c.program == program,
        agreements.c.settlement_token == token,
        agreements.c.beneficiary == beneficiary,
    )
    return [_signature(row) for row in await session.execute(query.order_by(agreements.c.id))]


async def conversions_until(
    session: Session, program: str, agreement_id: Hash32, last_block: int
) -> list[tuple[int, int, int]]:
    """(points minted, how many conversions minted so many, points that these burned) up to a block, as one side logged
    them: the target does not log what was burned, which is 0 then."""
    query = select(
        agreement_dealings.c.minted, func.count(), func.coalesce(func.sum(agreement_dealings.c.burned), 0)
    ).where(
        agreement_dealings.c.program == program,
        agreement_dealings.c.agreement_id == agreement_id,
        agreement_dealings.c.block_number <= last_block,
        agreement_dealings.c.minted.is_not(None),
    )
    rows = await session.execute(query.group_by(agreement_dealings.c.minted))
    return [(minted, int(count), int(burned)) for minted, count, burned in rows]


async def moved_until(session: Session, program: str, agreement_id: Hash32, dealing: Dealing, last_block: int) -> int:
    """What was deposited or withdrawn under an agreement up to a block."""
    of = (agreement_dealings.c.agreement_id == agreement_id, agreement_dealings.c.dealing == dealing.value)
    return await _total(session, program, last_block, *of)


async def collected_until(session: Session, program: str, token: Address, beneficiary: Address, last_block: int) -> int:
    """What a beneficiary took of a token up to a block."""
    return await _total(session, program, last_block, *_collections(token, beneficiary))


async def dealings_between(
    session: Session, program: str, agreement_ids: Sequence[Hash32], after_block: int, last_block: int, *, limit: int
) -> list[RecordedDealing]:
    """Under these agreements, in the blocks after one and up to another, oldest first."""
    return await _page(
        session, program, after_block, last_block, limit, agreement_dealings.c.agreement_id.in_(agreement_ids)
    )


async def collections_between(
    session: Session,
    program: str,
    token: Address,
    beneficiary: Address,
    after_block: int,
    last_block: int,
    *,
    limit: int,
) -> list[RecordedDealing]:
    """A beneficiary's, oldest first."""
    return await _page(session, program, after_block, last_block, limit, *_collections(token, beneficiary))


async def last_block_before(session: Session, timestamp: int) -> BlockPlace | None:
    """The last block that was read of those before a second."""
    # Blocks have no index by time: they rise in both, so that halving finds it.
    low, high = (await session.execute(select(func.min(blocks.c.number), func.max(blocks.c.number)))).one()
    found: BlockPlace | None = None
    while low is not None and low <= high:
        middle = (low + high) // 2
        nearest = select(blocks.c.number, blocks.c.hash, blocks.c.timestamp).where(blocks.c.number <= middle)
        row = (await session.execute(nearest.order_by(blocks.c.number.desc()).limit(1))).one()
        if row.timestamp < timestamp:
            found, low = BlockPlace(row.number, Hash32(row.hash), row.timestamp), middle + 1
        else:
            high = row.number - 1
    return found


def _collections(token: Address, beneficiary: Address) -> tuple[ColumnElement[bool], ...]:
    return (
        agreement_dealings.c.dealing == Dealing.COLLECTED.value,
        agreement_dealings.c.settlement_token == token,
        agreement_dealings.c.account == beneficiary,
    )


async def _total(session: Session, program: str, last_block: int, *of: ColumnElement[bool]) -> int:
    # Digits, which no database adds up.
    query: Select[Any] = select(agreement_dealings.c.amount).where(
        agreement_dealings.c.program == program, agreement_dealings.c.block_number <= last_block, *of
    )
    return sum(int(amount) for amount in await session.scalars(query))


async def _page(
    session: Session, program: str, after_block: int, last_block: int, limit: int, *of: ColumnElement[bool]
) -> list[RecordedDealing]:
    query = (
        select(agreement_dealings, blocks.c.timestamp)
        .join(blocks, blocks.c.number == agreement_dealings.c.block_number)
        .where(
            agreement_dealings.c.program == program,
            agreement_dealings.c.block_number > after_block,
            agreement_dealings.c.block_number <= last_block,
            *of,
        )
        .order_by(agreement_dealings.c.block_number, agreement_dealings.c.log_index)
        .limit(limit)
    )
    return [_dealing(row) for row in await session.execute(query)]


def _signature(row: Row[Any]) -> Signature:
    return Signature(
        row.program,
        Agreement(
            id=Hash32(row.id),
            source=Address(row.source),
            source_points=row.source_points,
            target=Address(row.target),
            target_points=row.target_points,
            quota=row.quota,
            quota_window_seconds=row.quota_window_seconds,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            settlement=int(row.settlement),
            settlement_token=_address(row.settlement_token),
            beneficiary=_address(row.beneficiary),
            terms_hash=Hash32(row.terms_hash),
        ),
        row.block_number,
        row.log_index,
        Hash32(row.transaction_hash),
    )


def _dealing(row: Row[Any]) -> RecordedDealing:
    return RecordedDealing(
        dealing=Dealing(row.dealing),
        agreement_id=None if row.agreement_id is None else Hash32(row.agreement_id),
        timestamp=row.timestamp,
        block_number=row.block_number,
        log_index=row.log_index,
        transaction_hash=Hash32(row.transaction_hash),
        account=_address(row.account),
        recipient=_address(row.recipient),
        burned=row.burned or 0,
        minted=row.minted or 0,
        amount=int(row.amount or 0),
    )


def _address(raw: bytes | None) -> Address | None:
    return None if raw is None else Address(raw)
