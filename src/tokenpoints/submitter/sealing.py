"""Taking awards into the next numbered batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from tokenpoints.domain.batches import BatchEntry, is_well_formed, receipts_root
from tokenpoints.domain.occurrence import ChainClock, DatedAward, Moment
from tokenpoints.domain.programs import Program
from tokenpoints.domain.receipts import receipt_hash
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.failpoints import Point, reached
from tokenpoints.observability.submitting import BATCH_ENTRIES
from tokenpoints.storage import awards, batches, dead_letters, terms
from tokenpoints.storage.awards import PackedAward, Unsealed
from tokenpoints.storage.batches import SealedBatch
from tokenpoints.storage.database import Database, Session
from tokenpoints.submitter.issuing import IssuerState

log = structlog.get_logger()

_T = TypeVar("_T")
MALFORMED = "malformed: it does not fit into an entry of a batch"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a sealed batch. The awards, their order and the root never change, whichever signature is mined."""

    batch: SealedBatch
    rows: list[PackedAward]
    awards: list[DatedAward]
    """The same, as the batch has them."""
    moment: Moment
    """From which their groups follow."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    seq: int
    number: int
    root: Hash32
    rows: list[PackedAward]
    awards: list[DatedAward]


class Sealing:
    """For one issuer of one program."""

    def __init__(self, database: Database, program: Program, issuer: Address, *, clock: Callable[[], datetime]) -> None:
        self._database, self._program, self._issuer, self._clock = database, program, issuer, clock
        self._chain_clock = ChainClock()
        self._sealed: dict[tuple[int, Hash32], _Sealed] = {}
        """What was sealed last, by batch and root."""

    def saw(self, state: IssuerState) -> None:
        """Learn what time it is on the chain."""
        self._chain_clock.saw(state.block_number, state.timestamp, self._now())

    def _now(self) -> int:
        return int(self._clock().timestamp())

    async def moment(self, session: Session, state: IssuerState) -> Moment:
        """What the rules are now. Those of which not every version is indexed are left out: their awards wait."""
        versions = await terms.versions(session, self._program.slug)
        return Moment(
            now=self._chain_clock.present(state.timestamp, self._now()),
            look_back_seconds=self._program.look_back_seconds,
            end_announced_at=state.end_announced_at,
            versions={
                rule_id: known
                for rule_id, known in versions.items()
                if len(known) == state.version_counts.get(rule_id, 0)
            },
        )

    async def waiting(self, session: Session, moment: Moment) -> Unsealed | None:
        """The awards that could be sealed, if there are any."""
        return await awards.unsealed_summary(session, self._program.slug, moment.versions.keys())

    async def contents(self, batch: SealedBatch, moment: Moment) -> Contents:
        """What is in a sealed batch."""
        # Mostly it is signed right after it was sealed here. Its root says that these are its awards.
        if (sealed := self._sealed.get((batch.seq, batch.receipts_root))) is not None:
            return Contents(batch, sealed.rows, sealed.awards, moment)
        async with self._database.snapshot() as session:
            rows = await awards.in_batch(session, batch.seq)
        return Contents(batch, rows, dated(rows), moment)

    async def seal(self, state: IssuerState, moment: Moment, *, size: int, count: int) -> bool:
        """Take the awards that have waited longest into the issuer's next batch, and those behind them into the ones
        after it, while they are full: into `count` at most. Returns whether there were any."""
        now = self._clock()
        sealed: list[_Sealed] = []
        async with self._database.session() as session:
            number = max(await batches.last_number(session, self._program.slug, self._issuer), state.batch_count)
            rows = await awards.next_unsealed(session, self._program.slug, moment.versions.keys(), size * count)
            found = dated(rows)
            malformed = {row.seq for row, award in zip(rows, found, strict=True) if not is_well_formed(award.entry)}
            await dead_letters.add(session, dict.fromkeys(malformed, MALFORMED), now=now)
            waiting = [index for index, row in enumerate(rows) if row.seq not in malformed]
            while waiting and len(sealed) < count:
                if sealed and len(waiting) < size:
                    break
                next_ones = waiting[:size]
                chosen = _at(next_ones, moment.together(_at(found, next_ones)))
                number += 1
                sealed.append(await self._add(session, number, _at(rows, chosen), _at(found, chosen), now))
                taken = set(chosen)
                waiting = [index for index in waiting if index not in taken]
        self._sealed = {(each.seq, each.root): each for each in sealed}
        for seq in malformed:
            log.error("award_dead", award=seq, reason=MALFORMED)
        for each in sealed:
            BATCH_ENTRIES.observe(len(each.rows))
            log.info("batch_sealed", batch=each.number, entries=len(each.rows))
        return bool(sealed or malformed)

    async def _add(
        self, session: Session, number: int, rows: list[PackedAward], found: list[DatedAward], now: datetime
    ) -> _Sealed:
        root = receipts_root([award.entry for award in found])
        seq = await batches.add_batch(
            session,
            program=self._program.slug,
            issuer=self._issuer,
            number=number,
            receipts_root=root,
            entry_count=len(rows),
            sealed_at=now,
        )
        await awards.assign_to_batch(session, [row.seq for row in rows], seq)
        reached(Point.SUBMITTER_SEALING)
        return _Sealed(seq, number, root, rows, found)


def _at(items: Sequence[_T], indexes: Sequence[int]) -> list[_T]:
    return [items[index] for index in indexes]


def dated(rows: Sequence[PackedAward]) -> list[DatedAward]:
    """What a batch says of the awards, with the time of their receipts."""
    return [
        DatedAward(rule_id, microseconds // 1_000_000, BatchEntry(account, units, receipt_hash(body_hash, salt)))
        for _, rule_id, account, units, microseconds, body_hash, salt in rows
    ]
