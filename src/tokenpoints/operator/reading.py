"""What the chain says of operations: which of their transactions are mined, and what these logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.operations import Fate, Progress, Step, StepKind, Taken
from tokenpoints.domain.types import Hash32, hash_from_hex
from tokenpoints.operator.acting import KeyState
from tokenpoints.storage.operations import Operation, OperationSubmission

_WORD = 32
# Where each log has the time from which it holds: the word of its data.
_EFFECTIVE_AT = {
    ("EarningRules", "RuleSet"): 0,
    ("EarningRules", "NoticePeriodSet"): 1,
    ("EarningRules", "EndSet"): 0,
    ("PartnerExchange", "AgreementTerminated"): 0,
}
_CLOSES_AT = 8
"""Of RewardSet, the word of `closesAt`."""
Receipts = Mapping[Hash32, dict[str, Any]]
"""Of transactions that are mined, as the node writes them."""


def progress_of(
    operation: Operation, submissions: Sequence[OperationSubmission], receipts: Receipts, state: KeyState
) -> Progress:
    """How far an operation is, by all that was signed for it."""
    by_step: dict[Step, list[OperationSubmission]] = {}
    for each in submissions:
        if each.step is not None:
            by_step.setdefault(each.step, []).append(each)
    # After a reorg the account may be without code, and takes any call without doing anything.
    last = None if operation.subject is None else Step(StepKind.EXECUTE, len(operation.calls) - 1)
    taken = {step: _taken(attempts, receipts, state, has_log=step == last) for step, attempts in by_step.items()}
    return Progress(
        call_count=len(operation.calls),
        is_delayed=operation.delay_seconds > 0,
        cancel_requested=operation.cancel_requested_at is not None,
        taken={step: each for step, each in taken.items() if each is not None},
        error=operation.error,
    )


def _taken(
    attempts: Sequence[OperationSubmission], receipts: Receipts, state: KeyState, *, has_log: bool
) -> Taken | None:
    """None where none of the attempts can be mined any more: the step is to be signed anew. With `has_log`, what
    logged nothing did nothing."""
    mined = [(each, receipts[each.transaction_hash]) for each in attempts if each.transaction_hash in receipts]
    if mined:
        # Of several at most one did anything: another is signed only when those before it never can be mined.
        attempt, receipt = max(mined, key=lambda pair: int(pair[1]["status"], 16))
        number = int(receipt["blockNumber"], 16)
        is_done = int(receipt["status"], 16) == 1 and (bool(receipt["logs"]) or not has_log)
        return Taken(
            fate=Fate.DONE if is_done else Fate.FAILED,
            transaction_hash=attempt.transaction_hash,
            block_number=number,
            due_at=_scheduled_for(receipt),
            is_sure=number <= state.final_number,
        )
    if any(each.nonce >= state.nonce for each in attempts):
        return Taken(Fate.OPEN, attempts[-1].transaction_hash)
    if any(each.nonce >= state.final_nonce for each in attempts):
        return Taken(Fate.OPEN, attempts[-1].transaction_hash, is_blocked=True)
    return None


def effective_at(receipt: dict[str, Any], timestamp: int) -> int:
    """From when on holds what a transaction changed, in Unix seconds. `timestamp` is its block's."""
    topics = {_topic(contract, event): word for (contract, event), word in _EFFECTIVE_AT.items()}
    reward_set = _topic("Rewards", "RewardSet")
    for log in receipt["logs"]:
        topic = log["topics"][0] if log["topics"] else None
        if topic in topics:
            # 0 is the first version of a rule, which holds for ever; and 2^40 - 1 an end that was taken back.
            said = _word(log, topics[topic])
            return timestamp if said in (0, (1 << 40) - 1) else said
        if topic == reward_set and (closes_at := _word(log, _CLOSES_AT)) != (1 << 40) - 1:
            return closes_at
    return timestamp


def _scheduled_for(receipt: dict[str, Any]) -> int | None:
    topic = _topic("AccessManager", "OperationScheduled")
    return next((_word(log, 0) for log in receipt["logs"] if log["topics"] and log["topics"][0] == topic), None)


def _topic(contract: str, event: str) -> str:
    return "0x" + interface(contract).topic(event).hex()


def _word(log: dict[str, Any], index: int) -> int:
    return int.from_bytes(bytes.fromhex(log["data"][2:])[index * _WORD : (index + 1) * _WORD], "big")


def by_hash(hashes: Sequence[Hash32], found: Sequence[dict[str, Any] | None]) -> Receipts:
    """The receipts that are there."""
    return {
        each: receipt
        for each, receipt in zip(hashes, found, strict=True)
        if receipt is not None and hash_from_hex(receipt["transactionHash"]) == each
    }
