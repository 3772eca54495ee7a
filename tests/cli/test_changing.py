"""What each command that changes the chain asks the gateway for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from typer.testing import CliRunner, Result

from tests.support.documented import operations as documented
from tokenpoints.cli import changing, operations
from tokenpoints.cli.app import app
from tokenpoints.client import Client

ACCOUNT = "0x" + "ab" * 20
AGREEMENT = "0x" + "cd" * 32
UNTIL = "2027-01-31T00:00:00Z"
FIELDS = {"name": "Coffee", "price": "100", "opens_at": "2027-01-01T00:00:00+00:00"}
Asked = tuple[str, str, Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What a gateway is asked for that would do all of it: method, path and query within the program, body."""
    found: list[Asked] = []
    planned = documented()["unpause"].answered
    planned = {**planned, "plan": {**planned["plan"], "refusal": None}, "state": "confirmed", "due_at": None}

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().removeprefix("/v1/programs/demo/")
        found.append((request.method, path, msgspec.json.decode(request.content) if request.content else None))
        return httpx.Response(200, json=planned)

    @contextmanager
    def client_of(_url: str) -> Iterator[Client]:
        with Client("http://gateway", transport=httpx.MockTransport(answer)) as client:
            yield client

    monkeypatch.setattr(changing, "client_of", client_of)
    monkeypatch.setattr(operations, "client_of", client_of)
    return found


def run(*words: str, status: int = 0) -> str:
    result: Result = CliRunner().invoke(app, list(words))
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "fields.toml"
    path.write_text('name = "Coffee"\nprice = "100"\nopens_at = 2027-01-01T00:00:00Z\n')
    return str(path)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("rules set 3 FILE", ("PUT", "rules/3", FIELDS)),
        ("rules cancel 3", ("DELETE", "rules/3/announcement", None)),
        ("rewards add FILE", ("POST", "rewards", FIELDS)),
        ("rewards change 2 FILE", ("PUT", "rewards/2", FIELDS)),
        ("rewards close 2", ("DELETE", "rewards/2", None)),
        (
            f"freeze mem_1 --reason legal_order --until {UNTIL}",
            ("POST", "accounts/mem_1/freeze", {"reason": "legal_order", "until": UNTIL}),
        ),
        (f"unfreeze {ACCOUNT}", ("POST", f"accounts/{ACCOUNT}/unfreeze", None)),
        (f"pause --until {UNTIL}", ("POST", "pause", {"until": UNTIL})),
        ("unpause", ("POST", "unpause", None)),
        (f"issuers set {ACCOUNT} --cap 500", ("PUT", f"issuers/{ACCOUNT}", {"cap": "500"})),
        (f"issuers revoke {ACCOUNT}", ("DELETE", f"issuers/{ACCOUNT}", None)),
        (
            f"roles grant guardian {ACCOUNT} --delay 60",
            ("PUT", f"roles/guardian/{ACCOUNT}", {"delay_seconds": 60}),
        ),
        (f"roles revoke guardian {ACCOUNT}", ("DELETE", f"roles/guardian/{ACCOUNT}", None)),
        ("agreements propose FILE", ("POST", "agreements", FIELDS)),
        (
            f"agreements accept {AGREEMENT} --counterpart {ACCOUNT}",
            ("POST", f"agreements/{AGREEMENT}/accept", {"counterpart": ACCOUNT}),
        ),
        (f"agreements terminate {AGREEMENT}", ("DELETE", f"agreements/{AGREEMENT}", None)),
        (
            f"agreements withdraw {AGREEMENT} --amount 5 --to {ACCOUNT}",
            ("POST", f"agreements/{AGREEMENT}/withdraw", {"amount": "5", "to": ACCOUNT}),
        ),
        (f"agreements deposit {AGREEMENT} --amount 5", ("POST", f"agreements/{AGREEMENT}/deposits", {"amount": "5"})),
        (f"agreements collect {AGREEMENT}", ("POST", f"agreements/{AGREEMENT}/settlement/collect", None)),
        ("notice-period 30", ("PUT", "notice-period", {"notice_period_seconds": 2_592_000})),
        (f"wind-down --ends-at {UNTIL}", ("POST", "wind-down", {"ends_at": UNTIL})),
        ("wind-down --cancel", ("DELETE", "wind-down", None)),
    ],
)
def test_a_command_asks_for_its_plan_and_then_for_the_change(
    words: str, expected: Asked, asked: list[Asked], file: str
) -> None:
    method, path, body = expected
    given = [file if word == "FILE" else word for word in words.split()]
    run(*given, "--dry-run")
    assert asked == [(method, f"{path}?dry_run=true", body)]
    assert "is confirmed" in run(*given, "--yes", "--wait")
    operation = documented()["unpause"].answered["id"]
    assert asked[2:] == [(method, path, body), ("GET", f"operations/{operation}", None)]


def test_without_a_terminal_nothing_is_changed(asked: list[Asked]) -> None:
    result = CliRunner().invoke(app, ["unpause"])
    assert result.exit_code != 0 and [path for _, path, _ in asked] == ["unpause?dry_run=true"]


def test_operations_are_cancelled(asked: list[Asked]) -> None:
    assert "being cancelled" in run("operations", "cancel", "op_1")
    assert asked == [("DELETE", "operations/op_1", None)]


def test_a_role_or_a_reason_that_there_is_not_is_told_before_anything_is_asked(asked: list[Asked]) -> None:
    run("roles", "grant", "king", ACCOUNT, status=2)
    run("freeze", ACCOUNT, "--reason", "spite", "--until", UNTIL, status=2)
    assert asked == []
