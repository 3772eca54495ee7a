"""Proofs from a real node's state: what the gateway hands out holds, and nothing that was changed does."""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from tests.integration.conftest import World
from tests.support.chain import running_anvil
from tests.support.ports import free_port
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.cli.app import app
from tokenpoints.domain import merkle
from tokenpoints.domain.types import Hash32, hash_from_hex, hex_of
from tokenpoints.errors import ChainRefused, ProofRefused
from tokenpoints.proofs.checking import checked
from tokenpoints.proofs.file import Proof
from tokenpoints.storage.tables import receipts

pytestmark = pytest.mark.asyncio
FILE = Path("proof.json")


async def earned(world: World) -> str:
    """Ann's id, who has four awards, the last of them refused, in batches of several members."""
    await world.enrol("ann", "bob", "cyd")
    for number, (customer, cents) in enumerate([("ann", 12_300), ("bob", 4_500), ("ann", 700), ("cyd", 900)]):
        await world.buy(customer, cents, f"first-{number}")
    await world.settle()
    for number, (customer, cents) in enumerate([("cyd", 4_500), ("ann", 123_400), ("bob", 900)]):
        await world.buy(customer, cents, f"second-{number}")
    await world.settle()
    return await member_id(world, "ann")


async def member_id(world: World, customer_id: str) -> str:
    found = await world.http.get("/v1/programs/demo/members", params={"customer_id": customer_id})
    return str(found.json()["members"][0]["id"])


async def answer(world: World, member: str, *, status: int = 200, **query: Any) -> dict[str, Any]:
    response = await world.http.get(f"/v1/programs/demo/members/{member}/proof", params=query)
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


async def lines_of(proof: dict[str, Any], rpc: RpcClient) -> list[str]:
    return [line async for line in checked(Proof.model_validate_json(orjson.dumps(proof)), rpc)]


async def refusal_of(proof: dict[str, Any], rpc: RpcClient) -> str:
    with pytest.raises(ProofRefused) as refused:
        await lines_of(proof, rpc)
    return str(refused.value)


async def test_a_balance_and_awards_hold_against_the_node(world: World) -> None:
    ann = await earned(world)
    proof = await answer(world, ann, latest=3)
    assert proof["balance"] == "1364" and [award["points"] for award in proof["awards"]] == ["1234", "7", "123"]
    lines = await lines_of(proof, world.chain.rpc)
    assert "that means 1364 points at the block's time" in lines
    assert sum("minted" in line for line in lines) == 3
    assert not any("salt" in repr(award["receipt"]) for award in proof["awards"])


async def test_one_award_is_proven_by_its_id_and_reveals_its_receipt_if_asked(world: World) -> None:
    ann = await earned(world)
    awards = (await world.http.get("/v1/programs/demo/awards", params={"member": ann})).json()["awards"]
    first = awards[-1]
    proof = await answer(world, ann, award=first["id"], reveal=True)
    (proven,) = proof["awards"]
    assert (proven["batch_number"], proven["position"]) == (first["batch_number"], first["batch_position"])
    assert '"reference":"first-0"' in proven["receipt"]["body"]
    assert any('"reference":"first-0"' in line for line in await lines_of(proof, world.chain.rpc))


async def test_a_member_without_points_has_none_proven(world: World) -> None:
    await earned(world)
    await world.enrol("eve")
    await world.chain.mine()
    await world.index()
    proof = await answer(world, await member_id(world, "eve"), latest=5)
    assert (proof["balance"], int(proof["word"], 16), proof["awards"]) == ("0", 0, [])
    assert "that means 0 points at the block's time" in await lines_of(proof, world.chain.rpc)


async def test_an_older_block_has_the_balance_of_then(world: World) -> None:
    ann = await earned(world)
    head = await world.chain.rpc.block("latest")
    assert head is not None
    proof = await answer(world, ann, block=head.number - 1)
    assert proof["balance"] == "130"
    assert await lines_of(proof, world.chain.rpc)


async def test_expired_points_are_not_proven_to_be_there(world: World) -> None:
    ann = await earned(world)
    await world.chain.pass_time(4 * world.program.calendar.length_seconds)
    await world.index()
    proof = await answer(world, ann)
    assert proof["balance"] == "0" and int(proof["word"], 16) != 0
    assert await lines_of(proof, world.chain.rpc)


async def test_refused_awards_are_proven_to_be_refused_and_those_between_them_to_be_minted(world: World) -> None:
    await world.enrol("ann", "bob")
    cap = interface("EarningRules").calldata("setIssuerCap", world.program.issuer, 9)
    await world.send("owner", world.program.contracts.rules.address, cap)
    for number, (customer, cents) in enumerate([("ann", 500), ("bob", 500), ("ann", 800), ("ann", 300), ("bob", 100)]):
        await world.buy(customer, cents, f"r{number}")
    await world.settle()
    for customer, points in (("ann", ["3", "0", "5"]), ("bob", ["1", "0"])):
        proof = await answer(world, await member_id(world, customer), latest=5)
        assert [award["points"] for award in proof["awards"]] == points
        lines = await lines_of(proof, world.chain.rpc)
        assert [line for line in lines if "it was refused under version 1 of rule 1" in line]
    minted = changed(proof, ("awards", 1, "points"), lambda _: "5")
    assert "award 2: it minted 0 points, and not 5" in await refusal_of(minted, world.chain.rpc)


async def test_what_cannot_be_proven_is_a_problem(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await earned(world)
    bob = await member_id(world, "bob")
    await world.buy("ann", 1_000, "waiting")
    newest = (await world.http.get("/v1/programs/demo/awards", params={"member": ann})).json()["awards"][0]["id"]
    bobs = (await world.http.get("/v1/programs/demo/awards", params={"member": bob})).json()["awards"][0]["id"]
    assert (await answer(world, ann, award=newest, status=409))["code"] == "award_not_on_chain"
    assert (await answer(world, ann, award=bobs, status=404))["code"] == "unknown_award"
    assert (await answer(world, ann, block=9_999, status=404))["code"] == "unknown_block"
    assert (await answer(world, ann, latest=11, status=422))["code"] == "invalid_input"
    assert (await answer(world, "mem_x", status=404))["code"] == "unknown_member"

    call = RpcClient.call

    async def without_proofs(self: RpcClient, method: str, *params: Any) -> Any:
        if method == "eth_getProof":
            raise ChainRefused(method, -32000, "missing trie node")
        return await call(self, method, *params)

    monkeypatch.setattr(RpcClient, "call", without_proofs)
    problem = await answer(world, ann, status=503)
    assert problem["code"] == "proof_unavailable" and "missing trie node" in problem["detail"]


async def test_no_proof_is_made_of_a_batch_whose_receipts_were_changed(world: World) -> None:
    ann = await earned(world)
    async with world.database.session() as session:
        await session.execute(update(receipts).where(receipts.c.reference == "first-1").values(body_hash=b"\1" * 32))
    awards = (await world.http.get("/v1/programs/demo/awards", params={"member": ann})).json()["awards"]
    problem = await answer(world, ann, award=awards[-1]["id"], status=503)
    assert problem["code"] == "proof_unavailable" and "receipts of batch 1" in problem["detail"]


def flipped(text: str, at: int) -> str:
    """With one bit of the byte at `at` turned."""
    raw = bytearray(bytes.fromhex(text[2:]))
    raw[at] ^= 1 << random.Random(at).randrange(8)
    return hex_of(bytes(raw))


def places_in(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values of a JSON document."""
    if isinstance(node, dict | list):
        for key, part in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places_in(part, (*path, key))
    elif node is not None:
        yield path


def changed(proof: dict[str, Any], place: tuple[Any, ...], change: Any) -> dict[str, Any]:
    result = copy.deepcopy(proof)
    node: Any = result
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = change(node[place[-1]])
    return result


async def test_any_byte_that_is_flipped_is_noticed(world: World) -> None:
    proof = await answer(world, await earned(world), latest=2, reveal=True)
    assert await lines_of(proof, world.chain.rpc)
    rng, count = random.Random(7), 0
    for place in places_in(proof):
        value: Any = proof
        for key in place:
            value = value[key]
        if isinstance(value, str) and value.startswith("0x"):
            size = len(value) // 2 - 1
            tampered = [
                changed(proof, place, lambda text, at=at: flipped(text, at))
                for at in rng.sample(range(size), min(size, 6))
            ]
        elif isinstance(value, int):
            tampered = [changed(proof, place, lambda number, by=by: number + by) for by in (1, 2, 256)]
        else:
            tampered = [
                changed(proof, place, lambda text, at=at: text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :])
                for at in rng.sample(range(len(value)), min(len(value), 6))
            ]
        for each in tampered:
            count += 1
            with pytest.raises((ProofRefused, ValueError)):
                await lines_of(each, world.chain.rpc)
    assert count > 200


async def test_each_kind_of_tampering_has_its_own_message(world: World) -> None:
    proof = await answer(world, await earned(world), latest=2, reveal=True)
    other = await answer(world, await member_id(world, "bob"), latest=1)
    rpc = world.chain.rpc
    cases: list[tuple[tuple[Any, ...], Any, str]] = [
        (("chain_id",), lambda _: 1, "the node is of chain 31337, and the file of chain 1"),
        (("block_number",), lambda number: number - 1, "the header is of another block"),
        (("block_hash",), lambda text: flipped(text, 3), "the header does not have the block's hash"),
        (("header",), lambda text: flipped(text, 99), "the header does not have the block's hash"),
        (("rules",), lambda text: flipped(text, 1), "the token's only source of points is"),
        (("account_proof", 0), lambda text: flipped(text, 9), "the token's proof does not hold"),
        (("account_proof",), lambda nodes: nodes[:-1], "the token's proof does not hold"),
        (("storage_proof",), lambda nodes: nodes[:-1], "the account's proof does not hold"),
        (("storage_proof",), lambda _: other["storage_proof"], "the account's proof does not hold"),
        (("account",), lambda _: other["account"], "the account's proof does not hold"),
        (("word",), lambda _: other["word"], "and not the file's"),
        (("balance",), lambda _: "9999", "the word means 1364 at the block's time, and not 9999"),
        (("awards", 0, "leaf"), lambda text: flipped(text, 0), "award 1: position, account, units and receipt hash"),
        (("awards", 1, "units"), lambda units: units + 1, "award 2: position, account, units and receipt hash"),
        (("awards", 0, "path", 0), lambda text: flipped(text, 31), "award 1: the path does not lead"),
        (("awards", 0, "receipt", "body"), lambda text: text.replace("123400", "923400"), "award 1: body and salt"),
        (("awards", 0, "receipt", "salt"), lambda text: flipped(text, 5), "award 1: body and salt"),
        (("awards", 0, "points"), lambda _: "5000", "award 1: it minted 1234 points, and not 5000"),
        (("awards", 0, "rule_version"), lambda _: 2, "award 1: it fell under version 1 of rule 1"),
        (("awards", 0, "log_index"), lambda index: index + 1, "award 1: it is in log"),
        (("awards", 0, "batch_number"), lambda _: 7, "award 1: the transaction has no batch 7"),
        (("awards", 0, "transaction_hash"), lambda text: flipped(text, 1), "award 1: the node has no transaction"),
    ]
    for place, change, message in cases:
        assert message in await refusal_of(changed(proof, place, change), rpc), (place, message)


async def test_a_tree_of_ones_own_is_not_the_batchs(world: World) -> None:
    proof = await answer(world, await earned(world), latest=1)
    award = proof["awards"][0]
    path = [hash_from_hex(each) for each in award["path"]]
    path[0] = Hash32(b"\7" * 32)
    root = hash_from_hex(award["leaf"])
    for sibling in path:
        root = merkle.root(sorted([root, sibling]))
    award["path"], award["receipts_root"] = [hex_of(each) for each in path], hex_of(root)
    assert "the chain has another root of that batch" in await refusal_of(proof, world.chain.rpc)


async def test_another_chain_and_a_reorganised_one_refuse_it(world: World) -> None:
    proof = await answer(world, await earned(world), latest=1)
    async with running_anvil(free_port(), chain_id=7) as elsewhere:
        assert "the node is of chain 7" in await refusal_of(proof, elsewhere.rpc)
    async with running_anvil(free_port()) as empty:
        assert "the node has no block" in await refusal_of(proof, empty.rpc)
        await empty.mine(proof["block_number"] + 1)
        assert "has another hash than the file's" in await refusal_of(proof, empty.rpc)
    await world.chain.reorg(2)
    assert "has another hash than the file's" in await refusal_of(proof, world.chain.rpc)


async def test_the_command_says_line_by_line_what_holds(world: World, tmp_path: Path) -> None:
    proof = await answer(world, await earned(world), latest=2)
    assert await ran(tmp_path, orjson.dumps(proof), world) == (0, "Everything holds.")
    assert await ran(tmp_path, orjson.dumps(proof | {"balance": "1"}), world) == (
        1,
        "✗ the word means 1364 at the block's time, and not 1",
    )
    status, last = await ran(tmp_path, b'{"format": 3}', world)
    assert status == 1 and last.startswith("✗ not a proof: format")
    status, last = await ran(tmp_path, b"\0" * 1_000_001, world)
    assert status == 1 and "at most" in last
    status, last = await ran(tmp_path, orjson.dumps(proof), world, rpc=f"http://127.0.0.1:{free_port()}")
    assert status == 2 and "no answer from the node" in last
    (tmp_path / FILE).unlink()
    assert (await asyncio.to_thread(CliRunner().invoke, app, verify_of(tmp_path, world.chain.rpc.url))).exit_code == 2


def verify_of(directory: Path, rpc: str) -> list[str]:
    return ["verify", str(directory / FILE), "--rpc", rpc]


async def ran(directory: Path, content: bytes, world: World, *, rpc: str | None = None) -> tuple[int, str]:
    """The command's status and its last line."""
    (directory / FILE).write_bytes(content)
    arguments = verify_of(directory, rpc or world.chain.rpc.url)
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    lines = result.output.strip().splitlines()
    assert all(line[0] in "✓✗" for line in lines[:-1])
    return result.exit_code, lines[-1]
