"""What a client of the gateway, or an import, meets."""

from __future__ import annotations

from collections.abc import Sequence

from tokenpoints.errors.base import TokenPointsError


class GatewayError(TokenPointsError):
    """What a client of the gateway meets."""

    code = "gateway_error"


class GatewayUnreachable(GatewayError):
    """The gateway gave no usable answer for as long as the client was told to try."""

    code = "gateway_unreachable"
    retryable = True


class GatewayRefused(GatewayError):
    """The gateway answered with a problem (RFC 9457)."""

    code = "gateway_refused"

    def __init__(self, status: int, problem_code: str, detail: str, faults: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(f"{detail} ({status} {problem_code})")
        self.status, self.problem_code, self.detail = status, problem_code, detail
        self.faults = list(faults)
        """(JSON pointer into what was sent, what is wrong there); the gateway lists the first hundred."""


class StillUnderWay(GatewayError):
    """What a client was told to wait for is not settled."""

    code = "still_under_way"
    retryable = True


class ImportFailed(TokenPointsError):
    """A purchase file cannot be imported, or not to its end."""

    code = "import_failed"


class UnreadableFile(ImportFailed):
    """The file is missing, cut short, or not what its name says."""

    code = "unreadable_file"


class UnclearMapping(ImportFailed):
    """Columns are missing, or it is not clear which is which."""

    code = "unclear_mapping"
