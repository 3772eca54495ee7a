"""The error that all others are."""

from __future__ import annotations

from typing import ClassVar


class TokenPointsError(Exception):
    """The base of them all."""

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False
