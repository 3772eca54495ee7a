"""Questions about one account's points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import ceil
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Integer,
    Row,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.sql.selectable import Exists, ScalarSelect, Select

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.dead_letters import is_dead
from tokenpoints.storage.joins import batch_is_awarded, is_of_award, is_of_batch
from tokenpoints.storage.members import as_themselves
from tokenpoints.storage.questions import Ask, Question
from tokenpoints.storage.tables import (
    awarded_batches,
    awards,
    balances,
    batches,
    blocks,
    checkpoints,
    dead_letters,
    entries,
    members,
    merges,
    receipts,
    refusals,
)

WITHOUT_POINTS = (
    EntryType.TIER,
    EntryType.FREEZE,
    EntryType.UNFREEZE,
    EntryType.PARTNER,
    EntryType.EXPIRY_LOGGED,
)
"""Entries that change no balance."""


@dataclass(frozen=True, slots=True)
class OpenAward:
    """An award that is not minted: it waits, or the chain refused it."""

    id: str
    reference: str
    occurred_at: datetime
    receipt_amount: int
    points_expected: int
    rule_id: int
    created_at: datetime
    batch_number: int | None
    position: int | None
    refusal_reason: int | None
    refused_in: Hash32 | None
    dead_letter: str | None
    """Why it is set aside, where it is."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What the tables have of a member's points."""

    member_id: str
    """Of whoever was merged, that of the one whom they became."""
    account: Address
    word: AccountWord
    """As the chain last wrote it; the empty one where it never did."""
    points_pending: int
    """Expected points of awards that no indexed block holds yet."""
    block_number: int | None
    """Up to which the tables follow the chain; None before the first block."""


async def holding_of(ask: Ask, program: str, member_id: str) -> Holding | None:
    """What a member holds, asked at once; None where there is no such member."""
    if not may_be_id(member_id):
        return None
    found = await ask(_HOLDING, {"of_program": program, "of_id": member_id})
    if not found:
        return None
    [(own_id, account, word, pending, block_number)] = found
    return Holding(own_id, Address(account), _word(word), int(pending), block_number)


async def word_of(session: Session, program: str, account: Address) -> AccountWord:
    """The account's word as the chain last wrote it; the empty one where it never did."""
    query = select(balances.c.word).where(balances.c.program == program, balances.c.account == account)
    return _word((await session.execute(query)).scalar_one_or_none())


async def word_at(session: Session, program: str, account: Address, timestamp: int) -> AccountWord:
    """The account's word after its last entry in a block of `timestamp` (Unix seconds) or before, or else empty."""
    query = (
        select(entries.c.word_after)
        .join(blocks, blocks.c.number == entries.c.block_number)
        .where(entries.c.program == program, entries.c.account == account, blocks.c.timestamp <= timestamp)
        .order_by(entries.c.block_number.desc(), entries.c.log_index.desc())
        .limit(1)
    )
    return _word((await session.execute(query)).scalar_one_or_none())


async def entries_between(
    session: Session, program: str, account: Address, first: int, last: int, *, limit: int
) -> Sequence[Row[Any]]:
    """Entries in blocks from the second `first` on and before the second `last`, oldest first."""
    query = (
        entry_rows()
        .where(
            entries.c.program == program,
            entries.c.account == account,
            blocks.c.timestamp >= first,
            blocks.c.timestamp < last,
        )
        .order_by(entries.c.block_number, entries.c.log_index)
        .limit(limit)
    )
    return (await session.execute(query)).all()


async def points_pending(session: Session, program: str, account: Address) -> int:
    """Expected points of the account's awards that no indexed block holds yet."""
    return int(await session.scalar(_PENDING, {"of_program": program, "of_account": account}) or 0)


async def pending_awards_of(session: Session, program: str, account: Address, *, limit: int) -> list[OpenAward]:
    """The account's awards that no indexed block holds yet, newest first."""
    query = _open_awards(program, account).where(award_is_pending()).limit(limit)
    return [_open_award(row) for row in await session.execute(query)]


async def refused_awards_of(session: Session, program: str, account: Address, *, limit: int) -> list[OpenAward]:
    """The account's awards that the chain refused, newest first."""
    query = _open_awards(program, account).where(refusals.c.reason.is_not(None)).limit(limit)
    return [_open_award(row) for row in await session.execute(query)]


async def dead_awards_of(session: Session, program: str, account: Address, *, limit: int) -> list[OpenAward]:
    """The account's awards that are set aside, newest first."""
    query = _open_awards(program, account).where(dead_letters.c.reason.is_not(None)).limit(limit)
    return [_open_award(row) for row in await session.execute(query)]


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries are meant: all that no part excludes."""

    types: frozenset[EntryType] = frozenset()
    """Empty: any."""
    since: datetime | None = None
    until: datetime | None = None
    """Of the block's time: from `since` on, before `until`."""
    reference: str | None = None


EVERY_ENTRY = EntryFilter()


async def entries_of_account(
    session: Session,
    program: str,
    account: Address,
    *,
    before: tuple[int, int] | None,
    limit: int,
    only: EntryFilter = EVERY_ENTRY,
    also: Sequence[Address] = (),
) -> Sequence[Row[Any]]:
    """Entries with their block's time and the receipt behind each, newest first; of the accounts `also` as well."""
    asked: dict[str, Any] = {"of_program": program, "limit": limit}
    asked |= {"of_accounts": [account, *also]} if also else {"of_account": account}
    if only.types:
        asked["of_types"] = sorted(only.types)
    if only.since is not None:
        asked["since"] = ceil(only.since.timestamp())
    if only.until is not None:
        asked["until"] = ceil(only.until.timestamp())
    if only.reference is not None:
        asked["reference"] = only.reference
    if before is not None:
        asked |= {"before_block": before[0], "before_log": before[1]}
    return (await session.execute(_page(frozenset(asked)), asked)).all()


async def latest_entries_of_member(ask: Ask, program: str, member_id: str, *, limit: int) -> Sequence[Sequence[Any]]:
    """A member's latest entries as above, asked at once. None where there is no such member, and none of one whom
    others became: theirs are their history too."""
    if not may_be_id(member_id):
        return []
    return await ask(_latest_entries(), {"of_program": program, "of_id": member_id, "limit": limit})


@cache
def _latest_entries() -> Question:
    others = select(merges.c.member_seq).where(merges.c.into_seq == members.c.seq).correlate(members)
    account = as_themselves(members.c.account).where(~others.exists()).scalar_subquery()
    return Question(_page(frozenset({"of_account"}), account=account))


@cache
def _page(asked: frozenset[str], *, account: ColumnElement[bytes] | None = None) -> Select[tuple[object, ...]]:
    """Entries by these parameters. Made once for each set of them, as making it takes longer than asking it."""
    wanted = {
        "of_account": entries.c.account == (bindparam("of_account") if account is None else account),
        "of_accounts": entries.c.account.in_(bindparam("of_accounts", expanding=True)),
        "of_types": entries.c.type.in_(bindparam("of_types", expanding=True)),
        "since": blocks.c.timestamp >= bindparam("since"),
        "until": blocks.c.timestamp < bindparam("until"),
        "reference": receipts.c.reference == bindparam("reference"),
        "before_block": tuple_(entries.c.block_number, entries.c.log_index)
        < tuple_(bindparam("before_block", type_=BigInteger), bindparam("before_log", type_=Integer)),
    }
    return (
        entry_rows()
        .where(entries.c.program == bindparam("of_program"))
        .where(*(condition for name, condition in wanted.items() if name in asked))
        .order_by(entries.c.block_number.desc(), entries.c.log_index.desc(), entries.c.account)
        .limit(bindparam("limit", type_=Integer))
    )


@cache
def entry_rows() -> Select[tuple[object, ...]]:
    """Entries joined with their block's time and, over the batch's place, with the receipt; beside each, how far the
    chain was known."""
    columns = entries.c
    return select(
        columns.block_number,
        columns.log_index,
        columns.account,
        columns.program,
        columns.type,
        columns.amount,
        columns.balance_after,
        columns.word_after,
        columns.transaction_hash,
        columns.counterparty,
        columns.rule_id,
        columns.rule_version,
        columns.batch_number,
        columns.batch_position,
        columns.reason,
        blocks.c.timestamp,
        receipts.c.reference,
        # As it is stored, which a Question asks for.
        type_coerce(receipts.c.occurred_at, BigInteger).label("occurred_microseconds"),
        receipts.c.amount.label("receipt_amount"),
        _of_checkpoint(checkpoints.c.head_number),
        _of_checkpoint(checkpoints.c.finalized_number),
    ).select_from(
        entries.join(blocks, blocks.c.number == entries.c.block_number)
        .outerjoin(batches, is_of_batch(entries))
        .outerjoin(awards, is_of_award(entries))
        .outerjoin(receipts, receipts.c.seq == awards.c.receipt_seq)
    )


def award_is_pending() -> ColumnElement[bool]:
    """An award waits until its batch is in a block: every entry of a batch is then minted or refused. One that is set
    aside waits for nobody."""
    return and_(or_(awards.c.batch_seq.is_(None), ~_batch_is_awarded()), ~is_dead())


def _batch_is_awarded() -> Exists:
    # With OFFSET, PostgreSQL looks up the batch of each of a member's awards. Without, it reads all batches there are.
    return (
        select(awarded_batches.c.number)
        .join(batches, batch_is_awarded())
        .where(batches.c.seq == awards.c.batch_seq)
        .correlate(awards)
        .offset(0)
        .exists()
    )


def _open_awards(program: str, account: Address) -> Select[tuple[object, ...]]:
    refused_at_place = and_(
        refusals.c.program == batches.c.program,
        refusals.c.issuer == batches.c.issuer,
        refusals.c.batch_number == batches.c.number,
        refusals.c.position == awards.c.position,
    )
    return (
        select(
            awards.c.id,
            awards.c.points_expected,
            awards.c.rule_id,
            awards.c.created_at,
            awards.c.position,
            receipts.c.reference,
            receipts.c.occurred_at,
            receipts.c.amount.label("receipt_amount"),
            batches.c.number.label("batch_number"),
            refusals.c.reason,
            refusals.c.transaction_hash,
            dead_letters.c.reason.label("dead_letter"),
        )
        .select_from(
            awards.join(members, members.c.seq == awards.c.member_seq)
            .join(receipts, receipts.c.seq == awards.c.receipt_seq)
            .outerjoin(batches, batches.c.seq == awards.c.batch_seq)
            .outerjoin(refusals, refused_at_place)
            .outerjoin(dead_letters, dead_letters.c.award_seq == awards.c.seq)
        )
        .where(members.c.program == program, members.c.account == account)
        .order_by(awards.c.seq.desc())
    )


def _open_award(row: Row[tuple[object, ...]]) -> OpenAward:
    return OpenAward(
        id=row.id,
        reference=row.reference,
        occurred_at=row.occurred_at,
        receipt_amount=row.receipt_amount,
        points_expected=row.points_expected,
        rule_id=row.rule_id,
        created_at=row.created_at,
        batch_number=row.batch_number,
        position=row.position,
        refusal_reason=row.reason,
        refused_in=None if row.transaction_hash is None else Hash32(row.transaction_hash),
        dead_letter=row.dead_letter,
    )


async def history_of_account(session: Session, program: str, account: Address, *, limit: int) -> Sequence[Row[Any]]:
    """The account's latest `limit` changes, oldest first, with when each was recorded and when its receipt occurred."""
    query: Select[Any] = (
        entry_rows()
        .with_only_columns(
            entries.c.type,
            entries.c.amount,
            entries.c.balance_after,
            entries.c.word_after,
            blocks.c.timestamp,
            receipts.c.occurred_at,
        )
        .where(entries.c.program == program, entries.c.account == account, entries.c.type.not_in(WITHOUT_POINTS))
        .order_by(entries.c.block_number.desc(), entries.c.log_index.desc())
        .limit(limit)
    )
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows[::-1]


def _word(stored: bytes | None) -> AccountWord:
    return AccountWord() if stored is None else AccountWord.unpack(int.from_bytes(stored, "big"))


def _of_checkpoint(column: Column[int]) -> ScalarSelect[int]:
    """As of the one chain that the tables follow; null before its first block."""
    return select(column).order_by(checkpoints.c.chain_id).limit(_ONE).scalar_subquery()


def _points_pending() -> ScalarSelect[int]:
    """Expected points of a member's pending awards, in the program of the parameter `of_program`.

    The batches of those awards are looked up that are in one from the first in flight on. For the others an index of
    the member's awards is enough.
    """
    # One condition, and on what no index is of: given IS NULL, PostgreSQL would read all awards that wait, of all
    # members, for as long as it remembers that there were few.
    may_be_pending = func.coalesce(awards.c.batch_seq, _NO_BATCH) >= _first_in_flight()
    return (
        select(func.coalesce(func.sum(awards.c.points_expected), literal_column("0")))
        .where(awards.c.member_seq == members.c.seq, may_be_pending, award_is_pending())
        .correlate(members)
        .scalar_subquery()
    )


def _first_in_flight() -> ScalarSelect[int]:
    """The first batch, of all issuers of the program `of_program`, that is not awarded; above all where each is.

    An issuer's batches are sealed, and awarded, in the order of their numbers.
    """
    program = bindparam("of_program", type_=batches.c.program.type)
    issuers = _issuers(program)
    last_awarded = (
        select(awarded_batches.c.number)
        .where(awarded_batches.c.program == program, awarded_batches.c.issuer == issuers.c.issuer)
        .order_by(awarded_batches.c.number.desc())
        .limit(_ONE)
        .correlate(issuers)
        .scalar_subquery()
    )
    next_to_award = (
        select(batches.c.seq)
        .where(
            batches.c.program == program,
            batches.c.issuer == issuers.c.issuer,
            batches.c.number > func.coalesce(last_awarded, literal_column("0")),
        )
        .order_by(batches.c.number)
        .limit(_ONE)
        .correlate(issuers)
        .scalar_subquery()
    )
    return select(func.coalesce(func.min(next_to_award), _NO_BATCH)).select_from(issuers).scalar_subquery()


def _issuers(program: BindParameter[str]) -> CTE:
    """Those who sealed batches, and null: from one to the next in the index, past all batches of each."""
    sealed = select(batches.c.issuer).where(batches.c.program == program).order_by(batches.c.issuer).limit(_ONE)
    first = select(sealed.scalar_subquery().label("issuer")).cte("issuers", recursive=True)
    following = sealed.where(batches.c.issuer > first.c.issuer).correlate(first).scalar_subquery()
    return first.union_all(select(following).where(first.c.issuer.is_not(None)))


# No parameters: a plan that PostgreSQL keeps would foresee any number.
_ONE = literal_column("1", Integer)
_NO_BATCH = literal_column("9223372036854775807", BigInteger)
"""Above every `seq`."""

# Built once: they are asked more often than anything else.
_PENDING = select(_points_pending()).where(
    members.c.program == bindparam("of_program"), members.c.account == bindparam("of_account")
)
_HOLDING = Question(
    as_themselves(
        members.c.id,
        members.c.account,
        balances.c.word,
        _points_pending(),
        _of_checkpoint(checkpoints.c.block_number),
    ).outerjoin_from(
        members, balances, and_(balances.c.program == members.c.program, balances.c.account == members.c.account)
    )
)
