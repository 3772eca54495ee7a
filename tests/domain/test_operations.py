from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenpoints.domain.operations import (
    CALLS_MAX,
    Fate,
    OperationState,
    Progress,
    Step,
    StepKind,
    Taken,
    judged,
    step_of,
)
from tokenpoints.domain.types import Hash32

HASH = Hash32(b"\x07" * 32)
SCHEDULE, EXECUTE, CANCEL = (Step(kind, 0) for kind in StepKind)
DONE = Taken(Fate.DONE, HASH, 5)
SURE = Taken(Fate.DONE, HASH, 5, is_sure=True)
OPEN = Taken(Fate.OPEN, HASH)
FAILED = Taken(Fate.FAILED, HASH, 5)
SCHEDULED = Taken(Fate.DONE, HASH, 5, due_at=900, is_sure=True)


def progress(
    taken: dict[Step, Taken], *, calls: int = 1, delayed: bool = False, cancel: bool = False, error: str | None = None
) -> Progress:
    return Progress(calls, delayed, cancel, taken, error)


@pytest.mark.parametrize(
    ("given_", "state", "step", "not_before", "is_closed"),
    [
        (progress({}), OperationState.PENDING, EXECUTE, None, False),
        (progress({EXECUTE: OPEN}), OperationState.SENT, EXECUTE, None, False),
        (progress({EXECUTE: DONE}), OperationState.CONFIRMED, None, None, False),
        (progress({EXECUTE: SURE}), OperationState.FINALIZED, None, None, True),
        (progress({EXECUTE: FAILED}), OperationState.FAILED, None, None, False),
        (progress({}, error="no"), OperationState.FAILED, None, None, True),
        # A reorg has undone what failed: it may succeed now.
        (progress({EXECUTE: OPEN}, error="no"), OperationState.SENT, EXECUTE, None, False),
        (progress({EXECUTE: SURE}, calls=2), OperationState.SENT, Step(StepKind.EXECUTE, 1), None, False),
        (progress({}, delayed=True), OperationState.PENDING, SCHEDULE, None, False),
        (progress({SCHEDULE: SCHEDULED}, delayed=True), OperationState.SCHEDULED, EXECUTE, 900, False),
        (progress({SCHEDULE: SCHEDULED, EXECUTE: SURE}, delayed=True), OperationState.FINALIZED, None, None, True),
        # The schedule was undone, and comes again before the call can be made.
        (progress({SCHEDULE: OPEN, EXECUTE: OPEN}, delayed=True), OperationState.SENT, SCHEDULE, None, False),
        (
            progress({SCHEDULE: SCHEDULED}, delayed=True, cancel=True),
            OperationState.SCHEDULED,
            CANCEL,
            None,
            False,
        ),
        (
            progress({SCHEDULE: SCHEDULED, CANCEL: SURE}, delayed=True, cancel=True),
            OperationState.CANCELLED,
            None,
            None,
            True,
        ),
    ],
)
def test_state_and_next_step_follow_from_what_the_chain_has(
    given_: Progress, state: OperationState, step: Step | None, not_before: int | None, is_closed: bool
) -> None:
    found = judged(given_)
    assert (found.state, found.next_step, found.not_before, found.is_closed) == (state, step, not_before, is_closed)


@given(st.sampled_from(StepKind), st.integers(0, CALLS_MAX - 1))
def test_a_step_is_known_by_its_number(kind: StepKind, call: int) -> None:
    assert step_of(Step(kind, call).number) == Step(kind, call)
