"""Reverts in words, whichever of a program's contracts they come from."""

from __future__ import annotations

from functools import cache

from eth_abi.exceptions import DecodingError

from tokenpoints.chain.interfaces import Interface, interface
from tokenpoints.errors import ChainRefused

_CONTRACTS = (
    "AccessManager",
    "EarningRules",
    "PointsToken",
    "Rewards",
    "Vouchers",
    "PartnerExchange",
    "MemberAccounts",
    "MemberAccount",
    "ProgramFactory",
    "MemberAccount",
    "MemberAccounts",
)


def revert_data(error: ChainRefused) -> bytes:
    """What a call reverted with; empty where it did with nothing, or the node does not say."""
    try:
        return bytes.fromhex((error.data or "").removeprefix("0x"))
    except ValueError:
        return b""


def revert_name(error: ChainRefused) -> str | None:
    """The name of the custom error; None where it is none of ours."""
    data = revert_data(error)
    found = _contract_with(data[:4])
    return None if found is None else str(found.errors[data[:4]]["name"])


def reverted(error: ChainRefused) -> bool:
    """Whether the node says that the call reverted, and not that it could not be made."""
    return bool(revert_data(error)) or "revert" in error.detail.lower()


def explained(error: ChainRefused) -> str:
    """The custom error with what it carries, or what the node says."""
    data = revert_data(error)
    found = _contract_with(data[:4])
    if found is None:
        return error.detail
    try:
        return found.explain(data)
    except DecodingError:
        return error.detail


@cache
def _contract_with(selector: bytes) -> Interface | None:
    return next((each for name in _CONTRACTS if selector in (each := interface(name)).errors), None)
