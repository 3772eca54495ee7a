"""Recording an action for the operator, once what proves that the member wants it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokenpoints.access.member_tokens import MemberToken
from tokenpoints.actions.planning import Foreseen, is_mined, is_over_limit, taken_by
from tokenpoints.actions.signing import Consent, Signed, checked
from tokenpoints.chain.member_accounts import claims_call, custodians_calls, relayed_call, tried_by
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.actions import Claim, Reason, reason_of
from tokenpoints.domain.ids import new_id
from tokenpoints.domain.operations import Call, Kind, OperationState
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import hex_of
from tokenpoints.errors import (
    AccountIsClaimed,
    ActionRefused,
    InvalidInput,
    SignatureNonceUsed,
    SignatureRequired,
    StepUpRequired,
    UnknownAction,
)
from tokenpoints.members.lookup import member_with_id
from tokenpoints.storage import actions, operations, step_ups
from tokenpoints.storage.database import Session
from tokenpoints.storage.operations import Approval, Operation, Subject
from tokenpoints.storage.turns import one_at_a_time


@dataclass(frozen=True, slots=True)
class Ready:
    """An action with the calls that do it."""

    plan: Foreseen
    calls: list[Call]
    account_nonce: int | None


async def ready(rpc: RpcClient, plan: Foreseen, signed: Signed | None, *, by_member: bool, now: datetime) -> Ready:
    """The calls of an action, all signatures checked.

    Raises AccountIsClaimed, SignatureRequired and what else is wrong with a signature, InvalidInput, ActionRefused and
    ChainUnavailable.
    """
    if plan.is_signed and (not by_member or isinstance(plan.action, Claim)):
        raise AccountIsClaimed
    if plan.to_sign is not None and signed is None:
        raise SignatureRequired
    if plan.to_sign is None and signed is not None:
        raise InvalidInput("nobody has claimed the account, so that nothing is signed", field="/signed")
    _require_taken(plan.refusal)
    if signed is None:
        assert plan.inner is not None
        calls = custodians_calls(plan.program, plan.member, plan.inner, exists=plan.state.exists)
        return Ready(plan, calls, None)
    if isinstance(plan.action, Claim):
        consent = await checked(rpc, plan.action.member, signed, plan.to_sign, now=now)
        call = claims_call(plan.program, plan.member, plan.action, deadline=consent.deadline, consent=consent.signature)
        _require_taken((await tried_by(rpc, plan.sender, call)).refusal)
        return Ready(plan, [call], None)
    return await _relayed(rpc, plan, signed, now=now)


async def request(session: Session, prepared: Ready, token: MemberToken | None, *, now: datetime) -> Operation:
    """Record that the action is to be done. Without a token the brand asks.

    Raises ActionRefused, SignatureNonceUsed and StepUpRequired.
    """
    plan = prepared.plan
    program, member = plan.program, plan.member
    # Of requests for the same points, each sees those before it.
    await one_at_a_time(session, "actions", [hex_of(member.account)])
    await _require_points(session, plan)
    if (nonce := prepared.account_nonce) is not None:
        if await actions.has_nonce(session, program.slug, member.id, member.account, nonce):
            raise SignatureNonceUsed(nonce + 1)
        approval = Approval.SIGNATURE
    elif token is None:
        approval = Approval.BRAND
    else:
        approval = await _approved(session, plan, token, now=now)
    action_id = new_id("act")
    await operations.add(
        session,
        id=action_id,
        program=program.slug,
        change=plan.action,
        calls=prepared.calls,
        plan=plan_to_json(plan),
        sender=plan.sender,
        delay_seconds=0,
        now=now,
        subject=Subject(member.id, member.account, plan.points, approval, nonce),
    )
    return await with_id(session, program.slug, member.id, action_id)


async def with_id(session: Session, program: str, member_id: str, action_id: str) -> Operation:
    """One action of a member. Raises UnknownAction."""
    found = await actions.with_id(session, program, member_id, action_id)
    if found is None:
        raise UnknownAction(action_id[:100])
    return found


async def page(
    session: Session,
    program: Program,
    member_id: str,
    *,
    kind: Kind | None,
    state: OperationState | None,
    before_seq: int | None,
    limit: int,
) -> list[Operation]:
    """A page of a member's actions, newest first. Raises UnknownMember."""
    member = await member_with_id(session, program, member_id)
    return await actions.page(
        session, program.slug, member.id, kind=kind, state=state, before_seq=before_seq, limit=limit
    )


def plan_to_json(plan: Foreseen) -> dict[str, Any]:
    """As it is kept with the action, and answered."""
    clock, epoch = plan.program.clock, plan.state.epoch
    return {
        "points": str(plan.points),
        "lots": [
            {
                "points": str(points),
                "expires_at": clock.expires_at(epoch - age) if clock.points_expire else None,
            }
            for age, points in reversed(list(enumerate(plan.lots)))
            if points
        ],
        "remaining": str(plan.remaining),
        "receives": None if plan.receives is None else str(plan.receives),
    }


async def _relayed(rpc: RpcClient, plan: Foreseen, signed: Signed, *, now: datetime) -> Ready:
    assert plan.state.member is not None and plan.inner is not None and plan.to_sign is not None
    consent: Consent = await checked(rpc, plan.state.member, signed, plan.to_sign, now=now)
    call = relayed_call(
        plan.member.account,
        plan.state.member,
        plan.inner,
        deadline=consent.deadline,
        signature=consent.signature,
    )
    return Ready(plan, [call], int(plan.to_sign["message"]["nonce"]))


async def _require_points(session: Session, plan: Foreseen) -> None:
    waiting = await actions.under_way(session, plan.program.slug, plan.member.id)
    waiting = [each for each in waiting if not is_mined(each, plan.state)]
    if any(each.kind is Kind.CLAIM for each in waiting):
        raise ActionRefused(Reason.ACCOUNT_IS_CLAIMED, "the account is being claimed")
    under_way = taken_by(waiting)
    if plan.points and plan.state.balance - under_way < plan.points:
        balance = plan.state.balance
        raise ActionRefused(
            Reason.INSUFFICIENT_POINTS, f"of {balance} points {under_way} are under way, and {plan.points} are needed"
        )


async def _approved(session: Session, plan: Foreseen, token: MemberToken, *, now: datetime) -> Approval:
    """By the token alone, or by its step-up, which is used up."""
    if not await is_over_limit(session, plan.program, plan.member, plan.action, plan.points, now=now):
        return Approval.TOKEN
    step_up = token.step_up
    if step_up is None or step_up.kind != plan.kind or step_up.points < plan.points:
        raise StepUpRequired(plan.kind, plan.points)
    if await step_ups.is_used(session, token.id):
        raise StepUpRequired(plan.kind, plan.points, was_used=True)
    await step_ups.use(session, token.id, expires_at=token.expires_at, now=now)
    return Approval.STEP_UP


def _require_taken(refusal: str | None) -> None:
    if refusal is not None:
        raise ActionRefused(reason_of(refusal), refusal)
