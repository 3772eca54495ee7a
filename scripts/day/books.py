"""Whether the books balance: entries, the chain, statements and what partners settle, to the last unit."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from scripts.day.brand import Brand
from scripts.day.stage import Stage
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import hex_of

_TRANSFER = hex_of(keccak(b"Transfer(address,address,uint256)"))
_NOBODY = "0x" + "00" * 20


@dataclass
class Books:
    """What was compared, and what differs."""

    entry_count: int = 0
    compared: int = 0
    differences: list[str] = field(default_factory=list)

    def compare(self, what: str, *figures: object) -> None:
        """All figures say the same of one thing."""
        self.compared += 1
        if len(set(figures)) > 1:
            self.differences.append(f"{what}: {' / '.join(map(str, figures))}")


def balance(stage: Stage, brands: list[Brand], agreements: list[tuple[Brand, Brand, str]]) -> Books:
    """Everything of the programs, and of the agreements as (source, target, id)."""
    books = Books()
    with sqlite3.connect(f"file:{stage.system.folder / 'data' / 'tokenpoints.db'}?mode=ro", uri=True) as database:
        converted: dict[str, Counter[str]] = {}
        for brand in brands:
            converted[brand.slug] = _program(stage, brand, database, books)
        out_of, into = Counter[str](), Counter[str]()
        for source, target, agreement in agreements:
            burned, minted = _agreement(stage, source, target, agreement, books)
            out_of[source.slug] += burned
            into[target.slug] += minted
        for brand in brands:
            of = converted[brand.slug]
            books.compare(f"{brand.slug}: converted to partners", -of["conversion_out"], out_of[brand.slug])
            books.compare(f"{brand.slug}: converted from partners", of["conversion_in"], into[brand.slug])
    return books


def _program(stage: Stage, brand: Brand, database: sqlite3.Connection, books: Books) -> Counter[str]:
    """Entries beside the chain's state and logs, and beside every member's balance and statement. Amounts by type."""
    token = brand.contracts["token"]
    rows = database.execute(
        "SELECT account, type, amount FROM entries WHERE program = ? ORDER BY block_number, log_index", [brand.slug]
    ).fetchall()
    books.entry_count += len(rows)
    of_account, of_type = Counter[str](), Counter[str]()
    for account, kind, amount in rows:
        of_account["0x" + account.hex()] += amount
        of_type[kind] += amount
    logged = _logged(stage, token)
    books.compare(f"{brand.slug}: accounts", set(of_account) == set(logged) or sorted({*of_account} ^ {*logged}), True)
    for account, points in of_account.items():
        on_chain = stage.read(token, "balanceOf(address)", account)
        books.compare(f"{brand.slug}: points of {account}", points, on_chain, logged[account])
    supply = stage.read(token, "totalSupply()")
    books.compare(f"{brand.slug}: supply", of_account.total(), supply, logged.total())
    for member in brand.all_of("members"):
        _member(brand, member, of_account[member["account"].lower()], books)
    return of_type


def _member(brand: Brand, member: dict[str, Any], points: int, books: Books) -> None:
    answered = brand.get(f"members/{member['id']}/balance")["active"]
    text = brand.stage.text(brand.at(f"members/{member['id']}/statement.csv"))
    opening, *lines, closing = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    summed = int(opening["balance_after"]) + sum(int(line["amount"]) for line in lines)
    books.compare(
        f"{brand.slug}: statement of {member['id']}", points, int(answered), summed, int(closing["balance_after"])
    )


def _logged(stage: Stage, token: str) -> Counter[str]:
    """Points by account, as the node's own logs have them."""
    logs = stage.rpc("eth_getLogs", {"address": token, "fromBlock": "0x0", "toBlock": "latest", "topics": [_TRANSFER]})
    found = Counter[str]()
    for log in logs:
        sender, receiver = ("0x" + topic[-40:] for topic in log["topics"][1:3])
        amount = int(log["data"], 16)
        found[sender] -= amount
        found[receiver] += amount
    del found[_NOBODY]
    return found


def _agreement(stage: Stage, source: Brand, target: Brand, agreement: str, books: Books) -> tuple[int, int]:
    """Both sides' statements of each month, and the contract. Points burned and minted."""
    month = stage.now.strftime("%Y-%m")
    ours, theirs = (brand.get(f"agreements/{agreement}/statement.json", month=month) for brand in (source, target))
    for name, statement in ((source.slug, ours), (target.slug, theirs)):
        for part in ("burned", "minted", "settled", "escrow", "owed"):
            summed = int(statement["opening"][part]) + sum(int(line["change"][part]) for line in statement["lines"])
            books.compare(f"{name}: {part} under {agreement}", summed, int(statement["closing"][part]))
        books.compare(f"{name}: the contract agrees with {agreement}", statement["on_chain"]["agrees"], True)
    books.compare(f"both statements of {agreement}", str(ours["closing"]), str(theirs["closing"]))
    exchange = source.contracts["exchange"]
    named = bytes.fromhex(agreement.removeprefix("0x"))
    closing = ours["closing"]
    books.compare(
        f"burned under {agreement}", int(closing["burned"]), stage.read(exchange, "burnedUnder(bytes32)", named)
    )
    books.compare(f"escrow of {agreement}", int(closing["escrow"]), stage.read(exchange, "escrowOf(bytes32)", named))
    return int(closing["burned"]), int(closing["minted"])
