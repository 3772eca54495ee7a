"""The OpenAPI 3.1 document: what FastAPI derives, with our problems in place of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from tokenpoints.domain import change_bodies
from tokenpoints.gateway import fields
from tokenpoints.gateway.answers.problems import ProblemAnswer, ProblemFault
from tokenpoints.gateway.documented import KEPT, KEYED, SIGNED_IN, problem_responses
from tokenpoints.gateway.idempotency import HEADER, KEY_LENGTH_MAX, REPLAYED
from tokenpoints.gateway.problems import KINDS
from tokenpoints.gateway.requests.actions import (
    CharityToList,
    ClaimToMake,
    ConversionToMake,
    DonationToMake,
    LimitsToSet,
    RedemptionToMake,
    SignInToCheck,
    TokenToIssue,
    TransferToMake,
)
from tokenpoints.gateway.requests.keys import KeyToCreate, KeyToRotate
from tokenpoints.gateway.requests.persons import ErasurePolicyToSet, MembersToEnrol, MemberToEnrol, MergeToMake
from tokenpoints.gateway.requests.receipts import ReceiptsToRecord, ReceiptToRecord
from tokenpoints.gateway.requests.refunds import AdjustmentToMake, RefundToRecord
from tokenpoints.gateway.requests.webhooks import MessagesToReplay, SecretToRotate, WebhookToChange, WebhookToCreate
from tokenpoints.gateway.schema_examples import example_in

SENT = (
    MemberToEnrol,
    MembersToEnrol,
    MergeToMake,
    ErasurePolicyToSet,
    ReceiptToRecord,
    ReceiptsToRecord,
    RefundToRecord,
    AdjustmentToMake,
    WebhookToCreate,
    WebhookToChange,
    SecretToRotate,
    MessagesToReplay,
    change_bodies.ProgramToCreate,
    change_bodies.RuleToSet,
    change_bodies.RewardToSet,
    change_bodies.AccountToFreeze,
    change_bodies.Pausing,
    change_bodies.IssuerToSet,
    change_bodies.RoleToGrant,
    change_bodies.NoticePeriodToSet,
    change_bodies.WindDown,
    change_bodies.PolicyToOpen,
    change_bodies.MetadataToSet,
    change_bodies.AgreementToSign,
    change_bodies.AgreementToAccept,
    change_bodies.EscrowToWithdraw,
    change_bodies.EscrowToDeposit,
    KeyToCreate,
    KeyToRotate,
    TokenToIssue,
    SignInToCheck,
    RedemptionToMake,
    TransferToMake,
    ConversionToMake,
    DonationToMake,
    ClaimToMake,
    LimitsToSet,
    CharityToList,
)
_REFERENCE = "#/components/schemas/{model}"
_FASTAPI_SCHEMAS = ("HTTPValidationError", "ValidationError")


def install(app: FastAPI) -> None:
    """Make `app.openapi()` answer with this document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    result = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        openapi_version="3.1.0",
    )
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    for name in _FASTAPI_SCHEMAS:
        schemas.pop(name, None)
    for item in result["paths"].values():
        for method, operation in item.items():
            _drop_added_responses(operation["responses"])
            [scheme] = [name for each in operation.get("security", []) for name in each] or [None]
            if scheme is None:
                continue
            _add_refusals(operation["responses"], SIGNED_IN if scheme == "memberToken" else KEYED)
            if method != "get":
                _add_idempotency(operation)
            elif "application/json" in operation["responses"]["200"]["content"]:
                _add_reading(operation)
    _, sent = models_json_schema([(model, "validation") for model in SENT], ref_template=_REFERENCE)
    _, answered = models_json_schema(
        [(ProblemAnswer, "serialization"), (ProblemFault, "serialization")], ref_template=_REFERENCE
    )
    schemas |= sent["$defs"]
    problem = answered["$defs"].pop("ProblemAnswer")
    schemas |= {"Problem": problem} | answered["$defs"]
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    for item in result["paths"].values():
        for operation in item.values():
            _add_examples(operation, schemas)
    return result


def _add_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Of what is sent, and of what is answered where that was right."""
    told = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    for part in [operation.get("requestBody", {}), *told]:
        for media_type, content in part.get("content", {}).items():
            content["example"] = example_in(media_type, content.get("schema", {}), schemas)


def _add_reading(operation: dict[str, Any]) -> None:
    """What any read of JSON takes and answers that asks for a key."""
    parameters = operation.setdefault("parameters", [])
    if not any(parameter["name"] == fields.PARAMETER for parameter in parameters):
        parameters.append(
            {
                "name": fields.PARAMETER,
                "in": "query",
                "required": False,
                "schema": {"type": "string", "maxLength": fields.LENGTH_MAX},
                "description": fields.MEANING,
            }
        )
    parameters.append(
        {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "The `ETag` of the answer that you have.",
        }
    )
    tag = {"ETag": {"schema": {"type": "string"}, "description": "Names this very answer."}}
    operation["responses"]["200"]["headers"] = tag
    operation["responses"]["304"] = {"description": "The answer that you have is still the answer.", "headers": tag}
    _add_refusals(operation["responses"], ("invalid_input",))


def _add_idempotency(operation: dict[str, Any]) -> None:
    """What any write takes and answers that asks for a key."""
    operation.setdefault("parameters", []).append(
        {
            "name": HEADER,
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX, "pattern": "^[!-~]+$"},
            "description": "Of your making, one to a write: the same request under it happens once.",
        }
    )
    _add_refusals(operation["responses"], KEPT)
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer["headers"] = {
                REPLAYED: {"schema": {"const": "true"}, "description": "This is the answer of the first time."}
            }


def _add_refusals(responses: dict[str, Any], codes: Sequence[str]) -> None:
    """What many operations answer alike."""
    for code in codes:
        status = str(KINDS[code].status)
        if status in responses:
            if f"`{code}`" not in responses[status]["description"]:
                responses[status]["description"] += f" or `{code}`"
        else:
            responses |= {
                str(number): said for number, said in problem_responses(code).items() if str(number) == status
            }


def _drop_added_responses(responses: dict[str, Any]) -> None:
    """FastAPI adds a 422 wherever there is a parameter, also where any text will do."""
    added = {"$ref": _REFERENCE.format(model=_FASTAPI_SCHEMAS[0])}
    for status, answer in list(responses.items()):
        if answer.get("content", {}).get("application/json", {}).get("schema") == added:
            del responses[status]
