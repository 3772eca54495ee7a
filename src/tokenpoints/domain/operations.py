"""Operations: changes that a role's key makes on the chain, and how far each has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tokenpoints.domain.types import Address, Hash32

CALLS_MAX = 128
"""Of one operation. With a schedule and a cancellation for each, its steps have numbers below STEPS."""
STEPS = 512


class Role(StrEnum):
    """Whose key makes a change."""

    OWNER = "owner"
    OPERATOR = "operator"
    GUARDIAN = "guardian"
    CUSTODIAN = "custodian"
    """Acts for members who have not claimed their accounts, and relays what the others signed."""
    ADJUSTER = "adjuster"
    DEPLOYER = "deployer"
    """Pays for new programs, and has no role in them but those that it is given."""


class Kind(StrEnum):
    """What is changed."""

    SET_RULE = "set_rule"
    CANCEL_RULE_CHANGE = "cancel_rule_change"
    ADD_REWARD = "add_reward"
    CHANGE_REWARD = "change_reward"
    CLOSE_REWARD = "close_reward"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    SET_ISSUER = "set_issuer"
    REVOKE_ISSUER = "revoke_issuer"
    GRANT_ROLE = "grant_role"
    REVOKE_ROLE = "revoke_role"
    SET_NOTICE_PERIOD = "set_notice_period"
    ANNOUNCE_END = "announce_end"
    CANCEL_END = "cancel_end"
    SET_PARTNER = "set_partner"
    REMOVE_PARTNER = "remove_partner"
    OPEN_TRANSFERS = "open_transfers"
    SET_METADATA = "set_metadata"
    SIGN_AGREEMENT = "sign_agreement"
    TERMINATE_AGREEMENT = "terminate_agreement"
    WITHDRAW_ESCROW = "withdraw_escrow"
    MOVE_POINTS = "move_points"
    DEPOSIT_ESCROW = "deposit_escrow"
    COLLECT_SETTLEMENT = "collect_settlement"
    CREATE_PROGRAM = "create_program"
    REDEEM = "redeem"
    TRANSFER = "transfer"
    CONVERT = "convert"
    DONATE = "donate"
    CLAIM = "claim"
    CLAW_BACK = "claw_back"
    REFUND_REDEMPTION = "refund_redemption"


MEMBERS_OWN = frozenset({Kind.REDEEM, Kind.TRANSFER, Kind.CONVERT, Kind.DONATE, Kind.CLAIM})
"""What is done with one member's account: an action."""
ROLE_OF = {
    Kind.SET_RULE: Role.OPERATOR,
    Kind.CANCEL_RULE_CHANGE: Role.OPERATOR,
    Kind.ADD_REWARD: Role.OPERATOR,
    Kind.CHANGE_REWARD: Role.OPERATOR,
    Kind.CLOSE_REWARD: Role.OPERATOR,
    Kind.FREEZE: Role.GUARDIAN,
    Kind.UNFREEZE: Role.GUARDIAN,
    Kind.PAUSE: Role.GUARDIAN,
    Kind.UNPAUSE: Role.GUARDIAN,
    Kind.SET_ISSUER: Role.OWNER,
    Kind.REVOKE_ISSUER: Role.OWNER,
    Kind.GRANT_ROLE: Role.OWNER,
    Kind.REVOKE_ROLE: Role.OWNER,
    Kind.SET_NOTICE_PERIOD: Role.OWNER,
    Kind.ANNOUNCE_END: Role.OWNER,
    Kind.CANCEL_END: Role.OWNER,
    Kind.SET_PARTNER: Role.OPERATOR,
    Kind.REMOVE_PARTNER: Role.OPERATOR,
    Kind.OPEN_TRANSFERS: Role.OPERATOR,
    Kind.SET_METADATA: Role.OPERATOR,
    Kind.SIGN_AGREEMENT: Role.OPERATOR,
    Kind.TERMINATE_AGREEMENT: Role.OPERATOR,
    Kind.WITHDRAW_ESCROW: Role.OPERATOR,
    Kind.MOVE_POINTS: Role.CUSTODIAN,
    Kind.DEPOSIT_ESCROW: Role.OPERATOR,
    Kind.COLLECT_SETTLEMENT: Role.OPERATOR,
    Kind.CREATE_PROGRAM: Role.DEPLOYER,
    **dict.fromkeys(MEMBERS_OWN, Role.CUSTODIAN),
    Kind.CLAW_BACK: Role.ADJUSTER,
    Kind.REFUND_REDEMPTION: Role.ADJUSTER,
}
"""Whose key makes which change."""
OPEN_TO_ALL = frozenset({Kind.DEPOSIT_ESCROW, Kind.COLLECT_SETTLEMENT})
"""What the contracts let anybody do: no role is needed for it, and none has to wait."""


class OperationState(StrEnum):
    """How far an operation has come."""

    PENDING = "pending"
    """Recorded, and nothing is signed."""
    SCHEDULED = "scheduled"
    """The chain has it, and the role's delay is running."""
    SENT = "sent"
    """A transaction is signed, and in no block."""
    CONFIRMED = "confirmed"
    """In a block."""
    FINALIZED = "finalized"
    """In a block that cannot be undone."""
    FAILED = "failed"
    """The contracts refuse it."""
    CANCELLED = "cancelled"


class StepKind(StrEnum):
    """What one transaction of an operation does."""

    SCHEDULE = "schedule"
    EXECUTE = "execute"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a contract by the role's key."""

    title: str
    to: Address
    calldata: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction of an operation: what it does with one of its calls."""

    kind: StepKind
    call: int
    """Index among the operation's calls."""

    @property
    def number(self) -> int:
        """Unique in its operation, and rising in the order in which steps are taken."""
        return list(StepKind).index(self.kind) * CALLS_MAX + self.call


def step_of(number: int) -> Step:
    """The step with that number."""
    return Step(list(StepKind)[number // CALLS_MAX], number % CALLS_MAX)


class Fate(StrEnum):
    """What the chain says of a step."""

    OPEN = "open"
    """No block has it."""
    DONE = "done"
    FAILED = "failed"
    """It was mined and reverted."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was signed."""

    fate: Fate
    transaction_hash: Hash32 | None = None
    """Of the attempt that was mined."""
    block_number: int | None = None
    due_at: int | None = None
    """Of a schedule: when its call can be made. Unix seconds."""
    is_sure: bool = False
    """Whether that cannot change: a finalized block has it."""
    is_blocked: bool = False
    """Its nonce was used by something else, in a block that may still be undone: it must not be signed anew."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One operation, with what the chain says of its steps."""

    call_count: int
    is_delayed: bool
    """Whether its calls are scheduled first."""
    cancel_requested: bool
    taken: dict[Step, Taken]
    error: str | None = None
    """Why its next step would revert, if that was seen before anything was signed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do next, and what to say."""

    state: OperationState
    next_step: Step | None
    """To be signed or sent; None where there is none, or not yet."""
    not_before: int | None
    """When the next step can be taken, in Unix seconds; None where at once."""
    is_closed: bool
    """Nothing about it can change any more."""
    transaction_hash: Hash32 | None


def judged(progress: Progress) -> Verdict:
    """How far the operation is, and its next step."""
    steps = _steps(progress)
    taken = [(step, progress.taken.get(step)) for step in steps]
    last_hash = next((each.transaction_hash for _, each in reversed(taken) if each and each.transaction_hash), None)
    failed = next((each for _, each in taken if each is not None and each.fate is Fate.FAILED), None)
    if failed is not None:
        return Verdict(OperationState.FAILED, None, None, failed.is_sure, failed.transaction_hash)
    following = next((step for step, each in taken if each is None or each.fate is Fate.OPEN), None)
    is_open = any(each is not None and each.fate is Fate.OPEN for _, each in taken)
    # What was mined, failed and was undone by a reorg may succeed now.
    if progress.error is not None and not is_open:
        return Verdict(OperationState.FAILED, None, None, _is_sure(taken), last_hash)
    if following is None:
        is_closed = _is_sure(taken)
        done = OperationState.FINALIZED if is_closed else OperationState.CONFIRMED
        state = OperationState.CANCELLED if progress.cancel_requested else done
        return Verdict(state, None, None, is_closed, last_hash)
    not_before = _not_before(progress, following)
    if (carried := progress.taken.get(following)) is not None:
        return Verdict(OperationState.SENT, following, not_before, False, carried.transaction_hash or last_hash)
    state = OperationState.PENDING if not progress.taken else OperationState.SENT
    if following.kind is StepKind.CANCEL or not_before is not None:
        state = OperationState.SCHEDULED
    return Verdict(state, following, not_before, False, last_hash)


def _steps(progress: Progress) -> Sequence[Step]:
    calls = range(progress.call_count)
    schedules = [Step(StepKind.SCHEDULE, call) for call in calls] if progress.is_delayed else []
    if progress.cancel_requested:
        kept = [step for step in schedules if step in progress.taken]
        return [*kept, *(Step(StepKind.CANCEL, step.call) for step in kept)]
    return [*schedules, *(Step(StepKind.EXECUTE, call) for call in calls)]


def _not_before(progress: Progress, step: Step) -> int | None:
    if step.kind is not StepKind.EXECUTE or not progress.is_delayed:
        return None
    scheduled = progress.taken.get(Step(StepKind.SCHEDULE, step.call))
    return None if scheduled is None else scheduled.due_at


def _is_sure(taken: Sequence[tuple[Step, Taken | None]]) -> bool:
    return all(each.is_sure for _, each in taken if each is not None)
