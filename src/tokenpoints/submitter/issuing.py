"""The issuer's side of the chain: its nonce, its batches, its fees."""

from __future__ import annotations

from dataclasses import dataclass

from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.chain.signers import SignedTransaction, Signer
from tokenpoints.domain.batches import BatchEntry, gas_limit, pack_entries
from tokenpoints.domain.fees import suggest
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Hash32, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable


@dataclass(frozen=True, slots=True)
class IssuerState:
    """What the chain says of the issuer."""

    nonce: int
    batch_count: int
    """The number of its last batch."""


class Issuing:
    """One issuer key of one program."""

    def __init__(self, rpc: RpcClient, signer: Signer, program: Program) -> None:
        self._rpc, self._signer, self._program = rpc, signer, program
        self._rules = interface("EarningRules")

    async def state(self) -> IssuerState:
        """The nonce is read first: a batch mined between the two reads then counts as mined, and
        never as a nonce that something else has used."""
        nonce = await self._rpc.transaction_count(self._signer.address)
        calldata = self._rules.calldata("batchCount", self._signer.address)
        answer = await self._rpc.read(self._program.contracts.rules.address, calldata)
        (batch_count,) = self._rules.decode_output("batchCount", answer)
        return IssuerState(nonce, batch_count)

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
        rule_id: int,
        entries: list[BatchEntry],
        root: Hash32,
        nonce: int,
        fees_wei: tuple[int, int],
    ) -> SignedTransaction:
        """The batch as a signed transaction."""
        calldata = self._rules.calldata("award", number, rule_id, pack_entries(entries), root)
        return self._signer.sign(
            nonce=nonce,
            to=self._program.contracts.rules.address,
            calldata=calldata,
            gas_limit=gas_limit(len(entries)),
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
                return self._rules.explain(bytes.fromhex(error.data.removeprefix("0x")))
            return error.detail
        return f"used {int(mined['gasUsed'], 16)} of {int(transaction['gas'], 16)} gas"
