"""What a transaction did, as facts for one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.programs import Deployment, Program
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
    CANCELLATION = "cancellation"
    CLAWBACK = "clawback"
    REDEMPTION = "redemption"
    REFUND = "refund"
    CONVERSION_OUT = "conversion_out"
    CONVERSION_IN = "conversion_in"
    TRANSFER = "transfer"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    PARTNER = "partner"
    EXPIRY_LOGGED = "expiry_logged"
    TIER = "tier"
    PROGRAM = "program"
    AGREEMENT = "agreement"
    DEPLOYMENT = "deployment"
    OTHER = "other"


_TOLD_BY_ENTRIES = (
    EntryType.CLAWBACK,
    EntryType.REDEMPTION,
    EntryType.REFUND,
    EntryType.CONVERSION_OUT,
    EntryType.CONVERSION_IN,
    EntryType.TRANSFER_OUT,
    EntryType.FREEZE,
    EntryType.UNFREEZE,
    EntryType.PARTNER,
    EntryType.EXPIRY_LOGGED,
    EntryType.TIER,
)


@dataclass(frozen=True, slots=True)
class RuleApplied:
    """A version of a rule under which awards were minted or refused."""

    name: str | None
    id: int
    version: int


@dataclass(frozen=True, slots=True)
class Story:
    """The facts; templates/parts/story.html has the words."""

    kind: StoryKind
    program: Program | None = None
    points: int = 0
    account_count: int = 0
    expired: int = 0
    """Accounts off whose words the chain took points that had expired before."""
    refused_count: int = 0
    batches: list[AwardedBatch] | None = None
    groups: Sequence[Row[Any]] = ()
    rules_applied: Sequence[RuleApplied] = ()
    rules_set: list[RuleInWords] | None = None
    sender: Address | None = None
    recipient: Address | None = None
    account: Address | None = None
    """The only account that the transaction concerns, where it is one."""
    reason: int | None = None
    changes: Sequence[Row[Any]] = ()
    """What changed for the whole program."""
    dealing: str | None = None
    """What happened under an agreement: `signed`, or one of `Dealing`."""


async def story_of(session: Session, deployment: Deployment, transaction: Row[Any]) -> Story:
    """Read what a transaction did."""
    transaction_hash = Hash32(transaction.hash)
    totals = {
        (row.program, EntryType(row.type)): row for row in await chain_reads.entry_totals_in(session, transaction_hash)
    }
    batches = await chain_reads.batches_in(session, transaction_hash)
    expired = sum(row.account_count for (_, kind), row in totals.items() if kind is EntryType.EXPIRY_LOGGED)
    if batches:
        program = deployment.programs.get(batches[0].program)
        groups = await chain_reads.groups_in(session, transaction_hash)
        awarded = totals.get((batches[0].program, EntryType.AWARD))
        return Story(
            StoryKind.AWARD,
            program=program,
            points=sum(batch.minted for batch in batches),
            account_count=awarded.account_count if awarded else 0,
            expired=expired,
            refused_count=sum(batch.refused_count for batch in batches),
            batches=batches,
            groups=groups,
            rules_applied=_rules_applied(program, groups),
        )
    if rows := await chain_reads.rules_set_in(session, transaction_hash, transaction.block_number):
        program = deployment.programs.get(rows[0].program)
        if program:
            return Story(StoryKind.RULE, program=program, rules_set=rules_in_words(program, rows))
    if rows := await chain_reads.rules_cancelled_in(session, transaction_hash, transaction.block_number):
        program = deployment.programs.get(rows[0].program)
        if program:
            return Story(StoryKind.CANCELLATION, program=program, rules_set=rules_in_words(program, rows))
    for kind in _TOLD_BY_ENTRIES:
        found = next(((slug, row) for (slug, each), row in totals.items() if each is kind), None)
        if found is not None:
            program = deployment.programs.get(found[0])
            return await _told_by_entries(session, program, kind, found[1], transaction_hash, expired)
    changes = await chain_reads.program_changes_in(session, transaction_hash)
    if changes and transaction.recipient is not None:
        return Story(StoryKind.PROGRAM, program=deployment.programs.get(changes[0].program), changes=changes)
    for slug, dealing in await chain_reads.dealings_in(session, transaction_hash):
        return Story(StoryKind.AGREEMENT, program=deployment.programs.get(slug), dealing=dealing)
    return _without_points(deployment, transaction)


async def _told_by_entries(
    session: Session,
    program: Program | None,
    kind: EntryType,
    total: Row[Any],
    transaction_hash: Hash32,
    expired: int,
) -> Story:
    if kind is EntryType.TRANSFER_OUT:
        return await _transfer(session, program, transaction_hash, -int(total.points), expired)
    rows = [row for row in await chain_reads.entries_in(session, transaction_hash, limit=12) if row.type == kind]
    single = rows[0] if total.entry_count == 1 and len(rows) == 1 else None
    return Story(
        StoryKind(kind.value),
        program=program,
        points=abs(int(total.points)),
        account_count=total.account_count,
        expired=expired,
        account=Address(single.account) if single else None,
        reason=single.reason if single else None,
    )


def _rules_applied(program: Program | None, groups: Sequence[Row[Any]]) -> list[RuleApplied]:
    found = []
    for rule_id, version in dict.fromkeys((group.rule_id, group.rule_version) for group in groups):
        rule = program.rule(rule_id) if program else None
        found.append(RuleApplied(rule.name if rule else None, rule_id, version))
    return found


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


def _without_points(deployment: Deployment, transaction: Row[Any]) -> Story:
    for program in deployment.programs.values():
        if transaction.hash in program.origin.transactions:
            return Story(StoryKind.DEPLOYMENT, program=program)
    found = contract_at(deployment, transaction.recipient) if transaction.recipient else None
    return Story(StoryKind.OTHER, program=found[0] if found else None)
