"""A client of the gateway.

Everything that it sends may be sent twice without harm, so it tries again by itself: when the
connection fails, and when the gateway says that the same call may succeed later. Only changes on
the chain it asks for once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import orjson

from tokenpoints.domain.entries import AwardStatus
from tokenpoints.errors import GatewayRefused, GatewayUnreachable

BULK_COUNT_MAX = 10_000
_RETRYABLE_STATUSES = frozenset({408, 425, 429, 502, 503, 504})
_PAUSE_MIN_SECONDS = 0.1
_PAUSE_MAX_SECONDS = 5.0
_PAUSE_TOLD_MAX_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ProgramInfo:
    """A program, as far as a sender of receipts needs it."""

    slug: str
    name: str
    symbol: str
    decimals: int
    currency: str
    currency_exponent: int


@dataclass(frozen=True, slots=True)
class MemberInfo:
    """A member, and whether the call made them one."""

    id: str
    customer_id: str
    account: str
    created: bool


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A purchase to record."""

    reference: str
    customer_id: str
    amount: int
    """In the currency's smallest unit."""
    occurred_at: str
    """RFC 3339."""


@dataclass(frozen=True, slots=True)
class AwardInfo:
    """An award of a receipt."""

    id: str
    points_expected: int
    status: AwardStatus


@dataclass(frozen=True, slots=True)
class ReceiptInfo:
    """A recorded receipt."""

    id: str
    reference: str
    member_id: str
    replayed: bool
    awards: list[AwardInfo]


@dataclass(frozen=True, slots=True)
class AwardCounts:
    """A program's awards by status."""

    pending: int
    confirmed: int
    finalized: int
    refused: int
    dead: int
    refused_by_reason: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The gateway gives no usable answer, and the client tries again."""

    why: str
    since_seconds: float
    pause_seconds: float


class Client:
    """Talks to one gateway. Raises GatewayRefused for problems and GatewayUnreachable when trying
    again for `give_up_after_seconds` did not help."""

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        give_up_after_seconds: float = 120.0,
        timeout_seconds: float = 60.0,
        on_waiting: Callable[[Waiting], None] | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        # A gateway on this machine is not reached through a proxy of the environment.
        self._http = httpx.Client(
            base_url=base_url,
            headers={} if api_key is None else {"Authorization": f"Bearer {api_key}"},
            timeout=timeout_seconds,
            transport=transport,
            trust_env=False,
        )
        self._give_up_after_seconds = give_up_after_seconds
        self._on_waiting = on_waiting
        self._clock, self._sleep = clock, sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def program(self, slug: str) -> ProgramInfo:
        """A program."""
        found = self._ask("GET", f"/v1/programs/{_part(slug)}")
        return ProgramInfo(
            slug=found["slug"],
            name=found["name"],
            symbol=found["symbol"],
            decimals=found["decimals"],
            currency=found["currency"]["code"],
            currency_exponent=found["currency"]["exponent"],
        )

    def enrol(self, program: str, customer_ids: Sequence[str]) -> list[MemberInfo]:
        """Make up to 10,000 customers members; those who are already stay as they are."""
        answer = self._ask("POST", f"/v1/programs/{_part(program)}/members/bulk", {"customer_ids": list(customer_ids)})
        return [
            MemberInfo(found["id"], found["customer_id"], found["account"], found["created"])
            for found in answer["members"]
        ]

    def record(self, program: str, receipts: Sequence[NewReceipt]) -> list[ReceiptInfo]:
        """Record up to 10,000 purchases of members, all or none."""
        body = {
            "receipts": [
                {
                    "reference": receipt.reference,
                    "customer_id": receipt.customer_id,
                    "kind": "purchase",
                    "amount": receipt.amount,
                    "occurred_at": receipt.occurred_at,
                }
                for receipt in receipts
            ]
        }
        answer = self._ask("POST", f"/v1/programs/{_part(program)}/receipts/bulk", body)
        return [
            ReceiptInfo(
                id=found["id"],
                reference=found["reference"],
                member_id=found["member"],
                replayed=found["replayed"],
                awards=[
                    AwardInfo(award["id"], int(award["points_expected"]), AwardStatus(award["status"]))
                    for award in found["awards"]
                ],
            )
            for found in answer["receipts"]
        ]

    def award_status(self, program: str, award_id: str) -> AwardStatus:
        """How far one award has come."""
        return AwardStatus(self._ask("GET", f"/v1/programs/{_part(program)}/awards/{_part(award_id)}")["status"])

    def award_counts(self, program: str) -> AwardCounts:
        """A program's awards by status."""
        found = self._ask("GET", f"/v1/programs/{_part(program)}/awards/summary")
        return AwardCounts(
            pending=found["pending"],
            confirmed=found["confirmed"],
            finalized=found["finalized"],
            refused=found["refused"],
            dead=found["dead"],
            refused_by_reason=found["refused_by_reason"],
        )

    def plan(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """What a change on the chain would do: the answer to its dry run. Nothing is written."""
        found: dict[str, Any] = self._ask(method, f"{path}?dry_run=true", body)
        return found

    def operate(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask for a change on the chain. Not tried again by itself: a second one may be another change."""
        found: dict[str, Any] = self._ask(method, path, body, repeats=False)
        return found

    def operation(self, program: str, operation_id: str) -> dict[str, Any]:
        """One operation, and how far it is."""
        found: dict[str, Any] = self._ask("GET", f"/v1/programs/{_part(program)}/operations/{_part(operation_id)}")
        return found

    def operations(self, program: str, *, state: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """The newest operations of a program."""
        query = f"limit={limit}" + ("" if state is None else f"&state={_part(state)}")
        found: list[dict[str, Any]] = self._ask("GET", f"/v1/programs/{_part(program)}/operations?{query}")[
            "operations"
        ]
        return found

    def cancel_operation(self, program: str, operation_id: str) -> dict[str, Any]:
        """Keep an operation from being made."""
        found: dict[str, Any] = self._ask("DELETE", f"/v1/programs/{_part(program)}/operations/{_part(operation_id)}")
        return found

    def _ask(self, method: str, path: str, body: object = None, *, repeats: bool = True) -> Any:
        content = None if body is None else orjson.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        failed_since: float | None = None
        pause_seconds = _PAUSE_MIN_SECONDS
        while True:
            told_seconds = 0.0
            try:
                response = self._http.request(method, path, content=content, headers=headers)
            except (httpx.TransportError, httpx.DecodingError) as error:
                why = f"{type(error).__name__}: {error}"
            else:
                if response.is_success:
                    return orjson.loads(response.content)
                if response.status_code not in _RETRYABLE_STATUSES:
                    raise _refusal(response)
                why, told_seconds = str(_refusal(response)), _told_seconds(response)
            now = self._clock()
            failed_since = now if failed_since is None else failed_since
            failed_for = now - failed_since
            if failed_for >= self._give_up_after_seconds or not repeats:
                raise GatewayUnreachable(f"no usable answer for {failed_for:.0f} seconds; last: {why}")
            # Spread out, so that many clients do not come back at the same moment.
            pause = min(max(told_seconds, pause_seconds * random.uniform(0.7, 1.3)), self._give_up_after_seconds)  # noqa: S311
            if self._on_waiting is not None:
                self._on_waiting(Waiting(why, failed_for, pause))
            self._sleep(pause)
            pause_seconds = min(pause_seconds * 2, _PAUSE_MAX_SECONDS)


def _part(text: str) -> str:
    return quote(text, safe="")


def _told_seconds(response: httpx.Response) -> float:
    """How long the gateway asks to wait: at most a minute is heeded."""
    told = response.headers.get("retry-after", "")
    is_number = told.isascii() and told.isdigit() and len(told) < 9  # it may also be a date
    return float(min(int(told), _PAUSE_TOLD_MAX_SECONDS)) if is_number else 0.0


def _refusal(response: httpx.Response) -> GatewayRefused:
    try:
        problem = orjson.loads(response.content)
        faults = [(fault["pointer"], fault["detail"]) for fault in problem["errors"]]
        return GatewayRefused(response.status_code, problem["code"], problem["detail"], faults)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return GatewayRefused(response.status_code, "not_a_gateway", "the answer is not one of a gateway")
