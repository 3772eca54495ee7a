"""Checking a proof against a node, without gateway or database.

The node is trusted with three things only: which hash a block has, what a transaction logged, and the token's own
constants (its minter and its calendar). Everything else follows from hashes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import orjson
from eth_abi.exceptions import DecodingError

from tokenpoints.chain.headers import Header, decoded_header
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.chain.state_proofs import BadStateProof, storage_root, stored_word, word_slot
from tokenpoints.domain import merkle
from tokenpoints.domain.batches import BatchEntry, receipt_leaf
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.outcomes import NoSuchAward, outcome_of
from tokenpoints.domain.points import AccountWord, EpochClock
from tokenpoints.domain.receipts import body_hash, receipt_hash
from tokenpoints.domain.types import Address, address_from_hex, hex_of
from tokenpoints.errors import ProofRefused
from tokenpoints.proofs.file import Proof, ProvenAward
from tokenpoints.proofs.transactions import events_in


async def checked(proof: Proof, rpc: RpcClient) -> AsyncIterator[str]:
    """What holds, line by line. Raises ProofRefused at the first thing that does not, and what the node raises."""
    chain_id = await rpc.chain_id()
    _require(chain_id == proof.chain_id, f"the node is of chain {chain_id}, and the file of chain {proof.chain_id}")
    yield f"node and file are of chain {chain_id}"

    header = _header(proof)
    block = await rpc.block(proof.block_number)
    _require(block is not None, f"the node has no block {proof.block_number}")
    _require(
        block is not None and block.hash == proof.block_hash,
        f"block {proof.block_number} of the node has another hash than the file's",
    )
    at = datetime.fromtimestamp(header.timestamp, UTC)
    yield f"block {header.number} of {rfc3339(at)} has hash {hex_of(header.hash)}, as the node says and its header does"

    await _require_rules(proof, rpc)
    yield f"the points are of token {hex_of(proof.token)}, whose only source is {hex_of(proof.rules)}"

    word = _word(proof, header)
    yield f"account {hex_of(proof.account)} has the word {hex_of(proof.word)} in the block's state"

    balance = AccountWord.unpack(word).at(header.timestamp, await _calendar(proof.token, rpc)).balance
    _require(str(balance) == proof.balance, f"the word means {balance} at the block's time, and not {proof.balance}")
    yield f"that means {balance} points at the block's time"

    for number, award in enumerate(proof.awards, 1):
        async for line in _checked_award(proof, award, rpc, f"award {number}"):
            yield f"award {number}: {line}"


def _header(proof: Proof) -> Header:
    try:
        header = decoded_header(proof.header)
    except ValueError as error:
        raise ProofRefused(str(error)) from None
    _require(header.hash == proof.block_hash, "the header does not have the block's hash")
    _require(header.number == proof.block_number, "the header is of another block")
    return header


def _word(proof: Proof, header: Header) -> int:
    try:
        root = storage_root(header.state_root, proof.token, proof.account_proof)
    except BadStateProof as error:
        raise ProofRefused(f"the token's proof does not hold in the block's state: {error}") from None
    try:
        word = stored_word(root, word_slot(proof.account), proof.storage_proof)
    except BadStateProof as error:
        raise ProofRefused(f"the account's proof does not hold in the token's storage: {error}") from None
    _require(word.to_bytes(32, "big") == proof.word, f"the account's word is 0x{word:064x}, and not the file's")
    return word


async def _require_rules(proof: Proof, rpc: RpcClient) -> None:
    minter = Address((await _view(proof.token, "minter", rpc)).to_bytes(32, "big")[12:])
    _require(minter == proof.rules, f"the token's only source of points is {hex_of(minter)}, and not the file's rules")


async def _calendar(token: Address, rpc: RpcClient) -> EpochClock:
    return EpochClock(
        start=await _view(token, "epochStart", rpc),
        length_seconds=await _view(token, "epochLength", rpc),
        tier_period_epochs=await _view(token, "tierPeriodEpochs", rpc),
        points_expire=bool(await _view(token, "pointsExpire", rpc)),
    )


async def _view(token: Address, function: str, rpc: RpcClient) -> int:
    """A constant of the token, so it is asked for at the head: a node may have forgotten older states."""
    abi = interface("PointsToken")
    answer = await rpc.read(token, abi.calldata(function))
    try:
        (value,) = abi.decode_output(function, answer)
    except DecodingError:
        raise ProofRefused(f"there is no token at {hex_of(token)}") from None
    return int(value, 16) if isinstance(value, str) else int(value)


async def _checked_award(proof: Proof, award: ProvenAward, rpc: RpcClient, name: str) -> AsyncIterator[str]:
    if award.receipt is not None:
        _require_receipt(proof, award, name)
        yield f"the receipt {award.receipt.body} has the hash that the batch has of it"
    leaf = receipt_leaf(award.position, BatchEntry(proof.account, award.units, award.receipt_hash))
    _require(leaf == award.leaf, f"{name}: position, account, units and receipt hash do not make the leaf")
    _require(
        merkle.verify(award.leaf, award.path, award.receipts_root),
        f"{name}: the path does not lead from the leaf to the batch's root",
    )
    events = await events_in(rpc, award.transaction_hash, {proof.token, proof.rules})
    if events is None:
        raise ProofRefused(f"{name}: the node has no transaction {hex_of(award.transaction_hash)}")
    try:
        outcome = outcome_of(events, award.issuer, award.batch_number, award.position)
    except NoSuchAward as error:
        raise ProofRefused(f"{name}: {error}") from None
    _require(outcome.receipts_root == award.receipts_root, f"{name}: the chain has another root of that batch")
    yield f"its receipt is at position {award.position} of batch {award.batch_number} of {hex_of(award.issuer)}"

    _require(outcome.account == proof.account, f"{name}: it went to another account")
    _require(
        (outcome.rule_id, outcome.rule_version) == (award.rule, award.rule_version),
        f"{name}: it fell under version {outcome.rule_version} of rule {outcome.rule_id}, and not as the file says",
    )
    _require(
        outcome.log_index == award.log_index, f"{name}: it is in log {outcome.log_index}, and not where the file says"
    )
    _require(str(outcome.points) == award.points, f"{name}: it minted {outcome.points} points, and not {award.points}")
    minted = f"minted {outcome.points} points" if outcome.points else "was refused"
    yield (
        f"it {minted} under version {outcome.rule_version} of rule {outcome.rule_id}, "
        f"in log {outcome.log_index} of transaction {hex_of(award.transaction_hash)}"
    )


def _require_receipt(proof: Proof, award: ProvenAward, name: str) -> None:
    assert award.receipt is not None
    body = award.receipt.body.encode()
    expected = receipt_hash(body_hash(body), award.receipt.salt)
    _require(expected == award.receipt_hash, f"{name}: body and salt do not make the receipt's hash")
    _require(_account_in(body) == proof.account, f"{name}: the receipt is of another account")


def _account_in(body: bytes) -> Address | None:
    try:
        return address_from_hex(orjson.loads(body)["account"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ProofRefused(otherwise)
