"""How endpoints say which problems and bodies they know, for the OpenAPI document."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pydantic import BaseModel

from tokenpoints.gateway import problems

COMMON = ("malformed_request", "host_not_allowed", "body_too_large", "internal_error")
"""What any endpoint may answer."""
KEYED = ("unauthorized", "forbidden", "too_many_requests")
"""What any endpoint may answer that asks for a key; the document has it without being told."""
KEPT = ("invalid_input", "idempotency_key_reused", "idempotency_key_in_flight", "idempotency_answer_not_kept")
"""What any write may answer that has an idempotency key; the document has it without being told."""
SIGNED_IN = ("unauthorized", "too_many_requests")
"""What any endpoint may answer that asks for a member's token, as above."""
STORED = ("database_unavailable",)
SENT = ("malformed_json", "unsupported_media_type", "invalid_input")
LISTED = ("invalid_input", "invalid_cursor")


def problem_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint that may answer with these codes, besides the common ones."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys((*codes, *COMMON)):
        by_status[problems.KINDS[code].status].append(code)
    return {
        status: {
            "description": " or ".join(f"`{code}`" for code in sorted(found)),
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, found in sorted(by_status.items())
    }


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The `openapi_extra` of an endpoint that reads a JSON body."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
