"""The shapes of members' actions, as callers get them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tokenpoints.actions.planning import Foreseen
from tokenpoints.actions.requesting import plan_to_json
from tokenpoints.domain.actions import Reason, reason_of
from tokenpoints.domain.changes import Change
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.operations import Kind, OperationState
from tokenpoints.domain.types import hex_of
from tokenpoints.gateway.answers.fields import AddressText, HashText, Points, Time
from tokenpoints.gateway.answers.holdings import LotAnswer
from tokenpoints.gateway.language import translated
from tokenpoints.gateway.reasons import REASONS
from tokenpoints.gateway.texts import checksummed, time_at
from tokenpoints.languages import Language
from tokenpoints.storage.operations import Approval, Operation

ActionKind = Literal["redeem", "transfer", "convert", "donate", "claim"]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RefusalAnswer(_Answer):
    """Why an action cannot be done."""

    reason: Reason
    text: str = Field(description="In the language of `Accept-Language`.", examples=["The account is frozen."])
    error: str = Field(description="The contract's.", examples=["AccountIsFrozen(account='0x…', until=1)"])


class ActionAnswer(_Answer):
    """An action. In the answer to a dry run there is none: `id` and `state` are null."""

    id: str | None = Field(examples=["act_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    dry_run: bool
    program: str
    member: str
    account: AddressText
    kind: ActionKind
    asked: dict[str, Any] = Field(description="What is done, with the names looked up.")
    points: Points = Field(description="That it takes.")
    lots: list[LotAnswer] = Field(description="Those points, oldest first.")
    remaining: Points = Field(description="What was left when it was asked for.")
    receives: Points | None = Field(description="Of a conversion: the partner's points.")
    fee: Points = Field(description="Always 0: the program pays for the transaction.")
    approval: Approval | None = Field(description="What proved that the member wants it.")
    needs_step_up: bool | None = Field(description="Of a dry run: whether a plain token is not enough.")
    to_sign: dict[str, Any] | None = Field(
        description="Of a dry run: EIP-712 data for the member to sign, where the account is claimed; of a claim, for "
        "the new key."
    )
    state: OperationState | None
    refusal: RefusalAnswer | None = Field(description="Why it would be refused, or failed.")
    transaction_hash: HashText | None
    requested_at: Time | None
    updated_at: Time | None


class ActionsAnswer(_Answer):
    """Newest first."""

    actions: list[ActionAnswer]
    next_cursor: str | None


class CharityAnswer(_Answer):
    """An account to which members can donate."""

    account: AddressText
    name: str


class CharitiesAnswer(_Answer):
    """By name."""

    charities: list[CharityAnswer]


class StepUpLimitsAnswer(_Answer):
    """Points that a member's plain token moves."""

    action_points: Points
    day_points: Points
    is_default: bool = Field(description="Whether the program has set nothing.")


def answer_to(operation: Operation, language: Language) -> ActionAnswer:
    """One action, as it is now."""
    assert operation.subject is not None
    is_failed = operation.state is OperationState.FAILED
    return ActionAnswer(
        id=operation.id,
        dry_run=False,
        program=operation.program,
        member=operation.subject.member_id,
        account=checksummed(operation.subject.account),
        kind=_kind(operation.kind),
        asked=_asked(operation.change),
        **_plan(operation.plan),
        approval=operation.subject.approval,
        needs_step_up=None,
        to_sign=None,
        state=operation.state,
        refusal=_refusal(operation.error or "", language) if is_failed else None,
        transaction_hash=None if operation.transaction_hash is None else hex_of(operation.transaction_hash),
        requested_at=rfc3339(operation.requested_at),
        updated_at=rfc3339(operation.updated_at),
    )


def answer_to_dry_run(plan: Foreseen, language: Language, *, by_member: bool) -> ActionAnswer:
    """What would happen."""
    return ActionAnswer(
        id=None,
        dry_run=True,
        program=plan.program.slug,
        member=plan.member.id,
        account=checksummed(plan.member.account),
        kind=_kind(plan.kind),
        asked=_asked(plan.action),
        **_plan(plan_to_json(plan)),
        approval=None,
        needs_step_up=by_member and not plan.is_signed and plan.is_over_limit,
        to_sign=plan.to_sign if by_member else None,
        state=None,
        refusal=None if plan.refusal is None else _refusal(plan.refusal, language),
        transaction_hash=None,
        requested_at=None,
        updated_at=None,
    )


def _plan(plan: dict[str, Any]) -> dict[str, Any]:
    lots = [
        LotAnswer(points=lot["points"], expires_at=None if lot["expires_at"] is None else time_at(lot["expires_at"]))
        for lot in plan["lots"]
    ]
    return plan | {"lots": lots, "fee": "0"}


def _asked(change: Change) -> dict[str, Any]:
    return change.model_dump(mode="json")


def _kind(kind: Kind) -> ActionKind:
    found: ActionKind = kind.value  # type: ignore[assignment]
    return found


def _refusal(error: str, language: Language) -> RefusalAnswer:
    reason = reason_of(error)
    return RefusalAnswer(reason=reason, text=translated(REASONS[reason], language), error=error)
