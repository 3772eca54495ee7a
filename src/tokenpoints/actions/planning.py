"""What an action would do: whether the contracts take it, which points it takes, what is left, and what to sign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokenpoints.actions.asking import Asked
from tokenpoints.actions.signing import DEADLINE_OFFERED
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.member_accounts import (
    AccountState,
    call_of,
    execution,
    membership,
    state_of,
    tried_by,
)
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.accounts import Member
from tokenpoints.domain.actions import Action, Claim, Convert, default_limits, needs_step_up
from tokenpoints.domain.changes import kind_of
from tokenpoints.domain.operations import Call, Kind, Role
from tokenpoints.domain.points import LOT_COUNT, AccountWord, Lots
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, Points, hex_of
from tokenpoints.errors import NoOperator
from tokenpoints.members.lookup import member_with_id
from tokenpoints.operations.planning import acting_key
from tokenpoints.storage import actions, step_ups
from tokenpoints.storage.database import Database, Session
from tokenpoints.storage.operations import Operation


@dataclass(frozen=True, slots=True)
class Foreseen:
    """An action before it is done."""

    program: Program
    member: Member
    action: Action
    state: AccountState
    sender: Address
    """The custodian's key, which does or relays it."""
    inner: Call | None
    """What the account calls; None for a claim."""
    points: int
    """That it takes."""
    lots: Lots
    """Those points, by age."""
    points_under_way: int
    """That earlier actions take which no block has yet."""
    receives: int | None
    """The partner's points that a conversion makes."""
    refusal: str | None
    """The contracts' error in words."""
    is_over_limit: bool
    """Whether it takes a step-up, unless the member signs."""
    to_sign: Any | None
    """EIP-712 data as JSON: of each action once the account is claimed, and of the claim."""

    @property
    def kind(self) -> Kind:
        return kind_of(self.action)

    @property
    def remaining(self) -> int:
        """Points that are left, after what is under way."""
        return max(0, self.state.balance - self.points_under_way - self.points)

    @property
    def is_signed(self) -> bool:
        """Whether the member signs it."""
        return self.state.member is not None


async def foreseen(
    rpc: RpcClient, database: Database, program: Program, member_id: str, asked: Asked, *, chain_id: int, now: datetime
) -> Foreseen:
    """The action, as it would be done now. Raises UnknownMember, NoOperator, ChainUnavailable and ChainRefused."""
    action = asked.action
    async with database.snapshot() as session:
        member = await member_with_id(session, program, member_id)
        key = await acting_key(session, program.slug, Role.CUSTODIAN, now=now)
        waiting = await actions.under_way(session, program.slug, member.id)
    if key.delay_seconds:
        # The contracts know no custodian who has to wait.
        raise NoOperator(program.slug, Role.CUSTODIAN)
    sent = [each.transaction_hash for each in waiting if each.transaction_hash is not None]
    state = await state_of(rpc, program, member.account, sent)
    waiting = [each for each in waiting if not is_mined(each, state)]
    under_way = taken_by(waiting)
    inner, points, receives, refusal, ages = None, 0, None, None, LOT_COUNT
    if isinstance(action, Claim):
        if state.member is not None:
            refusal = f"AlreadyClaimed(member={hex_of(state.member)!r})"
    else:
        inner, points = call_of(program, action, asked.agreement), action.points
        outcome = await tried_by(rpc, member.account, inner)
        refusal = outcome.refusal
        if isinstance(action, Convert):
            ages = await _convertible_ages(rpc, program, action.agreement, member.account, state)
            if refusal is None:
                points, receives = interface("PartnerExchange").decode_output("convert", outcome.answer)
    if refusal is None and state.balance - under_way < points:
        refusal = f"ERC20InsufficientBalance(balance={state.balance}, under_way={under_way}, needed={points})"
    return Foreseen(
        program=program,
        member=member,
        action=action,
        state=state,
        sender=key.address,
        inner=inner,
        points=points,
        lots=_taken(state.lots, ages, points, under_way),
        points_under_way=under_way,
        receives=receives,
        refusal=refusal,
        is_over_limit=await _is_over_limit(database, program, member, action, points, now=now),
        to_sign=_to_sign(chain_id, member, action, inner, state, waiting, now=now),
    )


async def is_over_limit(
    session: Session, program: Program, member: Member, action: Action, points: int, *, now: datetime
) -> bool:
    """Whether a plain token is not enough, after what plain tokens did in the last day."""
    limits = await step_ups.limits(session, program.slug) or default_limits(program.decimals)
    day_points = await actions.points_by_plain_token(session, program.slug, member.id, now=now)
    return needs_step_up(action, points, day_points=day_points, limits=limits)


def is_mined(operation: Operation, state: AccountState) -> bool:
    """Whether a block has what the member asked for, as far as the operator has told its transaction."""
    # Where the account is created first, the transaction that is known may be that one.
    return len(operation.calls) == 1 and operation.transaction_hash in state.mined


def taken_by(waiting: list[Operation]) -> int:
    """The points that these take."""
    return sum(each.subject.points for each in waiting if each.subject is not None)


async def _is_over_limit(
    database: Database, program: Program, member: Member, action: Action, points: int, *, now: datetime
) -> bool:
    async with database.snapshot() as session:
        return await is_over_limit(session, program, member, action, points, now=now)


def _to_sign(
    chain_id: int,
    member: Member,
    action: Action,
    inner: Call | None,
    state: AccountState,
    waiting: list[Operation],
    *,
    now: datetime,
) -> Any | None:
    deadline = int((now + DEADLINE_OFFERED).timestamp())
    if isinstance(action, Claim):
        if state.member is not None:
            return None
        return membership(chain_id, member.account, action.member, handovers=state.handovers, deadline=deadline)
    if state.member is None or inner is None:
        return None
    # Those before it are sent before it, and use up theirs.
    ahead = sum(each.subject is not None and each.subject.account_nonce is not None for each in waiting)
    nonce = state.nonce + ahead
    return execution(chain_id, member.account, state.member, inner, nonce=nonce, deadline=deadline)


def _taken(lots: Lots, ages: int, points: int, under_way: int) -> Lots:
    """The lots of these points, oldest first, behind those that are under way; as far as there are any."""
    reachable = AccountWord(lots=lots)
    rest, _ = reachable.spent(Points(min(under_way, reachable.balance)))
    young = (*rest.lots[:ages], *(0,) * (LOT_COUNT - ages))
    word = AccountWord(lots=(young[0], young[1], young[2], young[3]))
    return word.spent(Points(min(points, word.balance)))[1]


async def _convertible_ages(
    rpc: RpcClient, program: Program, agreement: Hash32, account: Address, state: AccountState
) -> int:
    """How many lots, from the newest on, can become the partner's points."""
    contract = interface("PartnerExchange")
    answer = await rpc.read(program.contracts.exchange.address, contract.calldata("convertibleOf", agreement, account))
    convertible = contract.decode_output("convertibleOf", answer)[0]
    return next(ages for ages in range(LOT_COUNT + 1) if sum(state.lots[:ages]) >= min(convertible, state.balance))
