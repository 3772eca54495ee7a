"""A shop that sends receipts until each is accepted, and remembers what it was told."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import orjson

from tokenpoints.domain.webhooks import EventType

_PAUSE_SECONDS = 0.1
_RETRY_SECONDS = 30
_LONG_AGO = "2017-03-04T05:06:07Z"


class Refused(Exception):
    """The gateway refused what it should have accepted."""


@dataclass
class Receipt:
    """One purchase. Its amount is that of no other, so that the chain's entries can be told apart."""

    reference: str
    customer: str
    amount: int
    occurred_at: str
    award: str | None = None
    """The award's id, once the gateway accepted it."""
    points: int = 0
    """That the gateway promised."""

    @property
    def idempotency_key(self) -> str | None:
        """Of every other receipt; the reference alone must be enough for the rest."""
        return self.reference if self.amount % 2 else None

    @property
    def body(self) -> dict[str, Any]:
        return {
            "reference": self.reference,
            "customer_id": self.customer,
            "kind": "purchase",
            "amount": self.amount,
            "occurred_at": self.occurred_at,
        }


@dataclass
class Shop:
    """A client of one gateway."""

    gateway_url: str
    chance: random.Random
    key: str
    receipts: list[Receipt] = field(default_factory=list)
    accounts: dict[str, bytes] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    """Answers that contradict earlier ones."""

    def __post_init__(self) -> None:
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(8),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )

    async def close(self) -> None:
        await self._http.close()

    async def enrol(self, count: int) -> None:
        """So many new customers."""
        for number in range(count):
            customer = f"c{number}"
            answer = await self._post("/members", {"customer_id": customer}, deadline=time.monotonic() + 30)
            self.accounts[customer] = bytes.fromhex(answer["account"][2:])

    def purchase(self) -> Receipt:
        """The next receipt, not sent yet."""
        number = len(self.receipts) + 1
        now = datetime.now(UTC) - timedelta(hours=3, seconds=self.chance.randint(0, 3600))
        receipt = Receipt(
            reference=f"r{number}",
            customer=self.chance.choice(sorted(self.accounts)),
            amount=100 * number + self.chance.randint(0, 99),
            occurred_at=self.chance.choice([_LONG_AGO, now.strftime("%Y-%m-%dT%H:%M:%SZ")]),
        )
        self.receipts.append(receipt)
        return receipt

    async def buy(self, count: int = 1, *, deadline: float | None = None) -> None:
        """Purchases, one after the other, each sent until it is accepted."""
        for _ in range(count):
            await self.send(self.purchase(), deadline=deadline)

    async def send(self, receipt: Receipt, *, deadline: float | None = None) -> None:
        """Send a receipt until it is accepted. Raises TimeoutError."""
        answer = await self._post("/receipts", receipt.body, key=receipt.idempotency_key, deadline=deadline)
        self._heard(receipt, answer)

    async def send_at_once(self, receipt: Receipt, count: int) -> None:
        """The same receipt, so many times in parallel; those that are not answered are left."""
        answers = await asyncio.gather(*(self._try("/receipts", receipt.body) for _ in range(count)))
        for answer in answers:
            if answer is not None and answer.status == 202:
                self._heard(receipt, answer.json)

    async def retry(self, award: str) -> None:
        """Ask for a dead award to be tried again, until there is an answer. Raises Refused and TimeoutError."""
        deadline = time.monotonic() + _RETRY_SECONDS
        await self._post(f"/awards/{award}/retry", {}, key=uuid4().hex, deadline=deadline)

    async def subscribe(self, url: str) -> None:
        """Ask for webhooks."""
        await self._post("/webhooks", {"url": url, "events": [*EventType]}, deadline=time.monotonic() + 30)

    def _heard(self, receipt: Receipt, answer: dict[str, Any]) -> None:
        (award,) = answer["awards"]
        if receipt.award not in (None, award["id"]):
            self.complaints.append(f"{receipt.reference} has the awards {receipt.award} and {award['id']}")
        receipt.award, receipt.points = award["id"], int(award["points_expected"])

    async def _post(
        self, path: str, body: dict[str, Any], *, key: str | None = None, deadline: float | None = None
    ) -> dict[str, Any]:
        while True:
            answer = await self._try(path, body, key)
            if answer is not None:
                if answer.is_success:
                    found: dict[str, Any] = answer.json
                    return found
                is_in_flight = answer.status == 409 and answer.json["code"] == "idempotency_key_in_flight"
                if answer.status < 500 and answer.status != 429 and not is_in_flight:
                    raise Refused(f"{path}: {answer.status} {answer.body!r}")
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"{path}: {answer}")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _try(self, path: str, body: dict[str, Any], key: str | None = None) -> _Answer | None:
        url, headers = f"{self.gateway_url}/v1/programs/demo{path}", {} if key is None else {"Idempotency-Key": key}
        try:
            async with self._http.post(url, data=orjson.dumps(body), headers=headers) as response:
                return _Answer(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError):
            return None


@dataclass(frozen=True)
class _Answer:
    """What the gateway said."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300
