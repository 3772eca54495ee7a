"""The gateway's OpenAPI document, and its examples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from scripts.generate_client import document as made_document
from scripts.generate_client import name_of


@dataclass(frozen=True, slots=True)
class Documented:
    """An operation, with the document's example of what is sent and of what is answered."""

    method: str
    path: str
    parameters: list[dict[str, Any]]
    sent: Any
    status: int
    media_type: str
    answered: Any


@cache
def document() -> dict[str, Any]:
    """What the gateway serves."""
    return made_document()


@cache
def operations() -> dict[str, Documented]:
    """All of them, by the names of their functions."""
    found = {}
    for path, item in document()["paths"].items():
        for method, described in item.items():
            status, answer = next(each for each in described["responses"].items() if each[0].startswith("2"))
            [(media_type, content)] = answer["content"].items()
            found[name_of(described["operationId"], path, method)] = Documented(
                method.upper(),
                path,
                described.get("parameters", []),
                described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example"),
                int(status),
                media_type,
                content["example"],
            )
    return found
