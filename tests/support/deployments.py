"""Another made-up program: in US dollars, with points of two decimals and addresses that are counted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.support.programs import CHAIN_ID as CHAIN_ID
from tests.support.programs import DAY, make_deployment, make_program
from tokenpoints.domain.programs import Calendar, Contracts, Currency, Deployment, Program, ProgramRule, ReceiptKind
from tokenpoints.domain.types import Address, Hash32

START = datetime(2017, 1, 1, tzinfo=UTC)


def address(number: int) -> Address:
    """A made-up address."""
    return Address(number.to_bytes(20, "big"))


def hash32(number: int) -> Hash32:
    """A made-up hash."""
    return Hash32(number.to_bytes(32, "big"))


def program(slug: str = "demo", *, base: int = 0xA000, **changes: Any) -> Program:
    """A program with one rule for purchases. Its contracts count up from `base`."""
    made = make_program(slug, slug.title(), start=START)
    contracts = {
        name: contract.model_copy(update={"address": address(base + number)})
        for number, (name, contract) in enumerate(made.contracts, start=1)
    }
    rule = ProgramRule(id=1, name="Purchases", earns_on=ReceiptKind.PURCHASE, terms_document="One point a dollar.")
    return made.model_copy(
        update={
            "symbol": slug.upper()[:11],
            "decimals": 2,
            "currency": Currency(code="USD", exponent=2),
            "calendar": Calendar(start=made.calendar.start, length_seconds=90 * DAY, tier_period_epochs=4),
            "issuer": address(base + 9),
            "account_implementation": address(base + 8),
            "rules": [rule],
            "contracts": Contracts(**contracts),
            **changes,
        }
    )


def deployment(*programs: Program) -> Deployment:
    """A deployment of `programs`; of the program `demo` where none are given."""
    return make_deployment(*(programs or (program(),)))
