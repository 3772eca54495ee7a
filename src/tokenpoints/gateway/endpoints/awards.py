"""`GET /v1/programs/{program}/awards`: how far awards have come."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.types import hex_of
from tokenpoints.earning.awards import Award, award_counts, award_with_id, awards_before, refusal_name, retry
from tokenpoints.gateway.answers.awards import AwardAnswer, AwardCountsAnswer, AwardsAnswer
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.dry_runs import Trial, trial_answer
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.receipts import AwardsQuery
from tokenpoints.gateway.texts import checksummed

router = APIRouter(prefix="/v1/programs/{program}/awards", tags=["awards"])


@router.get(
    "",
    dependencies=[requires(Scope.AWARDS_READ)],
    response_model=AwardsAnswer,
    responses=problem_responses("unknown_program", *LISTED, *STORED),
)
async def list_awards(
    program: ProgramPart, context: ContextPart, query: Annotated[AwardsQuery, Query()]
) -> AwardsAnswer:
    """Awards, newest first."""
    before_seq = numbers_in("awards", query.cursor, 1)[0] if query.cursor is not None else None
    found = await context.read(
        lambda session: awards_before(
            session,
            program,
            member_id=query.member,
            reference=query.reference,
            status=query.status,
            since=query.since,
            until=query.until,
            before_seq=before_seq,
            limit=query.limit + 1,
        )
    )
    page = found[: query.limit]
    next_cursor = cursor_of("awards", page[-1].record.seq) if len(found) > query.limit else None
    return AwardsAnswer(awards=[award_answer(award) for award in page], next_cursor=next_cursor)


@router.get(
    "/summary",
    dependencies=[requires(Scope.AWARDS_READ)],
    response_model=AwardCountsAnswer,
    responses=problem_responses("unknown_program", *STORED),
)
async def count_awards(program: ProgramPart, context: ContextPart) -> AwardCountsAnswer:
    """How many awards have which status."""
    counts = await context.read(lambda session: award_counts(session, program))
    return AwardCountsAnswer(
        pending=counts.pending,
        dead=counts.dead,
        confirmed=counts.confirmed,
        finalized=counts.finalized,
        refused=sum(counts.refused_by_reason.values()),
        refused_by_reason={refusal_name(reason): count for reason, count in counts.refused_by_reason.items()},
    )


@router.get(
    "/{award}",
    dependencies=[requires(Scope.AWARDS_READ)],
    response_model=AwardAnswer,
    responses=problem_responses("unknown_program", "unknown_award", *STORED),
)
async def get_award(program: ProgramPart, award: str, context: ContextPart) -> AwardAnswer:
    """One award."""
    return award_answer(await context.read(lambda session: award_with_id(session, program, award)))


@router.post(
    "/{award}/retry",
    dependencies=[requires(Scope.AWARDS_RETRY)],
    status_code=202,
    response_model=AwardAnswer,
    responses={
        **trial_answer(AwardAnswer),
        **problem_responses("unknown_program", "unknown_award", "award_not_dead", "invalid_input", *STORED),
    },
)
async def retry_award(program: ProgramPart, award: str, context: ContextPart, dry_run: Trial) -> AwardAnswer:
    """Let an award that is set aside go into a batch again."""
    return award_answer(await context.write(lambda session: retry(session, program, award), dry_run=dry_run))


def award_answer(award: Award) -> AwardAnswer:
    """The answer for one award."""
    record = award.record
    return AwardAnswer(
        id=record.id,
        receipt=record.receipt_id,
        reference=record.reference,
        member=record.member_id,
        account=checksummed(record.account),
        rule=record.rule_id,
        status=award.status,
        points_expected=str(record.points_expected),
        points=str(record.points) if record.points is not None else None,
        refusal=award.refusal,
        dead_letter=record.dead_letter,
        created_at=rfc3339(record.created_at),
        rule_version=record.rule_version,
        batch_number=record.batch_number,
        batch_position=record.batch_position,
        transaction_hash=hex_of(record.transaction_hash) if record.transaction_hash is not None else None,
        block_number=record.block_number,
        log_index=record.log_index,
    )
