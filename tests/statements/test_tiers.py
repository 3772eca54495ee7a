"""Where a member stands among the tiers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.programs import make_program
from tokenpoints.domain.points import EPOCH_MAX, AccountWord
from tokenpoints.domain.programs import Program, Tier
from tokenpoints.statements.tiers import NextTier, standing

TIERS = [Tier(name="Reader"), Tier(name="Silver", threshold=100), Tier(name="Gold", threshold=500)]


@pytest.fixture
def program() -> Program:
    """Tier periods of 12 epochs of 30 days."""
    return make_program().model_copy(update={"tiers": TIERS})


def begin_of(program: Program, epoch: int) -> datetime:
    return datetime.fromtimestamp(program.clock.start + (epoch - 1) * program.clock.length_seconds, UTC)


def test_program_without_tiers_has_no_standing() -> None:
    assert standing(AccountWord(epoch=1), make_program()) is None


@pytest.mark.parametrize(
    ("tier", "total", "until_epoch", "after", "following"),
    [
        (0, 0, 25, "Reader", NextTier(1, "Silver", 100, 100)),
        (0, 99, 25, "Reader", NextTier(1, "Silver", 100, 1)),
        (1, 100, 25, "Silver", NextTier(2, "Gold", 500, 400)),
        (1, 40, 13, "Reader", NextTier(2, "Gold", 500, 460)),  # of the period before, and not earned again
        (2, 500, 25, "Gold", None),
        (2, 100, 13, "Silver", None),
    ],
)
def test_standing(
    program: Program, tier: int, total: int, until_epoch: int, after: str, following: NextTier | None
) -> None:
    found = standing(AccountWord(epoch=5, tier=tier, total=total), program)
    assert found is not None
    assert (found.number, found.name, found.points) == (tier, TIERS[tier].name, total)
    assert found.period_ends_at == begin_of(program, 13)
    assert found.effective_until == begin_of(program, until_epoch)
    assert (found.after_period_name, found.next) == (after, following)


def test_a_tier_holds_exactly_until_it_says(program: Program) -> None:
    """Held against the account word, which is what the contract does."""
    for tier, total in ((1, 100), (1, 40), (2, 100), (2, 700)):
        word = AccountWord(epoch=5, tier=tier, total=total)
        found = standing(word, program)
        assert found is not None and found.effective_until is not None
        ends = int(found.effective_until.timestamp())
        assert word.at(ends - 1, program.clock).tier >= tier > word.at(ends, program.clock).tier


def test_the_last_epoch_has_no_end(program: Program) -> None:
    found = standing(AccountWord(epoch=EPOCH_MAX), program)
    assert found is not None and found.period_ends_at is found.effective_until is None
