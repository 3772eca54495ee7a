"""Sending a batch of purchases, and finding out which of them the gateway will not take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tokenpoints.client import UNSET, Client
from tokenpoints.client.models import MembersToEnrol, ReceiptsToRecord, ReceiptToRecord, RecordedReceiptAnswer
from tokenpoints.errors import GatewayRefused
from tokenpoints.imports.rows import Purchase, Rejected

_POINTER = re.compile(r"/receipts/(\d+)/(\w+)")
_CUSTOMER_COUNT_MAX = 200_000
_UNKNOWN_MEMBER = "unknown_member"
_ROUND_COUNT_MAX = 1_000


@dataclass(slots=True)
class Sent:
    """What became of a batch."""

    receipts: list[RecordedReceiptAnswer] = field(default_factory=list)
    amount: int = 0
    repeated: int = 0
    """Rows that say the same as an earlier row of the batch."""
    rejected: list[Rejected] = field(default_factory=list)
    members_created: int = 0


class Sender:
    """Sends batches of one program's purchases."""

    def __init__(self, client: Client, program: str) -> None:
        self._client = client
        self._program = program
        self._enrolled: set[str] = set()
        self._enrols_first = True
        """As long as batches bring new customers. Others are enrolled only when the gateway says that it does not know
        one, which saves half the requests where all are regulars."""

    def send(self, purchases: Sequence[Purchase]) -> Sent:
        """Enrol the customers and record the purchases. What the gateway refuses is set aside, the rest recorded.

        Raises GatewayUnreachable, and GatewayRefused where the problem is not with single purchases.
        """
        sent = Sent()
        waiting = _without_repetitions(purchases, sent)
        if not waiting:
            return sent
        if self._enrols_first:
            sent.members_created = self._enrol(waiting)
        for _ in range(_ROUND_COUNT_MAX):
            try:
                body = ReceiptsToRecord(receipts=[purchase.receipt for purchase in waiting])
                sent.receipts = self._client.record_receipts(self._program, body).receipts
                break
            except GatewayRefused as refusal:
                if refusal.problem_code == _UNKNOWN_MEMBER and self._new_among(waiting):
                    sent.members_created += self._enrol(waiting)
                    continue
                refused = _refused(refusal, waiting)
                if not refused:
                    raise
                sent.rejected.extend(refused.values())
                waiting = [purchase for purchase in waiting if purchase.row not in refused]
                if not waiting:
                    break
        self._enrols_first = sent.members_created > 0
        self._remember(purchase.customer_id for purchase in waiting)
        sent.amount = sum(purchase.amount for purchase in waiting)
        return sent

    def _enrol(self, purchases: Sequence[Purchase]) -> int:
        new = self._new_among(purchases)
        if not new:
            return 0
        members = self._client.enrol_members(self._program, MembersToEnrol(customer_ids=new)).members
        self._remember(new)
        return sum(member.created for member in members)

    def _new_among(self, purchases: Sequence[Purchase]) -> list[str]:
        return list(dict.fromkeys(p.customer_id for p in purchases if p.customer_id not in self._enrolled))

    def _remember(self, customer_ids: Iterable[str]) -> None:
        if len(self._enrolled) > _CUSTOMER_COUNT_MAX:
            # Only a shortcut: enrolling somebody twice does nothing.
            self._enrolled.clear()
        self._enrolled.update(customer_ids)


def _without_repetitions(purchases: Sequence[Purchase], sent: Sent) -> list[Purchase]:
    first: dict[str, tuple[int, ReceiptToRecord]] = {}
    kept = []
    for purchase in purchases:
        row, earlier = first.setdefault(purchase.receipt.reference, (purchase.row, purchase.receipt))
        if row == purchase.row:
            kept.append(purchase)
        elif earlier == purchase.receipt:
            sent.repeated += 1
        else:
            sent.rejected.append(
                _rejected(purchase, "reference", f"is the reference of row {row}, which says otherwise")
            )
    return kept


def _refused(refusal: GatewayRefused, purchases: Sequence[Purchase]) -> dict[int, Rejected]:
    """What the problem says of single purchases, by row."""
    refused: dict[int, Rejected] = {}
    for pointer, detail in refusal.faults:
        match = _POINTER.match(pointer)
        if match and int(match[1]) < len(purchases):
            purchase = purchases[int(match[1])]
            refused.setdefault(purchase.row, _rejected(purchase, match[2], f"{refusal.problem_code}: {detail}"))
    return refused


def _rejected(purchase: Purchase, field_name: str, reason: str) -> Rejected:
    value = getattr(purchase.receipt, field_name, UNSET)
    return Rejected(purchase.row, purchase.line, field_name, "" if value is UNSET else str(value), reason)
