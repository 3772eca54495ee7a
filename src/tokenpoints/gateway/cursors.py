"""Cursors: where a list goes on. Opaque to callers, and good only for the list that gave them out.

Their checksum finds what was cut off, mistyped or made up. It is no secret's: a cursor holds a place in a list, and
who may read that list is asked with every page.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from tokenpoints.errors import InvalidCursor

_NUMBER_MAX = (1 << 63) - 1
_LENGTH_MAX = 100
_CHECKSUM_BYTES = 8


def cursor_of(list_name: str, *numbers: int) -> str:
    """A cursor for the list `list_name`."""
    text = ":".join([list_name, *map(str, numbers)])
    return urlsafe_b64encode(_checksum(text) + text.encode()).decode().rstrip("=")


def numbers_in(list_name: str, cursor: str, count: int) -> tuple[int, ...]:
    """The `count` numbers that `cursor_of` put in. Raises InvalidCursor."""
    if len(cursor) > _LENGTH_MAX or not cursor.isascii():
        raise InvalidCursor
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        checksum, text = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:].decode("ascii")
        name, *parts = text.split(":")
        numbers = tuple(int(part) for part in parts if part.isdigit())
    except ValueError:
        raise InvalidCursor from None
    if checksum != _checksum(text) or cursor != cursor_of(name, *numbers):
        # Also another spelling of the same bytes, which no list gave out.
        raise InvalidCursor
    if name != list_name or not len(numbers) == len(parts) == count or max(numbers) > _NUMBER_MAX:
        raise InvalidCursor
    return numbers


def _checksum(text: str) -> bytes:
    return hashlib.sha256(b"tokenpoints cursor " + text.encode()).digest()[:_CHECKSUM_BYTES]
