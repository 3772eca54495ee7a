"""How far it is that points go back, as the chain has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenpoints.domain.clawbacks import ClawbackState, shortfall
from tokenpoints.domain.entries import AwardStatus
from tokenpoints.earning.awards import awards_with_seqs
from tokenpoints.storage import clawbacks
from tokenpoints.storage.database import Session


@dataclass(frozen=True, slots=True)
class Standing:
    """One clawback."""

    member_seq: int
    state: ClawbackState
    due: int | None
    """Points; None until the awards are final."""
    taken: int
    """Points, less those that were given back."""
    shortfall: int | None
    """Points that were due and not there; None until it is done."""
    waits: str | None
    operations: list[str]


async def standings(session: Session, receipt_seqs: Sequence[int]) -> dict[int, list[Standing]]:
    """Of refunds and adjustments, by their receipts."""
    found = await clawbacks.of_receipts(session, receipt_seqs)
    seqs = [each.seq for several in found.values() for each in several]
    parts = await clawbacks.parts_of(session, seqs)
    returns = await clawbacks.returns_of(session, seqs)
    awarded = await awards_with_seqs(session, [seq for several in returns.values() for seq in several])
    return {
        receipt_seq: [
            _standing(
                each,
                parts.get(each.seq, []),
                sum(
                    awarded[seq].record.points or awarded[seq].record.points_expected
                    for seq in returns.get(each.seq, [])
                    if awarded[seq].status is not AwardStatus.REFUSED
                ),
            )
            for each in several
        ]
        for receipt_seq, several in found.items()
    }


def _standing(clawback: clawbacks.Clawback, parts: Sequence[clawbacks.Part], returned: int) -> Standing:
    burned = sum(part.burned or 0 for part in parts)
    is_done = clawback.settled_at is not None
    state = ClawbackState.TAKING if parts else ClawbackState.WAITING
    return Standing(
        member_seq=clawback.member_seq,
        state=ClawbackState.DONE if is_done else state,
        due=clawback.points,
        taken=burned - returned,
        shortfall=shortfall(burned, clawback.points or 0, returned) if is_done else None,
        waits=clawback.waits,
        operations=[part.operation_id for part in parts],
    )
