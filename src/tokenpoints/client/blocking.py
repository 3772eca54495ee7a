"""The client that waits for each answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from tokenpoints.client import actions, calls
from tokenpoints.client.actions import ME, ActionInfo, SignedData
from tokenpoints.client.attempts import FAILURES, Attempts, Waiting, read
from tokenpoints.client.calls import (
    AdjustmentInfo,
    Answer,
    AwardCounts,
    Call,
    MemberInfo,
    NewAdjustment,
    NewReceipt,
    NewRefund,
    ProgramInfo,
    QuoteInfo,
    ReceiptInfo,
    RefundInfo,
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

    def find_member(self, program: str, customer_id: str) -> MemberInfo | None:
        """The member with a customer id; of whoever was merged, the one that they became."""
        return self._ask(calls.find_member(program, customer_id))

    def merge(self, program: str, member_id: str, into_id: str) -> dict[str, Any]:
        """Make a member another one. Asked again, it moves the points that came later."""
        return self._ask(calls.merge(program, member_id, into_id))

    def erase(self, program: str, member_id: str, *, dry_run: bool = False) -> dict[str, Any]:
        """Erase a person. The answer tells what stays."""
        return self._ask(calls.erase(program, member_id, dry_run=dry_run))

    def erasure(self, program: str, erasure_id: str) -> dict[str, Any]:
        """How far an erasure is."""
        return self._ask(calls.erasure(program, erasure_id))

    def export(self, program: str, member_id: str) -> dict[str, Any]:
        """Everything that is known of one person."""
        return self._ask(calls.export(program, member_id))

    def record(self, program: str, receipts: Sequence[NewReceipt]) -> list[ReceiptInfo]:
        """Record up to 10,000 receipts of members, all or none."""
        return self._ask(calls.record(program, receipts))

    def refund(self, program: str, receipt_id: str, refund: NewRefund) -> RefundInfo:
        """Give back what was bought, whole or by line."""
        return self._ask(calls.refund(program, receipt_id, refund))

    def refunds(self, program: str, receipt_id: str) -> list[RefundInfo]:
        """The refunds of a receipt, and how far each is."""
        return self._ask(calls.refunds(program, receipt_id))

    def adjust(self, program: str, adjustment: NewAdjustment) -> AdjustmentInfo:
        """Give or take points by hand."""
        return self._ask(calls.adjust(program, adjustment))

    def adjustment(self, program: str, adjustment_id: str) -> AdjustmentInfo:
        """One adjustment, and how far it is."""
        return self._ask(calls.adjustment(program, adjustment_id))

    def decide_adjustment(self, program: str, adjustment_id: str, *, approve: bool) -> AdjustmentInfo:
        """Approve or reject an adjustment that another API key asked for."""
        return self._ask(calls.decide_adjustment(program, adjustment_id, approve=approve))

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

    def redeem(
        self,
        reward: int,
        *,
        quantity: int = 1,
        points: int | None = None,
        whose: str = ME,
        signed: SignedData | None = None,
        dry_run: bool = False,
    ) -> ActionInfo:
        """Redeem a reward, for its price or as many points as the member chooses."""
        call = actions.redeem(whose, reward, quantity=quantity, points=points, signed=signed, dry_run=dry_run)
        return self._ask(call)

    def transfer(
        self, to: str, points: int, *, whose: str = ME, signed: SignedData | None = None, dry_run: bool = False
    ) -> ActionInfo:
        """Send points to a member, by id, or to an account, by address."""
        return self._ask(actions.transfer(whose, to, points, signed=signed, dry_run=dry_run))

    def convert(
        self,
        agreement: str,
        points: int,
        to: str,
        *,
        whose: str = ME,
        signed: SignedData | None = None,
        dry_run: bool = False,
    ) -> ActionInfo:
        """Turn points into a partner's."""
        return self._ask(actions.convert(whose, agreement, points, to, signed=signed, dry_run=dry_run))

    def donate(
        self, charity: str, points: int, *, whose: str = ME, signed: SignedData | None = None, dry_run: bool = False
    ) -> ActionInfo:
        """Give points to a charity that the program lists."""
        return self._ask(actions.donate(whose, charity, points, signed=signed, dry_run=dry_run))

    def claim(self, member: str, *, signed: SignedData | None = None, dry_run: bool = False) -> ActionInfo:
        """Take the account over with a key, which signs `to_sign` of a dry run."""
        return self._ask(actions.claim(member, signed=signed, dry_run=dry_run))

    def action(self, action_id: str, *, whose: str = ME) -> ActionInfo:
        """One action, and how far it is."""
        return self._ask(actions.action(whose, action_id))

    def actions(self, *, whose: str = ME, limit: int = 50) -> list[ActionInfo]:
        """The newest actions."""
        return self._ask(actions.actions(whose, limit=limit))

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
