"""`GET /v1/programs/{program}/members/{member}/proof`: for anyone who has a node and does not trust the gateway."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import STORED, problem_responses
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.problems import Problem
from tokenpoints.gateway.requests.persons import ProofQuery
from tokenpoints.members.lookup import member_with_id
from tokenpoints.proofs.file import Proof
from tokenpoints.proofs.making import ReceiptProof, proof_of, receipt_proofs
from tokenpoints.storage import checkpoints
from tokenpoints.storage.database import Session

router = APIRouter(tags=["members"])


@router.get(
    "/v1/programs/{program}/members/{member}/proof",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=Proof,
    responses=problem_responses(
        "unknown_program",
        "unknown_member",
        "unknown_award",
        "unknown_block",
        "invalid_input",
        "award_not_on_chain",
        "proof_unavailable",
        "chain_unavailable",
        "not_ready",
        *STORED,
    ),
)
async def get_proof(
    program: ProgramPart, member: str, context: ContextPart, query: Annotated[ProofQuery, Query()]
) -> Proof:
    """A member's balance at a block, proven from the chain's state (EIP-1186), and awards, proven by their receipts.

    `tokenpoints verify FILE --rpc URL` checks the answer against any node.
    """

    async def ask(session: Session) -> tuple[Member, list[ReceiptProof], int | None]:
        found = await member_with_id(session, program, member)
        receipts = await receipt_proofs(session, found, award_ids=query.award, latest=query.latest)
        checkpoint = await checkpoints.latest(session)
        return found, receipts, checkpoint.block_number if checkpoint else None

    found, receipts, indexed = await context.read(ask)
    block_number = query.block if query.block is not None else indexed
    if block_number is None:
        raise Problem("not_ready", "the indexer has read no block yet")
    return await proof_of(
        context.node,
        program,
        found,
        receipts,
        chain_id=context.deployment.chain_id,
        block_number=block_number,
        reveal=query.reveal,
    )
