"""What is answered about members who are merged or erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tokenpoints.chain.custody import Holding
from tokenpoints.domain.accounts import Member
from tokenpoints.domain.erasure import ErasurePolicy
from tokenpoints.domain.instants import rfc3339
from tokenpoints.gateway.answers.members import MemberAnswer
from tokenpoints.gateway.operation_answers import OperationAnswer
from tokenpoints.gateway.person_answers import (
    ErasedAccountAnswer,
    ErasureAnswer,
    ErasurePolicyAnswer,
    ErasureStatusAnswer,
    StaysAnswer,
)
from tokenpoints.gateway.texts import checksummed
from tokenpoints.members.lookup import Person
from tokenpoints.storage.erasures import Erasure

_STAYS = (
    StaysAnswer(
        what="account",
        why="The chain keeps the address. It follows from a salt that is gone: nobody can tell whose it was.",
    ),
    StaysAnswer(what="entries", why="They are the chain's, of an address that leads to nobody. Receipts are gone."),
    StaysAnswer(what="transactions", why="Nothing in them is personal: addresses, points and salted hashes."),
    StaysAnswer(
        what="batches",
        why="Account, points and the salted hash of each receipt, as the chain has them: others' proofs need them.",
    ),
    StaysAnswer(
        what="references", why="Hashes of used references, which lead to no receipt: so that none is awarded twice."
    ),
    StaysAnswer(what="audit_log", why="It says that a key erased somebody, by an id that leads to nothing any more."),
    StaysAnswer(what="backups", why="Those made before, until they are deleted as the runbook says."),
)


def member_answer(member: Member) -> MemberAnswer:
    return MemberAnswer(
        id=member.id,
        customer_id=member.customer_id,
        account=checksummed(member.account),
        created_at=rfc3339(member.created_at),
    )


def policy_answer(policy: ErasurePolicy | None) -> ErasurePolicyAnswer:
    if policy is None:
        return ErasurePolicyAnswer(points=None, to=None, reward=None)
    to = None if policy.account is None else checksummed(policy.account)
    return ErasurePolicyAnswer(points=policy.points, to=to, reward=policy.reward)


def erasure_answer(
    person: Person,
    holdings: Sequence[Holding],
    policy: ErasurePolicy | None,
    operation: OperationAnswer | None,
    erasure: Erasure | None,
) -> ErasureAnswer:
    """Without an erasure, of a dry run."""
    return ErasureAnswer(
        **dict(erasure_status_answer(erasure)),
        dry_run=erasure is None,
        member=person.member.id,
        accounts=[
            ErasedAccountAnswer(
                account=checksummed(each.member.account),
                points=str(each.points),
                points_become=_become(each, policy),
            )
            for each in holdings
        ],
        operation=operation,
        stays=list(_STAYS),
    )


def erasure_status_answer(erasure: Erasure | None) -> ErasureStatusAnswer:
    if erasure is None:
        return ErasureStatusAnswer(id=None, state=None, requested_at=None, erased_at=None, erased={})
    return ErasureStatusAnswer(
        id=erasure.id,
        state=erasure.state,
        requested_at=rfc3339(erasure.requested_at),
        erased_at=None if erasure.erased_at is None else rfc3339(erasure.erased_at),
        erased=dict(erasure.erased),
    )


def _become(holding: Holding, policy: ErasurePolicy | None) -> Literal["transfer", "redeem", "expire", "kept"] | None:
    if not holding.points:
        return None
    if holding.is_claimed or policy is None:
        return "kept"
    return policy.points.value
