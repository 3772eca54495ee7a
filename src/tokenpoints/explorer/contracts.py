"""A program's contracts by the part they play."""

from __future__ import annotations

from tokenpoints.domain.programs import Contract, Deployment, Program
from tokenpoints.domain.types import Address


def contracts_of(program: Program) -> dict[str, Contract]:
    """By `token`, `rules`, `exchange`, `accounts` and `access`."""
    parts = program.contracts
    return {
        "token": parts.token,
        "rules": parts.rules,
        "exchange": parts.exchange,
        "accounts": parts.accounts,
        "access": parts.access,
    }


def contract_at(deployment: Deployment, address: Address) -> tuple[Program, str] | None:
    """The program and the part that a contract plays in it."""
    for program in deployment.programs.values():
        for part, contract in contracts_of(program).items():
            if contract.address == address:
                return program, part
    return None
