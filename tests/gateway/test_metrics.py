"""`/metrics`: what Prometheus reads of a gateway, and of the system through it."""

from __future__ import annotations

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.gateway.conftest import Gateway, receipt
from tests.support import chain_rows
from tokenpoints.domain.submissions import Wait
from tokenpoints.domain.types import hex_of
from tokenpoints.storage import submitter_states
from tokenpoints.storage.submitter_states import SubmitterState

pytestmark = pytest.mark.asyncio


async def samples(gateway: Gateway) -> dict[tuple[str, str], float]:
    """Values by name and program (or route)."""
    response = await gateway.http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, sample.labels.get("program") or sample.labels.get("route", "")): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_what_waits_is_told_by_program(gateway: Gateway) -> None:
    before = await samples(gateway)
    assert before["tokenpoints_awards_unsealed", "demo"] == 0
    assert before["tokenpoints_awards_unsealed_oldest_age_seconds", "demo"] == 0
    await gateway.post("receipts", receipt(1))
    await gateway.post("receipts", receipt(2))
    after = await samples(gateway)
    assert after["tokenpoints_awards_unsealed", "demo"] == 2
    assert after["tokenpoints_awards_unsealed", "other"] == 0
    assert after["tokenpoints_batches_open", "demo"] == 0


async def test_the_index_is_told_by_its_checkpoint(gateway: Gateway) -> None:
    found = await samples(gateway)
    assert found["tokenpoints_indexed_block", ""] == 1
    assert found["tokenpoints_head_lag_blocks", ""] == found["tokenpoints_head_block", ""] - 1


async def test_requests_are_told_by_route_and_name_nobody(gateway: Gateway) -> None:
    await gateway.get("members", customer_id="anna@example.com")
    await gateway.http.get("/v1/programs/demo/members/anna@example.com")
    response = await gateway.http.get("/metrics")
    assert "anna" not in response.text
    assert re.search(r'tokenpoints_http_request_seconds_count\{.*route="/v1/programs/\{program\}/', response.text)


async def test_a_submitter_that_waits_is_told_with_its_reason(gateway: Gateway) -> None:
    state = SubmitterState(
        issuer=gateway.program.issuer,
        wait=Wait.PURSE_EMPTY,
        detail="",
        in_flight=3,
        oldest_unsealed_at=None,
        balance_wei=5,
        base_fee_wei=7,
        nonce=1,
        since=chain_rows.NOW,
        observed_at=chain_rows.NOW,
    )
    async with gateway.database.session() as session:
        await submitter_states.save(session, "demo", state)
    text = (await gateway.http.get("/metrics")).text
    labels = f'issuer="{hex_of(gateway.program.issuer)}",program="demo"'
    assert f'tokenpoints_submitter_waits{{{labels},why="purse_empty"}} 1.0' in text
    assert f"tokenpoints_submitter_batches_in_flight{{{labels}}} 3.0" in text
    assert f"tokenpoints_submitter_balance_wei{{{labels}}} 5.0" in text
