"""What a caller asked for cannot be meant like this."""

from __future__ import annotations

from collections.abc import Sequence

from tokenpoints.errors.base import TokenPointsError


class InvalidInput(TokenPointsError):
    """The request cannot be meant like this."""

    code = "invalid_input"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


class AmountOutOfRange(InvalidInput):
    """An amount is below the least or above the most that the chain can carry."""

    code = "amount_out_of_range"


class DuplicateReferences(InvalidInput):
    """One bulk call names the same reference more than once."""

    code = "duplicate_references"

    def __init__(self, references: Sequence[str]) -> None:
        shown = ", ".join(references[:5])
        more = f" and {len(references) - 5} more" if len(references) > 5 else ""
        super().__init__(f"given more than once in this call: {shown}{more}", field="receipts")
        self.references = list(references)


class FaultyReceipts(InvalidInput):
    """Some receipts of a call cannot be meant like this. Nothing of the call is recorded."""

    def __init__(self, faults: Sequence[tuple[int, str, str]]) -> None:
        index, field, why = faults[0]
        more = f", and {len(faults) - 1} more faults" if len(faults) > 1 else ""
        super().__init__(f"receipt {index}: {field} {why}{more}")
        self.faults = list(faults)
        """(index in the call, field, what is wrong with it)."""


class InvalidCursor(InvalidInput):
    """The cursor is not one that this list gave out."""

    code = "invalid_cursor"

    def __init__(self) -> None:
        super().__init__("the cursor is not one that this list gave out", field="cursor")


class InvalidDestination(InvalidInput):
    """A URL to which no webhook is ever sent."""

    code = "invalid_destination"

    def __init__(self, why: str) -> None:
        super().__init__(why, field="/url")


class SignInMalformed(InvalidInput):
    """What was signed is not a message of EIP-4361."""

    code = "sign_in_malformed"

    def __init__(self, why: str) -> None:
        super().__init__(why, field="/message")


class StatementTooLong(InvalidInput):
    """A statement would have more lines than one can have."""

    code = "statement_too_long"

    def __init__(self, most: int) -> None:
        super().__init__(f"a statement has at most {most} lines: ask for a shorter period", field="from")
        self.most = most
