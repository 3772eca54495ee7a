"""What to do about sealed batches, decided from what the chain and the database say.

A nonce is a slot in which the chain mines one transaction. Each slot from the chain's nonce on has the attempts that
were signed for it, oldest first; any of them may be the one that is mined. The batches of an issuer are numbered in
sequence and the contract takes each number once, so they belong into slots in their order, and a batch in two slots
costs gas and mints once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tokenpoints.domain.fees import Fees

CANCEL_GAS_LIMIT = 100_000
"""For a transfer of nothing to oneself. 21,000 on most chains; some count what it costs them elsewhere, too."""
_FAILURES_FREE = 3
_FAILURE_WAIT_SECONDS_MAX = 3600.0


class Cargo(StrEnum):
    """What an attempt carries."""

    BATCH = "batch"
    CANCEL = "cancel"
    """Nothing: it takes the nonce."""
    WITHDRAWN = "withdrawn"
    """A batch that was taken apart. Must never be sent again."""


class Wait(StrEnum):
    """Why nothing new is sent."""

    TOKEN_PAUSED = "token_paused"  # noqa: S105
    ISSUER_REFUSED = "issuer_refused"
    RULES_NOT_INDEXED = "rules_not_indexed"
    FEE_OVER_CAP = "fee_over_cap"
    PURSE_EMPTY = "purse_empty"
    BATCH_FAILS = "batch_fails"
    BLOCK_TOO_SMALL = "block_too_small"
    SIGNER_UNAVAILABLE = "signer_unavailable"
    WITHDRAWING = "withdrawing"
    NONCE_USED = "nonce_used"


class Why(StrEnum):
    """Why something is signed."""

    OPEN = "open"
    """A batch that no live attempt carries: it is new, it reverted, or its nonce was used by something else."""
    STUCK = "stuck"
    STALE = "stale"
    """So old that the chain might refuse the dates in it."""
    GAP = "gap"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One stored submission."""

    seq: int
    nonce: int
    cargo: Cargo
    batch_number: int | None
    fees: Fees
    gas_limit: int
    age_seconds: float
    block_number: int
    """The latest when it was signed."""

    @property
    def cost_wei(self) -> int:
        """The most that it can cost."""
        return self.gas_limit * self.fees.max_fee_wei


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A sealed batch that the chain does not have."""

    number: int
    gas_limit: int
    """What it needs."""
    failures: int = 0
    """Nonces that were signed for it and used without it."""
    failed_seconds_ago: float = 0.0
    """Since the last of them was signed."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient to be."""

    resend_seconds: float
    bump_seconds: float
    bump_block_count: int
    """So many blocks must have left a transaction out before it counts as stuck."""
    stale_seconds: float


@dataclass(frozen=True, slots=True)
class Look:
    """What the chain and the database say."""

    nonce: int
    """The next that the chain takes."""
    batch_count: int
    """The number of the last batch that the chain has."""
    block_number: int
    gas_limit_max: int
    """Of a transaction: the block's, or what is set."""
    base_fee_wei: int
    fees: Fees | None
    """To offer now; None where they are over the cap."""
    fee_cap_wei: int
    balance_wei: int
    open_batches: Sequence[OpenBatch]
    attempts: Sequence[Attempt]
    """Those with a nonce that the chain has not used, by nonce and then by age, oldest first."""
    sent_seconds_ago: Mapping[int, float] = field(default_factory=dict)
    """By attempt, since this process last sent it."""
    too_cheap: Collection[int] = ()
    """Attempts that the node last refused, as the next block asks for more."""
    reverting: int | None = None
    """The first open batch, where it was seen to revert."""
    has_more: bool = False
    """There are attempts at higher nonces than these. They are older than what is signed now, and come first."""


@dataclass(frozen=True, slots=True)
class Order:
    """Something to sign: a batch, or nothing (to take the nonce)."""

    nonce: int
    batch_number: int | None
    gas_limit: int
    fees: Fees
    why: Why


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, in this order."""

    broadcast: list[int]
    """Attempts to send (again), by their seq, lowest nonce first."""
    orders: list[Order]
    """To sign, store and send; lowest nonce first."""
    withdraw_from: int | None
    """The number from which on batches are taken apart, as soon as none of their attempts can be mined any more."""
    wait: Wait | None
    detail: str


def plan(look: Look, timing: Timing) -> Plan:
    """Decide what must be sent and signed."""
    slots = _slots(look)
    withdraw_from = _withdraw_from(look)
    orders, wait, detail = _orders(look, timing, slots, withdraw_from)
    orders, short_wei = _affordable(look, slots, orders)
    if wait is None and short_wei:
        wait, detail = Wait.PURSE_EMPTY, f"the issuer has {look.balance_wei} wei and lacks {short_wei}"
    if withdraw_from is not None and wait is None:
        wait, detail = Wait.WITHDRAWING, f"batches from {withdraw_from} on are taken apart"
    replaced = {order.nonce for order in orders}
    broadcast = [
        top.seq
        for nonce, top in sorted(slots.items())
        if nonce not in replaced
        and top.cargo is not Cargo.WITHDRAWN
        and not _is_stale(top, timing)
        and look.sent_seconds_ago.get(top.seq, float("inf")) >= timing.resend_seconds
    ]
    return Plan(broadcast, orders, withdraw_from, wait, detail)


def is_dead(*, number: int, nonces: Iterable[int], final_nonce: int, final_batch_count: int) -> bool:
    """Whether no attempt at batch `number` can ever be mined: a finalized block has used all their `nonces`, and the
    batch is not in it."""
    return final_batch_count < number and all(nonce < final_nonce for nonce in nonces)


def failure_wait_seconds(failures: int) -> float:
    """How long to wait until a batch is signed again that failed so often: failing costs gas."""
    if failures <= _FAILURES_FREE:
        return 0.0
    return min(float(2 ** min(failures - _FAILURES_FREE, 20)), _FAILURE_WAIT_SECONDS_MAX)


def _slots(look: Look) -> dict[int, Attempt]:
    """The latest attempt in each slot."""
    return {attempt.nonce: attempt for attempt in look.attempts if attempt.nonce >= look.nonce}


def _withdraw_from(look: Look) -> int | None:
    too_large = (batch.number for batch in look.open_batches if batch.gas_limit > look.gas_limit_max)
    found = [number for number in (next(too_large, None), look.reverting) if number is not None]
    return min(found, default=None)


def _orders(
    look: Look, timing: Timing, slots: Mapping[int, Attempt], withdraw_from: int | None
) -> tuple[list[Order], Wait | None, str]:
    if look.fees is None:
        detail = f"a unit of gas costs {look.base_fee_wei} wei and more, the cap is {look.fee_cap_wei}"
        return [], Wait.FEE_OVER_CAP, detail
    kept = {batch.number: batch for batch in look.open_batches if withdraw_from is None or batch.number < withdraw_from}
    replacements = {
        order.nonce: order
        for nonce, top in sorted(slots.items())
        if (order := _replacement(look, timing, top, kept, withdraw_from)) is not None
    }
    carried = _carried(slots, kept)
    if look.has_more:
        return sorted(replacements.values(), key=lambda order: order.nonce), None, ""
    beyond = max(slots, default=look.nonce - 1) + 1
    free = [nonce for nonce in range(look.nonce, beyond) if nonce not in slots]
    unsigned = [batch for number, batch in sorted(kept.items()) if number not in carried]
    fills: list[Order] = []
    wait, detail = None, ""
    for batch in unsigned:
        if batch.failed_seconds_ago < failure_wait_seconds(batch.failures):
            wait, detail = Wait.BATCH_FAILS, f"batch {batch.number} failed {batch.failures} times"
            break  # those after it are out of sequence until it is mined
        before = max((nonce for number, nonce in carried.items() if number < batch.number), default=look.nonce - 1)
        nonce = next((nonce for nonce in free if nonce > before), beyond)
        if nonce == beyond:
            beyond += 1
        else:
            free.remove(nonce)
        carried[batch.number] = nonce
        fills.append(Order(nonce, batch.number, batch.gas_limit, look.fees, Why.OPEN))
    # A slot matters where what it holds is wanted, or has to be used up. Nothing above a free nonce can be mined, and a
    # batch that is carried above it and signed for it, too, would revert above.
    uses_up = [nonce for nonce, top in slots.items() if nonce in replacements or top.cargo is Cargo.CANCEL]
    last = max([*uses_up, *carried.values()], default=look.nonce)
    if wait is None:
        fills += [Order(nonce, None, CANCEL_GAS_LIMIT, look.fees, Why.GAP) for nonce in free if nonce < last]
    return sorted([*replacements.values(), *fills], key=lambda order: order.nonce), wait, detail


def _replacement(
    look: Look, timing: Timing, top: Attempt, kept: Mapping[int, OpenBatch], withdraw_from: int | None
) -> Order | None:
    """What to sign for a slot that has an attempt already, if anything."""
    assert look.fees is not None
    is_kept = top.cargo is Cargo.BATCH and top.batch_number in kept
    is_spent = not is_kept and (top.batch_number is None or top.batch_number <= look.batch_count)
    is_to_go = top.cargo is Cargo.WITHDRAWN or (
        top.cargo is Cargo.BATCH
        and withdraw_from is not None
        and top.batch_number is not None
        and top.batch_number >= withdraw_from
    )
    if is_to_go:
        why = Why.WITHDRAW
    elif (is_kept or is_spent) and _is_stale(top, timing):
        why = Why.STALE
    elif (is_kept or is_spent) and _is_stuck(look, timing, top):
        why = Why.STUCK
    else:
        return None
    fees = look.fees.at_least(top.fees.bumped())
    if fees.max_fee_wei > look.fee_cap_wei:
        return None
    batch = kept[top.batch_number] if is_kept and top.batch_number is not None else None
    if batch is None:
        return Order(top.nonce, None, CANCEL_GAS_LIMIT, fees, why)
    return Order(top.nonce, batch.number, batch.gas_limit, fees, why)


def _is_stale(top: Attempt, timing: Timing) -> bool:
    return top.cargo is Cargo.BATCH and top.age_seconds >= timing.stale_seconds


def _is_stuck(look: Look, timing: Timing, top: Attempt) -> bool:
    """Sent, and left out by blocks that could have taken it, or refused for its fee: a chain that mines on demand has
    no block before it takes one. Otherwise, while no block comes, no fee helps."""
    # A node that was restarted from an older state counts its blocks anew.
    passed = look.block_number - top.block_number
    is_too_cheap = top.seq in look.too_cheap
    is_left_out = is_too_cheap or not 0 <= passed < timing.bump_block_count
    is_next_or_too_cheap = is_too_cheap or top.nonce == look.nonce or top.fees.max_fee_wei < look.base_fee_wei
    is_old = top.seq in look.sent_seconds_ago and top.age_seconds >= timing.bump_seconds
    return is_old and is_left_out and is_next_or_too_cheap


def _carried(slots: Mapping[int, Attempt], kept: Collection[int]) -> dict[int, int]:
    """The lowest nonce at which each open batch is on its way."""
    carried: dict[int, int] = {}
    for nonce, top in sorted(slots.items()):
        if top.cargo is Cargo.BATCH and top.batch_number is not None and top.batch_number in kept:
            carried.setdefault(top.batch_number, nonce)
    return carried


def _affordable(look: Look, slots: Mapping[int, Attempt], orders: Sequence[Order]) -> tuple[list[Order], int]:
    """The orders that the balance is enough for, after all that goes before them; and what is lacking, where not
    even the next nonce can be paid for."""
    by_nonce = {order.nonce: order for order in orders}
    kept: list[Order] = []
    total_wei = 0
    for nonce in sorted({*slots, *by_nonce}):
        order = by_nonce.get(nonce)
        total_wei += order.gas_limit * order.fees.max_fee_wei if order else slots[nonce].cost_wei
        if total_wei > look.balance_wei:
            is_next = nonce == min({*slots, *by_nonce})
            return kept, total_wei - look.balance_wei if is_next else 0
        if order:
            kept.append(order)
    return kept, 0
