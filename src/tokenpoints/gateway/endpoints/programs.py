"""`GET /v1/programs` and `GET /v1/programs/{program}`."""

from __future__ import annotations

from fastapi import APIRouter

from tokenpoints.domain.programs import Program, ProgramRule
from tokenpoints.domain.rules import Terms
from tokenpoints.domain.types import hex_of
from tokenpoints.gateway.answers import (
    ContractsAnswer,
    CurrencyAnswer,
    ProgramAnswer,
    ProgramsAnswer,
    RuleAnswer,
    TermsAnswer,
)
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import STORED, problem_responses
from tokenpoints.gateway.texts import checksummed, time_at
from tokenpoints.storage import terms
from tokenpoints.storage.database import Session

router = APIRouter(tags=["programs"])


@router.get("/v1/programs", response_model=ProgramsAnswer, responses=problem_responses(*STORED))
async def list_programs(context: ContextPart) -> ProgramsAnswer:
    """The programs that are deployed on this chain."""
    chain_id = context.deployment.chain_id

    async def ask(session: Session) -> list[ProgramAnswer]:
        return [await _answer(session, program, chain_id) for program in context.deployment.programs.values()]

    return ProgramsAnswer(programs=await context.read(ask))


@router.get(
    "/v1/programs/{program}",
    response_model=ProgramAnswer,
    responses=problem_responses("unknown_program", *STORED),
)
async def get_program(program: ProgramPart, context: ContextPart) -> ProgramAnswer:
    """A program, its contracts, and the newest terms of its rules."""
    return await context.read(lambda session: _answer(session, program, context.deployment.chain_id))


async def _answer(session: Session, program: Program, chain_id: int) -> ProgramAnswer:
    contracts = program.contracts
    return ProgramAnswer(
        slug=program.slug,
        name=program.name,
        symbol=program.symbol,
        decimals=program.decimals,
        currency=CurrencyAnswer(code=program.currency.code, exponent=program.currency.exponent),
        chain_id=chain_id,
        issuer=checksummed(program.issuer),
        contracts=ContractsAnswer(
            access=checksummed(contracts.access.address),
            token=checksummed(contracts.token.address),
            rules=checksummed(contracts.rules.address),
            accounts=checksummed(contracts.accounts.address),
        ),
        rules=[_rule(rule, await terms.newest(session, program.slug, rule.id)) for rule in program.rules],
    )


def _rule(rule: ProgramRule, newest: tuple[int, Terms] | None) -> RuleAnswer:
    return RuleAnswer(
        id=rule.id,
        name=rule.name,
        earns_on=rule.earns_on,
        terms_document=rule.terms_document,
        terms=_terms(*newest) if newest else None,
    )


def _terms(version: int, newest: Terms) -> TermsAnswer:
    return TermsAnswer(
        version=version,
        opens_at=time_at(newest.opens_at),
        closes_at=time_at(newest.closes_at),
        numerator=str(newest.numerator),
        denominator=str(newest.denominator),
        fixed_points=str(newest.fixed_points),
        cap_per_award=str(newest.cap_per_award),
        budget=str(newest.budget),
        budget_window_seconds=newest.budget_window_seconds,
        terms_hash=hex_of(newest.terms_hash),
    )
