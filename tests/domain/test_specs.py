from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tokenpoints.chain import specs
from tokenpoints.demo.program import program_path
from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.errors import ConfigurationError


def spec(*, rule: dict[str, Any] | None = None, **changes: Any) -> ProgramSpec:
    """The demo's program file with changes."""
    fields = specs.load(program_path()).model_dump(mode="json")
    fields["rules"][0] |= rule or {}
    return ProgramSpec.model_validate(fields | changes)


TWO_TIERS = [{"name": "Guest"}, {"name": "Friend", "threshold": 100}]


def test_multipliers_are_thousandths_by_tier_and_the_highest_ones_beyond() -> None:
    terms = spec(tiers=TWO_TIERS, rule={"multipliers": [1, 1.25]}).rules[0].terms
    assert terms(start=spec().rules[0].opens_at).multipliers == (1_000, 1_250, 1_250, 1_250)  # type: ignore[arg-type]


def test_a_rule_without_multipliers_is_the_same_for_all() -> None:
    opened = spec().rules[0].opens_at
    assert opened is not None
    assert spec(rule={"multipliers": []}).rules[0].terms(opened).multipliers == (1_000,) * 4


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"tiers": [{"name": "Guest"}]}, "one tier is none"),
        ({"tiers": [{"name": "Guest", "threshold": 5}, *TWO_TIERS[1:]]}, "'Guest' is the lowest and has no threshold"),
        ({"tiers": [*TWO_TIERS, {"name": "Patron", "threshold": 100}]}, "'Patron' is not above that of 'Friend'"),
        ({"tiers": [*TWO_TIERS, *TWO_TIERS, *TWO_TIERS]}, "at most 4 items"),
        ({"tiers": TWO_TIERS}, "rule 1 has 3 multipliers for 2 tiers"),
        ({"rule": {"multipliers": [0, 0, 0]}}, "nothing is earned"),
        ({"rule": {"multipliers": [1, 1, 66]}}, "less than or equal to 65.535"),
        ({"rule": {"multipliers": [1, 1, 1.0005]}}, "no more than 3 decimal places"),
        ({"transfer_policy": "friends"}, "'partners', 'members' or 'open'"),
        ({"look_back_days": 0}, "greater than or equal to 1"),
        ({"look_back_days": 366}, "less than or equal to 365"),
        ({"notice_period_days": 0}, "greater than or equal to 1"),
        ({"issuer_cap": 0}, "greater than or equal to 1"),
    ],
)
def test_a_program_that_cannot_be_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        spec(**changes)


def test_the_fault_of_a_program_file_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "program.toml"
    path.write_text(program_path().read_text().replace("look_back_days = 60", "look_back_days = 0"))
    with pytest.raises(ConfigurationError, match=r"program.toml: look_back_days: .* greater than or equal to 1"):
        specs.load(path)
