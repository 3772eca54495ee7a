"""What all programs of a chain share: blueprints of their contracts, the code of members' accounts, and the factory.

All of it is created by the deterministic deployment proxy, which creates by CREATE2 whatever it is sent: so it is
at the same addresses on every chain, and anyone can put it there.
See https://github.com/Arachnid/deterministic-deployment-proxy
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from eth_abi.abi import encode

from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Address, Hash32

PROXY = Address(bytes.fromhex("4e59b44847b379578588920ca78fbf26c0b4956c"))
"""The deterministic deployment proxy. Development nodes have it from the start, and most chains since long."""

PARTS = {
    "access": "AccessManager",
    "token": "PointsToken",
    "rules": "EarningRules",
    "rewards": "Rewards",
    "vouchers": "Vouchers",
    "exchange": "PartnerExchange",
    "accounts": "MemberAccounts",
}
"""The contracts of a program, in the order of the factory's `Program`."""

_SALT = bytes(32)
_CREATE3_PROXY_HASH = bytes.fromhex("21c35dbe1b344a2488cf3321d6ce542f8e9f305544ff09e4993a62319a497c1f")
# Returns what follows it; what follows begins as ERC-5202 has it.
_BLUEPRINT_HEAD = bytes.fromhex("600b5981380380925939f3") + b"\xfe\x71\x00"


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that a chain needs once."""

    title: str
    address: Address
    creation_code: bytes

    @property
    def calldata(self) -> bytes:
        """What the proxy is sent."""
        return _SALT + self.creation_code


@cache
def foundation() -> list[Shared]:
    """Everything, in an order in which it can be created; the factory is last."""
    blueprints = [
        _shared(f"the blueprint of {contract}", _BLUEPRINT_HEAD + interface(contract).bytecode)
        for contract in PARTS.values()
    ]
    account = _shared("the code of members' accounts", interface("MemberAccount").creation_code())
    creation_code = interface("ProgramFactory").creation_code(
        tuple(blueprint.address for blueprint in blueprints), account.address
    )
    return [*blueprints, account, _shared("the factory of programs", creation_code)]


def factory_address() -> Address:
    """The ProgramFactory, on every chain."""
    return foundation()[-1].address


def account_implementation() -> Address:
    """What members' accounts delegate to, on every chain."""
    return foundation()[-2].address


def program_addresses(creator: Address, salt: Hash32) -> dict[str, Address]:
    """Where the contracts of a program are, created or not, as the factory's `programOf` tells.

    Each is created by CREATE3: by the first transaction of a proxy that CREATE2 creates, as in
    https://github.com/Vectorized/solady/blob/main/src/utils/CREATE3.sol
    """
    base = keccak(encode(["address", "bytes32"], [creator, salt]))
    addresses = {}
    for part, blueprint in zip(PARTS, foundation(), strict=False):
        own_salt = keccak(encode(["bytes32", "address"], [base, blueprint.address]))
        proxy = keccak(b"\xff" + factory_address() + own_salt + _CREATE3_PROXY_HASH)[12:]
        addresses[part] = Address(keccak(b"\xd6\x94" + proxy + b"\x01")[12:])
    return addresses


def _shared(title: str, creation_code: bytes) -> Shared:
    address = keccak(b"\xff" + PROXY + _SALT + keccak(creation_code))[12:]  # EIP-1014
    return Shared(title, Address(address), creation_code)
