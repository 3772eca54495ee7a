"""The operator's side of the chain: a key, its roles, and the calls that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.key_account import KeyAccount, number_in, view
from tokenpoints.chain.keys import ADJUSTER, CUSTODIAN, GUARDIAN, OPERATOR, OWNER
from tokenpoints.chain.rpc import bytes_from_hex
from tokenpoints.domain.operations import Call, Role, Step, StepKind
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable

ROLE_NUMBERS = {
    Role.OWNER: OWNER,
    Role.OPERATOR: OPERATOR,
    Role.GUARDIAN: GUARDIAN,
    Role.CUSTODIAN: CUSTODIAN,
    Role.ADJUSTER: ADJUSTER,
}


@dataclass(frozen=True, slots=True)
class KeyState:
    """What the chain says of a key."""

    nonce: int
    final_nonce: int
    """0 where the node has not the finalized block's state: of no nonce is known then that it is used for good."""
    balance_wei: int
    block_number: int
    timestamp: int
    final_number: int
    block_gas_limit: int
    base_fee_wei: int
    priority_fee_wei: int


class Acting(KeyAccount):
    """One key that has roles in programs."""

    async def state(self) -> KeyState:
        """The nonce is read first: what is mined between the reads then counts as mined, and never as something that
        others did with the nonce."""
        nonce = await self._rpc.transaction_count(self.address)
        address = hex_of(self.address)
        latest, final, balance, priority_fee = await self._rpc.batch(
            [
                ("eth_getBlockByNumber", ["latest", False]),
                ("eth_getBlockByNumber", ["finalized", False]),
                ("eth_getBalance", [address, "latest"]),
                ("eth_maxPriorityFeePerGas", []),
            ]
        )
        if latest is None or final is None:
            raise ChainUnavailable("the node has no block")
        try:
            final_nonce = await self._rpc.call("eth_getTransactionCount", address, "finalized")
        except ChainRefused:
            # Of the blocks before its start an embedded node has no state.
            final_nonce = "0x0"
        return KeyState(
            nonce=nonce,
            final_nonce=number_in(final_nonce),
            balance_wei=number_in(balance),
            block_number=int(latest["number"], 16),
            timestamp=int(latest["timestamp"], 16),
            final_number=int(final["number"], 16),
            block_gas_limit=int(latest["gasLimit"], 16),
            base_fee_wei=int(latest.get("baseFeePerGas", "0x0"), 16),
            priority_fee_wei=number_in(priority_fee),
        )

    async def roles_in(self, programs: Sequence[Program]) -> dict[tuple[str, Role], int]:
        """The roles that the key has, by program, with the seconds that each makes it wait."""
        manager = interface("AccessManager")
        asked = [(program, role) for program in programs for role in ROLE_NUMBERS]
        answers = await self._rpc.batch(
            [
                view(program.contracts.access.address, manager.calldata("hasRole", ROLE_NUMBERS[role], self.address))
                for program, role in asked
            ]
        )
        held = {}
        for (program, role), answer in zip(asked, answers, strict=True):
            if answer == "0x":
                raise ChainUnavailable(f"the node has no access manager of {program.slug}")
            is_member, delay_seconds = manager.decode_output("hasRole", bytes_from_hex(answer))
            if is_member:
                held[program.slug, role] = int(delay_seconds)
        return held

    async def timestamp_of(self, block_number: int) -> int:
        """Of a block. Raises ChainUnavailable where it is gone."""
        block = await self._rpc.block(block_number)
        if block is None:
            raise ChainUnavailable(f"the node has no block {block_number}")
        return block.timestamp

    async def gas_for(
        self, to: Address, calldata: bytes, *, after_pool: bool = False, sender: Address | None = None
    ) -> int:
        """What a call would use, of the key's or a `sender`'s, `after_pool` behind all that waits to be mined, as far
        as the node can tell. Raises ChainRefused where it would revert."""
        request = {"from": hex_of(sender or self.address), "to": hex_of(to), "data": hex_of(calldata)}
        return number_in(await self._rpc.call("eth_estimateGas", request, "pending" if after_pool else "latest"))


def transaction_of(step: Step, call: Call, manager: Address | None, sender: Address) -> tuple[Address, bytes]:
    """Whom a step calls, and with what. `manager` is that of the program, where anything is scheduled."""
    if step.kind is StepKind.EXECUTE:
        return call.to, call.calldata
    assert manager is not None
    contract = interface("AccessManager")
    if step.kind is StepKind.SCHEDULE:
        return manager, contract.calldata("schedule", call.to, call.calldata, 0)
    return manager, contract.calldata("cancel", sender, call.to, call.calldata)
