"""Cursors: where a list goes on. Opaque to callers, and good only for the list that gave them out."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from tokenpoints.errors import InvalidCursor

_NUMBER_MAX = (1 << 63) - 1
_LENGTH_MAX = 100


def cursor_of(list_name: str, *numbers: int) -> str:
    """A cursor for the list `list_name`."""
    text = ":".join([list_name, *map(str, numbers)])
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def numbers_in(list_name: str, cursor: str, count: int) -> tuple[int, ...]:
    """The `count` numbers that `cursor_of` put in. Raises InvalidCursor."""
    if len(cursor) > _LENGTH_MAX or not cursor.isascii():
        raise InvalidCursor
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        name, *parts = text.split(":")
        numbers = tuple(int(part) for part in parts if part.isdigit())
    except ValueError:
        raise InvalidCursor from None
    if name != list_name or not len(numbers) == len(parts) == count or max(numbers) > _NUMBER_MAX:
        raise InvalidCursor
    return numbers
