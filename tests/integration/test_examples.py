"""What partners are shown: a contract that is paid in points, one that asks for a voucher, programs that call both."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account

from tests.integration.conftest import World
from tests.integration.operating import REWARDS, TOKEN, Brand, reward
from tests.support.solidity import compiled
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.batches import BatchEntry, BatchGroup, groups_tuple, receipts_root
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hex_of

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PRICE = 30


class Place:
    """The demo program, with a shop and a gate of a partner's."""

    def __init__(self, world: World) -> None:
        self.world, self.brand = world, Brand(world)
        self.buyer = Account.create()
        self.account = address_from_hex(self.buyer.address)
        self.shop = self.gate = Address(bytes(20))
        self.merchant = ""

    async def open(self) -> None:
        rpc, contracts = self.world.chain.rpc, self.world.program.contracts
        (*_, self.merchant) = await rpc.call("eth_accounts")
        await self.brand.operator.step()
        await self.brand.done(await self.brand.ask("POST", "rewards", reward(price_min="100")))
        merchant = address_from_hex(self.merchant)
        self.shop = await self.deploy("PointsShop", encode(["address", "address"], [contracts.token.address, merchant]))
        self.gate = await self.deploy("VoucherGate", encode(["address", "uint32"], [contracts.vouchers.address, 1]))
        # The program's points go to partners only.
        await self.brand.done(await self.brand.ask("PUT", f"partners/{hex_of(self.shop)}"))
        await self.give(200)
        await self.send(hex_of(self.account), contracts.rewards.address, REWARDS.calldata("redeem", 1, 1, 100))

    async def deploy(self, name: str, arguments: bytes) -> Address:
        mined = await self.send(self.merchant, None, compiled(name).bytecode + arguments)
        return address_from_hex(mined["contractAddress"])

    async def give(self, points: int) -> None:
        """An award of points to the buyer's own key."""
        block = await self.world.chain.rpc.block("latest")
        assert block is not None
        batch = [BatchEntry(self.account, points * 100, Hash32(bytes(32)))]
        groups = groups_tuple([BatchGroup(1, 1, block.timestamp, block.timestamp, batch)])
        calldata = interface("EarningRules").calldata("award", 1, groups, receipts_root(batch))
        mined = await self.world.send("issuer", self.world.program.contracts.rules.address, calldata)
        assert mined["status"] == "0x1"
        await self.world.chain.set_balance(self.account, 10**18)
        await self.world.chain.rpc.call("anvil_impersonateAccount", hex_of(self.account))

    async def order(self, name: str) -> str:
        """An order that is open. Its id."""
        order = keccak(name.encode())
        calldata = keccak(b"open(bytes32,uint64)")[:4] + encode(["bytes32", "uint64"], [order, PRICE])
        await self.send(self.merchant, self.shop, calldata)
        return hex_of(order)

    async def send(self, sender: str, to: Address | None, data: bytes) -> dict[str, Any]:
        rpc = self.world.chain.rpc
        request = {"from": sender, "data": hex_of(data), "gas": hex(5_000_000)}
        sent = await rpc.call("eth_sendTransaction", request if to is None else request | {"to": hex_of(to)})
        async with asyncio.timeout(20):
            while (mined := await rpc.call("eth_getTransactionReceipt", sent)) is None:  # noqa: ASYNC110 a node has no event
                await asyncio.sleep(0.01)
        assert mined["status"] == "0x1", mined
        found: dict[str, Any] = mined
        return found

    async def run(self, command: list[str], order: str, *, points: int = PRICE) -> tuple[int, str]:
        """A program of a partner's. Its status, and what it says."""
        contracts = self.world.program.contracts
        given = {
            "RPC_URL": self.world.chain.rpc.url,
            "PRIVATE_KEY": "0x" + self.buyer.key.hex().removeprefix("0x"),
            "TOKEN": hex_of(contracts.token.address),
            "SHOP": hex_of(self.shop),
            "ORDER": order,
            "POINTS": str(points),
            "VOUCHERS": hex_of(contracts.vouchers.address),
            "GATE": hex_of(self.gate),
            "VOUCHER": "1",
            "VISIT": hex_of(keccak(order.encode())),
        }
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **given},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
        )
        said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def points_of(self, account: Address) -> int:
        found: int = await self.brand.read(TOKEN, "balanceOf", account)
        return found


@pytest.fixture
def compiled_script() -> Any:
    """The TypeScript, checked and compiled where it finds its libraries."""
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        yield Path(folder)


async def check(place: Place, command: list[str]) -> None:
    order = await place.order("order 7")
    status, said = await place.run(command, order, points=PRICE + 1)
    assert status != 0 and await place.points_of(place.shop) == 0, said
    status, said = await place.run(command, order)
    assert status == 0, said
    assert re.fullmatch(r"paid 0x[0-9a-f]{64}\nentered 0x[0-9a-f]{64}\n", said), said
    assert await place.points_of(place.shop) == PRICE
    assert await place.points_of(place.account) == 200 - 100 - PRICE
    used = await place.world.chain.rpc.call(
        "eth_getLogs",
        {
            "fromBlock": "0x0",
            "address": hex_of(place.world.program.contracts.vouchers.address),
            "topics": [hex_of(interface("Vouchers").topic("VoucherUsed"))],
        },
    )
    assert [int(log["topics"][1], 16) for log in used] == [1]
    # The voucher is gone, and nobody is let in for nothing.
    status, said = await place.run(command, await place.order("order 8"))
    assert status != 0 and re.search("^entered", said, re.MULTILINE) is None


@pytest.mark.asyncio
async def test_the_python_program_pays_and_enters(world: World) -> None:
    place = Place(world)
    await place.open()
    await check(place, [sys.executable, str(EXAMPLES / "pay_and_enter.py")])


@pytest.mark.slow
@pytest.mark.asyncio
async def test_the_typescript_program_pays_and_enters(world: World, compiled_script: Path) -> None:
    compiler = await asyncio.create_subprocess_exec(
        str(ROOT / "node_modules" / ".bin" / "tsc"),
        *("--project", str(EXAMPLES), "--outDir", str(compiled_script)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await compiler.communicate()
    assert compiler.returncode == 0, said.decode()
    place = Place(world)
    await place.open()
    await check(place, ["node", str(compiled_script / "pay-and-enter.mjs")])


def test_the_documented_code_is_that_of_the_files() -> None:
    text = (ROOT / "docs" / "partners.md").read_text()
    shown = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)```\n", text, re.DOTALL))
    assert set(shown) == {
        "contracts/examples/PointsShop.sol",
        "contracts/examples/VoucherGate.sol",
        "examples/pay_and_enter.py",
        "examples/pay-and-enter.mts",
    }
    for path, part in shown.items():
        assert part.strip() and part in (ROOT / path).read_text(), path
