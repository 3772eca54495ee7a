"""Questions about the versions of a rule."""

from __future__ import annotations

from sqlalchemy import select

from tokenpoints.domain.rules import Terms
from tokenpoints.domain.types import Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import rule_versions


async def newest(session: Session, program: str, rule_id: int) -> tuple[int, Terms] | None:
    """The newest version of a rule that is indexed, and its number."""
    query = (
        select(rule_versions)
        .where(rule_versions.c.program == program, rule_versions.c.rule_id == rule_id)
        .order_by(rule_versions.c.version.desc())
        .limit(1)
    )
    row = (await session.execute(query)).first()
    if row is None:
        return None
    terms = Terms(
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        numerator=row.numerator,
        denominator=row.denominator,
        fixed_points=row.fixed_points,
        cap_per_award=row.cap_per_award,
        budget=row.budget,
        budget_window_seconds=row.budget_window_seconds,
        terms_hash=Hash32(row.terms_hash),
    )
    return row.version, terms
