"""What a caller asked for contradicts what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenpoints.errors.base import TokenPointsError


class Conflict(TokenPointsError):
    """What is asked contradicts what is recorded."""

    code = "conflict"


class AwardNotDead(Conflict):
    """An award is not set aside, so there is nothing to retry."""

    code = "award_not_dead"

    def __init__(self, award: str) -> None:
        super().__init__(f"award {award!r} is not set aside")


class ReferenceConflict(Conflict):
    """A reference was used before, for a receipt with another body."""

    code = "reference_conflict"

    def __init__(self, references: Sequence[str]) -> None:
        shown = ", ".join(references[:5])
        more = f" and {len(references) - 5} more" if len(references) > 5 else ""
        super().__init__(f"already recorded with another body: {shown}{more}")
        self.references = list(references)


class AlreadyCounted(Conflict):
    """What counts once was recorded under another reference."""

    code = "already_counted"

    def __init__(self, references: Mapping[str, str]) -> None:
        (reference, earlier), *others = references.items()
        more = f", and {len(others)} more" if others else ""
        super().__init__(f"{reference}: recorded as {earlier} before{more}")
        self.references = dict(references)
        """Those that were sent, with those that they were recorded under."""


class NotRefundable(Conflict):
    """Of this receipt nothing can be given back, or not as much."""

    code = "not_refundable"


class AdjustmentNotPending(Conflict):
    """An adjustment was decided before, or has expired."""

    code = "adjustment_not_pending"

    def __init__(self, adjustment: str, state: str) -> None:
        super().__init__(f"adjustment {adjustment!r} is {state}")


class AwardNotOnChain(Conflict):
    """There is nothing to prove of an award before a block holds it."""

    code = "award_not_on_chain"

    def __init__(self, award: str) -> None:
        super().__init__(f"award {award!r} is in no block yet")


class TooManyKeys(Conflict):
    """The program has as many working API keys as it can have."""

    code = "too_many_keys"

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} API keys work already")
        self.count = count


class KeyNotActive(Conflict):
    """An API key that has ended or was replaced cannot be rotated."""

    code = "key_not_active"

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} has ended or was replaced before")
        self.key = key


class TooManyWebhooks(Conflict):
    """A program has as many webhooks as it can have."""

    code = "too_many_webhooks"

    def __init__(self, count: int) -> None:
        super().__init__(f"the program has {count} webhooks already")


class AwardsUnderWay(Conflict):
    """Awards of the member are not settled: they wait, or are in a block that can still be undone."""

    code = "awards_under_way"

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} awards of the member are not settled on the chain yet")
        self.count = count


class MemberLeaving(Conflict):
    """The member is being erased."""

    code = "member_leaving"

    def __init__(self, members: Sequence[str]) -> None:
        super().__init__(f"being erased: {', '.join(members[:5])}")
        self.members = list(members)


class AlreadyMerged(Conflict):
    """The member was merged with somebody else."""

    code = "already_merged"

    def __init__(self, member: str) -> None:
        super().__init__(f"the member became {member}")
        self.member = member


class TooManyMerged(Conflict):
    """As many members as possible became one already."""

    code = "too_many_merged"

    def __init__(self, most: int) -> None:
        super().__init__(f"no more than {most} members can become one")


class ErasureUndecided(Conflict):
    """The program has not said what becomes of the points of whoever is erased."""

    code = "erasure_undecided"

    def __init__(self, points: int) -> None:
        super().__init__(f"the member has {points} points (base units): first PUT the program's erasure policy")
        self.points = points


class OperationRefused(Conflict):
    """The contracts would refuse the operation as things stand. Nothing was recorded."""

    code = "operation_refused"

    def __init__(self, call: str, reason: str) -> None:
        super().__init__(f"{call} would be refused: {reason}")
        self.call, self.reason = call, reason


class OperationUnderWay(Conflict):
    """An operation can be cancelled before it is signed, and while its delay is running."""

    code = "operation_under_way"

    def __init__(self, operation: str, state: str) -> None:
        super().__init__(f"operation {operation!r} is {state}, which is too late to cancel it")


class ActionRefused(Conflict):
    """The contracts would refuse what a member wants, as things stand."""

    code = "action_refused"

    def __init__(self, reason: str, error: str) -> None:
        super().__init__(error)
        self.reason = reason


class AccountIsClaimed(Conflict):
    """The member has claimed the account: the brand does nothing in their name any more."""

    code = "account_is_claimed"

    def __init__(self) -> None:
        super().__init__("the member has claimed the account with a key of their own")


class ProgramExists(Conflict):
    """A program of that name is deployed, or is being created."""

    code = "program_exists"

    def __init__(self, program: str) -> None:
        super().__init__(f"there is a program called {program!r}")
