"""Problems (RFC 9457): every answer that is not what was asked for.

One table says which error code has which status. A code is stable; its type is `/problems/<code>`,
and the gateway serves a short text there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response

from tokenpoints.gateway.language import asked_for, translated
from tokenpoints.languages import Language

MEDIA_TYPE = "application/problem+json"
FAULT_COUNT_MAX = 100
"""How many single faults one problem lists."""
_DETAIL_LENGTH_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Kind:
    """What all problems of one code share."""

    status: int
    title: str
    meaning: str
    retryable: bool = False


KINDS: dict[str, Kind] = {
    "malformed_json": Kind(400, "Malformed JSON", "The body is not JSON in UTF-8, or is nested too deeply."),
    "malformed_request": Kind(400, "Malformed request", "The request is not HTTP as the gateway takes it."),
    "host_not_allowed": Kind(400, "Host not allowed", "The Host header names a host that the gateway does not serve."),
    "unauthorized": Kind(
        401,
        "Unauthorized",
        "The request has no API key that works here, or no member's token: missing, mistyped, expired or revoked.",
    ),
    "forbidden": Kind(403, "Forbidden", "The API key may not do this: it lacks the scope. Nothing was changed."),
    "wrong_store": Kind(403, "Wrong store", "The API key records receipts of one store only. Nothing was recorded."),
    "award_to_self": Kind(403, "Award to oneself", "A cashier's API key awards nothing to the cashier."),
    "second_approver_needed": Kind(
        403,
        "Second approver needed",
        "Who asked for an adjustment cannot approve it, nor can an API key that replaced theirs.",
    ),
    "key_limit_exceeded": Kind(
        403, "Key limit exceeded", "The receipts are more than the API key may record. None of them was recorded."
    ),
    "sign_in_wrong_domain": Kind(
        403, "Wrong domain", "The message was signed for another place than those on which members sign in here."
    ),
    "sign_in_wrong_chain": Kind(403, "Wrong chain", "The message was signed for another chain."),
    "sign_in_expired": Kind(403, "Sign-in expired", "The message is too old, has expired or is not good yet."),
    "sign_in_nonce_unknown": Kind(
        403, "Unknown nonce", "The nonce was used before, has expired or was never given out for this program."
    ),
    "sign_in_no_member": Kind(
        403, "No member", "The account is no member's of this program, or another key's than the one that signed."
    ),
    "signature_invalid": Kind(403, "Invalid signature", "The address in the message did not sign it."),
    "signature_malleable": Kind(
        403, "Malleable signature", "The signature's s is in the upper half: only the form that wallets make is taken."
    ),
    "signature_required": Kind(
        403,
        "Signature required",
        "The member has claimed the account and signs each action. `dry_run=true` answers what to sign.",
    ),
    "signature_wrong_chain": Kind(403, "Signed for another chain", "The data that was signed is for another chain."),
    "signature_wrong_domain": Kind(
        403, "Signed for another contract", "The data that was signed is for another contract than the account."
    ),
    "signature_mismatch": Kind(
        403, "Signed for something else", "The data that was signed says something else than what is asked for."
    ),
    "signature_nonce_used": Kind(
        403,
        "Nonce used",
        "The nonce that was signed is not the account's next: it was used, or another action came before.",
    ),
    "signature_expired": Kind(403, "Signature expired", "The deadline that was signed is over."),
    "step_up_required": Kind(
        403,
        "Step-up required",
        "More than the member's plain token may move. The brand's app asks the customer once more, and then for a "
        "token with `step_up`.",
    ),
    "not_found": Kind(404, "No such path", "Nothing is served under this path."),
    "unknown_program": Kind(404, "Unknown program", "No program of that name is deployed."),
    "unknown_member": Kind(404, "Unknown member", "The program has no such member. Enrol the customer first."),
    "unknown_receipt": Kind(404, "Unknown receipt", "The program has no such receipt."),
    "unknown_adjustment": Kind(404, "Unknown adjustment", "The program has no such adjustment."),
    "unknown_award": Kind(404, "Unknown award", "The program has no such award."),
    "unknown_block": Kind(404, "Unknown block", "The chain has no block of that number."),
    "unknown_webhook": Kind(404, "Unknown webhook", "The program has no such webhook."),
    "unknown_message": Kind(404, "Unknown message", "The webhook has no such message, or no longer."),
    "unknown_operation": Kind(404, "Unknown operation", "The program has no such operation."),
    "unknown_agreement": Kind(404, "Unknown agreement", "The other side has signed no such agreement."),
    "unknown_key": Kind(404, "Unknown API key", "The program has no such API key."),
    "unknown_voucher": Kind(404, "Unknown voucher", "The member holds no such voucher."),
    "unknown_erasure": Kind(404, "Unknown erasure", "The program has no such erasure."),
    "unknown_action": Kind(404, "Unknown action", "The member has no such action."),
    "unknown_charity": Kind(404, "Unknown charity", "The program lists no charity with this account."),
    "not_reconciled": Kind(404, "Not reconciled", "The program was not compared with the chain yet."),
    "method_not_allowed": Kind(405, "Method not allowed", "The path is served, but not with this method."),
    "conflict": Kind(409, "Conflict", "What is asked contradicts what is recorded."),
    "award_not_dead": Kind(409, "Award not set aside", "Only an award that is set aside can be retried."),
    "reference_conflict": Kind(
        409, "Reference conflict", "The reference was used before, for a receipt with another body."
    ),
    "already_counted": Kind(
        409,
        "Already counted",
        "What counts once was recorded before, under another reference: a sign-up, or a birthday or anniversary of the "
        "same year.",
    ),
    "not_refundable": Kind(
        409, "Not refundable", "Of this receipt nothing can be given back, or not as much. Nothing was recorded."
    ),
    "adjustment_not_pending": Kind(
        409, "Adjustment not pending", "The adjustment was approved or rejected before, or has expired."
    ),
    "award_not_on_chain": Kind(
        409, "Award not on chain", "The award is in no block yet, so there is nothing to prove."
    ),
    "too_many_webhooks": Kind(409, "Too many webhooks", "The program has as many webhooks as it can have."),
    "awards_under_way": Kind(
        409, "Awards under way", "Awards of the member are not settled on the chain yet. Try again later.", True
    ),
    "member_leaving": Kind(409, "Member is leaving", "The member is being erased. Nothing was recorded."),
    "already_merged": Kind(409, "Merged already", "The member was merged with somebody else."),
    "too_many_merged": Kind(409, "Too many merged", "As many members as possible became this one already."),
    "erasure_undecided": Kind(
        409, "Erasure undecided", "The program has not said what becomes of the points of whoever is erased."
    ),
    "operation_refused": Kind(
        409, "Operation refused", "The contracts would refuse it as things stand. Nothing was recorded."
    ),
    "operation_under_way": Kind(
        409, "Operation under way", "An operation can be cancelled before it is signed, and while its delay is running."
    ),
    "action_refused": Kind(
        409,
        "Action refused",
        "It cannot be done as things stand; `reason` says why. Nothing was recorded.",
    ),
    "account_is_claimed": Kind(
        409, "Account is claimed", "The member has claimed the account, and nobody else acts for it."
    ),
    "program_exists": Kind(409, "Program exists", "A program of that name is deployed, or is being created."),
    "too_many_keys": Kind(409, "Too many API keys", "The program has as many working API keys as it can have."),
    "key_not_active": Kind(
        409, "API key not active", "Only an API key that works and was not replaced yet can be rotated."
    ),
    "idempotency_key_in_flight": Kind(
        409, "Request under way", "The same idempotency key is being acted on at this moment. Try again shortly.", True
    ),
    "idempotency_answer_not_kept": Kind(
        409,
        "Answer not kept",
        "It was done under this idempotency key, and the answer showed a secret, which is not kept. Nothing was done "
        "again; `subjects` has the ids of what was made.",
    ),
    "body_too_large": Kind(413, "Body too large", "The body has more bytes than the gateway takes."),
    "unsupported_media_type": Kind(
        415, "Unsupported media type", "Bodies are application/json in UTF-8, without a content encoding."
    ),
    "invalid_input": Kind(422, "Invalid input", "The request cannot be meant like this. Nothing was changed."),
    "amount_out_of_range": Kind(
        422, "Amount out of range", "An amount is a whole number of the currency's smallest unit, from 1 to 2^48-1."
    ),
    "duplicate_references": Kind(
        422, "Duplicate references", "One call names the same reference more than once. Nothing was recorded."
    ),
    "idempotency_key_reused": Kind(
        422, "Idempotency key in use", "The idempotency key was used for another request. Nothing was changed."
    ),
    "invalid_cursor": Kind(422, "Invalid cursor", "The cursor is not one that this list gave out."),
    "invalid_destination": Kind(
        422,
        "Invalid destination",
        "Webhooks go to https:// URLs of the public internet, port 443. Nothing was changed.",
    ),
    "sign_in_malformed": Kind(422, "Malformed message", "What was signed is not a message of EIP-4361."),
    "statement_too_long": Kind(422, "Statement too long", "The period has more lines than one statement can have."),
    "too_many_requests": Kind(
        429, "Too many requests", "More requests than are answered in a minute. Try again after `Retry-After`.", True
    ),
    "internal_error": Kind(500, "Internal error", "A fault of the gateway. The log has it under the request's id."),
    "no_operator": Kind(
        503, "No operator", "No `operator` process holds a key of the role that makes this change.", True
    ),
    "rule_not_indexed": Kind(
        503, "Rule not indexed", "The rule's terms are not read from the chain yet. Try again shortly.", True
    ),
    "proof_unavailable": Kind(
        503,
        "Proof unavailable",
        "The node proves nothing of that block: it keeps no state of its age (an archive node does), or cannot prove "
        "at all; or the receipts of the award's batch are not all here.",
    ),
    "chain_unavailable": Kind(503, "Chain unavailable", "The node does not answer. Try again shortly.", True),
    "database_unavailable": Kind(
        503, "Database unavailable", "The database does not answer or is busy. Try again shortly.", True
    ),
    "not_ready": Kind(503, "Not ready", "The gateway cannot do its work at the moment.", True),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request."""

    pointer: str
    """A JSON pointer (RFC 6901) into the body, or the name of a parameter."""
    detail: str


@dataclass(eq=False)
class Problem(Exception):
    """An answer that is not what was asked for."""

    code: str
    detail: str
    faults: Sequence[Fault] = ()
    headers: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


def response_to(problem: Problem, request_headers: Headers) -> Response:
    """The problem as an HTTP response, in the language that these headers ask for."""
    kind, language = KINDS[problem.code], asked_for(request_headers)
    headers = {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept-Language"} | problem.headers
    if kind.retryable:
        headers.setdefault("Retry-After", "1")
    body = {
        "type": f"/problems/{problem.code}",
        "title": translated(kind.title, language),
        "status": kind.status,
        "detail": _printable(_told(problem, kind, language))[:_DETAIL_LENGTH_MAX],
        "code": problem.code,
        "errors": [
            {"pointer": _printable(fault.pointer), "detail": _printable(fault.detail)}
            for fault in problem.faults[:FAULT_COUNT_MAX]
        ],
    }
    if len(problem.faults) > FAULT_COUNT_MAX:
        body["errors_omitted"] = len(problem.faults) - FAULT_COUNT_MAX
    return Response(
        orjson.dumps(body | problem.extensions), status_code=kind.status, media_type=MEDIA_TYPE, headers=headers
    )


def _told(problem: Problem, kind: Kind, language: Language) -> str:
    if (told := translated(problem.detail, language)) != problem.detail:
        return told
    meaning = translated(kind.meaning, language)
    if problem.detail == kind.meaning or language is Language.ENGLISH:
        return meaning if problem.detail == kind.meaning else problem.detail
    # The facts stay as they are, with names and numbers that are no language's.
    return f"{meaning} ({problem.detail})"


def _printable(text: str) -> str:
    # What came in may hold half a surrogate pair, which no JSON can carry.
    return text.encode("utf-8", "replace").decode()
