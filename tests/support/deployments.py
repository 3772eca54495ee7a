"""A deployment that was never deployed: real shapes, made-up addresses."""

from __future__ import annotations

from typing import Any

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
from tokenpoints.domain.types import Address, Hash32

CHAIN_ID = 31337
EPOCH_START = 1_483_228_800
"""2017-01-01T00:00:00Z."""
EPOCH_SECONDS = 90 * 86_400


def address(number: int) -> Address:
    """A made-up address."""
    return Address(number.to_bytes(20, "big"))


def hash32(number: int) -> Hash32:
    """A made-up hash."""
    return Hash32(number.to_bytes(32, "big"))


def contract(number: int, *, block_number: int = 1) -> Contract:
    """A made-up contract at `address(number)`."""
    return Contract(
        address=address(number),
        block_number=block_number,
        transaction_hash=hash32(number),
        constructor_arguments=[],
        code_hash=hash32(number + 1),
    )


def program(slug: str = "demo", *, base: int = 0xA000, **changes: Any) -> Program:
    """A program with one rule for purchases, in US dollars, with points of two decimals."""
    fields: dict[str, Any] = {
        "slug": slug,
        "name": slug.title(),
        "symbol": slug.upper()[:11],
        "decimals": 2,
        "currency": Currency(code="USD", exponent=2),
        "accent": "#0b5fff",
        "calendar": Calendar(start=EPOCH_START, length_seconds=EPOCH_SECONDS, tier_period_epochs=4),
        "origin": Origin(
            deployer=address(base), first_nonce=0, transactions=[hash32(base + part) for part in range(6)]
        ),
        "issuer": address(base + 9),
        "account_implementation": address(base + 8),
        "rules": [
            ProgramRule(id=1, name="Purchases", earns_on=ReceiptKind.PURCHASE, terms_document="One point a dollar.")
        ],
        "contracts": Contracts(
            access=contract(base + 1),
            token=contract(base + 2),
            rules=contract(base + 3),
            accounts=contract(base + 4),
        ),
    }
    return Program(**(fields | changes))


def deployment(*programs: Program) -> Deployment:
    """A deployment of `programs`; of the program `demo` where none are given."""
    chosen = programs or (program(),)
    return Deployment(chain_id=CHAIN_ID, programs={item.slug: item for item in chosen})
