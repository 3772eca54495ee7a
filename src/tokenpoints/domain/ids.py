"""Public identifiers: a prefix that names the noun, and a ULID (https://github.com/ulid/spec)."""

import secrets
import time

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Two digits at a time: one bulk call makes twenty thousand ids.
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]


def new_id(prefix: str) -> str:
    """For example `mem_01JD…`: sorted by time of creation to the millisecond."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return f"{prefix}_" + "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])


def base32(value: int, digit_count: int) -> str:
    """The lowest digits of `value` in Crockford's base 32, the highest of them first."""
    return "".join([_CROCKFORD[value >> 5 * place & 31] for place in reversed(range(digit_count))])


def may_be_id(text: str) -> bool:
    """Whether an id can look like this. PostgreSQL cannot even be asked for a text with a NUL in it."""
    return text.isascii() and text.isprintable()
