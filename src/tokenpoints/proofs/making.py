"""Making a proof: the state from the node, the receipts' trees from the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenpoints.chain.headers import Header, decoded_header, encoded_header
from tokenpoints.chain.rpc import RpcClient, bytes_from_hex, tag_of
from tokenpoints.chain.state_proofs import BadStateProof, storage_root, stored_word, word_slot
from tokenpoints.domain import merkle
from tokenpoints.domain.accounts import Member
from tokenpoints.domain.batches import BatchEntry, receipt_leaf
from tokenpoints.domain.outcomes import NoSuchAward, outcome_of
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.domain.receipts import canonical_body
from tokenpoints.domain.types import Address, Hash32, hex_of
from tokenpoints.errors import (
    AwardNotOnChain,
    ChainRefused,
    ChainUnavailable,
    ProofUnavailable,
    UnknownAward,
    UnknownBlock,
)
from tokenpoints.proofs.file import FORMAT, Proof, ProvenAward, RevealedReceipt
from tokenpoints.proofs.transactions import events_in
from tokenpoints.storage import awards, proof_reads
from tokenpoints.storage.database import Session
from tokenpoints.storage.proof_reads import AwardPlace


@dataclass(frozen=True, slots=True)
class ReceiptProof:
    """An award with its place in the tree of its batch's receipts."""

    place: AwardPlace
    entry: BatchEntry
    leaf: Hash32
    path: list[Hash32]


@dataclass(frozen=True, slots=True)
class _State:
    header: bytes
    block: Header
    account_proof: list[bytes]
    storage_proof: list[bytes]
    word: int


async def receipt_proofs(
    session: Session, member: Member, *, award_ids: Sequence[str], latest: int
) -> list[ReceiptProof]:
    """Proofs of the receipts of these awards of the member, or of the `latest` ones that are on the chain.

    Raises UnknownAward, AwardNotOnChain, and ProofUnavailable where the receipts of a batch are not all here.
    """
    if award_ids:
        wanted = list(dict.fromkeys(award_ids))
        known = await proof_reads.award_ids_of(session, member.seq, wanted)
        found = await proof_reads.places_of(session, member.seq, award_ids=wanted, limit=len(wanted))
        by_id = {place.award_id: place for place in found}
        for award_id in wanted:
            if award_id not in known:
                raise UnknownAward(award_id)
            if award_id not in by_id:
                raise AwardNotOnChain(award_id)
        places = [by_id[award_id] for award_id in wanted]
    else:
        places = await proof_reads.places_of(session, member.seq, limit=latest) if latest else []
    batches = dict.fromkeys(place.batch_seq for place in places)
    entries = {seq: await awards.leaves_of(session, seq) for seq in batches}
    return [_receipt_proof(place, entries[place.batch_seq]) for place in places]


def _receipt_proof(place: AwardPlace, entries: Sequence[BatchEntry]) -> ReceiptProof:
    leaves = [receipt_leaf(position, entry) for position, entry in enumerate(entries)]
    if place.position >= len(leaves) or merkle.root(leaves) != place.receipts_root:
        raise ProofUnavailable(f"the receipts of batch {place.batch_number} are not all here")
    return ReceiptProof(place, entries[place.position], leaves[place.position], merkle.proof(leaves, place.position))


async def proof_of(
    rpc: RpcClient,
    program: Program,
    member: Member,
    receipts: Sequence[ReceiptProof],
    *,
    chain_id: int,
    block_number: int,
    reveal: bool,
) -> Proof:
    """The proof of the member's points at a block, with these awards.

    Raises UnknownBlock, AwardNotOnChain, ProofUnavailable where the node does not prove that block, ChainUnavailable.
    """
    token, rules = program.contracts.token.address, program.contracts.rules.address
    state = await _state(rpc, token, member.account, block_number)
    word = AccountWord.unpack(state.word).at(state.block.timestamp, program.clock)
    return Proof(
        format=FORMAT,
        chain_id=chain_id,
        token=token,
        rules=rules,
        account=member.account,
        block_number=state.block.number,
        block_hash=state.block.hash,
        header=state.header,
        account_proof=state.account_proof,
        storage_proof=state.storage_proof,
        word=Hash32(state.word.to_bytes(32, "big")),
        balance=str(word.balance),
        awards=[await _award(rpc, program, member, receipt, reveal=reveal) for receipt in receipts],
    )


async def _state(rpc: RpcClient, token: Address, account: Address, block_number: int) -> _State:
    raw = await rpc.call("eth_getBlockByNumber", tag_of(block_number), False)
    if raw is None:
        raise UnknownBlock(block_number)
    header = encoded_header(raw)
    block, slot = decoded_header(header), word_slot(account)
    try:
        proven: dict[str, Any] = await rpc.call("eth_getProof", hex_of(token), [hex_of(slot)], tag_of(block_number))
    except ChainRefused as error:
        raise ProofUnavailable(f"the node proves nothing of block {block_number}: {error}") from error
    account_proof = [bytes_from_hex(node) for node in proven["accountProof"]]
    storage_proof = [bytes_from_hex(node) for node in proven["storageProof"][0]["proof"]]
    try:
        word = stored_word(storage_root(block.state_root, token, account_proof), slot, storage_proof)
    except BadStateProof as error:
        # A reorg between the two answers; or a node that does not keep what it proves from.
        raise ChainUnavailable(f"the node's proof is not of block {block_number}: {error}") from error
    return _State(header, block, account_proof, storage_proof, word)


async def _award(
    rpc: RpcClient, program: Program, member: Member, receipt: ReceiptProof, *, reveal: bool
) -> ProvenAward:
    place = receipt.place
    contracts = {program.contracts.token.address, program.contracts.rules.address}
    events = await events_in(rpc, place.transaction_hash, contracts)
    if events is None:
        raise AwardNotOnChain(place.award_id)
    try:
        outcome = outcome_of(events, place.issuer, place.batch_number, place.position)
    except NoSuchAward as error:
        raise ChainUnavailable(f"the node's logs of batch {place.batch_number} are incomplete: {error}") from error
    return ProvenAward(
        transaction_hash=place.transaction_hash,
        issuer=place.issuer,
        batch_number=place.batch_number,
        position=place.position,
        units=receipt.entry.units,
        receipt_hash=receipt.entry.receipt_hash,
        receipt=_revealed(program, member, place) if reveal else None,
        leaf=receipt.leaf,
        path=receipt.path,
        receipts_root=place.receipts_root,
        rule=outcome.rule_id,
        rule_version=outcome.rule_version,
        log_index=outcome.log_index,
        points=str(outcome.points),
    )


def _revealed(program: Program, member: Member, place: AwardPlace) -> RevealedReceipt:
    body = canonical_body(
        program=program.slug,
        reference=place.reference,
        account=member.account,
        kind=ReceiptKind(place.kind),
        amount=place.amount,
        currency=program.currency.code,
        occurred_at=place.occurred_at,
        store=place.store,
        details=place.details,
    )
    return RevealedReceipt(body=body.decode(), salt=Hash32(member.salt))
