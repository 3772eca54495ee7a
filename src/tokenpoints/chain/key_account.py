"""One key's account on the chain: its nonces, and what was sent with them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from tokenpoints.chain.reverts import explained
from tokenpoints.chain.rpc import RpcClient, tag_of
from tokenpoints.chain.signers import SignedTransaction, Signer
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.types import Address, Hash32, hash_from_hex, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable


class KeyAccount:
    """A key, and the node that it uses."""

    def __init__(self, rpc: RpcClient, signer: Signer) -> None:
        self._rpc, self._signer = rpc, signer

    @property
    def address(self) -> Address:
        """The key's."""
        return self._signer.address

    async def sign(self, *, nonce: int, to: Address, calldata: bytes, gas_limit: int, fees: Fees) -> SignedTransaction:
        """A call as a signed transaction. Raises SignerError and SignerUnavailable."""
        return await asyncio.to_thread(
            self._signer.sign, nonce=nonce, to=to, calldata=calldata, gas_limit=gas_limit, fees=fees
        )

    async def sign_cancel(self, *, nonce: int, gas_limit: int, fees: Fees) -> SignedTransaction:
        """A transfer of nothing to itself, which takes the nonce. Raises SignerError and SignerUnavailable."""
        return await self.sign(nonce=nonce, to=self.address, calldata=b"", gas_limit=gas_limit, fees=fees)

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
            return explained(error)
        return f"used {int(mined['gasUsed'], 16)} of {int(transaction['gas'], 16)} gas"

    async def receipts(self, hashes: Sequence[Hash32]) -> list[dict[str, Any] | None]:
        """The node's own JSON of each that is mined."""
        return await self._rpc.batch([("eth_getTransactionReceipt", [hex_of(each)]) for each in hashes])

    async def user_of(self, nonce: int, *, above: int, up_to: int) -> Hash32 | None:
        """The mined transaction that used a nonce, in the blocks above one number and up to another; None where the
        node does not remember that far."""
        try:
            while up_to - above > 1:
                middle = (above + up_to) // 2
                count = number_in(await self._rpc.call("eth_getTransactionCount", hex_of(self.address), tag_of(middle)))
                above, up_to = (above, middle) if count > nonce else (middle, up_to)
            block = await self._rpc.call("eth_getBlockByNumber", tag_of(up_to), True)
        except ChainRefused:
            return None
        for transaction in (block or {}).get("transactions", []):
            is_keys = transaction["from"].lower() == hex_of(self.address)
            if is_keys and int(transaction["nonce"], 16) == nonce:
                return hash_from_hex(transaction["hash"])
        return None


def number_in(answer: Any) -> int:
    """A number as the node writes it. Raises ChainUnavailable."""
    try:
        return int(answer, 16)
    except (TypeError, ValueError) as error:
        raise ChainUnavailable("the node gave no number where the program's contracts are") from error


def view(contract: Address, calldata: bytes, block: str = "latest") -> tuple[str, list[Any]]:
    """A read, as a call of a batch."""
    return "eth_call", [{"to": hex_of(contract), "data": hex_of(calldata)}, block]
