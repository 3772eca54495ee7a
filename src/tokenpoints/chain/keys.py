"""Who acts for a program, and how its creator leaves it to them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.programs import AddressField
from tokenpoints.domain.types import Address

OWNER, OPERATOR, ISSUER, GUARDIAN, CUSTODIAN, ADJUSTER = range(6)
"""As in the contracts' `Roles`. What no role is given for is the owner's."""
DELAY_SECONDS_MAX = 365 * 86_400


class ProgramKeys(BaseModel):
    """The address of each role, and the delays of the two that have one: see docs/roles.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: AddressField
    operator: AddressField
    issuer: AddressField
    guardian: AddressField
    custodian: AddressField
    adjuster: AddressField
    owner_delay_seconds: int = Field(0, ge=0, le=DELAY_SECONDS_MAX)
    operator_delay_seconds: int = Field(0, ge=0, le=DELAY_SECONDS_MAX)

    def need_handover(self, creator: Address) -> bool:
        """Whether the creator, who sets the first rules at once, then leaves the program to others or to delays."""
        delays = self.owner_delay_seconds or self.operator_delay_seconds
        return bool(delays) or {self.owner, self.operator} != {creator}

    def handover(self, creator: Address) -> bytes:
        """Calldata for the AccessManager: all of it at once, so that no moment is without an owner."""
        manager = interface("AccessManager")
        calls = []
        if self.operator != creator:
            calls.append(manager.calldata("revokeRole", OPERATOR, creator))
        calls.append(manager.calldata("grantRole", OPERATOR, self.operator, self.operator_delay_seconds))
        calls.append(manager.calldata("grantRole", OWNER, self.owner, self.owner_delay_seconds))
        if self.owner != creator:
            calls.append(manager.calldata("renounceRole", OWNER, creator))
        return manager.calldata("multicall", calls)

    async def are_in_place(self, rpc: RpcClient, manager: Address, creator: Address) -> bool:
        """Whether the owner and the operator are these, with their delays, and the creator has nothing else."""
        if not await rpc.code(manager):
            return False
        wanted = {(OPERATOR, creator): (False, 0), (OWNER, creator): (False, 0)} | {
            (OPERATOR, self.operator): (True, self.operator_delay_seconds),
            (OWNER, self.owner): (True, self.owner_delay_seconds),
        }
        contract = interface("AccessManager")
        for (role, account), expected in wanted.items():
            answer = await rpc.read(manager, contract.calldata("hasRole", role, account))
            if contract.decode_output("hasRole", answer) != expected:
                return False
        return True
