"""The issuer's side of the chain: its nonce, its batches, its fees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.chain.signers import SignedTransaction, Signer
from tokenpoints.domain.batches import BatchGroup, gas_limit, groups_tuple
from tokenpoints.domain.fees import suggest
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable


@dataclass(frozen=True, slots=True)
class IssuerState:
    """What the chain says of the issuer, and of what its batches depend on."""

    nonce: int
    batch_count: int
    """The number of its last batch."""
    timestamp: int
    """Of the latest block."""
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

    async def state(self) -> IssuerState:
        """The nonce is read first: a batch mined between the two reads then counts as mined, and
        never as a nonce that something else has used."""
        nonce = await self._rpc.transaction_count(self._signer.address)
        contracts, rule_ids = self._program.contracts, [rule.id for rule in self._program.rules]
        block, *answers = await self._rpc.batch(
            [
                ("eth_getBlockByNumber", ["latest", False]),
                _view(contracts.rules.address, self._rules.calldata("batchCount", self._signer.address)),
                _view(contracts.token.address, self._token.calldata("pausedUntil")),
                _view(contracts.rules.address, self._rules.calldata("endAnnouncedAt")),
                *(_view(contracts.rules.address, self._rules.calldata("versionCount", id)) for id in rule_ids),
            ]
        )
        if block is None:
            raise ChainUnavailable("the node has no block")
        try:
            batch_count, paused_until, end_announced_at, *version_counts = [int(answer, 16) for answer in answers]
        except ValueError as error:
            raise ChainUnavailable("the node gave no number where the program's contracts are") from error
        return IssuerState(
            nonce=nonce,
            batch_count=batch_count,
            timestamp=int(block["timestamp"], 16),
            paused_until=paused_until,
            end_announced_at=end_announced_at or None,
            version_counts=dict(zip(rule_ids, version_counts, strict=True)),
        )

    async def fees_in_wei(self) -> tuple[int, int]:
        """The base fee of the latest block and the priority fee that the node proposes."""
        block = await self._rpc.block("latest")
        if block is None:
            raise ChainUnavailable("the node has no block")
        return block.base_fee_wei, int(await self._rpc.call("eth_maxPriorityFeePerGas"), 16)

    def sign(
        self,
        *,
        number: int,
        groups: list[BatchGroup],
        root: Hash32,
        nonce: int,
        fees_wei: tuple[int, int],
    ) -> SignedTransaction:
        """The batch as a signed transaction."""
        calldata = self._rules.calldata("award", number, groups_tuple(groups), root)
        return self._signer.sign(
            nonce=nonce,
            to=self._program.contracts.rules.address,
            calldata=calldata,
            gas_limit=gas_limit(sum(len(group.entries) for group in groups), len(groups)),
            fees=suggest(*fees_wei),
        )

    async def broadcast(self, signed_bytes: bytes) -> str | None:
        """Send stored bytes. Returns what the node objected, if it did: known or mined already, as a
        rule, which the next look at the chain shows."""
        try:
            await self._rpc.send(signed_bytes)
        except ChainRefused as error:
            return error.detail
        return None

    async def failure_of(self, transaction_hash: Hash32) -> str:
        """Why a batch's transaction did not do its work, in words."""
        mined = await self._rpc.transaction_receipt(transaction_hash)
        if mined is None:
            return "its nonce was used by another transaction"
        transaction = await self._rpc.transaction(transaction_hash)
        if transaction is None:
            return "reverted"
        request = {
            "from": hex_of(self._signer.address),
            "to": transaction["to"],
            "data": transaction["input"],
            "gas": transaction["gas"],
        }
        try:
            await self._rpc.call("eth_call", request, hex(int(mined["blockNumber"], 16) - 1))
        except ChainRefused as error:
            if error.data:
                data = bytes.fromhex(error.data.removeprefix("0x"))
                return (self._token if data[:4] in self._token.errors else self._rules).explain(data)
            return error.detail
        return f"used {int(mined['gasUsed'], 16)} of {int(transaction['gas'], 16)} gas"


def _view(contract: Address, calldata: bytes) -> tuple[str, list[Any]]:
    return "eth_call", [{"to": hex_of(contract), "data": hex_of(calldata)}, "latest"]
