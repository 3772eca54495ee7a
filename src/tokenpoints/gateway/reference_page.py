"""The API reference, written from the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from tokenpoints.gateway.documented import COMMON, KEYED
from tokenpoints.gateway.schema_examples import example_of


def reference_page(document: dict[str, Any]) -> str:
    """The whole page as HTML."""
    environment = Environment(
        loader=PackageLoader("tokenpoints.gateway"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known = document["components"]["schemas"]
    operations = [
        _operation(method, path, operation, known)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    schemas = {
        name: {"text": schema.get("description", ""), "fields": _fields(schema), "enum": schema.get("enum")}
        for name, schema in known.items()
    }
    groups: dict[str, list[dict[str, Any]]] = {}
    for operation in operations:
        groups.setdefault(operation["tag"], []).append(operation)
    return environment.get_template("reference.html").render(
        info=document["info"], groups=groups, schemas=schemas, common=(*COMMON, *KEYED)
    )


def _operation(method: str, path: str, operation: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answers = [_answer(status, answer) for status, answer in sorted(operation["responses"].items())]
    success = next(
        content.get("schema")
        for status, answer in sorted(operation["responses"].items())
        for content in answer.get("content", {"": {}}).values()
        if status.startswith("2")
    )
    return {
        "tag": operation.get("tags", ["other"])[0],
        "method": method.upper(),
        "path": path,
        "anchor": operation["operationId"],
        "text": operation.get("description", operation.get("summary", "")),
        "scopes": [scope for asked in operation.get("security", []) for scopes in asked.values() for scope in scopes],
        "parameters": [
            {
                "name": parameter["name"],
                "place": parameter["in"],
                "type": _type(parameter["schema"]),
                "text": parameter.get("description", ""),
            }
            for parameter in operation.get("parameters", [])
        ],
        "body": _named(body),
        "body_example": _written(body, known),
        "answers": [answer for answer in answers if answer["status"].startswith("2")],
        "answer_example": _written(success, known),
        "problems": [
            (answer["status"], code)
            for answer in answers
            if answer["status"].startswith(("4", "5"))
            for code in answer["text"].split(" or ")
            if code not in (*COMMON, *KEYED)
        ],
    }


def _answer(status: str, answer: dict[str, Any]) -> dict[str, Any]:
    schemas = [content.get("schema") for content in answer.get("content", {}).values()]
    text = answer["description"].replace("`", "")
    return {"status": status, "text": text, "schema": _named(next(iter(schemas), None))}


def _written(schema: dict[str, Any] | None, known: dict[str, Any]) -> str | None:
    """An example as indented JSON."""
    return None if schema is None else json.dumps(example_of(schema, known), indent=2, ensure_ascii=False)


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "type": _type(field),
            "schema": _named(field) or _named(field.get("items")),
            "required": name in required,
            "text": field.get("description", ""),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _named(schema: dict[str, Any] | None) -> str | None:
    for part in [schema or {}, *(schema or {}).get("anyOf", [])]:
        if "$ref" in part:
            return str(part["$ref"]).rpartition("/")[2]
    return None


def _type(schema: dict[str, Any]) -> str:
    """What a value looks like, in few words."""
    if "$ref" in schema:
        return str(_named(schema))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(part) for part in schema["anyOf"]))
    if "const" in schema:
        return json.dumps(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "any"))
