"""What lying and lagging nodes answer, or are asked."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.faults.proxy import Answer, Call
from tokenpoints.domain.hashing import keccak

_AWARD = "0x" + keccak(b"award(uint64,(uint32,uint32,uint40,uint40,bytes)[],bytes32)")[:4].hex()


def other_chain(call: Call, answer: Answer) -> Answer:
    """The id of another chain."""
    return answer | {"result": "0x5"} if call["method"] == "eth_chainId" else answer


_Logs = list[dict[str, Any]]


def _of_logs(call: Call, answer: Answer, change: Callable[[_Logs], _Logs]) -> Answer:
    """Logs, asked for as such or within the receipts of their block, become others."""
    result = answer.get("result")
    if not result:
        return answer
    match call["method"]:
        case "eth_getLogs":
            return answer | {"result": change(result)}
        case "eth_getBlockReceipts":
            return answer | {"result": [receipt | {"logs": change(receipt["logs"])} for receipt in result]}
    return answer


def without_logs(chance: random.Random) -> Callable[[Call, Answer], Answer]:
    """Some logs are missing."""
    return lambda call, answer: _of_logs(call, answer, lambda logs: [log for log in logs if chance.random() < 0.5])


def with_logs_twice(call: Call, answer: Answer) -> Answer:
    """Each log comes twice."""
    return _of_logs(call, answer, lambda logs: [*logs, *logs])


def wrong_amounts(call: Call, answer: Answer) -> Answer:
    """Each log tells of another amount."""
    return _of_logs(call, answer, lambda logs: [log | {"data": _raised(log["data"])} for log in logs])


def wrong_hashes(call: Call, answer: Answer) -> Answer:
    """Headers of blocks that there are not."""
    block = answer.get("result")
    if not call["method"].startswith("eth_getBlockBy") or not isinstance(block, dict):
        return answer
    return answer | {"result": block | {"hash": "0x" + "ab" * 32}}


def raised_nonce(by: int) -> Callable[[Call, Answer], Answer]:
    """More transactions of an account than there are."""

    def rewrite(call: Call, answer: Answer) -> Answer:
        if call["method"] != "eth_getTransactionCount" or "result" not in answer:
            return answer
        return answer | {"result": hex(max(0, int(answer["result"], 16) + by))}

    return rewrite


def nothing_known(call: Call, answer: Answer) -> Answer:
    """No transaction and none of its results is known."""
    asked = ("eth_getTransactionByHash", "eth_getTransactionReceipt")
    return answer | {"result": None} if call["method"] in asked and "result" in answer else answer


def reverting_for(account: bytes) -> Callable[[Call, Answer], Answer]:
    """Every trial of a batch with the account in it overflows."""
    panic = {"code": 3, "message": "execution reverted", "data": "0x4e487b71" + "11".rjust(64, "0")}

    def rewrite(call: Call, answer: Answer) -> Answer:
        data = call["params"][0].get("data", "") if call["method"] == "eth_call" else ""
        is_hit = data.startswith(_AWARD) and account.hex() in data
        return {"jsonrpc": "2.0", "id": answer["id"], "error": panic} if is_hit else answer

    return rewrite


def lagging(head: int) -> Callable[[Call], Call]:
    """Asks for what was the latest block once, in place of what is."""

    def change(call: Call) -> Call:
        params = [hex(head) if each == "latest" else each for each in call["params"]]
        if call["method"].startswith("eth_getBlockByNumber") and params[0].startswith("0x"):
            params[0] = hex(head + (1 << 40)) if int(params[0], 16) > head else params[0]
        return call | {"params": params}

    return change


def _raised(data: str) -> str:
    return data[:-1] + format(int(data[-1], 16) ^ 1, "x") if len(data) > 2 else data
