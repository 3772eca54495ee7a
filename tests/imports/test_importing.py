"""Whole imports against a gateway on a real port: bad rows, resuming, restarts."""

from __future__ import annotations

import csv
import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from tests.imports.conftest import LiveGateway
from tokenpoints import demo
from tokenpoints.cli import import_purchases
from tokenpoints.client import Client, models
from tokenpoints.demo import sample
from tokenpoints.domain.rules import RefusalReason
from tokenpoints.errors import GatewayRefused, GatewayUnreachable
from tokenpoints.imports import pacing, running
from tokenpoints.imports.checkpoint import CheckpointFile, ImportKey, Progress
from tokenpoints.imports.report import RejectionReport
from tokenpoints.imports.rows import Rejected
from tokenpoints.imports.sending import Sent
from tokenpoints.imports.waiting import settle

HEADER = "customer,amount,date,reference\n"


def purchases_file(path: Path, count: int, *, start: int = 1) -> Path:
    rows = (f"c{number % 50},{number + 100},2026-01-01,ref-{number}" for number in range(start, start + count))
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def run(gateway: LiveGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `tokenpoints import purchases`, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(import_purchases.purchases)

    def run(*arguments: object) -> Result:
        words = [str(argument) for argument in arguments]
        env = {"TOKENPOINTS_DATA_DIR": str(tmp_path), "TOKENPOINTS_API_KEY": gateway.key}
        return CliRunner().invoke(app, [*words, "--gateway", gateway.url], env=env)

    return run


def summary_of(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout.splitlines()[-1])
    assert isinstance(answer, dict)
    return answer


def test_file_is_imported_once_however_often_it_is_run(run: Any, tmp_path: Path, client: Client) -> None:
    path = purchases_file(tmp_path / "a.csv", 4_500)
    first = summary_of(run(path, "--no-wait", "--json"))
    assert (first["rows"], first["recorded"], first["replayed"], first["members_created"]) == (4_500, 4_500, 0, 50)
    assert first["amount"] == sum(range(101, 4_601)) and first["report"] is None
    again = run(path, "--no-wait", "--json")
    assert "imported before" in again.stderr and summary_of(again)["recorded"] == 4_500
    restarted = summary_of(run(path, "--no-wait", "--json", "--restart"))
    assert (restarted["recorded"], restarted["replayed"]) == (0, 4_500)
    assert client.count_awards("demo").pending == 4_500


def test_bad_rows_are_reported_and_the_rest_imported(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good = [f"c1,{number},2026-01-01,r{number}" for number in range(1, 4)]
    bad = ["c1,x,2026-01-01,r5", "c1,5,never,r6", "c1,7,2026-01-01", "c1,0,2026-01-01,r8", "c1,9,2026-01-01,r1"]
    path.write_text(HEADER + "\n".join(good + bad) + "\n")
    result = run(path, "--no-wait", "--json")
    summary = summary_of(result)
    assert (summary["recorded"], summary["skipped_zero"], summary["rejected"]) == (3, 1, 4)
    with (tmp_path / "a.csv.rejected.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["column"], row["value"]) for row in rows] == [
        ("5", "amount", "x"),
        ("6", "date", "never"),
        ("7", "", "c1,7,2026-01-01"),
        ("9", "reference", "r1"),
    ]
    assert "row 1, which says otherwise" in rows[3]["reason"]
    assert run(path, "--no-wait", "--strict").exit_code == 1


def test_references_taken_by_other_receipts_are_reported(run: Any, tmp_path: Path) -> None:
    summary_of(run(purchases_file(tmp_path / "a.csv", 300), "--no-wait", "--json"))
    path = tmp_path / "b.csv"
    rows = [f"c{number % 50},{number + 101},2026-01-01,ref-{number}" for number in range(1, 251)]
    path.write_text(HEADER + "\n".join([*rows, "c1,5,2026-01-01,new"]) + "\n")
    summary = summary_of(run(path, "--no-wait", "--json"))
    assert (summary["recorded"], summary["rejected"]) == (1, 250)
    assert "reference_conflict" in (tmp_path / "b.csv.rejected.csv").read_text()


def test_same_row_twice_counts_as_recorded_before(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "c1,100,2026-01-01,r1\n" * 3)
    summary = summary_of(run(path, "--no-wait", "--json"))
    assert (summary["recorded"], summary["replayed"], summary["rejected"]) == (1, 2, 0)


def test_customers_are_enrolled_ahead_only_while_there_are_new_ones(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    enrol = Client.enrol_members

    def noted(self: Client, program: str, body: models.MembersToEnrol) -> models.EnrolledMembersAnswer:
        asked.append(list(body.customer_ids))
        return enrol(self, program, body)

    def imported(name: str, *customers: str) -> dict[str, Any]:
        asked.clear()
        path = tmp_path / name
        rows = (f"{customer},100,2026-01-01,{name}-{number}" for number, customer in enumerate(customers))
        path.write_text(HEADER + "\n".join(rows) + "\n")
        return summary_of(run(path, "--no-wait", "--json"))

    monkeypatch.setattr(running, "BATCH_SIZE", 2)
    monkeypatch.setattr(Client, "enrol_members", noted)
    assert imported("first", "ann", "bob", "cyd", "dan", "eve", "fay")["members_created"] == 6
    assert asked == [["ann", "bob"], ["cyd", "dan"], ["eve", "fay"]]
    regulars = imported("regulars", "ann", "bob", "cyd", "dan", "eve", "new", "fay", "gus")
    assert asked == [["ann", "bob"], ["eve", "new"], ["fay", "gus"]]
    assert (regulars["recorded"], regulars["members_created"], regulars["rejected"]) == (8, 2, 0)


def test_interrupted_import_goes_on_where_it_was(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = purchases_file(tmp_path / "a.csv", 5_000)
    with path.open("a") as file:
        file.write("c1,bad,2026-01-01,last\n")
    original = running.Import._send
    calls = 0

    def interrupted(self: running.Import, *arguments: Any) -> Sent:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return original(self, *arguments)

    monkeypatch.setattr(running.Import, "_send", interrupted)
    stopped = run(path, "--no-wait", "--json")
    assert stopped.exit_code == 130
    assert "2,000 rows are done" in stopped.stderr and "To go on: tokenpoints" in stopped.stderr
    resumed = run(path, "--no-wait", "--json")
    assert "Going on after row 2,000" in resumed.stderr
    summary = summary_of(resumed)
    assert (summary["recorded"], summary["replayed"], summary["rejected"]) == (5_000, 0, 1)
    assert calls == 4


def test_gateway_restarts_in_the_middle(
    run: Any, gateway: LiveGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = purchases_file(tmp_path / "a.csv", 6_000)
    original = running.Import._send
    batches = 0

    def crashing(self: running.Import, *arguments: Any) -> None:
        nonlocal batches
        batches += 1
        if batches == 2:
            gateway.stop()
            threading.Timer(1.0, gateway.start).start()
        original(self, *arguments)

    monkeypatch.setattr(running.Import, "_send", crashing)
    result = run(path, "--no-wait", "--json", "--give-up-after", 30)
    summary = summary_of(result)
    assert "The gateway is away" in result.stderr
    assert (summary["recorded"], summary["rejected"]) == (6_000, 0)


def test_gateway_that_stays_away_is_given_up(run: Any, gateway: LiveGateway, tmp_path: Path) -> None:
    path = purchases_file(tmp_path / "a.csv", 10)
    gateway.stop()
    result = run(path, "--no-wait", "--give-up-after", 1)
    assert result.exit_code == 3 and "no usable answer" in result.stderr and "To go on" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--program", "nobody"], "no program is called"),
        (["--map", "amount=price"], "no column 'price'"),
        (["--amount-unit", "major", "--map", "amount=reference"], "none of the first"),
        (["--timezone", "Mars"], "no time zone"),
        (["--no-header"], "go together"),
    ],
)
def test_options_that_do_not_fit(run: Any, tmp_path: Path, arguments: list[str], said: str) -> None:
    result = run(purchases_file(tmp_path / "a.csv", 10), "--no-wait", *arguments)
    assert result.exit_code in (2, 3) and said in result.stderr
    assert "Traceback" not in result.output


def test_waiting_ends_when_the_imports_awards_are_settled(
    run: Any, gateway: LiveGateway, client: Client, tmp_path: Path
) -> None:
    summary_of(run(purchases_file(tmp_path / "a.csv", 120), "--no-wait", "--json"))
    [checkpoint] = (tmp_path / "imports").glob("*.json")
    progress = Progress(**json.loads(checkpoint.read_bytes())["progress"])
    client.record_receipt("demo", purchase_of("c1"))
    slept = 0

    def mine(seconds: float) -> None:
        nonlocal slept
        slept += round(seconds * 10)
        number, is_between = divmod(slept, 10)  # a batch each second
        if is_between:
            return
        refused = {3: RefusalReason.BUDGET_EXCEEDED} if number == 2 else None
        gateway.put_on_chain(number, limit=60, refused=refused)

    states = list(settle(client, "demo", progress, sleep=mine))
    assert [state.is_done for state in states] == [False, False, True]
    assert [state.settled for state in states] == [0, 59, 120]
    assert states[-1].refused_since == {"budget_exceeded": 1}
    assert client.count_awards("demo").pending == 1


def test_import_waits_and_reports_what_the_chain_refused(run: Any, gateway: LiveGateway, tmp_path: Path) -> None:
    path = purchases_file(tmp_path / "a.csv", 30)
    miner = threading.Timer(3.0, gateway.put_on_chain, [1], {"refused": {0: RefusalReason.RULE_CLOSED}})
    miner.start()
    result = run(path)
    miner.join()
    assert result.exit_code == 0, result.output
    assert "refused awards of Demo since the import began: 1 rule_closed" in result.stdout
    assert "30 rows: 30 recorded" in result.stdout and "all settled on chain" in result.stdout


def test_chain_that_stands_still_is_told(run: Any, tmp_path: Path) -> None:
    result = run(purchases_file(tmp_path / "a.csv", 5), "--wait-limit", 1)
    assert (
        result.exit_code == 1
        and "Nothing reached the chain" in result.stderr
        and "not all on chain yet" in result.stdout
    )


def test_rows_are_sent_though_the_chain_stands_still(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setattr(running, "BATCH_SIZE", 2)
    monkeypatch.setattr(pacing, "_PATIENCE_SECONDS", 0.3)
    result = run(purchases_file(tmp_path / "a.csv", 9), "--ahead", 3, "--wait-limit", 1)
    assert result.stderr.count("The other rows are sent without waiting.") == 1
    assert "9 rows: 9 recorded" in result.stdout
    assert client.count_awards("demo").pending == 9


def test_demo_sample_is_what_its_readme_says(run: Any) -> None:
    summary = summary_of(run(*demo.import_arguments(), "--no-wait", "--json"))
    assert (summary["rows"], summary["recorded"], summary["rejected"]) == (sample.BASKET_COUNT, sample.BASKET_COUNT, 0)
    assert summary["amount"] == sample.SALES_CENTS and summary["members_created"] == sample.HOUSEHOLD_COUNT
    readme = (demo.sample_path().parent / "README.md").read_text()
    stated = [f"{sample.BASKET_COUNT:,} shopping baskets", f"{sample.HOUSEHOLD_COUNT} households"]
    stated.append(f"${sample.SALES_CENTS // 100:,}.{sample.SALES_CENTS % 100:02}")
    assert all(text in readme for text in stated) and "CC0" in readme
    assert demo.sample_path().stat().st_size < 150_000


def test_report_drops_what_a_dead_run_wrote(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    report = RejectionReport(path, 0)
    report.add([Rejected(1, 2, "amount", "=1+1", "is not a number")])
    kept = report.size
    report.add([Rejected(2, 3, "amount", "y", "is not a number")])
    resumed = RejectionReport(path, kept)
    resumed.add([Rejected(2, 3, "amount", "y", "is not a number")])
    lines = path.read_text().splitlines()
    assert len(lines) == 3 and lines[1] == "1,2,amount,'=1+1,is not a number"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"version": 1}', b'{"version": 9, "key": {}, "progress": {}}'])
def test_checkpoint_that_is_none_begins_again(tmp_path: Path, content: bytes) -> None:
    file = CheckpointFile(tmp_path, ImportKey("ab", "http://x", "demo", {}))
    file.save(Progress(rows_done=5))
    assert file.load().rows_done == 5
    file.path.write_bytes(content)
    assert file.load() == Progress()


def test_checkpoints_are_of_one_file_gateway_program_and_mapping(tmp_path: Path) -> None:
    keys = [
        ImportKey("ab", "http://x", "demo", {}),
        ImportKey("ac", "http://x", "demo", {}),
        ImportKey("ab", "http://y", "demo", {}),
        ImportKey("ab", "http://x", "other", {}),
        ImportKey("ab", "http://x", "demo", {"timezone": "UTC"}),
    ]
    assert len({CheckpointFile(tmp_path, key).path for key in keys}) == len(keys)


def purchase_of(customer_id: str) -> models.ReceiptToRecord:
    return models.ReceiptToRecord(
        reference="later", kind="purchase", customer_id=customer_id, amount=500, occurred_at="2026-01-01T00:00:00Z"
    )


def test_client_says_what_the_gateway_said(client: Client) -> None:
    with pytest.raises(GatewayRefused) as caught:
        client.record_receipts("demo", models.ReceiptsToRecord(receipts=[purchase_of("nobody")]))
    assert (caught.value.status, caught.value.problem_code) == (404, "unknown_member")
    assert caught.value.faults[0][0] == "/receipts/0/customer_id"


def test_client_backs_off_and_gives_up() -> None:
    slept: list[float] = []
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    transport = httpx.MockTransport(lambda _request: httpx.Response(503, json={"oops": 1}))
    client = Client(
        "http://x", give_up_after_seconds=20, transport=transport, clock=lambda: now, sleep=sleep, on_waiting=None
    )
    with client, pytest.raises(GatewayUnreachable, match="no usable answer for 2"):
        client.get_program("demo")
    assert 5 <= len(slept) <= 15 and slept[0] < 0.2 and max(slept) <= 6.5


def test_client_is_not_taken_in_by_other_servers() -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(404, text="<html>"))
    with Client("http://x", transport=transport) as client, pytest.raises(GatewayRefused, match="not one of a gateway"):
        client.get_program("demo")
