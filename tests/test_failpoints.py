"""Points at which tests end processes, and that nobody else can use them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.system import System
from tokenpoints import failpoints
from tokenpoints.errors import ConfigurationError
from tokenpoints.failpoints import Point


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    return sent


def test_a_process_ends_itself_when_it_comes_by_for_the_nth_time(signals: list[tuple[int, int]]) -> None:
    failpoints.arm("submitter.signed=kill@3 gateway.answering=kill@1")
    failpoints.reached(Point.SUBMITTER_SIGNED)
    failpoints.reached(Point.SUBMITTER_SIGNED)
    failpoints.reached(Point.SUBMITTER_STORED)
    assert signals == []
    failpoints.reached(Point.SUBMITTER_SIGNED)
    assert signals == [(os.getpid(), signal.SIGKILL)]


def test_unarmed_nothing_happens(signals: list[tuple[int, int]]) -> None:
    for point in Point:
        failpoints.reached(point)
    assert (signals, failpoints.clock_offset_seconds()) == ([], 0)


def test_the_clock_jumps_at_its_nth_reading_and_stays_wrong() -> None:
    failpoints.arm("clock=-3600@3")
    assert [failpoints.clock_offset_seconds() for _ in range(4)] == [0, 0, -3600, -3600]


@pytest.mark.parametrize(
    "words",
    [
        "submitter.signed",
        "submitter.signed=kill",
        "submitter.signed=kill@0",
        "submitter.signed=+5@1",
        "clock=kill@1",
        "clock=3600@1",
        "nowhere=kill@1",
    ],
)
def test_what_is_not_understood_is_refused(words: str) -> None:
    with pytest.raises(ConfigurationError, match="TOKENPOINTS_FAILPOINTS"):
        failpoints.arm(words)


def test_they_are_refused_on_any_but_a_development_chain(tmp_path: Path) -> None:
    system = System(tmp_path)
    system.env |= {"TOKENPOINTS_CHAIN_ID": "1", "TOKENPOINTS_FAILPOINTS": "submitter.signed=kill@1"}
    refused = system.run("submitter", timeout=60)
    assert refused.returncode == 1
    assert "TOKENPOINTS_FAILPOINTS is for development chains only" in refused.stderr
