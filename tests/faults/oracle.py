"""What must be true once all is done, found out from the chain by means of its own (web3, the contracts' ABIs)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain as joined
from pathlib import Path
from typing import Any

from web3 import Web3

import tokenpoints.chain
from tests.faults.databases import Database
from tests.faults.node import Node
from tests.faults.shop import Receipt
from tests.faults.world import World, is_stored
from tokenpoints.domain.programs import Program
from tokenpoints.storage.tables import DERIVED

_ENTRY_BYTES = 26
CHAIN_TABLES = sorted(table.name for table in DERIVED)
"""What can be rebuilt from block 0."""


@dataclass
class Findings:
    """What is not as it must be."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def are_none(self) -> bool:
        return not (self.lost or self.doubled or self.differences)


@dataclass(frozen=True)
class Entry:
    """One entry of a batch on the chain."""

    batch: int
    position: int
    account: bytes
    units: int
    points: int
    """Minted; 0 where it was refused."""


async def judge(world: World, rebuilt: Database) -> Findings:
    """Compare what was accepted, what is on the chain, and what the database says. Nothing may happen meanwhile."""
    found = Findings()
    program = world.base.program
    entries = await entries_on_chain(world.node, program)
    dead: dict[str, str] = dict(world.database.rows(_DEAD))
    compare_awards(found, world.shop.receipts, world.shop.accounts, entries, dead)
    found.differences += world.shop.complaints
    await _compare_sums(found, world, program, entries)
    await _compare_nonces(found, world)
    found.differences += [f"sent before it was stored: {raw[:40]}" for raw in world.not_stored]
    found.differences += [
        f"sent and not stored: {raw.hex()[:40]}" for raw in world.unchecked if not is_stored(world.database, raw)
    ]
    found.differences += row_differences(world.database, rebuilt)
    return found


def compare_awards(
    found: Findings,
    receipts: list[Receipt],
    accounts: Mapping[str, bytes],
    entries: list[Entry],
    dead: Mapping[str, str],
) -> None:
    """Every accepted receipt is on the chain once, or dead with a reason; and nothing else is on the chain."""
    counts = Counter((entry.account, entry.units) for entry in entries if entry.points)
    minted = {(entry.account, entry.units): entry.points for entry in entries}
    for receipt in receipts:
        key = (accounts[receipt.customer], receipt.amount)
        count = counts.pop(key, 0)
        if count > 1:
            found.doubled.append(f"{receipt.reference} is minted {count} times")
        if receipt.award is None:
            found.differences.append(f"{receipt.reference} was never accepted")
        elif receipt.reference in dead:
            if count or not dead[receipt.reference]:
                found.differences.append(f"{receipt.reference} is dead and minted, or dead without a reason")
        elif count == 0:
            found.lost.append(f"{receipt.reference} is accepted and not minted")
        elif minted[key] != receipt.points:
            found.differences.append(f"{receipt.reference} minted {minted[key]}, promised were {receipt.points}")
    for (account, units), count in counts.items():
        found.doubled += [f"a mint without an award: {account.hex()}, {units} units"] * count


_DEAD = """
SELECT receipts.reference, dead_letters.reason FROM dead_letters
JOIN awards ON awards.seq = award_seq JOIN receipts ON receipts.seq = awards.receipt_seq
"""


async def entries_on_chain(node: Node, program: Program) -> list[Entry]:
    """The entries of every batch, decoded from the transactions that awarded them and from their logs."""
    rules = _contract("EarningRules", program.contracts.rules.address)
    token = _contract("PointsToken", program.contracts.token.address)
    addresses = [rules.address, token.address]
    logs = await node.call("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": addresses})
    batches: dict[str, int] = {}
    refused: set[tuple[int, int]] = set()
    mints: dict[str, list[int]] = {}
    for log in map(_as_web3, logs):
        transaction = log["transactionHash"].hex()
        topic = log["topics"][0]
        if topic == _topic(rules.events.BatchAwarded()):
            batches[transaction] = rules.events.BatchAwarded().process_log(log)["args"]["batchNumber"]
        elif topic == _topic(rules.events.AwardRefused()):
            args = rules.events.AwardRefused().process_log(log)["args"]
            refused.add((args["batchNumber"], args["position"]))
        elif topic == _topic(token.events.Transfer()):
            args = token.events.Transfer().process_log(log)["args"]
            if int(args["from"], 16) == 0:
                mints.setdefault(transaction, []).append(args["value"])
    found = []
    sent = await node.calls([("eth_getTransactionByHash", [f"0x{each.removeprefix('0x')}"]) for each in batches])
    for (transaction, number), raw in zip(batches.items(), sent, strict=True):
        _, values = rules.decode_function_input(raw["input"])
        packed = b"".join(joined.from_iterable([group["entries"]] for group in values["groups"]))
        minted = iter(mints.get(transaction, []))
        for position in range(len(packed) // _ENTRY_BYTES):
            entry = packed[position * _ENTRY_BYTES : (position + 1) * _ENTRY_BYTES]
            points = 0 if (number, position) in refused else next(minted)
            found.append(Entry(number, position, entry[:20], int.from_bytes(entry[20:], "big"), points))
        assert next(minted, None) is None, "more mints than entries"
    return found


def row_differences(ours: Database, rebuilt: Database) -> list[str]:
    """Rows of the chain's half that are in one of the two only."""
    found = []
    for table in CHAIN_TABLES:
        query = f"SELECT * FROM {table}"
        mine, theirs = set(map(repr, ours.rows(query))), set(map(repr, rebuilt.rows(query)))
        found += [f"{table}: only in the index: {row}" for row in sorted(mine - theirs)]
        found += [f"{table}: only when rebuilt: {row}" for row in sorted(theirs - mine)]
    return found


async def _compare_sums(found: Findings, world: World, program: Program, entries: list[Entry]) -> None:
    """Σ balances = supply = Σ mints - Σ burns - expired, on the chain and in the database."""
    token = _contract("PointsToken", program.contracts.token.address)
    head = await world.node.call("eth_getBlockByNumber", "latest", False)

    def view(function: str, *arguments: object) -> tuple[str, list[object]]:
        data = token.encode_abi(function, args=list(arguments))
        return "eth_call", [{"to": token.address, "data": data}, head["number"]]

    accounts = list(world.shop.accounts.values())
    answers = await world.node.calls(
        [view("totalSupply"), *(view("balanceOf", Web3.to_checksum_address(each)) for each in accounts)]
    )
    supply, *balances = (int(answer, 16) for answer in answers)
    minted = sum(entry.points for entry in entries)
    ((expired,),) = world.database.rows("SELECT coalesce(sum(-amount), 0) FROM entries WHERE type = 'expiry'")
    # Nothing is burned here.
    if not supply == sum(balances) == minted - expired:
        found.differences.append(
            f"the supply is {supply}, balances {sum(balances)}, mints {minted}, of which {expired} expired"
        )
    stored: dict[bytes, int] = dict(world.database.rows(_BALANCES))
    for account, balance in zip(accounts, balances, strict=True):
        if stored.get(account, 0) != balance:
            found.differences.append(f"{account.hex()} has {balance}, the database says {stored.get(account, 0)}")


_BALANCES = """
SELECT account, balance_after FROM entries WHERE NOT EXISTS (
  SELECT 1 FROM entries AS later WHERE later.account = entries.account AND (
    later.block_number > entries.block_number
    OR later.block_number = entries.block_number AND later.log_index > entries.log_index))
"""


async def _compare_nonces(found: Findings, world: World) -> None:
    """Every nonce up to the chain's was used by something that was stored, or that the harness sent."""
    count = await world.node.nonce()
    known = {bytes(each) for (each,) in world.database.rows("SELECT transaction_hash FROM submissions")}
    known |= world.node.foreign
    # Of blocks, and not by their hashes: what a node says of one can be of a block that was undone.
    mined = [each for each in await world.node.own_transactions() if bytes.fromhex(each["hash"][2:]) in known]
    used = Counter(int(each["nonce"], 16) for each in mined)
    for nonce in range(count):
        if used[nonce] != 1:
            found.differences.append(f"nonce {nonce} was used by {used[nonce]} known transactions")


@cache
def _contract(name: str, address: bytes) -> Any:
    path = Path(tokenpoints.chain.__file__).parent / "artifacts" / f"{name}.json"
    return Web3().eth.contract(address=Web3.to_checksum_address(address), abi=json.loads(path.read_text())["abi"])


@cache
def _topic(event: Any) -> bytes:
    return bytes(event.topic) if isinstance(event.topic, bytes) else bytes.fromhex(str(event.topic).removeprefix("0x"))


def _as_web3(log: dict[str, Any]) -> Any:
    from hexbytes import HexBytes
    from web3.datastructures import AttributeDict

    numbers = {name: int(log[name], 16) for name in ("blockNumber", "logIndex", "transactionIndex")}
    bytes_ = {name: HexBytes(log[name]) for name in ("blockHash", "transactionHash", "data")}
    return AttributeDict({**log, **numbers, **bytes_, "topics": [HexBytes(topic) for topic in log["topics"]]})
