"""`fields=id,status`: less of an answer. Of a list, less of each item; its `next_cursor` stays."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from tokenpoints.errors import InvalidInput

PARAMETER = "fields"
LENGTH_MAX = 1_000
MEANING = "Names of fields, by commas: answer only these. Of a list, of each item."
_CURSOR = "next_cursor"


def asked_for(text: str, model: type[BaseModel]) -> list[str]:
    """The names in `text`. Raises InvalidInput where the answer has no such field."""
    names = list(dict.fromkeys(text.split(",")))
    known = _item_model(model).model_fields
    if len(text) > LENGTH_MAX or not all(name in known for name in names):
        raise InvalidInput(f"are some of {', '.join(known)}, by commas", field=PARAMETER)
    return names


def thinned(answer: dict[str, Any], names: Collection[str], model: type[BaseModel]) -> dict[str, Any]:
    """The answer with these fields, in its own order."""
    listed = _listed(model)
    if listed is None:
        return _only(answer, names)
    return answer | {listed[0]: [_only(item, names) for item in answer[listed[0]]]}


def _only(item: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name in names}


def _item_model(model: type[BaseModel]) -> type[BaseModel]:
    listed = _listed(model)
    return model if listed is None else listed[1]


def _listed(model: type[BaseModel]) -> tuple[str, type[BaseModel]] | None:
    """The field with the items, and their model, where this is an answer of a list."""
    if _CURSOR not in model.model_fields:
        return None
    return next(
        (name, get_args(field.annotation)[0])
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is list
    )
