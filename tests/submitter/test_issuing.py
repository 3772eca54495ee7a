"""What the chain says of an issuer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answering import AnsweringClient
from tests.support.deployments import program
from tokenpoints.chain.signers import development_signer
from tokenpoints.submitter.issuing import Issuing

pytestmark = pytest.mark.asyncio


def issuing(*answers: dict[str, Any]) -> Issuing:
    """On a node that answers any batch of calls with these."""

    def answer(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"id": call["id"]} | each for call, each in zip(calls, answers, strict=True)]

    return Issuing(AnsweringClient(answer), development_signer("issuer", 31337), program())


async def test_nonce_and_batches_of_the_finalized_block() -> None:
    assert await issuing({"result": "0x7"}, {"result": "0x" + f"{3:064x}"}).finalized() == (7, 3)


async def test_before_the_contract_was_there_no_batch_was_final() -> None:
    assert await issuing({"result": "0x7"}, {"result": "0x"}).finalized() == (7, 0)


async def test_nothing_is_final_where_the_node_cannot_tell() -> None:
    refusal = {"error": {"code": -32602, "message": "block height is 25 but requested was 0"}}
    assert await issuing(refusal, refusal).finalized() == (0, 0)
