"""Taking awards into the next numbered batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

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


class Sealing:
    """For one issuer of one program."""

    def __init__(self, database: Database, program: Program, issuer: Address, *, clock: Callable[[], datetime]) -> None:
        self._database, self._program, self._issuer, self._clock = database, program, issuer, clock
        self._chain_clock = ChainClock()
        self._sealed: tuple[tuple[int, Hash32], list[PackedAward], list[DatedAward]] | None = None

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

    async def waiting(self, session: Session, state: IssuerState) -> Unsealed | None:
        """The awards that could be sealed, if there are any."""
        if not await awards.any_unsealed(session, self._program.slug):
            return None
        moment = await self.moment(session, state)
        return await awards.unsealed_summary(session, self._program.slug, moment.versions.keys())

    async def contents(self, batch: SealedBatch, state: IssuerState) -> Contents:
        """What is in a sealed batch, and the rules for it."""
        async with self._database.snapshot() as session:
            moment = await self.moment(session, state)
            # Mostly it is signed right after it was sealed here. Its root says that these are its awards.
            if self._sealed is not None and self._sealed[0] == (batch.seq, batch.receipts_root):
                return Contents(batch, self._sealed[1], self._sealed[2], moment)
            rows = await awards.in_batch(session, batch.seq)
            return Contents(batch, rows, dated(rows), moment)

    async def seal(self, state: IssuerState, *, size: int) -> bool:
        """Take the awards that have waited longest into the issuer's next batch. Returns whether there were any."""
        now = self._clock()
        async with self._database.session() as session:
            moment = await self.moment(session, state)
            rows = await awards.next_unsealed(session, self._program.slug, moment.versions.keys(), size)
            found = dated(rows)
            malformed = {
                row.seq: MALFORMED for row, award in zip(rows, found, strict=True) if not is_well_formed(award.entry)
            }
            await dead_letters.add(session, malformed, now=now)
            if malformed:
                rows = [row for row in rows if row.seq not in malformed]
                found = dated(rows)
            chosen = moment.together(found)
            rows, found = [rows[index] for index in chosen], [found[index] for index in chosen]
            if chosen:
                root = receipts_root([award.entry for award in found])
                last = await batches.last_number(session, self._program.slug, self._issuer)
                number = max(last, state.batch_count) + 1
                batch_seq = await batches.add_batch(
                    session,
                    program=self._program.slug,
                    issuer=self._issuer,
                    number=number,
                    receipts_root=root,
                    entry_count=len(chosen),
                    sealed_at=now,
                )
                await awards.assign_to_batch(session, [row.seq for row in rows], batch_seq)
                reached(Point.SUBMITTER_SEALING)
        for seq in malformed:
            log.error("award_dead", award=seq, reason=MALFORMED)
        if chosen:
            self._sealed = (batch_seq, root), rows, found
            BATCH_ENTRIES.observe(len(chosen))
            log.info("batch_sealed", batch=number, entries=len(chosen))
        return bool(chosen or malformed)


def dated(rows: Sequence[PackedAward]) -> list[DatedAward]:
    """What a batch says of the awards, with the time of their receipts."""
    return [
        DatedAward(rule_id, microseconds // 1_000_000, BatchEntry(account, units, receipt_hash(body_hash, salt)))
        for _, rule_id, account, units, microseconds, body_hash, salt in rows
    ]
