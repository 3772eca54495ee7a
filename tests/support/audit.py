"""Adding up a program's points in three places that know nothing of each other."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.support.databases import plain_url
from tokenpoints.chain import deployments
from tokenpoints.config import embedded_url
from tokenpoints.domain.programs import Program

TOTAL_SUPPLY, BALANCE_OF = "0x18160ddd", "0x70a08231"


@dataclass(frozen=True)
class Totals:
    """The same sum, seen from three sides, and the awards behind it."""

    supply_on_chain: int
    balances_on_chain: int
    balances_in_database: int
    minted_in_database: int
    awards: int
    entries: int


def audit(node: str, data_dir: Path, deployments_dir: Path, slug: str = "demo") -> Totals:
    """Read `totalSupply`, every member's `balanceOf` and the database's rows at one block."""
    program = deployments.load(deployments_dir, 31337).programs[slug]
    with closing(_connected(data_dir)) as database:

        def column(query: str) -> list[Any]:
            cursor = database.cursor()
            cursor.execute(query)
            return [row[0] for row in cursor.fetchall()]

        def number(query: str) -> int:
            return int(column(query)[0] or 0)

        accounts = column(f"SELECT account FROM members WHERE program = '{slug}'")
        supply, balances = _on_chain(node, program, accounts)
        return Totals(
            supply_on_chain=supply,
            balances_on_chain=balances,
            balances_in_database=number("SELECT sum(lot_0 + lot_1 + lot_2 + lot_3) FROM balances"),
            minted_in_database=number("SELECT sum(minted) FROM awarded_batches"),
            awards=number("SELECT count(*) FROM awards"),
            entries=number("SELECT count(*) FROM entries WHERE type = 'award'"),
        )


def _connected(data_dir: Path) -> Any:
    """The database, whichever it is, by its own driver."""
    if (postgresql := data_dir / "postgresql").exists():
        return psycopg.connect(plain_url(embedded_url(postgresql)))
    return sqlite3.connect(f"file:{data_dir / 'tokenpoints.db'}?mode=ro", uri=True)


def _on_chain(node: str, program: Program, accounts: list[bytes]) -> tuple[int, int]:
    """By plain JSON-RPC, with the selectors of ERC-20 written out: no code of the system takes part."""
    token = "0x" + program.contracts.token.address.hex()
    with httpx.Client(base_url=node, timeout=120) as http:

        def post(body: Any) -> Any:
            return http.post("/", json=body).raise_for_status().json()

        block = post({"jsonrpc": "2.0", "id": 0, "method": "eth_blockNumber", "params": []})["result"]

        def call(number: int, data: str) -> dict[str, Any]:
            params = [{"to": token, "data": data}, block]
            return {"jsonrpc": "2.0", "id": number, "method": "eth_call", "params": params}

        supply = int(post(call(0, TOTAL_SUPPLY))["result"], 16)
        balances = 0
        for start in range(0, len(accounts), 500):
            chunk = accounts[start : start + 500]
            answers = post(
                [call(number, BALANCE_OF + account.rjust(32, b"\0").hex()) for number, account in enumerate(chunk)]
            )
            assert len(answers) == len(chunk)
            balances += sum(int(answer["result"], 16) for answer in answers)
    return supply, balances


def balance_of(node: str, deployments_dir: Path, account: str, slug: str = "demo") -> int:
    """One account's balance, from the node alone."""
    program = deployments.load(deployments_dir, 31337).programs[slug]
    return _on_chain(node, program, [bytes.fromhex(account.removeprefix("0x"))])[1]
