"""Taking batches apart that cannot be mined, and setting aside the awards that are to blame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from tokenpoints.domain.occurrence import Moment, groups_of
from tokenpoints.domain.programs import Program
from tokenpoints.domain.submissions import is_dead
from tokenpoints.storage import batches, dead_letters
from tokenpoints.storage.awards import PackedAward
from tokenpoints.storage.batches import SealedBatch
from tokenpoints.storage.database import Database, Session
from tokenpoints.submitter.issuing import IssuerState, Issuing
from tokenpoints.submitter.sealing import Contents, Sealing, dated

log = structlog.get_logger()

_MANY = 10_000
"""More than can be in flight."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trial of a batch on top of the latest block says."""

    revert: str | None = None
    """Why the batch would revert; None where it would not."""
    refusal: str | None = None
    """Why any batch would: the fault is not in this one."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was taken apart. Nothing, where the batch reverts no longer."""

    batches: list[SealedBatch]
    dead_count: int
    """Awards that were set aside."""


class Withdrawing:
    """For one issuer of one program."""

    def __init__(
        self,
        issuing: Issuing,
        database: Database,
        program: Program,
        sealing: Sealing,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._issuing, self._database, self._program, self._sealing = issuing, database, program, sealing
        self._clock = clock

    async def trial(self, contents: Contents, state: IssuerState) -> Verdict:
        """Whether the first open batch would revert. Nothing is sent. Raises TornLook."""
        batch, entries = contents.batch, contents.awards
        # A call on top of a block has its time, which on a chain that mines on demand is long ago.
        moment = replace(contents.moment, now=state.timestamp)
        if not moment.knows(entries):
            return Verdict()  # that is found out when it is signed
        groups = groups_of(entries, moment)
        revert = await self._issuing.revert_of(batch.number, groups, batch.receipts_root, state.block_number)
        if revert is None:
            return Verdict()
        refusal = await self._issuing.refusal_of(batch.number, state.block_number)
        return Verdict(refusal=refusal) if refusal is not None else Verdict(revert=revert)

    async def withdraw(
        self, number: int, state: IssuerState, moment: Moment, *, is_reverting: bool
    ) -> Withdrawn | None:
        """Take the batches from `number` on apart, if none of their attempts can be mined any more; their awards wait
        again. Where the first of them reverts, the awards that make it do so are set aside.

        None where nothing was done.
        """
        async with self._database.snapshot() as session:
            nonces = await self._nonces(session, number)
            first, *_ = await self._from(session, number, limit=1)
        # What was never signed is no matter of the chain's.
        final_nonce, final_count = await self._issuing.finalized() if nonces else (0, state.batch_count)
        if not is_dead(number=number, nonces=nonces, final_nonce=final_nonce, final_batch_count=final_count):
            return None
        reasons: dict[int, str] = {}
        if is_reverting:
            contents = await self._sealing.contents(first, moment)
            if (await self.trial(contents, state)).revert is None:
                return Withdrawn([], 0)
            reasons = await self._guilty(contents, state)
        async with self._database.session() as session:
            taken = await batches.locked_from(session, self._program.slug, self._issuing.address, number)
            nonces = await self._nonces(session, number)
            is_same = bool(taken) and taken[0].seq == first.seq
            if not is_same or not is_dead(
                number=number, nonces=nonces, final_nonce=final_nonce, final_batch_count=final_count
            ):
                return None
            await batches.take_apart(session, [batch.seq for batch in taken])
            await dead_letters.add(session, reasons, now=self._clock())
        for batch in taken:
            log.warning("batch_withdrawn", batch=batch.number, entries=batch.entry_count)
        for seq, reason in reasons.items():
            log.error("award_dead", award=seq, reason=reason)
        return Withdrawn(taken, len(reasons))

    async def _nonces(self, session: Session, number: int) -> set[int]:
        """All that were ever signed for the batches from `number` on."""
        found = await self._from(session, number, limit=_MANY)
        by_batch = await batches.nonces_of(session, [batch.seq for batch in found])
        return set().union(*by_batch.values())

    async def _from(self, session: Session, number: int, *, limit: int) -> list[SealedBatch]:
        return await batches.above(session, self._program.slug, self._issuing.address, number - 1, limit=limit)

    async def _guilty(self, contents: Contents, state: IssuerState) -> dict[int, str]:
        """The awards that make the batch revert, each with why."""
        reasons: dict[int, str] = {}

        async def reverts(part: Sequence[PackedAward]) -> bool:
            verdict = await self.trial(replace(contents, awards=dated(part)), state)
            if verdict.revert is not None and len(part) == 1:
                reasons[part[0].seq] = verdict.revert
            return verdict.revert is not None

        await bisect(contents.rows, reverts)
        return reasons


async def bisect(
    items: Sequence[PackedAward], reverts: Callable[[Sequence[PackedAward]], Awaitable[bool]]
) -> list[PackedAward]:
    """The items that revert on their own, found by halving what reverts together."""
    if not items or not await reverts(items):
        return []
    if len(items) == 1:
        return list(items)
    middle = len(items) // 2
    return [*await bisect(items[:middle], reverts), *await bisect(items[middle:], reverts)]
