"""What a transaction did, as facts for one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.programs import Deployment, Program, ProgramRule
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.explorer.contracts import contract_at
from tokenpoints.explorer.rules import RuleInWords, rules_in_words
from tokenpoints.storage import chain_reads
from tokenpoints.storage.database import Session
from tokenpoints.storage.program_reads import AwardedBatch


class StoryKind(StrEnum):
    """What happened, the most telling first."""

    AWARD = "award"
    RULE = "rule"
    TRANSFER = "transfer"
    EXPIRY = "expiry"
    DEPLOYMENT = "deployment"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Story:
    """The facts; templates/parts/story.html has the words."""

    kind: StoryKind
    program: Program | None = None
    points: int = 0
    account_count: int = 0
    expired: int = 0
    refused_count: int = 0
    batches: list[AwardedBatch] | None = None
    rule: ProgramRule | None = None
    rules_set: list[RuleInWords] | None = None
    sender: Address | None = None
    recipient: Address | None = None


async def story_of(session: Session, deployment: Deployment, transaction: Row[tuple[object, ...]]) -> Story:
    """Read what a transaction did."""
    transaction_hash = Hash32(transaction.hash)
    totals = {
        (row.program, EntryType(row.type)): row for row in await chain_reads.entry_totals_in(session, transaction_hash)
    }
    batches = await chain_reads.batches_in(session, transaction_hash)
    expired = -sum(int(row.points) for (_, kind), row in totals.items() if kind is EntryType.EXPIRY)
    if batches:
        program = deployment.programs.get(batches[0].program)
        awarded = totals.get((batches[0].program, EntryType.AWARD))
        return Story(
            StoryKind.AWARD,
            program=program,
            points=sum(batch.minted for batch in batches),
            account_count=awarded.account_count if awarded else 0,
            expired=expired,
            refused_count=sum(batch.refused_count for batch in batches),
            batches=batches,
            rule=program.rule(batches[0].rule_id) if program else None,
        )
    if rows := await chain_reads.rules_set_in(session, transaction_hash, transaction.block_number):
        program = deployment.programs.get(rows[0].program)
        if program:
            return Story(StoryKind.RULE, program=program, rules_set=rules_in_words(program, rows))
    for (slug, kind), row in totals.items():
        if kind is EntryType.TRANSFER_OUT:
            return await _transfer(session, deployment.programs.get(slug), transaction_hash, -int(row.points), expired)
    if totals:
        (slug, _), row = next(iter(totals.items()))
        return Story(
            StoryKind.EXPIRY,
            program=deployment.programs.get(slug),
            expired=expired,
            account_count=row.account_count,
        )
    return _without_points(deployment, transaction)


async def _transfer(
    session: Session, program: Program | None, transaction_hash: Hash32, points: int, expired: int
) -> Story:
    rows = await chain_reads.entries_in(session, transaction_hash, limit=12)
    sides = [row for row in rows if row.type == EntryType.TRANSFER_OUT]
    single = len(sides) == 1
    return Story(
        StoryKind.TRANSFER,
        program=program,
        points=points,
        expired=expired,
        sender=Address(sides[0].account) if single else None,
        recipient=Address(sides[0].counterparty) if single and sides[0].counterparty else None,
    )


def _without_points(deployment: Deployment, transaction: Row[tuple[object, ...]]) -> Story:
    for program in deployment.programs.values():
        if transaction.hash in program.origin.transactions:
            return Story(StoryKind.DEPLOYMENT, program=program)
    found = contract_at(deployment, transaction.recipient) if transaction.recipient else None
    return Story(StoryKind.OTHER, program=found[0] if found else None)
