"""What partners ask."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tokenpoints.domain.given import PointsAtLeastOne
from tokenpoints.gateway.fields import LENGTH_MAX as FIELDS_LENGTH_MAX
from tokenpoints.gateway.fields import MEANING as FIELDS_MEANING
from tokenpoints.gateway.requests.fields import Page, Query


class PartnersQuery(Page):
    """Which partners to list."""

    limit: int = Field(default=20, ge=1, le=50)


class AgreementsQuery(Page):
    """Which agreements to list."""

    limit: int = Field(default=50, ge=1, le=100)


class AgreementQuery(Query):
    """Where to look for an agreement."""

    fields: str | None = Field(default=None, max_length=FIELDS_LENGTH_MAX, description=FIELDS_MEANING)
    counterpart: str | None = Field(
        default=None,
        pattern="^0x[0-9a-fA-F]{40}$",
        description="The other program's PartnerExchange, where this gateway does not serve that program.",
    )


class QuoteQuery(Query):
    """What is to be converted."""

    fields: str | None = Field(default=None, max_length=FIELDS_LENGTH_MAX, description=FIELDS_MEANING)
    points: Annotated[PointsAtLeastOne, Field(strict=True, description="Of the program whose points are burned.")]


class MonthQuery(Query):
    """Of which month."""

    month: str = Field(
        pattern="^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])$",
        description="In UTC. This month's statement is that of its blocks so far.",
        examples=["2026-11"],
    )


class MonthFieldsQuery(MonthQuery):
    """Of which month, and how much of the answer."""

    fields: str | None = Field(default=None, max_length=FIELDS_LENGTH_MAX, description=FIELDS_MEANING)
