"""What comes of asking a node."""

from __future__ import annotations

from tokenpoints.errors.base import TokenPointsError


class ChainError(TokenPointsError):
    """The node did not do what was asked."""

    code = "chain_error"


class ChainUnavailable(ChainError):
    """The node gave no usable answer."""

    code = "chain_unavailable"
    retryable = True


class CheckpointMoved(ChainError):
    """Another indexer has moved the checkpoint since this one looked."""

    code = "checkpoint_moved"
    retryable = True

    def __init__(self) -> None:
        super().__init__("another indexer has moved the checkpoint")


class ChainTimedOut(ChainUnavailable):
    """The node did not answer in time."""

    code = "chain_timed_out"


class ChainRefused(ChainError):
    """The node answered with a JSON-RPC error."""

    code = "chain_refused"

    def __init__(self, method: str, rpc_code: int, detail: str, data: str | None = None) -> None:
        super().__init__(f"{method}: {detail} ({rpc_code})")
        self.method, self.rpc_code, self.detail, self.data = method, rpc_code, detail, data


class AnswerTooLarge(ChainRefused):
    """More was asked for than the node, or this side, takes in one answer. Ask for less."""

    code = "answer_too_large"
    retryable = True
