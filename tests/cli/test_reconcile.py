from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from tokenpoints import bootstrap
from tokenpoints.cli.app import app
from tokenpoints.config import Settings
from tokenpoints.domain.reconciliation import Counts, Difference, DifferenceKind, Reconciliation
from tokenpoints.domain.types import Hash32
from tokenpoints.errors import ChainUnavailable

ACCOUNT = "0x" + "ab" * 20
DIFFERENCE = Difference(DifferenceKind.ACCOUNT, ACCOUNT, "0x" + "1" * 64, "0x" + "2" * 64)


def compared(*differences: Difference) -> Reconciliation:
    return Reconciliation(
        program="demo",
        block_number=1_234,
        block_hash=Hash32(bytes(32)),
        compared_at=datetime(2026, 1, 1, tzinfo=UTC),
        counts=Counts(accounts=12_345, rule_versions=1, batches=7),
        difference_count=len(differences),
        differences=list(differences),
    )


def answering(monkeypatch: pytest.MonkeyPatch, answer: list[Reconciliation] | Exception) -> None:
    async def reconcile(_settings: Settings, _slugs: Sequence[str]) -> list[Reconciliation]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(bootstrap, "reconcile", reconcile)
    # The runner's standard error is closed after each call, and loggers keep what they write to.
    monkeypatch.setattr("tokenpoints.cli.reconcile.configure_logging", lambda **_options: None)


def test_no_difference_ends_with_0(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, [compared()])
    result = CliRunner().invoke(app, ["reconcile"])
    assert result.exit_code == 0
    assert "demo at block 1,234: 12,345 accounts" in result.output and "no difference" in result.output


def test_a_difference_ends_with_1_and_a_table_of_both_values(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, [compared(), compared(DIFFERENCE)])
    result = CliRunner(env={"COLUMNS": "250"}).invoke(app, ["reconcile"])
    assert result.exit_code == 1
    assert all(text in result.output for text in (ACCOUNT, DIFFERENCE.in_database, DIFFERENCE.on_chain))


def test_nothing_compared_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, ChainUnavailable("no answer from the node: ConnectError"))
    result = CliRunner().invoke(app, ["reconcile"])
    assert result.exit_code == 2
    assert "nothing was compared: no answer from the node" in result.output
