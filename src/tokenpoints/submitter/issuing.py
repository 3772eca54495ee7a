"""The issuer's side of the chain: its nonce, its batches, its fees."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.rpc import RpcClient, tag_of
from tokenpoints.chain.signers import SignedTransaction, Signer
from tokenpoints.domain.batches import BatchGroup, gas_limit, groups_tuple
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, hash_from_hex, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable


@dataclass(frozen=True, slots=True)
class IssuerState:
    """What the chain says of the issuer, and of what its batches depend on."""

    nonce: int
    batch_count: int
    """The number of its last batch."""
    balance_wei: int
    block_number: int
    """The latest block; the next four are of it."""
    timestamp: int
    block_gas_limit: int
    base_fee_wei: int
    priority_fee_wei: int
    """What the node proposes."""
    paused_until: int
    """Until when the token stands still, if that is to come."""
    end_announced_at: int | None
    version_counts: dict[int, int]
    """By rule, its versions, with one that is announced."""


class Issuing:
    """One issuer key of one program."""

    def __init__(self, rpc: RpcClient, signer: Signer, program: Program) -> None:
        self._rpc, self._signer, self._program = rpc, signer, program
        self._rules, self._token = interface("EarningRules"), interface("PointsToken")

    @property
    def address(self) -> Address:
        """The issuer's."""
        return self._signer.address

    async def state(self) -> IssuerState:
        """The nonce is read first: a batch mined between the two reads then counts as mined, and
        never as a nonce that something else has used."""
        nonce = await self._rpc.transaction_count(self.address)
        contracts, rule_ids = self._program.contracts, [rule.id for rule in self._program.rules]
        block, priority_fee, balance, *answers = await self._rpc.batch(
            [
                ("eth_getBlockByNumber", ["latest", False]),
                ("eth_maxPriorityFeePerGas", []),
                ("eth_getBalance", [hex_of(self.address), "latest"]),
                _view(contracts.rules.address, self._rules.calldata("batchCount", self.address)),
                _view(contracts.token.address, self._token.calldata("pausedUntil")),
                _view(contracts.rules.address, self._rules.calldata("endAnnouncedAt")),
                *(_view(contracts.rules.address, self._rules.calldata("versionCount", id)) for id in rule_ids),
            ]
        )
        if block is None:
            raise ChainUnavailable("the node has no block")
        batch_count, paused_until, end_announced_at, *version_counts = [_number(answer) for answer in answers]
        return IssuerState(
            nonce=nonce,
            batch_count=batch_count,
            balance_wei=_number(balance),
            block_number=int(block["number"], 16),
            timestamp=int(block["timestamp"], 16),
            block_gas_limit=int(block["gasLimit"], 16),
            base_fee_wei=int(block.get("baseFeePerGas", "0x0"), 16),
            priority_fee_wei=_number(priority_fee),
            paused_until=paused_until,
            end_announced_at=end_announced_at or None,
            version_counts=dict(zip(rule_ids, version_counts, strict=True)),
        )

    async def finalized(self) -> tuple[int, int]:
        """The issuer's nonce and the number of its last batch in the latest finalized block."""
        nonce, count = await self._rpc.batch(
            [
                ("eth_getTransactionCount", [hex_of(self.address), "finalized"]),
                _view(
                    self._program.contracts.rules.address,
                    self._rules.calldata("batchCount", self.address),
                    "finalized",
                ),
            ]
        )
        # Before the contract was there, there was no batch.
        return _number(nonce), 0 if count == "0x" else _number(count)

    async def sign_batch(
        self, *, number: int, groups: Sequence[BatchGroup], root: Hash32, nonce: int, fees: Fees
    ) -> SignedTransaction:
        """The batch as a signed transaction. Raises SignerError and SignerUnavailable."""
        return await asyncio.to_thread(
            self._signer.sign,
            nonce=nonce,
            to=self._program.contracts.rules.address,
            calldata=self._calldata(number, groups, root),
            gas_limit=gas_of(groups),
            fees=fees,
        )

    async def sign_cancel(self, *, nonce: int, gas_limit: int, fees: Fees) -> SignedTransaction:
        """A transfer of nothing to itself, which takes the nonce. Raises SignerError and SignerUnavailable."""
        return await asyncio.to_thread(
            self._signer.sign, nonce=nonce, to=self.address, calldata=b"", gas_limit=gas_limit, fees=fees
        )

    async def broadcast(self, signed_bytes: bytes) -> str | None:
        """Send stored bytes. Returns what the node objected, if it did: known or mined already, as a
        rule, which the next look at the chain shows."""
        try:
            await self._rpc.send(signed_bytes)
        except ChainRefused as error:
            return error.detail
        return None

    async def known(self, hashes: Sequence[Hash32]) -> list[bool]:
        """Whether the node has each transaction, in its pool or in a block."""
        found = await self._rpc.batch([("eth_getTransactionByHash", [hex_of(each)]) for each in hashes])
        return [transaction is not None for transaction in found]

    async def revert_of(self, number: int, groups: Sequence[BatchGroup], root: Hash32, block_number: int) -> str | None:
        """Why the batch would revert on top of a block, in words; None where it would not."""
        request = {
            "from": hex_of(self.address),
            "to": hex_of(self._program.contracts.rules.address),
            "data": hex_of(self._calldata(number, groups, root)),
            "gas": hex(gas_of(groups)),
        }
        try:
            await self._rpc.call("eth_call", request, tag_of(block_number))
        except ChainRefused as error:
            return self._explained(error)
        return None

    async def refusal_of(self, number: int, block_number: int) -> str | None:
        """Why no batch with this number can be awarded on top of a block, whatever is in it; None where one can be."""
        block, paused_until = await self._rpc.batch(
            [
                ("eth_getBlockByNumber", [tag_of(block_number), False]),
                _view(self._program.contracts.token.address, self._token.calldata("pausedUntil"), tag_of(block_number)),
            ]
        )
        if block is None or _number(paused_until) > int(block["timestamp"], 16):
            return "the token is paused"
        request = {
            "from": hex_of(self.address),
            "to": hex_of(self._program.contracts.rules.address),
            "data": hex_of(self._rules.calldata("award", number, [], bytes(32))),
        }
        try:
            await self._rpc.call("eth_call", request, tag_of(block_number))
        except ChainRefused as error:
            # What an empty batch reverts with, once role and number are in order.
            if _revert_data(error)[:4] == self._rules.error_selector("BatchSize"):
                return None
            return self._explained(error)
        return "the node accepts an empty batch"

    async def failure_of(self, transaction_hash: Hash32) -> str | None:
        """Why a mined transaction did not do its work, in words; None where it is not mined or did not fail."""
        mined = await self._rpc.transaction_receipt(transaction_hash)
        transaction = await self._rpc.transaction(transaction_hash)
        if mined is None or transaction is None or int(mined["status"], 16) == 1:
            return None
        request = {
            "from": hex_of(self.address),
            "to": transaction["to"],
            "data": transaction["input"],
            "gas": transaction["gas"],
        }
        try:
            # On top of its own block: what went before it in there, another batch as a rule, is part of the reason.
            await self._rpc.call("eth_call", request, mined["blockNumber"])
        except ChainRefused as error:
            return self._explained(error)
        return f"used {int(mined['gasUsed'], 16)} of {int(transaction['gas'], 16)} gas"

    async def is_mined(self, transaction_hash: Hash32) -> bool:
        return await self._rpc.transaction_receipt(transaction_hash) is not None

    async def user_of(self, nonce: int, *, above: int, up_to: int) -> Hash32 | None:
        """The mined transaction that used a nonce, in the blocks above one number and up to another; None where the
        node does not remember that far."""
        try:
            while up_to - above > 1:
                middle = (above + up_to) // 2
                count = _number(await self._rpc.call("eth_getTransactionCount", hex_of(self.address), tag_of(middle)))
                above, up_to = (above, middle) if count > nonce else (middle, up_to)
            block = await self._rpc.call("eth_getBlockByNumber", tag_of(up_to), True)
        except ChainRefused:
            return None
        for transaction in (block or {}).get("transactions", []):
            is_issuers = transaction["from"].lower() == hex_of(self.address)
            if is_issuers and int(transaction["nonce"], 16) == nonce:
                return hash_from_hex(transaction["hash"])
        return None

    def _calldata(self, number: int, groups: Sequence[BatchGroup], root: Hash32) -> bytes:
        return self._rules.calldata("award", number, groups_tuple(groups), root)

    def _explained(self, error: ChainRefused) -> str:
        if data := _revert_data(error):
            return (self._token if data[:4] in self._token.errors else self._rules).explain(data)
        return error.detail


def gas_of(groups: Sequence[BatchGroup]) -> int:
    """The gas limit of a batch with these groups."""
    return gas_limit(sum(len(group.entries) for group in groups), len(groups))


def _revert_data(error: ChainRefused) -> bytes:
    return bytes.fromhex(error.data.removeprefix("0x")) if error.data else b""


def _number(answer: Any) -> int:
    try:
        return int(answer, 16)
    except (TypeError, ValueError) as error:
        raise ChainUnavailable("the node gave no number where the program's contracts are") from error


def _view(contract: Address, calldata: bytes, block: str = "latest") -> tuple[str, list[Any]]:
    return "eth_call", [{"to": hex_of(contract), "data": hex_of(calldata)}, block]
