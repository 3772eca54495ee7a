"""Whole imports of members against a gateway on a real port."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from tests.imports.conftest import LiveGateway
from tests.support.keys import bearing
from tokenpoints.cli import import_members, import_purchases
from tokenpoints.client import Client, models
from tokenpoints.imports import members as importing


@pytest.fixture
def run(gateway: LiveGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `tokenpoints import members`, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(import_members.members)

    def run(*arguments: object) -> Result:
        words = [str(argument) for argument in arguments]
        env = {"TOKENPOINTS_DATA_DIR": str(tmp_path), "TOKENPOINTS_API_KEY": gateway.key}
        return CliRunner().invoke(app, [*words, "--gateway", gateway.url], env=env)

    return run


def summary_of(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return answer


def counts(summary: dict[str, Any]) -> tuple[int, ...]:
    return tuple(summary[name] for name in ("rows", "created", "existing", "rejected"))


def member_count(gateway: LiveGateway) -> int:
    answer = httpx.get(f"{gateway.url}/v1/programs/demo/members?limit=500", headers=bearing(gateway.key))
    return len(answer.json()["members"])


def test_every_row_is_accounted_for(run: Any, tmp_path: Path, gateway: LiveGateway, client: Client) -> None:
    client.enrol_member("demo", models.MemberToEnrol(customer_id="old"))
    path = tmp_path / "members.csv"
    # 가 in one character and in two is one customer; a control character, nothing, and a name too long are none.
    rows = [
        "customer_id,name",
        "old,x",
        "new,x",
        "new,y",
        "\uac00,x",
        "\u1100\u1161,x",
        "a\u0007b,x",
        ",x",
        "c" * 129 + ",x",
        "one,two,3",
    ]
    path.write_text("\n".join(rows) + "\n")
    result = run(path, "--json")
    assert counts(summary_of(result)) == (9, 2, 3, 4)
    with (tmp_path / "members.csv.rejected.csv").open() as file:
        report = list(csv.DictReader(file))
    assert [(each["line"], each["column"]) for each in report] == [
        ("7", "customer_id"),
        ("8", "customer_id"),
        ("9", "customer_id"),
        ("10", ""),
    ]
    assert all(each["reason"] for each in report)
    assert member_count(gateway) == 3
    again = run(path, "--json")
    assert "imported before" in again.stderr and counts(summary_of(again)) == (9, 2, 3, 4)
    assert counts(summary_of(run(path, "--json", "--restart"))) == (9, 0, 5, 4)
    assert run(path, "--restart", "--strict").exit_code == import_purchases.EXIT_INCOMPLETE


def test_an_import_that_is_stopped_goes_on(
    run: Any, tmp_path: Path, gateway: LiveGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_SIZE", 10)
    path = tmp_path / "members.csv"
    path.write_text("cardnumber\n" + "\n".join(f"c{number}" for number in range(35)) + "\n")
    sent = importing.MemberImport._send
    calls: list[int] = []

    def stops(self: Any, batch: Any) -> None:
        calls.append(len(batch))
        if len(calls) == 3:
            raise KeyboardInterrupt
        sent(self, batch)

    monkeypatch.setattr(importing.MemberImport, "_send", stops)
    stopped = run(path)
    assert stopped.exit_code == import_purchases.EXIT_INTERRUPTED and "20 rows are done" in stopped.stderr
    assert counts(summary_of(run(path, "--json"))) == (35, 35, 0, 0)
    assert calls == [10, 10, 10, 10, 5] and member_count(gateway) == 35


def test_a_file_without_customers_is_not_begun(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n")
    unclear = run(path)
    assert unclear.exit_code == import_purchases.EXIT_CANNOT_START and "--map customer=COLUMN" in unclear.stderr
    assert run(path, "--map", "amount=x").exit_code == import_purchases.EXIT_CANNOT_START
    assert run(tmp_path / "none.csv").exit_code == import_purchases.EXIT_CANNOT_START
    assert counts(summary_of(run(path, "--map", "customer=x", "--json"))) == (1, 1, 0, 0)
