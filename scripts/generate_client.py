"""Write the client's models and methods, from the OpenAPI document that the gateway serves.

python scripts/generate_client.py
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tokenpoints.config import Settings
from tokenpoints.domain.programs import Deployment
from tokenpoints.gateway.app import create_app
from tokenpoints.storage.database import Database

FOLDER = Path(__file__).parent.parent / "src/tokenpoints/client"
HEADER = "# Made by scripts/generate_client.py out of the gateway's OpenAPI document: `make client` makes it again."
LINE_LENGTH = 120
JSON = "application/json"
LEFT_OUT = ("fields",)
"""Parameters that would make the answer another than its type."""
_CHECKS = (
    *("minLength", "maxLength", "pattern", "format", "minItems", "maxItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "default",
)
"""The gateway's business: the client would say less of what is wrong, and less truly of what holds where nothing is
said."""
_NOISE = ("title", "example", "examples")
_KEYWORDS = {"from": "from_"}


def document() -> dict[str, Any]:
    """What the gateway serves, whatever its programs."""
    app = create_app(
        database=Database.open("sqlite+aiosqlite:///:memory:"),
        deployment=Deployment(chain_id=31337, programs={}),
        settings=Settings(),
        clock=lambda: datetime.now(UTC),
    )
    found: dict[str, Any] = app.openapi()
    return found


def files(described: dict[str, Any]) -> dict[str, str]:
    """The generated modules, by file name."""
    operations = list(_operations(described))
    return {
        "models.py": _formatted(_models(described)),
        "operations.py": _formatted(_methods(operations, awaited=False)),
        "async_operations.py": _formatted(_methods(operations, awaited=True)),
    }


@dataclass(frozen=True, slots=True)
class Parameter:
    """Of a path or a query."""

    name: str
    """As it is sent."""
    type: str
    default: str | None
    """None where it has to be given."""
    description: str

    @property
    def variable(self) -> str:
        return _KEYWORDS.get(self.name, self.name)

    @property
    def declared(self) -> str:
        return f"{self.variable}: {self.type}" + ("" if self.default is None else f" = {self.default}")


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be asked of the gateway."""

    name: str
    method: str
    path: str
    description: str
    in_path: list[Parameter]
    in_query: list[Parameter]
    body: str | None
    answer: str
    is_keyed: bool
    """Whether it takes an idempotency key."""
    items: tuple[str, str] | None
    """Of a list with pages: the field that has them, and their type."""

    @property
    def parameters(self) -> list[str]:
        """As they are declared: first by place, then by name."""
        by_name = [each.declared for each in self.in_query]
        by_name += ["idempotency_key: str | None = None"] if self.is_keyed else []
        by_place = ["self", *(each.declared for each in self.in_path)]
        by_place += [] if self.body is None else [f"body: {self.body} | Fields"]
        return [*by_place, "*", *by_name] if by_name else by_place

    @property
    def call(self) -> str:
        url = self.path
        for each in self.in_path:
            url = url.replace(f"{{{each.name}}}", f"{{part({each.variable})}}")
        query = ", ".join(f'"{each.name}": {each.variable}' for each in self.in_query)
        arguments = [f'"{self.method}"', f'{"f" if self.in_path else ""}"{url}"', self.answer]
        arguments += [f"query={{{query}}}"] if query else []
        arguments += [] if self.body is None else ["body=body"]
        arguments += ["idempotency_key=idempotency_key"] if self.is_keyed else []
        return f"Call({', '.join(arguments)})"


def name_of(operation_id: str, path: str, method: str) -> str:
    """The function behind an operation, out of the id that FastAPI makes."""
    return operation_id.removesuffix(re.sub(r"\W", "_", f"{path}_{method}"))


def _operations(described: dict[str, Any]) -> Iterator[Operation]:
    schemas = described["components"]["schemas"]
    for path, item in described["paths"].items():
        for method, operation in item.items():
            parameters = [each for each in operation.get("parameters", []) if each["name"] not in LEFT_OUT]
            in_path = {each["name"]: _parameter(each) for each in parameters if each["in"] == "path"}
            in_query = [_parameter(each) for each in parameters if each["in"] == "query"]
            body = operation.get("requestBody", {}).get("content", {}).get(JSON)
            answer = _answer(operation)
            yield Operation(
                name=name_of(operation["operationId"], path, method),
                method=method.upper(),
                path=path,
                description=operation["description"],
                in_path=sorted(in_path.values(), key=lambda each: path.index(f"{{{each.name}}}")),
                in_query=sorted(in_query, key=lambda each: each.default is not None),
                body=None if body is None else _type(body["schema"]),
                answer=answer,
                is_keyed=any(each["name"] == "Idempotency-Key" for each in parameters),
                items=_items(schemas.get(answer.removeprefix("models."), {})),
            )


def _parameter(described: dict[str, Any]) -> Parameter:
    schema, default = described["schema"], None
    type_ = _type(schema)
    if not described.get("required"):
        value = schema.get("default")
        default = "()" if value == [] else repr(value)
        if value is None and not type_.endswith("| None"):
            type_ += " | None"
    return Parameter(described["name"], type_, default, described.get("description", ""))


def _answer(operation: dict[str, Any]) -> str:
    """All that is no problem is answered alike."""
    found = {
        media_type: content["schema"]
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for media_type, content in answer["content"].items()
    }
    [(media_type, schema)] = found.items()
    if media_type == JSON:
        return _type(schema)
    return "str" if media_type.startswith(("text/", "image/svg")) else "bytes"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"models.{schema['$ref'].rpartition('/')[2]}"
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    if "enum" in schema:
        return f"Literal[{', '.join(json.dumps(each) for each in schema['enum'])}]"
    if schema["type"] == "array":
        inner = _type(schema["items"])
        return f"Sequence[{inner}]" if schema.get("default") == [] else f"list[{inner}]"
    return {"string": "str", "integer": "int", "boolean": "bool", "null": "None"}[schema["type"]]


def _items(schema: dict[str, Any]) -> tuple[str, str] | None:
    fields = schema.get("properties", {})
    if "next_cursor" not in fields:
        return None
    [(name, listed)] = [(name, field) for name, field in fields.items() if field.get("type") == "array"]
    return name, _type(listed["items"])


def _methods(operations: list[Operation], *, awaited: bool) -> str:
    name, how = ("AsyncOperations", "for asyncio") if awaited else ("Operations", "for threads")
    define, wait, iterator = ("async def", "await ", "AsyncIterator") if awaited else ("def", "", "Iterator")
    every = "every_awaited" if awaited else "every"
    lines = [
        HEADER,
        f'"""Everything that can be asked of the gateway, {how}."""',
        "from __future__ import annotations",
        "from abc import ABC, abstractmethod",
        f"from collections.abc import {iterator}, Sequence",
        "from typing import Literal",
        "from tokenpoints.client import models",
        "from tokenpoints.client.calls import Answer, Call, Fields, part",
        f"from tokenpoints.client.paging import {every}",
        f"class {name}(ABC):",
        '    """One method for each operation. Each raises GatewayRefused and GatewayUnreachable.',
        "",
        "    Under an `idempotency_key` a write happens once; by default each call makes its own.",
        '    """',
        "    @abstractmethod",
        f"    {define} ask(self, call: Call[Answer]) -> Answer:",
        '        """Make any call, until it is answered."""',
    ]
    for each in operations:
        lines += [
            f"    {define} {each.name}({', '.join(each.parameters)}) -> {each.answer}:",
            textwrap.indent(_docstring(each), " " * 8),
            f"        return {wait}self.ask({each.call})",
        ]
        if each.items is not None:
            lines += _iterating(each, iterator, every)
    return "\n".join(lines) + "\n"


def _iterating(listing: Operation, iterator: str, every: str) -> list[str]:
    field, item = listing.items or ("", "")
    without_cursor = [each for each in listing.parameters if not each.startswith("cursor:")]
    given = [each.variable for each in listing.in_path]
    given += [f"{each.variable}={each.variable}" for each in listing.in_query]
    return [
        f"    def {listing.name.replace('list_', 'iterate_')}({', '.join(without_cursor)}) -> {iterator}[{item}]:",
        f'        """All that `{listing.name}` lists, asked for in pages of `limit`."""',
        f"        return {every}(lambda cursor: self.{listing.name}({', '.join(given)}), lambda page: page.{field})",
    ]


def _docstring(operation: Operation) -> str:
    told = [f"`{each.variable}`: {each.description}" for each in operation.in_query if each.description]
    lines = textwrap.wrap(operation.description, LINE_LENGTH - 14)
    if told:
        lines += ["", *(line for each in told for line in textwrap.wrap(each, LINE_LENGTH - 12))]
    ending = '\n"""' if len(lines) > 1 else '"""'
    return '"""' + "\n".join(lines) + ending


def _models(described: dict[str, Any]) -> str:
    schemas = {name: _bare(schema) for name, schema in described["components"]["schemas"].items()}
    told = {"openapi": described["openapi"], "info": described["info"], "paths": {}, "components": {"schemas": schemas}}
    with tempfile.TemporaryDirectory() as folder:
        written, made = Path(folder) / "openapi.json", Path(folder) / "models.py"
        written.write_text(json.dumps(told))
        command = [
            *(sys.executable, "-m", "datamodel_code_generator", "--ignore-pyproject", "--formatters", "builtin"),
            *("--input", str(written), "--input-file-type", "openapi", "--openapi-scopes", "schemas"),
            *("--output", str(made), "--output-model-type", "msgspec.Struct", "--target-python-version", "3.11"),
            *("--base-class", "tokenpoints.client.model.Model", "--keyword-only", "--disable-timestamp"),
            *("--enum-field-as-literal", "all", "--use-type-alias", "--strict-nullable", "--no-use-annotated"),
            *("--use-schema-description", "--use-field-description", "--use-attribute-docstrings"),
            *("--use-single-line-docstring", "--use-double-quotes", "--use-standard-collections"),
            *("--custom-file-header", f'{HEADER}\n"""What is sent to the gateway, and what it answers."""'),
        ]
        subprocess.run(command, check=True)
        # For mypy what is frozen has to say so itself, though it inherits it.
        return made.read_text().replace("(Model, kw_only=True)", "(Model, frozen=True, kw_only=True)")


def _bare(schema: Any, *, by_name: bool = False) -> Any:
    """Without what is no part of a type. `by_name`: of a mapping whose names are fields, all stay."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    bare = {
        name: _bare(value, by_name=name == "properties" and not by_name)
        for name, value in schema.items()
        if by_name or name not in (*_CHECKS, *_NOISE)
    }
    if not by_name and isinstance(bare.get("description"), str):
        bare["description"] = "\n".join(textwrap.wrap(bare["description"], LINE_LENGTH - 10))
    return bare


def _formatted(code: str) -> str:
    for arguments in (["check", "--quiet", "--fix", "--exit-zero"], ["format", "--quiet"]):
        name = str(FOLDER / "generated.py")
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", name, "-"],
            input=code,
            capture_output=True,
            text=True,
            check=True,
        )
        code = done.stdout
    return code


if __name__ == "__main__":
    for name, content in files(document()).items():
        (FOLDER / name).write_text(content)
