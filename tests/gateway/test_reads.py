"""What members, programs and the chain's progress look like from outside."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from tests.gateway.conftest import Gateway, receipt
from tests.support import chain_rows
from tests.support.deployments import hash32
from tokenpoints.domain.reconciliation import Counts, Difference, DifferenceKind, Reconciliation
from tokenpoints.domain.rules import RefusalReason
from tokenpoints.gateway.answers.holdings import BalanceAnswer, EntriesAnswer
from tokenpoints.storage import ledger, reconciliations, tables

pytestmark = pytest.mark.asyncio


async def send(gateway: Gateway, *numbers: int) -> None:
    response = await gateway.post("receipts/bulk", {"receipts": [receipt(number) for number in numbers]})
    assert response.status_code == 202


async def test_award_goes_from_pending_to_confirmed_to_finalized(gateway: Gateway) -> None:
    await send(gateway, 1)
    [award] = (await gateway.get("awards")).json()["awards"]
    assert award["status"] == "pending" and award["transaction_hash"] is award["points"] is None

    await chain_rows.seal_next_batch(gateway.database, gateway.program, number=1)
    award = (await gateway.get(f"awards/{award['id']}")).json()
    assert (award["status"], award["batch_number"], award["batch_position"]) == ("pending", 1, 0)

    await chain_rows.add_block(gateway.database, 2)
    await chain_rows.mine_batch(gateway.database, gateway.program, number=1, block_number=2)
    award = (await gateway.get(f"awards/{award['id']}")).json()
    assert (award["status"], award["points"], award["block_number"], award["log_index"]) == ("confirmed", "12", 2, 0)
    assert award["transaction_hash"].startswith("0x") and award["rule_version"] == 1

    for number in (3, 4):
        await chain_rows.add_block(gateway.database, number)
    assert (await gateway.get(f"awards/{award['id']}")).json()["status"] == "finalized"


async def test_refused_award_says_why(gateway: Gateway) -> None:
    await send(gateway, 1, 2)
    await chain_rows.seal_next_batch(gateway.database, gateway.program, number=1)
    await chain_rows.add_block(gateway.database, 2)
    refused = {1: RefusalReason.BUDGET_EXCEEDED}
    await chain_rows.mine_batch(gateway.database, gateway.program, number=1, block_number=2, refused=refused)
    [award] = (await gateway.get("awards", reference="till-2")).json()["awards"]
    assert (award["status"], award["refusal"], award["points"]) == ("refused", "budget_exceeded", None)
    assert award["block_number"] == 2


async def test_reorg_makes_an_award_pending_again(gateway: Gateway) -> None:
    await send(gateway, 1)
    await chain_rows.seal_next_batch(gateway.database, gateway.program, number=1)
    await chain_rows.add_block(gateway.database, 2)
    await chain_rows.mine_batch(gateway.database, gateway.program, number=1, block_number=2)
    async with gateway.database.session() as session:
        await ledger.roll_back(session, 1)
    [award] = (await gateway.get("awards")).json()["awards"]
    assert award["status"] == "pending" and award["points"] is None


async def test_awards_by_status_and_their_summary(gateway: Gateway) -> None:
    await send(gateway, *range(1, 11))
    for number, size in ((1, 3), (2, 3), (3, 2)):
        await chain_rows.seal_next_batch(gateway.database, gateway.program, number=number, limit=size)
    await chain_rows.add_block(gateway.database, 2)
    await chain_rows.mine_batch(
        gateway.database, gateway.program, number=1, block_number=2, refused={0: RefusalReason.RULE_CLOSED}
    )
    for number in (3, 4):
        await chain_rows.add_block(gateway.database, number)
    await chain_rows.mine_batch(gateway.database, gateway.program, number=2, block_number=4)
    assert (await gateway.get("awards/summary")).json() == {
        "pending": 4,
        "dead": 0,
        "confirmed": 3,
        "finalized": 2,
        "refused": 1,
        "refused_by_reason": {"rule_closed": 1},
    }
    expected = {
        "pending": ["till-10", "till-9", "till-8", "till-7"],
        "confirmed": ["till-6", "till-5", "till-4"],
        "finalized": ["till-3", "till-2"],
        "refused": ["till-1"],
    }
    for status, references in expected.items():
        awards = (await gateway.get("awards", status=status)).json()["awards"]
        assert [award["reference"] for award in awards] == references
        assert {award["status"] for award in awards} == {status}
    summary = (await gateway.http.get("/v1/programs/other/awards/summary")).json()
    assert summary["pending"] == summary["refused"] == 0


async def test_awards_come_in_pages_newest_first(gateway: Gateway) -> None:
    await send(gateway, *range(1, 8))
    member = (await gateway.get("members")).json()["members"][0]["id"]
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = (await gateway.get("awards", member=member, limit=3, **({"cursor": cursor} if cursor else {}))).json()
        seen += [award["reference"] for award in page["awards"]]
        cursor = page["next_cursor"]
    assert cursor is None and seen == [f"till-{number}" for number in range(7, 0, -1)]
    for nobody in ("mem_nobody", "\0"):
        assert (await gateway.get("awards", member=nobody)).json()["awards"] == []


async def test_balance_and_entries_of_a_member(gateway: Gateway) -> None:
    await send(gateway, *range(1, 6))
    await chain_rows.seal_next_batch(gateway.database, gateway.program, number=1, limit=4)
    await chain_rows.add_block(gateway.database, 2)
    await chain_rows.mine_batch(gateway.database, gateway.program, number=1, block_number=2)
    member = (await gateway.get("members")).json()["members"][0]
    balance = (await gateway.get(f"members/{member['id']}/balance")).json()
    lot = {"points": "48", "expires_at": "2026-11-10T00:00:00Z"}
    assert balance == {
        "at": None,
        "member": member["id"],
        "account": member["account"],
        "active": "48",
        "pending": "12",
        "expiring_next": lot,
        "lots": [lot],
        "tier": None,
        "block_number": 2,
    }
    first = (await gateway.get(f"members/{member['id']}/entries", limit=3)).json()
    assert [entry["reference"] for entry in first["entries"]] == ["till-4", "till-3", "till-2"]
    entry = first["entries"][0]
    assert (entry["type"], entry["amount"], entry["balance_after"]) == ("award", "12", "48")
    assert (entry["rule"], entry["rule_version"], entry["confirmations"]) == (1, 1, 1)
    assert (entry["block_number"], entry["log_index"], entry["status"]) == (2, 3, "confirmed")
    assert entry["receipt"] == {"reference": "till-4", "amount": 1234, "occurred_at": "2026-01-10T10:00:00Z"}
    response = await gateway.get(f"members/{member['id']}/entries", limit=3, cursor=first["next_cursor"])
    assert response.text == EntriesAnswer.model_validate_json(response.content).model_dump_json()
    rest = response.json()
    assert [entry["reference"] for entry in rest["entries"]] == ["till-1"] and rest["next_cursor"] is None


async def test_without_a_query_the_first_page_is_that_of_the_default_limit(gateway: Gateway) -> None:
    await send(gateway, *range(1, 6))
    await chain_rows.seal_next_batch(gateway.database, gateway.program, number=1, limit=4)
    await chain_rows.add_block(gateway.database, 2)
    await chain_rows.mine_batch(gateway.database, gateway.program, number=1, block_number=2)
    member = (await gateway.get("members")).json()["members"][0]["id"]
    plain = await gateway.get(f"members/{member}/entries")
    solved = await gateway.get(f"members/{member}/entries", limit=50)
    assert plain.content == solved.content and len(plain.json()["entries"]) == 4
    told = ("content-type", "content-length", "cache-control", "etag", "ratelimit-policy")
    assert [plain.headers[name] for name in told] == [solved.headers[name] for name in told]


async def test_a_balance_is_not_sent_again_to_who_has_it(gateway: Gateway) -> None:
    member = (await gateway.get("members")).json()["members"][0]["id"]
    found = await gateway.get(f"members/{member}/balance")
    assert found.text == BalanceAnswer.model_validate_json(found.content).model_dump_json()
    known = {"If-None-Match": found.headers["etag"]}
    again = await gateway.http.get(f"/v1/programs/demo/members/{member}/balance", headers=known)
    assert again.status_code == 304 and again.content == b""


@pytest.mark.parametrize("what", ["balance", "entries"])
async def test_without_a_query_the_same_is_refused(gateway: Gateway, what: str) -> None:
    member = (await gateway.get("members")).json()["members"][0]["id"]
    own, anothers = f"/v1/programs/demo/members/{member}/{what}", f"/v1/programs/other/members/{member}/{what}"
    nobodys = f"/v1/programs/demo/members/mem_nobody/{what}"
    for path, code in ((anothers, "unknown_member"), (nobodys, "unknown_member"), ("/v1/programs/no" + own[16:], None)):
        found = await gateway.http.get(path)
        assert found.status_code == 404 and found.json()["code"] in {code, "unknown_program", "not_found"}
    unknown = await gateway.http.get(own, headers={"Authorization": "Bearer nothing"})
    assert unknown.status_code == 401 and unknown.headers["www-authenticate"]
    assert (await gateway.http.head(own)).status_code == (await gateway.http.post(own)).status_code == 405


async def test_programs_show_the_newest_terms(gateway: Gateway) -> None:
    await chain_rows.add_rule(gateway.database, gateway.program, version=2, numerator=2)
    programs = (await gateway.http.get("/v1/programs")).json()["programs"]
    assert [program["slug"] for program in programs] == ["demo", "other"]
    program = (await gateway.http.get("/v1/programs/demo")).json()
    assert program == programs[0]
    terms = program["rules"][0]["terms"]
    assert (terms["version"], terms["numerator"], terms["denominator"], terms["closes_at"]) == (2, "2", "100", None)
    assert programs[1]["rules"][0]["terms"] is None


async def test_ready_tells_the_truth(gateway: Gateway) -> None:
    assert (await gateway.http.get("/health/live")).json() == {"status": "live"}
    ready = await gateway.http.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["checkpoint"]["block_number"] == 1 and ready.json()["checkpoint"]["age_seconds"] == 0

    async with gateway.database.session() as session:
        await session.execute(update(tables.checkpoints).values(observed_at=chain_rows.NOW - timedelta(minutes=5)))
    stale = await gateway.http.get("/health/ready")
    assert stale.status_code == 503 and stale.json()["code"] == "not_ready"
    assert stale.json()["checkpoint"]["age_seconds"] == 300 and stale.json()["database"] == "reachable"

    async with gateway.database.session() as session:
        await session.execute(delete(tables.checkpoints))
    empty = await gateway.http.get("/health/ready")
    assert empty.status_code == 503 and empty.json()["checkpoint"] is None

    async with gateway.database.session() as session:
        await session.run_sync(tables.metadata.drop_all)
    gone = await gateway.http.get("/health/ready")
    assert gone.status_code == 503 and gone.json()["database"] == "unreachable"


async def test_the_last_comparison_with_the_chain(gateway: Gateway) -> None:
    assert (await gateway.get("reconciliation")).json()["code"] == "not_reconciled"
    difference = Difference(DifferenceKind.ACCOUNT, "0x" + "ab" * 20, "0x1", "0x2")
    for number, differences in ((6, []), (7, [difference])):
        async with gateway.database.session() as session:
            await reconciliations.add(
                session,
                Reconciliation(
                    "demo",
                    number,
                    hash32(number),
                    chain_rows.NOW,
                    Counts(accounts=3, rule_versions=1, batches=2),
                    len(differences),
                    differences,
                ),
            )
    answer = (await gateway.get("reconciliation")).json()
    assert (answer["block_number"], answer["accounts"], answer["difference_count"]) == (7, 3, 1)
    assert answer["differences"] == [
        {"kind": "account", "subject": "0x" + "ab" * 20, "in_database": "0x1", "on_chain": "0x2"}
    ]
