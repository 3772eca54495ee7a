"""What counts once, whatever its reference, and when two receipts are the same. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.domain.receipts import CHANNELS_APART_MAX, Receipt, body_hash, canonical_body, once_key_of
from tokenpoints.domain.types import Hash32
from tokenpoints.earning.intake import Draft

_DAY_SECONDS = 86_400


def once_key(draft: Draft, member: Member, program: Program) -> str | None:
    """What a receipt counts once for; None where only its reference says that."""
    match draft.kind:
        case ReceiptKind.SIGN_UP:
            return once_key_of(draft.kind, member.seq)
        case ReceiptKind.BIRTHDAY | ReceiptKind.ANNIVERSARY:
            return once_key_of(draft.kind, member.seq, year_of(draft.occurred_at, program.calendar.start))
        case _:
            return None


def year_of(moment: datetime, calendar_start: int) -> int:
    """The calendar year, where the program's days begin at the time of day of `calendar_start` (Unix seconds)."""
    begins = calendar_start % _DAY_SECONDS
    # A day that begins in the evening (UTC) is the next one's: that is how it is east of Greenwich.
    shift = -begins if begins < _DAY_SECONDS // 2 else _DAY_SECONDS - begins
    return (moment.astimezone(UTC) + timedelta(seconds=shift)).year


def is_same(known: Receipt, draft: Draft, member: Member, program: Program) -> bool:
    """Whether a draft says of its reference what was recorded.

    Another channel may say less of the same, and at another second: it need not name the store or the lines.
    """
    if known.body_hash == hash_of(program, draft, member):
        return True
    details = dict(draft.details)
    if draft.channel is not None and known.channel is not None and draft.channel != known.channel:
        if abs(draft.occurred_at - known.occurred_at) <= CHANNELS_APART_MAX:
            draft = replace(draft, occurred_at=known.occurred_at)
        if draft.store is None or known.store is None:
            draft = replace(draft, store=known.store)
        for name in ("lines", "redemptions"):
            if name not in details and name in known.details:
                details[name] = known.details[name]
            elif name in details and name not in known.details:
                del details[name]
    return known.body_hash == hash_of(program, replace(draft, details=details), member)


def hash_of(program: Program, draft: Draft, member: Member) -> Hash32:
    """The hash of the draft's canonical body."""
    body = canonical_body(
        program=program.slug,
        reference=draft.reference,
        account=member.account,
        kind=draft.kind,
        amount=draft.amount,
        currency=program.currency.code,
        occurred_at=draft.occurred_at,
        store=draft.store,
        details=draft.details,
    )
    return body_hash(body)
