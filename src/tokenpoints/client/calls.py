"""A call: one request, and what its answer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar
from urllib.parse import quote

Answer = TypeVar("Answer")

Fields: TypeAlias = Mapping[str, object]
"""A body as plain JSON, such as a file has it: the gateway says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One request. Its answer is JSON of the type `answer`, or the file itself where that is `bytes` or `str`."""

    method: str
    path: str
    answer: type[Answer]
    query: Mapping[str, object] | None = None
    """None and False are not sent, each item of a list is."""
    body: object = None
    idempotency_key: str | None = None
    """Of a write. By default one is made."""

    @property
    def writes(self) -> bool:
        """Whether it changes anything: then it has a key, under which it happens once."""
        return self.method != "GET"


def part(value: str | int) -> str:
    """One part of a path."""
    text = quote(str(value), safe="")
    # A part of dots alone would lead to another path.
    return text if text.strip(".") else text.replace(".", "%2E")
