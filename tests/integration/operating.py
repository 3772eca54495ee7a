"""An operator on a real node, stepped by hand, and what tests ask of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Row, select

from tests.integration.conftest import World
from tokenpoints import bootstrap
from tokenpoints.chain.interfaces import Interface, interface
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.types import Address
from tokenpoints.operator.acting import Acting
from tokenpoints.operator.operator import Done, Operator, OperatorPolicy
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import operation_submissions

RULES, TOKEN, REWARDS = interface("EarningRules"), interface("PointsToken"), interface("Rewards")
DAY = 86_400
POLICY = OperatorPolicy(gas_limit_max=1 << 24, fee_cap_wei=500 * 10**9, bump_seconds=30)


@dataclass
class Brand:
    """A brand that asks, and the operator that does."""

    world: World
    role: str = "owner"
    policy: OperatorPolicy = POLICY
    skipped_seconds: float = 0
    done_hook: Done | None = None
    operator: Operator = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, database: Database | None = None) -> Operator:
        """An operator that knows only what the database and the chain say."""
        self.operator = self.new_operator(database)
        return self.operator

    def new_operator(self, database: Database | None = None) -> Operator:
        world = self.world
        return Operator(
            Acting(world.chain.rpc, bootstrap.signer(world.settings, self.role)),
            database or world.database,
            world.deployment,
            policy=self.policy,
            clock=world.clock,
            poll_seconds=0.01,
            creates_programs=True,
            monotonic=lambda: time.monotonic() + self.skipped_seconds,
            done=self.done_hook,
        )

    async def ask(self, method: str, path: str, body: object = None, *, expect: int = 202, **query: Any) -> Any:
        """The answer of the gateway."""
        # Without a body nothing is sent, not even null.
        answer = await self.world.http.request(
            method,
            f"/v1/programs/demo/{path}",
            params=query or None,
            content=None if body is None else orjson.dumps(body),
            headers=None if body is None else {"content-type": "application/json"},
        )
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def dry(self, method: str, path: str, body: object = None) -> Any:
        """The plan alone."""
        found = await self.ask(method, path, body, expect=200, dry_run="true")
        assert (found["id"], found["state"], found["dry_run"]) == (None, None, True)
        return found["plan"]

    async def work(self, rounds: int = 4) -> None:
        """Let the operator do what there is."""
        for _ in range(rounds):
            while await self.operator.step():
                pass

    async def see(self, operation: Any) -> Any:
        """The operation as it is now."""
        return await self.ask("GET", f"operations/{operation['id']}", expect=200)

    async def done(self, operation: Any) -> Any:
        """Made, and the answer that says so."""
        await self.work()
        found = await self.see(operation)
        assert found["state"] in ("confirmed", "finalized"), found
        return found

    async def read(self, contract: Interface, function: str, *arguments: Any) -> Any:
        contracts = self.world.program.contracts
        address: Address = {
            "EarningRules": contracts.rules,
            "PointsToken": contracts.token,
            "Rewards": contracts.rewards,
            "AccessManager": contracts.access,
            "Vouchers": contracts.vouchers,
            "PartnerExchange": contracts.exchange,
        }[contract.name].address
        answer = await self.world.chain.rpc.read(address, contract.calldata(function, *arguments))
        found = contract.decode_output(function, answer)
        return found[0] if len(found) == 1 else found

    async def submissions(self) -> list[Row[Any]]:
        """Everything that was signed."""
        table = operation_submissions
        async with self.world.database.snapshot() as session:
            return list((await session.execute(select(table).order_by(table.c.seq))).all())

    def in_seconds(self, seconds: int) -> str:
        """A moment from now on."""
        return rfc3339((self.world.clock() + timedelta(seconds=seconds)).replace(microsecond=0))


def rule(**changes: Any) -> dict[str, Any]:
    """Rule 1 of the demo program, as it is."""
    terms = {
        "terms_document": (
            "\nEvery purchase earns one point for each whole dollar. Points are rounded down.\n"
            "Every tier earns the same.\nPoints live for the quarter in which they are earned and the three after it.\n"
        ).lstrip("\n"),
        "rate": "1/100",
        "opens_at": "2000-01-01T00:00:00Z",
        "multipliers": [1, 1, 1],
        "cap_per_award": "10000",
        "budget": "50000000",
        "budget_window_seconds": 2_592_000,
    }
    return {name: value for name, value in (terms | changes).items() if value is not ...}


def reward(**changes: Any) -> dict[str, Any]:
    """A coffee for 100 points."""
    terms = {
        "voucher": "coupon",
        "price_min": "100",
        "stock": 10,
        "opens_at": "2020-01-01T00:00:00Z",
        "terms_document": "A cup of coffee.",
    }
    return terms | changes
