"""Awards that are set aside, and how the submitters say they are doing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.gateway.conftest import Gateway, receipt
from tests.support.chain_rows import NOW
from tokenpoints.domain.submissions import Wait
from tokenpoints.storage import dead_letters, submitter_states, tables
from tokenpoints.storage.submitter_states import SubmitterState

pytestmark = pytest.mark.asyncio


async def set_aside(gateway: Gateway, number: int) -> None:
    async with gateway.database.session() as session:
        query = select(tables.awards.c.seq).order_by(tables.awards.c.seq).offset(number - 1).limit(1)
        seq = (await session.execute(query)).scalar_one()
        await dead_letters.add(session, {seq: "UnknownRule(ruleId=2)"}, now=NOW)


async def test_a_dead_award_says_why_and_counts_as_nothing_else(gateway: Gateway) -> None:
    await gateway.post("receipts/bulk", {"receipts": [receipt(1), receipt(2)]})
    await set_aside(gateway, 1)
    [dead] = (await gateway.get("awards", status="dead")).json()["awards"]
    assert (dead["reference"], dead["status"], dead["dead_letter"]) == ("till-1", "dead", "UnknownRule(ruleId=2)")
    [pending] = (await gateway.get("awards", status="pending")).json()["awards"]
    assert (pending["reference"], pending["dead_letter"]) == ("till-2", None)
    counts = (await gateway.get("awards/summary")).json()
    assert (counts["dead"], counts["pending"]) == (1, 1)
    balance = (await gateway.get(f"members/{dead['member']}/balance")).json()
    assert balance["pending"] == pending["points_expected"]


async def test_a_dead_award_is_retried_once(gateway: Gateway) -> None:
    await gateway.post("receipts", receipt(1))
    await set_aside(gateway, 1)
    [dead] = (await gateway.get("awards")).json()["awards"]
    retried = await gateway.post(f"awards/{dead['id']}/retry", {})
    assert (retried.status_code, retried.json()["status"], retried.json()["dead_letter"]) == (202, "pending", None)
    again = await gateway.post(f"awards/{dead['id']}/retry", {})
    assert (again.status_code, again.json()["code"]) == (409, "award_not_dead")
    unknown = await gateway.post("awards/nothing/retry", {})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_award")


async def test_the_submitters_say_how_they_are_doing(gateway: Gateway) -> None:
    assert (await gateway.get("status")).json() == {"submitters": [], "operators": []}
    first = SubmitterState(
        issuer=gateway.program.issuer,
        wait=Wait.PURSE_EMPTY,
        detail="the issuer has 0 wei and lacks 7",
        in_flight=2,
        oldest_unsealed_at=NOW - timedelta(minutes=3),
        balance_wei=1 << 80,
        base_fee_wei=7,
        nonce=12,
        since=NOW - timedelta(minutes=2),
        observed_at=NOW - timedelta(seconds=59),
    )
    async with gateway.database.session() as session:
        await submitter_states.save(session, gateway.program.slug, first)
    [said] = (await gateway.get("status")).json()["submitters"]
    assert (said["state"], said["wait"], said["detail"]) == ("waiting", "purse_empty", first.detail)
    assert (said["batches_in_flight"], said["balance_wei"], said["nonce"]) == (2, str(1 << 80), 12)
    async with gateway.database.session() as session:
        silent = replace(first, observed_at=NOW - timedelta(seconds=61))
        await submitter_states.save(session, gateway.program.slug, silent)
    assert (await gateway.get("status")).json()["submitters"][0]["state"] == "silent"
