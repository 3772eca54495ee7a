"""`/v1/programs`: those that are deployed, and new ones."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends

from tokenpoints.domain.change_bodies import ProgramToCreate
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.operations import Role
from tokenpoints.domain.programs import Program, ProgramRule
from tokenpoints.domain.rules import RuleVersion, version_at
from tokenpoints.domain.tiers import MULTIPLIER_ONE
from tokenpoints.domain.types import hex_of
from tokenpoints.gateway.answers.programs import (
    ContractsAnswer,
    CurrencyAnswer,
    ProgramAnswer,
    ProgramsAnswer,
    RuleAnswer,
    TermsAnswer,
)
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import Context, ContextPart, ProgramPart
from tokenpoints.gateway.documented import STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial
from tokenpoints.gateway.operating import operation_responses
from tokenpoints.gateway.operation_answers import OperationAnswer, answer_to, answer_to_dry_run
from tokenpoints.gateway.principals import KeyPart, requires
from tokenpoints.gateway.texts import checksummed, time_at
from tokenpoints.operations import requesting
from tokenpoints.operations.creating import foreseen_program, require_free
from tokenpoints.operations.planning import acting_key
from tokenpoints.storage import terms
from tokenpoints.storage.database import Session
from tokenpoints.storage.operations import Operation
from tokenpoints.storage.operator_states import ANY_PROGRAM

router = APIRouter(tags=["programs"])


@router.get(
    "/v1/programs",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=ProgramsAnswer,
    responses=problem_responses(*STORED),
)
async def list_programs(context: ContextPart, key: KeyPart) -> ProgramsAnswer:
    """The programs that the key is for: its own, or all that are deployed on this chain."""
    programs = [program for program in context.deployment.programs.values() if key.is_for(program.slug)]

    async def ask(session: Session) -> list[ProgramAnswer]:
        return [await _answer(session, program, context) for program in programs]

    return ProgramsAnswer(programs=await context.read(ask))


@router.get(
    "/v1/programs/{program}",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=ProgramAnswer,
    responses=problem_responses("unknown_program", *STORED),
)
async def get_program(program: ProgramPart, context: ContextPart) -> ProgramAnswer:
    """A program, its contracts, and the terms of its rules: those in force and those announced."""
    return await context.read(lambda session: _answer(session, program, context))


async def _answer(session: Session, program: Program, context: Context) -> ProgramAnswer:
    contracts, now = program.contracts, int(context.clock().timestamp())
    versions = await terms.versions(session, program.slug)
    return ProgramAnswer(
        slug=program.slug,
        name=program.name,
        symbol=program.symbol,
        decimals=program.decimals,
        currency=CurrencyAnswer(code=program.currency.code, exponent=program.currency.exponent),
        chain_id=context.deployment.chain_id,
        issuer=checksummed(program.issuer),
        contracts=ContractsAnswer(
            access=checksummed(contracts.access.address),
            token=checksummed(contracts.token.address),
            rules=checksummed(contracts.rules.address),
            rewards=checksummed(contracts.rewards.address),
            vouchers=checksummed(contracts.vouchers.address),
            exchange=checksummed(contracts.exchange.address),
            accounts=checksummed(contracts.accounts.address),
        ),
        rules=[_rule(rule, versions.get(rule.id, []), now) for rule in program.rules],
    )


def _rule(rule: ProgramRule, versions: list[RuleVersion], now: int) -> RuleAnswer:
    current = version_at(versions, now) if versions else None
    is_announced = bool(versions) and versions[-1] != current
    return RuleAnswer(
        id=rule.id,
        name=rule.name,
        earns_on=rule.earns_on,
        terms_document=rule.terms_document,
        terms=terms_answer(current) if current else None,
        announced=terms_answer(versions[-1]) if is_announced else None,
    )


def terms_answer(version: RuleVersion) -> TermsAnswer:
    """One version of a rule."""
    said = version.terms
    return TermsAnswer(
        version=version.number,
        effective_at=time_at(version.effective_at) if version.effective_at else None,
        opens_at=time_at(said.opens_at),
        closes_at=time_at(said.closes_at),
        numerator=str(said.numerator),
        denominator=str(said.denominator),
        fixed_points=str(said.fixed_points),
        cap_per_award=str(said.cap_per_award),
        multipliers=[f"{Decimal(each) / MULTIPLIER_ONE:f}" for each in said.multipliers],
        budget=str(said.budget),
        budget_window_seconds=said.budget_window_seconds,
        terms_hash=hex_of(said.terms_hash),
    )


@router.post(
    "/v1/programs",
    dependencies=[requires(Scope.PROGRAMS_CREATE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses("program_exists", "conflict", has_body=True),
    openapi_extra=body_of(ProgramToCreate),
)
async def create_program(
    context: ContextPart,
    body: Annotated[ProgramToCreate, Depends(json_body(ProgramToCreate))],
    dry_run: Trial,
) -> OperationAnswer:
    """Create a program: its contracts, its first rules, and its keys. Once it is confirmed, every process serves it."""
    now, slug = context.clock(), body.program.slug
    plan = await foreseen_program(context.node, context.database, context.deployment, body, now=now)
    if dry_run:
        return answer_to_dry_run(slug, plan)

    async def act(session: Session) -> Operation:
        await require_free(session, await acting_key(session, ANY_PROGRAM, Role.DEPLOYER, now=now), slug)
        return await requesting.request(session, slug, plan, now=now)

    return answer_to(await context.write(act, subjects=lambda operation: [operation.id]))


@router.get(
    "/v1/program-creations/{operation}",
    dependencies=[requires(Scope.PROGRAMS_CREATE)],
    response_model=OperationAnswer,
    responses=problem_responses("unknown_operation", *STORED),
)
async def get_program_creation(operation: str, context: ContextPart) -> OperationAnswer:
    """How far the creation of a program is, also before the program is served."""
    return answer_to(await context.read(lambda session: requesting.creation_with_id(session, operation)))
