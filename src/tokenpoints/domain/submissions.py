"""What to do about sealed batches, decided from what the chain and the database say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """One stored submission: the batch that it carries and its nonce."""

    batch_number: int
    nonce: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Nonces to broadcast (again), in order, and batches that need a new signature, in sequence."""

    broadcast: list[int]
    sign_again: list[int]


def plan(
    *,
    chain_nonce: int,
    open_batches: Sequence[int],
    attempts: Sequence[Attempt],
    broadcast_at: Mapping[int, float],
    now: float,
    resend_seconds: float,
) -> Plan:
    """Decide from the chain alone what must be sent.

    `open_batches` are sealed and not on the chain; `attempts` are stored submissions whose nonce the
    chain has not used (all of them, so that no gap is left), by nonce; `broadcast_at` says when
    this process last sent a nonce, in the seconds of `now`.

    A batch without an attempt left had its nonce used by something else: it reverted, or the
    key signed elsewhere. It may be signed again, since the contract takes each number once. So may
    the first open batch where a nonce below the attempts is free: something else used it, and a reorg
    took that away; until it is filled, nothing above it can be mined.
    """
    live = [attempt for attempt in attempts if attempt.nonce >= chain_nonce]
    broadcast = [
        attempt.nonce for attempt in live if now - broadcast_at.get(attempt.nonce, float("-inf")) >= resend_seconds
    ]
    carried = {attempt.batch_number for attempt in live}
    sign_again = [number for number in open_batches if number not in carried]
    nonces = {attempt.nonce for attempt in live}
    is_blocked = max(nonces, default=chain_nonce) > free_nonce(chain_nonce=chain_nonce, signed=nonces)
    if is_blocked and open_batches and open_batches[0] in carried:
        sign_again.insert(0, open_batches[0])
    return Plan(broadcast, sign_again)


def free_nonce(*, chain_nonce: int, signed: Collection[int]) -> int:
    """The lowest nonce that neither the chain has used nor this database has signed."""
    nonce = chain_nonce
    while nonce in signed:
        nonce += 1
    return nonce
