"""Examples of JSON values, written from their schemas: one purchase, seen from every side."""

from __future__ import annotations

import re
from typing import Any

_ACCOUNT = "0x7C5e36951DECdeF58d70d8651bDBA893E852B1AE"
_HASH = "0xbbc90219f64aaddab2757ca5ef9aa33284cfe8947cdb1e920a5dcb3f76e7ff28"
_CONTRACT = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
_BY_NAME: dict[str, Any] = {
    "access": _CONTRACT,
    "account": _ACCOUNT,
    "accounts": _CONTRACT,
    "active": "571",
    "age_seconds": 0.4,
    "amount": 1299,
    "balance_after": "571",
    "batch_number": 9,
    "batch_position": 4,
    "batches": 9,
    "category": "dairy",
    "channel": "pos",
    "friend": None,
    "points_due": "12",
    "points_short": "0",
    "points_taken": "12",
    "reason": "goodwill: late delivery",
    "sku": "milk-1l",
    "subject": None,
    "without_award": None,
    "block_hash": _HASH,
    "block_number": 16,
    "body_hash": _HASH,
    "budget": "50000000",
    "budget_window_seconds": 2592000,
    "cap_per_award": "10000",
    "chain_id": 31337,
    "closes_at": "2100-01-01T00:00:00Z",
    "confirmations": 3,
    "confirmed": 168,
    "counterparty": None,
    "disabled_at": None,
    "disabled_why": None,
    "failing_since": None,
    "last_error": None,
    "last_status": 204,
    "next_attempt_at": None,
    "previous_secret_until": None,
    "enabled": True,
    "overlap_seconds": 86_400,
    "url": "https://shop.example.com/hooks/points",
    "created": True,
    "announced": None,
    "currency": "USD",
    "customer_id": "C-1001",
    "dead": 0,
    "dead_letter": None,
    "day_amount": 5_000_000,
    "day_count": 500,
    "decimals": 0,
    "detail": "",
    "domain": "127.0.0.1:18081",
    "lifetime_seconds": 900,
    "message": "127.0.0.1:18081 wants you to sign in with your Ethereum account:\n…",
    "nonce": "wq3GbZcB7mN2tXk9fLdR5vHs",
    "signature": "0x" + "5a" * 65,
    "at": None,
    "denominator": "100",
    "difference_count": 0,
    "in_database": "0x0007",
    "on_chain": "0x0008",
    "expires_at": None,
    "exponent": 2,
    "finalized": 4000,
    "finalized_number": 14,
    "fixed_points": "0",
    "head_number": 16,
    "id": "01JD2Y6X9V5T3Q8R7W4Z1B0CDE",
    "issuer": _CONTRACT,
    "log_index": 168,
    "member": "mem_01JD2Y6X9V5T3Q8R7W4Z1B0CDE",
    "name": "Riverside Market",
    "next_cursor": None,
    "numerator": "1",
    "pending": "0",
    "points": "12",
    "points_expected": "12",
    "rate": "1/100",
    "receipt": "rcp_01JD2Y6X9V5T3Q8R7W4Z1B0CDE",
    "receipt_amount": 100_000,
    "recorded": 1,
    "reference": "till-7/0042",
    "refusal": None,
    "refused": 0,
    "replayed": False,
    "rule_name": "Everyday",
    "rules": _CONTRACT,
    "slug": "demo",
    "source": _CONTRACT,
    "target": _ACCOUNT,
    "store": "seoul-1",
    "symbol": "RIVER",
    "terms_document": "Every purchase earns one point for each whole dollar.",
    "terms_hash": _HASH,
    "token": _CONTRACT,
    "transaction_hash": _HASH,
}
_BY_FORMAT: dict[str, Any] = {"date-time": "2017-01-07T18:55:24Z"}
_POOL = (_ACCOUNT, _ACCOUNT.lower(), _HASH, "571", "USD", "#0f766e", "1/100")
"""Where a name says nothing, the first of these that fits a pattern."""
_BY_TYPE: dict[str, Any] = {"string": "…", "integer": 1, "number": 1.5, "boolean": False}
_DEPTH_MAX = 6
_LEFT_OUT: dict[str, tuple[str, ...]] = {
    "ErasurePolicyToSet": ("reward",),
    "KeyToCreate": ("member", "scopes"),
    "MessagesToReplay": ("message",),
    "AdjustmentToMake": ("member",),
    "MemberNamed": ("customer_id",),
    "PiecesToRefund": ("sku",),
    "ProgramSpec": ("tiers",),
    "RefundToRecord": ("amount", "redemptions"),
    "ReceiptToRecord": ("member", "referrer", "friend", "subject", "redemptions"),
    "RuleSpec": ("fixed_points",),
    "RuleToSet": ("fixed_points",),
}
"""By model, fields that exclude others."""
_FILES: dict[str, str] = {
    "text/csv": "at,type,points,balance,reference\r\n2017-01-07T18:55:24Z,award,12,571,till-7/0042\r\n",
    "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" width="37" height="37">…</svg>',
    "application/pdf": "%PDF-1.3 …",
}


def example_in(media_type: str, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A body or an answer of this media type."""
    kind = media_type.partition(";")[0]
    return _FILES[kind] if kind in _FILES else example_of(schema, schemas)


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value for the field `name` with this schema. `schemas` are those that a `$ref` names."""
    left_out: tuple[str, ...] = ()
    if "$ref" in schema:
        model = str(schema["$ref"]).rpartition("/")[2]
        schema, left_out = schemas[model], _LEFT_OUT.get(model, ())
    if parts := schema.get("anyOf"):
        if name in _BY_NAME and _BY_NAME[name] is None:
            return None
        return example_of(next(part for part in parts if part.get("type") != "null"), schemas, name, depth)
    kind = schema.get("type")
    if kind == "array" and depth < _DEPTH_MAX:
        return [example_of(schema.get("items", {}), schemas, name.removesuffix("s"), depth + 1)]
    if kind == "object" and depth < _DEPTH_MAX:
        properties = schema.get("properties", {})
        return {
            field: example_of(part, schemas, field, depth + 1)
            for field, part in properties.items()
            if field not in left_out
        }
    pool = _POOL if "pattern" in schema else ()
    for known in (_own(schema), _BY_NAME.get(name), _BY_FORMAT.get(schema.get("format", "")), *pool):
        if known is not None and _fits(known, schema):
            return known
    return max(1, schema.get("minimum", 1)) if kind == "integer" else _BY_TYPE.get(str(kind))


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    kinds: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    kind = kinds.get(str(schema.get("type")))
    if kind is not None and (not isinstance(value, kind) or isinstance(value, bool) != (kind is bool)):
        return False
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    return not isinstance(value, int) or bool(schema.get("minimum", value) <= value)


def _own(schema: dict[str, Any]) -> Any:
    """The schema's own example, or its only or first value."""
    for values in (schema.get("enum"), [schema["const"]] if "const" in schema else None, schema.get("examples")):
        if values:
            return values[0]
    return None
