"""What all endpoints share that do something with a member's account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from tokenpoints.actions import asking, planning, requesting
from tokenpoints.actions.asking import Asked
from tokenpoints.domain.actions import Claim
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.operations import Kind
from tokenpoints.errors import ChainRefused, ChainUnavailable
from tokenpoints.gateway.action_answers import ActionAnswer, ActionsAnswer, answer_to, answer_to_dry_run
from tokenpoints.gateway.context import Context, ContextPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial, trial_answer
from tokenpoints.gateway.language import LanguagePart
from tokenpoints.gateway.principals import MemberPart, MePart, Whose, requires
from tokenpoints.gateway.requests.actions import (
    ActionsQuery,
    ClaimToMake,
    ConversionToMake,
    DonationToMake,
    RedemptionToMake,
    SignedData,
    TransferToMake,
)
from tokenpoints.languages import Language

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_ACTED = ("unknown_member", "action_refused", "account_is_claimed", "no_operator", "chain_unavailable")
_SIGNED = (
    "signature_required",
    "signature_wrong_chain",
    "signature_wrong_domain",
    "signature_mismatch",
    "signature_nonce_used",
    "signature_expired",
    "signature_invalid",
    "signature_malleable",
    "step_up_required",
)


def action(
    router: APIRouter, path: str, *codes: str, body: type[BaseModel], scope: Scope | None = None
) -> Callable[[Endpoint], Endpoint]:
    """The route of an endpoint that does something: a member's own, or the brand's where a scope is asked for."""
    whose = _SIGNED if scope is None else ("unknown_program",)
    return router.post(
        path,
        dependencies=[] if scope is None else [requires(scope)],
        status_code=202,
        response_model=ActionAnswer,
        responses={**trial_answer(ActionAnswer), **problem_responses(*_ACTED, *whose, *codes, *SENT, *STORED)},
        openapi_extra=body_of(body),
    )


@dataclass(frozen=True)
class Acting:
    """A request to do something with a member's account."""

    context: Context
    whose: Whose
    dry_run: bool
    language: Language

    async def redeem(self, body: RedemptionToMake) -> ActionAnswer:
        context, program = self.context, self.whose.program
        return await self._do(
            asking.redemption(context.node, program, body.reward, body.quantity, body.points), body.signed
        )

    async def transfer(self, body: TransferToMake) -> ActionAnswer:
        asked = asking.transfer(self.context.database, self.whose.program, body.to, body.points)
        return await self._do(asked, body.signed)

    async def donate(self, body: DonationToMake) -> ActionAnswer:
        asked = asking.donation(self.context.database, self.whose.program, body.charity, body.points)
        return await self._do(asked, body.signed)

    async def convert(self, body: ConversionToMake) -> ActionAnswer:
        context = self.context
        asked = asking.conversion(
            context.node,
            context.database,
            context.deployment,
            self.whose.program,
            body.agreement,
            body.points,
            body.to,
        )
        return await self._do(asked, body.signed)

    async def claim(self, body: ClaimToMake) -> ActionAnswer:
        async def asked() -> Asked:
            return Asked(Claim(member=body.member))

        return await self._do(asked(), body.signed)

    async def one(self, action_id: str) -> ActionAnswer:
        """One action, as it is now."""
        whose = self.whose
        found = await self.context.read(
            lambda session: requesting.with_id(session, whose.program.slug, whose.member_id, action_id)
        )
        return answer_to(found, self.language)

    async def page(self, query: ActionsQuery) -> ActionsAnswer:
        """Actions, newest first."""
        whose = self.whose
        before_seq = numbers_in("actions", query.cursor, 1)[0] if query.cursor is not None else None
        found = await self.context.read(
            lambda session: requesting.page(
                session,
                whose.program,
                whose.member_id,
                kind=None if query.kind is None else Kind(query.kind),
                state=query.state,
                before_seq=before_seq,
                limit=query.limit + 1,
            )
        )
        page = found[: query.limit]
        next_cursor = cursor_of("actions", page[-1].seq) if len(found) > query.limit else None
        return ActionsAnswer(actions=[answer_to(each, self.language) for each in page], next_cursor=next_cursor)

    async def _do(self, asked: Awaitable[Asked], signed: SignedData | None) -> ActionAnswer:
        try:
            return await self._done(await asked, signed)
        except ChainRefused as error:
            raise ChainUnavailable("the node does not answer for the account") from error

    async def _done(self, asked: Asked, signed: SignedData | None) -> ActionAnswer:
        context, whose, now = self.context, self.whose, self.context.clock()
        by_member = whose.token is not None
        plan = await planning.foreseen(
            context.node,
            context.database,
            whose.program,
            whose.member_id,
            asked,
            chain_id=context.deployment.chain_id,
            now=now,
        )
        if self.dry_run:
            return answer_to_dry_run(plan, self.language, by_member=by_member)
        ready = await requesting.ready(
            context.node, plan, None if signed is None else signed.signed(), by_member=by_member, now=now
        )
        recorded = await context.write(
            lambda session: requesting.request(session, ready, whose.token, now=now),
            subjects=lambda operation: [operation.id],
        )
        return answer_to(recorded, self.language)


async def _own(me: MePart, context: ContextPart, dry_run: Trial, language: LanguagePart) -> Acting:
    return Acting(context, me, dry_run, language)


async def _own_reading(me: MePart, context: ContextPart, language: LanguagePart) -> Acting:
    return Acting(context, me, False, language)


async def _brands(member: MemberPart, context: ContextPart, dry_run: Trial, language: LanguagePart) -> Acting:
    return Acting(context, member, dry_run, language)


async def _brands_reading(member: MemberPart, context: ContextPart, language: LanguagePart) -> Acting:
    return Acting(context, member, False, language)


OwnPart = Annotated[Acting, Depends(_own)]
OwnReadingPart = Annotated[Acting, Depends(_own_reading)]
BrandsPart = Annotated[Acting, Depends(_brands)]
BrandsReadingPart = Annotated[Acting, Depends(_brands_reading)]
