"""The shapes of operations and their plans, as callers get them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tokenpoints.domain.catalogue import VoucherKind
from tokenpoints.domain.changes import kind_of
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.operations import Kind, OperationState, Role
from tokenpoints.domain.types import address_from_hex, hex_of
from tokenpoints.gateway.answers.fields import AddressText, HashText, Points, Time, Wei
from tokenpoints.gateway.answers.programs import OperatorAnswer, TermsAnswer
from tokenpoints.gateway.texts import checksummed, time_at
from tokenpoints.operations.planning import Foreseen
from tokenpoints.operations.requesting import plan_to_json
from tokenpoints.storage.operations import Operation
from tokenpoints.storage.operator_states import OperatorState

SILENT_SECONDS = 60.0


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlannedStepAnswer(_Answer):
    """One transaction."""

    title: str = Field(examples=["EarningRules.setRule"])
    to: AddressText
    gas: int = Field(description="0 where the node cannot tell before the steps ahead of it are made.")
    refusal: str | None = Field(description="The contract's error, where it would refuse it.")


class PlanAnswer(_Answer):
    """What an operation does, as things stood when it was asked for."""

    role: Role
    sender: AddressText = Field(description="The key that makes it.")
    delay_seconds: int = Field(description="How long the role has to wait, before anything else counts.")
    steps: list[PlannedStepAnswer]
    gas: int
    fee_wei: Wei = Field(description="Of a unit of gas, at present.")
    cost_wei: Wei
    refusal: str | None = Field(description="Why the contracts would refuse it; then it is not recorded.")
    worse_for_members: bool
    worse_fields: list[str] = Field(description="In what it is worse.", examples=[["rate", "cap_per_award"]])
    effective_at: Time | None = Field(description="From when on it holds. Null beyond the calendar.")
    members_affected: int


class OperationAnswer(_Answer):
    """An operation. In the answer to a dry run there is none: `id` and `state` are null."""

    id: str | None = Field(examples=["op_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    dry_run: bool
    program: str
    kind: Kind
    change: dict[str, Any] = Field(description="What was asked for.")
    plan: PlanAnswer
    state: OperationState | None
    error: str | None = Field(description="The contract's error, where it refused it.")
    cancel_requested_at: Time | None
    due_at: Time | None = Field(description="When the role's delay is over, once it runs.")
    effective_at: Time | None = Field(description="From when on it holds, as the chain says once it is confirmed.")
    transaction_hash: HashText | None = Field(description="Of its last transaction.")
    requested_at: Time | None
    updated_at: Time | None


class RuleVersionAnswer(TermsAnswer):
    terms_document: str | None = Field(description="The text with that hash, where this gateway knows it.")


class RuleVersionsAnswer(_Answer):
    """From the first on; the last may be announced."""

    rule: int
    versions: list[RuleVersionAnswer]


class RewardAnswer(_Answer):
    """A reward, as the contract has it now."""

    id: int
    version: int
    voucher: VoucherKind
    soulbound: bool
    tier_min: int
    price_min: Points
    price_max: Points
    stock: int | None = Field(description="Null without a limit.")
    stock_left: int | None
    limit_per_member: int | None
    opens_at: Time | None
    closes_at: Time | None
    voucher_expires_at: Time | None
    valid_for_seconds: int | None
    terms_hash: HashText
    terms_document: str | None = Field(description="The text with that hash, where this gateway knows it.")


class RewardsAnswer(_Answer):
    """In the order of their numbers."""

    rewards: list[RewardAnswer]
    next_cursor: str | None


class OperationsAnswer(_Answer):
    """Newest first."""

    operations: list[OperationAnswer]
    next_cursor: str | None


def answer_to(operation: Operation) -> OperationAnswer:
    """One operation."""
    asked_at, due_at, effective_at = operation.cancel_requested_at, operation.due_at, operation.effective_at
    return OperationAnswer(
        id=operation.id,
        dry_run=False,
        program=operation.program,
        kind=operation.kind,
        change=operation.change.model_dump(mode="json"),
        plan=_plan(operation.plan),
        state=operation.state,
        error=operation.error,
        cancel_requested_at=None if asked_at is None else rfc3339(asked_at),
        due_at=None if due_at is None else time_at(due_at),
        effective_at=None if effective_at is None else time_at(effective_at),
        transaction_hash=None if operation.transaction_hash is None else hex_of(operation.transaction_hash),
        requested_at=rfc3339(operation.requested_at),
        updated_at=rfc3339(operation.updated_at),
    )


def answer_to_dry_run(program: str, plan: Foreseen) -> OperationAnswer:
    """What would happen."""
    return OperationAnswer(
        id=None,
        dry_run=True,
        program=program,
        kind=kind_of(plan.change),
        change=plan.change.model_dump(mode="json"),
        plan=_plan(plan_to_json(plan)),
        state=None,
        error=None,
        cancel_requested_at=None,
        due_at=None,
        effective_at=None,
        transaction_hash=None,
        requested_at=None,
        updated_at=None,
    )


def answer_of_operator(state: OperatorState, now: datetime) -> OperatorAnswer:
    """How a key is doing."""
    said: Literal["working", "waiting"] = "working" if state.wait is None else "waiting"
    return OperatorAnswer(
        role=state.role,
        address=checksummed(state.address),
        delay_seconds=state.delay_seconds,
        state="silent" if (now - state.observed_at).total_seconds() > SILENT_SECONDS else said,
        wait=state.wait,
        detail=state.detail,
        operations_open=state.open_count,
        balance_wei=str(state.balance_wei),
        observed_at=rfc3339(state.observed_at.astimezone(UTC)),
    )


def _plan(plan: dict[str, Any]) -> PlanAnswer:
    steps = [step | {"to": _checksummed(step["to"])} for step in plan["steps"]]
    return PlanAnswer.model_validate(
        plan
        | {
            "steps": steps,
            "sender": _checksummed(plan["sender"]),
            "effective_at": time_at(plan["effective_at"]),
        }
    )


def _checksummed(text: str) -> str:
    return checksummed(address_from_hex(text))
