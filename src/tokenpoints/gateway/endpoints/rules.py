"""`/v1/programs/{program}/rules`: rules, their versions, and changes that are announced."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from tokenpoints.domain import change_bodies, changes
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.rules import RuleVersion
from tokenpoints.domain.types import Hash32
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import STORED, problem_responses
from tokenpoints.gateway.endpoints.programs import terms_answer
from tokenpoints.gateway.operating import OperatingPart, operation
from tokenpoints.gateway.operation_answers import OperationAnswer, RuleVersionAnswer, RuleVersionsAnswer
from tokenpoints.gateway.principals import requires
from tokenpoints.operations.texts import known_texts
from tokenpoints.storage import terms
from tokenpoints.storage.database import Session

router = APIRouter(prefix="/v1/programs/{program}/rules", tags=["rules"])

Number = Annotated[int, Path(ge=1, lt=1 << 32)]


@operation(router, "PUT", "/{rule}", Scope.RULES_WRITE, body=change_bodies.RuleToSet)
async def set_rule(
    operating: OperatingPart,
    rule: Number,
    body: Annotated[change_bodies.RuleToSet, Depends(json_body(change_bodies.RuleToSet))],
) -> OperationAnswer:
    """Set a rule, or its next version: at once if it is worse for members in nothing, else after the notice period."""
    return await operating.make(changes.SetRule(rule=rule, **dict(body)))


@operation(router, "DELETE", "/{rule}/announcement", Scope.RULES_WRITE)
async def cancel_rule_change(operating: OperatingPart, rule: Number) -> OperationAnswer:
    """Take back a version that is announced and not yet in force."""
    return await operating.make(changes.CancelRuleChange(rule=rule))


@router.get(
    "/{rule}/versions",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=RuleVersionsAnswer,
    responses=problem_responses("unknown_program", "invalid_input", *STORED),
)
async def list_rule_versions(program: ProgramPart, rule: Number, context: ContextPart) -> RuleVersionsAnswer:
    """Every version of a rule that was read from the chain and not cancelled; none of a rule that there is not."""

    async def ask(session: Session) -> tuple[list[RuleVersion], dict[Hash32, str]]:
        return (await terms.versions(session, program.slug)).get(rule, []), await known_texts(session, program)

    versions, texts = await context.read(ask)
    return RuleVersionsAnswer(
        rule=rule,
        versions=[
            RuleVersionAnswer(**dict(terms_answer(each)), terms_document=texts.get(each.terms.terms_hash))
            for each in versions
        ],
    )
