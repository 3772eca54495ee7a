"""What members do, as calls: their own with a member's token, or a brand's on behalf of one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tokenpoints.client.calls import Call, path_of
from tokenpoints.domain.actions import Reason
from tokenpoints.domain.operations import OperationState

ME = "/v1/me"
"""Whose the calls of a member's own token are."""
SignedData = Mapping[str, Any]
"""`typed_data`, an action's `to_sign`, and `signature`, in hex."""


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """An action; `id` and `state` are None in the answer to a dry run."""

    id: str | None
    kind: str
    state: OperationState | None
    points: int
    """That it takes."""
    remaining: int
    receives: int | None
    """Of a conversion: the partner's points."""
    refusal: Reason | None
    """Why it would be refused, or failed."""
    needs_step_up: bool
    to_sign: dict[str, Any] | None
    """EIP-712 data, for what has to be signed."""
    transaction_hash: str | None


def of_member(program: str, member_id: str) -> str:
    """Whose the calls of a brand are, on behalf of a member."""
    return path_of(program, "members", member_id)


def redeem(
    whose: str, reward: int, *, quantity: int, points: int | None, signed: SignedData | None, dry_run: bool
) -> Call[ActionInfo]:
    """Redeem a reward, for its price or as many points as the member chooses."""
    body = {"reward": reward, "quantity": quantity}
    return _act(whose, "redemptions", body | ({} if points is None else {"points": str(points)}), signed, dry_run)


def transfer(whose: str, to: str, points: int, *, signed: SignedData | None, dry_run: bool) -> Call[ActionInfo]:
    """Send points to a member, by id, or to an account, by address."""
    return _act(whose, "transfers", {"to": to, "points": str(points)}, signed, dry_run)


def convert(
    whose: str, agreement: str, points: int, to: str, *, signed: SignedData | None, dry_run: bool
) -> Call[ActionInfo]:
    """Turn points into a partner's."""
    body = {"agreement": agreement, "points": str(points), "to": to}
    return _act(whose, "conversions", body, signed, dry_run)


def donate(whose: str, charity: str, points: int, *, signed: SignedData | None, dry_run: bool) -> Call[ActionInfo]:
    """Give points to a charity that the program lists."""
    return _act(whose, "donations", {"charity": charity, "points": str(points)}, signed, dry_run)


def claim(member: str, *, signed: SignedData | None, dry_run: bool) -> Call[ActionInfo]:
    """Take the account over with a key, which signs `to_sign` of a dry run."""
    return _act(ME, "claim", {"member": member}, signed, dry_run)


def action(whose: str, action_id: str) -> Call[ActionInfo]:
    """One action, and how far it is."""
    return Call("GET", f"{whose}/actions/{action_id}", _action)


def actions(whose: str, *, limit: int) -> Call[list[ActionInfo]]:
    """The newest actions."""
    return Call("GET", f"{whose}/actions?limit={limit}", lambda answer: list(map(_action, answer["actions"])))


def _act(whose: str, what: str, body: dict[str, Any], signed: SignedData | None, dry_run: bool) -> Call[ActionInfo]:
    path = f"{whose}/{what}" + ("?dry_run=true" if dry_run else "")
    return Call("POST", path, _action, body if signed is None else body | {"signed": dict(signed)})


def _action(found: Any) -> ActionInfo:
    return ActionInfo(
        id=found["id"],
        kind=found["kind"],
        state=None if found["state"] is None else OperationState(found["state"]),
        points=int(found["points"]),
        remaining=int(found["remaining"]),
        receives=None if found["receives"] is None else int(found["receives"]),
        refusal=None if found["refusal"] is None else Reason(found["refusal"]["reason"]),
        needs_step_up=bool(found["needs_step_up"]),
        to_sign=found["to_sign"],
        transaction_hash=found["transaction_hash"],
    )
