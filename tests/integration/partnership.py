"""Two programs on a real node that deal with each other, and a settlement token."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
from eth_abi.abi import encode

from tests.integration.conftest import World
from tests.integration.operating import DAY, Brand
from tests.integration.test_operations import SECOND
from tests.support.solidity import compiled
from tokenpoints import bootstrap
from tokenpoints.chain.changes import agreement_to_tuple, calls_of
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.batches import BatchEntry, BatchGroup, groups_tuple, receipts_root
from tokenpoints.domain.changes import Change, SignAgreement, TerminateAgreement
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.programs import Program
from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hash_from_hex, hex_of

EXCHANGE = interface("PartnerExchange")
BENEFICIARY = Address(b"\xbe" * 20)


@dataclass
class Partnership:
    """Our program, `demo`, and the partner's, `second`."""

    brand: Brand
    partner: Program
    money: Address
    sender: str
    """An account of the node's own."""

    @property
    def world(self) -> World:
        return self.brand.world

    @property
    def ours(self) -> Address:
        return self.world.program.contracts.exchange.address

    @property
    def theirs(self) -> Address:
        return self.partner.contracts.exchange.address

    def terms(self, **changes: Any) -> dict[str, Any]:
        """3 of ours become 2 of theirs, and we pay 5 for them. 1000 of theirs a day."""
        terms = {
            "source": hex_of(self.ours),
            "source_points": "3",
            "target": hex_of(self.theirs),
            "target_points": "2",
            "quota": "1000",
            "quota_window_seconds": DAY,
            "opens_at": "2026-01-01T00:00:00Z",
            "settlement": "5",
            "settlement_token": hex_of(self.money),
            "beneficiary": hex_of(BENEFICIARY),
            "terms_hash": "0x" + "11" * 32,
        }
        return {name: value for name, value in (terms | changes).items() if value is not None}

    def back(self, **changes: Any) -> dict[str, Any]:
        """1 of theirs becomes 1 of ours, and nothing is paid."""
        free = dict.fromkeys(("settlement", "settlement_token", "beneficiary"))
        rate = {"source_points": "1", "target_points": "1"}
        sides = {"source": hex_of(self.theirs), "target": hex_of(self.ours)}
        return self.terms(**free | rate | sides | changes)

    async def sign_there(self, terms: dict[str, Any]) -> str:
        """The partner signs first."""
        change = SignAgreement.model_validate_json(orjson.dumps(terms))
        await self.do_there(change)
        answer = await self.world.chain.rpc.read(self.theirs, EXCHANGE.calldata("idOf", agreement_to_tuple(change)))
        return hex_of(answer)

    async def do_there(self, change: Change) -> None:
        (call,) = calls_of(self.partner.contracts, change)
        mined = await self.world.send("owner", call.to, call.calldata)
        assert mined["status"] == "0x1"

    async def agree(self, terms: dict[str, Any]) -> str:
        """Both sides sign. The agreement's id."""
        agreement = await self.sign_there(terms)
        body = {"counterpart": hex_of(self.theirs)}
        await self.brand.done(await self.brand.ask("POST", f"agreements/{agreement}/accept", body))
        await self.world.index()
        return agreement

    async def terminate_there(self, agreement: str) -> None:
        await self.do_there(TerminateAgreement(agreement=hash_from_hex(agreement)))
        await self.world.index()

    async def fund(self, account: Address, amount: int) -> None:
        """Settlement tokens for somebody."""
        await self.call(
            self.money, _selector("mint(address,uint256)") + encode(["address", "uint256"], [account, amount])
        )

    async def convert(self, account: Address, terms: dict[str, Any], points: int, to: Address) -> dict[str, Any]:
        """As the holder of the account does."""
        change = SignAgreement.model_validate_json(orjson.dumps(terms))
        calldata = EXCHANGE.calldata("convert", agreement_to_tuple(change), points, to)
        return await self.call(change.source, calldata, as_if=account)

    async def call(self, to: Address | None, data: bytes, *, as_if: Address | None = None) -> dict[str, Any]:
        """A transaction of anybody's, which succeeds. Its receipt."""
        rpc = self.world.chain.rpc
        sender = self.sender if as_if is None else hex_of(as_if)
        if as_if is not None:
            await rpc.call("anvil_impersonateAccount", sender)
            await self.world.chain.set_balance(as_if, 10**18)
        request = {"from": sender, "data": hex_of(data), "gas": hex(5_000_000)}
        if to is not None:
            request["to"] = hex_of(to)
        sent = await rpc.call("eth_sendTransaction", request)
        async with asyncio.timeout(20):
            while (mined := await rpc.call("eth_getTransactionReceipt", sent)) is None:  # noqa: ASYNC110 a node has no event
                await asyncio.sleep(0.01)
        assert mined["status"] == "0x1", mined
        found: dict[str, Any] = mined
        return found

    async def members_with_points(self, **points: int) -> dict[str, Address]:
        """Members of ours who bought for so many points each."""
        accounts = await self.world.enrol(*points)
        for name, amount in points.items():
            await self.world.buy(name, amount * 100, f"for-{name}")
        await self.world.settle()
        return accounts

    async def award_there(self, account: Address, points: int) -> None:
        """The partner's first batch."""
        block = await self.world.chain.rpc.block("latest")
        assert block is not None
        batch = [BatchEntry(account, points * 100, Hash32(bytes(32)))]
        groups = groups_tuple([BatchGroup(1, 1, block.timestamp, block.timestamp, batch)])
        calldata = interface("EarningRules").calldata("award", 1, groups, receipts_root(batch))
        mined = await self.world.send("issuer-2", self.partner.contracts.rules.address, calldata)
        assert mined["status"] == "0x1"

    async def deposit_there(self, agreement: str, amount: int) -> None:
        """Anybody tops the partner's escrow up."""
        await self.fund(address_from_hex(self.sender), amount)
        approve = _selector("approve(address,uint256)") + encode(["address", "uint256"], [self.theirs, amount])
        await self.call(self.money, approve)
        await self.call(self.theirs, EXCHANGE.calldata("deposit", hash_from_hex(agreement), amount))

    async def kept(self, agreement: str) -> tuple[int, int, int]:
        """What the source's contract has now: points burned, escrow, owed to the beneficiary."""
        named = hash_from_hex(agreement)
        rpc, exchange = self.world.chain.rpc, self.ours
        burned, escrow, owed = [
            int.from_bytes(await rpc.read(exchange, EXCHANGE.calldata(view, *arguments)), "big")
            for view, arguments in (
                ("burnedUnder", (named,)),
                ("escrowOf", (named,)),
                ("owedTo", (self.money, BENEFICIARY)),
            )
        ]
        return burned, escrow, owed

    async def get(self, path: str, *, expect: int = 200, program: str = "demo", **query: Any) -> Any:
        """The gateway's answer."""
        answer = await self.world.http.get(f"/v1/programs/{program}/{path}", params=query)
        assert answer.status_code == expect, answer.text
        return answer.json()


async def partnership_in(world: World, *, served: bool = True) -> Partnership:
    """With the partner's program served by the same gateway and indexer, or by none of ours."""
    rpc = world.chain.rpc
    (*_, sender) = await rpc.call("eth_accounts")
    issuer = bootstrap.signer(world.settings, "issuer-2").address
    partner = await bootstrap.deploy(world.settings, ProgramSpec.model_validate(SECOND), keys={"issuer": issuer})
    if served:
        world.deployment = bootstrap.deployment(world.settings)
        world.restart()
        await world.index()
    brand = Brand(world)
    await brand.operator.step()
    made = Partnership(brand, partner, Address(bytes(20)), sender)
    mined = await made.call(None, compiled("Money").bytecode)
    made.money = address_from_hex(mined["contractAddress"])
    return made


def _selector(signature: str) -> bytes:
    return keccak(signature.encode())[:4]
