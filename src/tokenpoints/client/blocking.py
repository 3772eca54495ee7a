"""The client that waits for each answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from tokenpoints.client import calls
from tokenpoints.client.attempts import FAILURES, Attempts, Waiting, read
from tokenpoints.client.calls import (
    Answer,
    AwardCounts,
    Call,
    MemberInfo,
    NewReceipt,
    ProgramInfo,
    QuoteInfo,
    ReceiptInfo,
)
from tokenpoints.domain.entries import AwardStatus


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
        return self._ask(calls.program(slug))

    def enrol(self, program: str, customer_ids: Sequence[str]) -> list[MemberInfo]:
        """Make up to 10,000 customers members; those who are already stay as they are."""
        return self._ask(calls.enrol(program, customer_ids))

    def record(self, program: str, receipts: Sequence[NewReceipt]) -> list[ReceiptInfo]:
        """Record up to 10,000 purchases of members, all or none."""
        return self._ask(calls.record(program, receipts))

    def award_status(self, program: str, award_id: str) -> AwardStatus:
        """How far one award has come."""
        return self._ask(calls.award_status(program, award_id))

    def award_counts(self, program: str) -> AwardCounts:
        """A program's awards by status."""
        return self._ask(calls.award_counts(program))

    def plan(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """What a change on the chain would do: the answer to its dry run. Nothing is written."""
        return self._ask(calls.plan(method, path, body))

    def operate(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask for a change on the chain."""
        return self._ask(calls.operate(method, path, body))

    def operation(self, program: str, operation_id: str) -> dict[str, Any]:
        """One operation, and how far it is."""
        return self._ask(calls.operation(program, operation_id))

    def operations(self, program: str, *, state: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """The newest operations of a program."""
        return self._ask(calls.operations(program, state=state, limit=limit))

    def cancel_operation(self, program: str, operation_id: str) -> dict[str, Any]:
        """Keep an operation from being made."""
        return self._ask(calls.cancel_operation(program, operation_id))

    def partners(self, program: str, *, limit: int = 20) -> list[dict[str, Any]]:
        """Programs with which agreements can be made, and the rates that they posted."""
        return self._ask(calls.partners(program, limit=limit))

    def agreements(self, program: str, *, limit: int = 50) -> list[dict[str, Any]]:
        """The newest agreements of a program, as both sides have them."""
        return self._ask(calls.agreements(program, limit=limit))

    def agreement(self, program: str, agreement_id: str, *, counterpart: str | None = None) -> dict[str, Any]:
        """One agreement; `counterpart` is the exchange of a program that the gateway does not serve."""
        return self._ask(calls.agreement(program, agreement_id, counterpart=counterpart))

    def quote(self, program: str, agreement_id: str, points: int) -> QuoteInfo:
        """What a conversion of so many base units would do now."""
        return self._ask(calls.conversion_quote(program, agreement_id, points))

    def settlement(self, program: str, agreement_id: str) -> dict[str, Any]:
        """Where everything with the partner of an agreement stands."""
        return self._ask(calls.settlement(program, agreement_id))

    def agreement_statement(self, program: str, agreement_id: str, month: str) -> dict[str, Any]:
        """A month, such as 2026-11, of an agreement."""
        return self._ask(calls.agreement_statement(program, agreement_id, month))

    def _ask(self, call: Call[Answer]) -> Answer:
        attempts = Attempts(call, give_up_after_seconds=self._give_up_after_seconds, clock=self._clock)
        while True:
            try:
                response = self._http.request(**attempts.request)
            except FAILURES as error:
                waiting = attempts.failed(error)
            else:
                told = attempts.answered(response)
                if told is None:
                    return read(call, response)
                waiting = told
            if self._on_waiting is not None:
                self._on_waiting(waiting)
            self._sleep(waiting.pause_seconds)
