"""`/v1/programs/{program}/rewards`: the catalogue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from tokenpoints.domain import change_bodies, changes
from tokenpoints.domain.catalogue import UNLIMITED
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.types import Hash32, hex_of
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.operating import OperatingPart, operation
from tokenpoints.gateway.operation_answers import OperationAnswer, RewardAnswer, RewardsAnswer
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.operations import RewardsQuery
from tokenpoints.gateway.texts import time_at
from tokenpoints.operations import rewards
from tokenpoints.operations.rewards import CatalogueItem
from tokenpoints.operations.texts import known_texts

router = APIRouter(prefix="/v1/programs/{program}/rewards", tags=["rewards"])

Number = Annotated[int, Path(ge=1, lt=1 << 32)]


@operation(router, "POST", "", Scope.REWARDS_WRITE, body=change_bodies.RewardToSet)
async def add_reward(
    operating: OperatingPart, body: Annotated[change_bodies.RewardToSet, Depends(json_body(change_bodies.RewardToSet))]
) -> OperationAnswer:
    """Add a reward to the catalogue."""
    return await operating.make(changes.AddReward(**dict(body)))


@operation(router, "PUT", "/{reward}", Scope.REWARDS_WRITE, body=change_bodies.RewardToSet)
async def change_reward(
    operating: OperatingPart,
    reward: Number,
    body: Annotated[change_bodies.RewardToSet, Depends(json_body(change_bodies.RewardToSet))],
) -> OperationAnswer:
    """Set the next version of a reward. The contract refuses one that is worse for members in anything."""
    return await operating.make(changes.ChangeReward(reward_id=reward, **dict(body)))


@operation(router, "DELETE", "/{reward}", Scope.REWARDS_WRITE)
async def close_reward(operating: OperatingPart, reward: Number) -> OperationAnswer:
    """Close a reward as soon as the notice period allows."""
    return await operating.make(changes.CloseReward(reward_id=reward))


@router.get(
    "",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=RewardsAnswer,
    responses=problem_responses("unknown_program", "chain_unavailable", *LISTED, *STORED),
)
async def list_rewards(
    program: ProgramPart, context: ContextPart, query: Annotated[RewardsQuery, Query()]
) -> RewardsAnswer:
    """The catalogue, as the contract has it now."""
    after = numbers_in("rewards", query.cursor, 1)[0] if query.cursor is not None else 0
    found = await rewards.page(context.node, program, after=after, limit=query.limit + 1)
    texts = await context.read(lambda session: known_texts(session, program))
    page = found[: query.limit]
    next_cursor = cursor_of("rewards", page[-1].id) if len(found) > query.limit else None
    return RewardsAnswer(rewards=[_answer(each, texts) for each in page], next_cursor=next_cursor)


def _answer(item: CatalogueItem, texts: dict[Hash32, str]) -> RewardAnswer:
    reward = item.reward
    return RewardAnswer(
        id=item.id,
        version=item.version,
        voucher=reward.kind,
        soulbound=reward.soulbound,
        tier_min=reward.tier_min,
        price_min=str(reward.price_min),
        price_max=str(reward.price_max),
        stock=_limited(reward.stock),
        stock_left=_limited(item.stock_left),
        limit_per_member=_limited(reward.limit_per_member),
        opens_at=time_at(reward.opens_at),
        closes_at=time_at(reward.closes_at),
        voucher_expires_at=time_at(reward.voucher_expires_at),
        valid_for_seconds=_limited(reward.valid_for_seconds),
        terms_hash=hex_of(reward.terms_hash),
        terms_document=texts.get(reward.terms_hash),
    )


def _limited(number: int) -> int | None:
    return None if number == UNLIMITED else number
