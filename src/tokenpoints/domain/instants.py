"""Moments as text: RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339) in, UTC out."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)


def rfc3339(instant: datetime) -> str:
    """`2017-01-07T18:55:24Z`; microseconds only where there are any. `instant` is aware."""
    return instant.astimezone(UTC).isoformat()[: -len("+00:00")] + "Z"


def parse_rfc3339(text: str) -> datetime:
    """The moment in UTC, to the microsecond. Raises ValueError, also where no zone is given."""
    if not _RFC_3339.fullmatch(text):
        raise ValueError("not an RFC 3339 date and time with a zone, like 2017-01-07T18:55:24Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("not a date and time of the calendar") from None
