"""The issuer's side of the chain: its nonce, its batches, its fees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.key_account import KeyAccount, number_in, view
from tokenpoints.chain.reverts import explained, revert_data
from tokenpoints.chain.rpc import Call, RpcClient, tag_of
from tokenpoints.chain.signers import SignedTransaction, Signer
from tokenpoints.domain.batches import BatchGroup, gas_limit, groups_tuple
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Hash32, hex_of
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


class TornLook(Exception):
    """What the node said is of two states of the chain. Some nodes answer like this while they mine, others because
    there are several behind one address."""


class Issuing(KeyAccount):
    """One issuer key of one program."""

    def __init__(self, rpc: RpcClient, signer: Signer, program: Program) -> None:
        super().__init__(rpc, signer)
        self._program = program
        self._rules, self._token = interface("EarningRules"), interface("PointsToken")

    async def state(self) -> IssuerState:
        """The nonce is read first: a batch mined between the two reads then counts as mined, and
        never as a nonce that something else has used. The block is read last: it then has every batch that counts."""
        nonce = await self._rpc.transaction_count(self.address)
        contracts, rule_ids = self._program.contracts, [rule.id for rule in self._program.rules]
        priority_fee, balance, *answers = await self._rpc.batch(
            [
                ("eth_maxPriorityFeePerGas", []),
                ("eth_getBalance", [hex_of(self.address), "latest"]),
                view(contracts.rules.address, self._rules.calldata("batchCount", self.address)),
                view(contracts.token.address, self._token.calldata("pausedUntil")),
                view(contracts.rules.address, self._rules.calldata("endAnnouncedAt")),
                *(view(contracts.rules.address, self._rules.calldata("versionCount", id)) for id in rule_ids),
            ]
        )
        block = await self._rpc.call("eth_getBlockByNumber", "latest", False)
        if block is None:
            raise ChainUnavailable("the node has no block")
        batch_count, paused_until, end_announced_at, *version_counts = [number_in(answer) for answer in answers]
        return IssuerState(
            nonce=nonce,
            batch_count=batch_count,
            balance_wei=number_in(balance),
            block_number=int(block["number"], 16),
            timestamp=int(block["timestamp"], 16),
            block_gas_limit=int(block["gasLimit"], 16),
            base_fee_wei=int(block.get("baseFeePerGas", "0x0"), 16),
            priority_fee_wei=number_in(priority_fee),
            paused_until=paused_until,
            end_announced_at=end_announced_at or None,
            version_counts=dict(zip(rule_ids, version_counts, strict=True)),
        )

    async def finalized(self) -> tuple[int, int]:
        """The issuer's nonce and the number of its last batch in the latest finalized block; zeros where the node has
        no such block, or not its state: nothing is known to be final then."""
        try:
            nonce, count = await self._rpc.batch(
                [
                    ("eth_getTransactionCount", [hex_of(self.address), "finalized"]),
                    view(
                        self._program.contracts.rules.address,
                        self._rules.calldata("batchCount", self.address),
                        "finalized",
                    ),
                ]
            )
        except ChainRefused:
            return 0, 0
        # Before the contract was there, there was no batch.
        return number_in(nonce), 0 if count == "0x" else number_in(count)

    async def sign_batch(
        self, *, number: int, groups: Sequence[BatchGroup], root: Hash32, nonce: int, fees: Fees
    ) -> SignedTransaction:
        """The batch as a signed transaction. Raises SignerError and SignerUnavailable."""
        return await self.sign(
            nonce=nonce,
            to=self._program.contracts.rules.address,
            calldata=self._calldata(number, groups, root),
            gas_limit=gas_of(groups),
            fees=fees,
        )

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
            return explained(error)
        return None

    async def refusal_of(self, number: int, block_number: int) -> str | None:
        """Why no batch with this number can be awarded on top of a block, whatever is in it; None where one can be.

        Raises TornLook where the block has other batches before it than were counted.
        """
        block, paused_until = await self._rpc.batch(
            [
                ("eth_getBlockByNumber", [tag_of(block_number), False]),
                view(self._program.contracts.token.address, self._token.calldata("pausedUntil"), tag_of(block_number)),
            ]
        )
        if block is None or number_in(paused_until) > int(block["timestamp"], 16):
            return "the token is paused"
        request = {
            "from": hex_of(self.address),
            "to": hex_of(self._program.contracts.rules.address),
            "data": hex_of(self._rules.calldata("award", number, [], bytes(32))),
        }
        try:
            await self._rpc.call("eth_call", request, tag_of(block_number))
        except ChainRefused as error:
            reason = revert_data(error)[:4]
            if reason == self._rules.error_selector("BatchOutOfSequence"):
                raise TornLook(explained(error)) from error
            # What an empty batch reverts with, once role and number are in order.
            return None if reason == self._rules.error_selector("BatchSize") else explained(error)
        return "the node accepts an empty batch"

    async def is_one_awarded(self, hashes: Sequence[Hash32]) -> bool:
        """Whether one of these transactions is mined and did not fail. What a node still tells of a block that another
        has replaced does not count; a block that it does not know yet does."""
        mined = [receipt for receipt in await self.receipts(hashes) if receipt and receipt["status"] == "0x1"]
        asked: list[Call] = [("eth_getBlockByNumber", [receipt["blockNumber"], False]) for receipt in mined]
        blocks = await self._rpc.batch(asked)
        return any(
            block is None or block["hash"] == receipt["blockHash"] for block, receipt in zip(blocks, mined, strict=True)
        )

    def _calldata(self, number: int, groups: Sequence[BatchGroup], root: Hash32) -> bytes:
        return self._rules.calldata("award", number, groups_tuple(groups), root)


def gas_of(groups: Sequence[BatchGroup]) -> int:
    """The gas limit of a batch with these groups."""
    return gas_limit(sum(len(group.entries) for group in groups), len(groups))
