"""Made-up programs, accounts and hashes, always the same for the same name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.programs import (
    Calendar,
    Contract,
    Contracts,
    Currency,
    Deployment,
    Origin,
    Program,
    ProgramRule,
    ReceiptKind,
)
from tokenpoints.domain.rules import Terms
from tokenpoints.domain.types import Address, Hash32

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
CHAIN_ID = 31337
DAY = 86_400


def account_of(name: str) -> Address:
    """A made-up account that is always the same for the same name."""
    return Address(keccak(name.encode())[12:])


def hash_of(name: str) -> Hash32:
    """A made-up hash that is always the same for the same name."""
    return Hash32(keccak(name.encode()))


def make_program(
    slug: str = "hanriver", name: str = "Han River Books", *, accent: str = "#0f766e", start: datetime | None = None
) -> Program:
    """A bookshop that gives 5 points per 100 won, in epochs of 30 days."""
    began = start or NOW - timedelta(days=200)

    def contract(part: str) -> Contract:
        return Contract(
            address=account_of(f"{slug} {part}"),
            block_number=1,
            transaction_hash=hash_of(f"{slug} deployment"),
            constructor_arguments=[],
            code_hash=hash_of(f"{part} code"),
        )

    return Program(
        slug=slug,
        name=name,
        symbol=slug.upper()[:4],
        decimals=0,
        currency=Currency(code="KRW", exponent=0),
        accent=accent,
        calendar=Calendar(start=int(began.timestamp()), length_seconds=30 * DAY, tier_period_epochs=12),
        look_back_seconds=60 * DAY,
        origin=Origin(
            deployer=account_of("deployer"),
            factory=account_of("factory"),
            salt=hash_of(slug),
            transactions=[hash_of(f"{slug} deployment")],
        ),
        issuer=account_of(f"{slug} issuer"),
        account_implementation=account_of("implementation"),
        rules=[
            ProgramRule(
                id=1, name="Everyday", earns_on=ReceiptKind.PURCHASE, terms_document="5 points for every 100 won spent."
            )
        ],
        contracts=Contracts(
            **{
                part: contract(part)
                for part in ("access", "token", "rules", "rewards", "vouchers", "exchange", "accounts")
            }
        ),
    )


def make_deployment(*programs: Program) -> Deployment:
    return Deployment(chain_id=CHAIN_ID, programs={program.slug: program for program in programs})


def everyday_terms(program: Program, numerator: int) -> Terms:
    start = program.calendar.start
    return Terms(
        opens_at=start,
        closes_at=start + 730 * DAY,
        numerator=numerator,
        denominator=100,
        fixed_points=0,
        cap_per_award=5_000,
        budget=500_000,
        budget_window_seconds=30 * DAY,
        terms_hash=Hash32(keccak(program.rules[0].terms_document.encode())),
    )
