"""A small ledger in which everything happens that the pages can show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.support.ledger_rows import LedgerRows, Purchase, create_tables
from tests.support.programs import NOW, everyday_terms, hash_of, make_program
from tokenpoints.domain.programs import Program
from tokenpoints.domain.rules import RefusalReason
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.database import Database


@dataclass
class SmallLedger:
    """What `small_ledger` wrote, by the part it plays."""

    program: Program
    regular: Address
    """Buys every few days; earned, expired, sent, has a refusal and pending awards."""
    recipient: Address
    """Holds what `regular` sent."""
    lapsed: Address
    """All points expired by the calendar; the chain has not recorded it."""
    batch: Hash32
    """37 awards and three refusals."""
    transfer: Hash32
    sweep: Hash32
    rule_change: Hash32
    submitted: Hash32
    """Signed, in no block."""
    last_block: int


def build_small_ledger(program: Program) -> tuple[LedgerRows, SmallLedger]:
    """Seven months of a bookshop: batches, expiry, a transfer, refusals, a rule change, pending awards."""
    ledger = LedgerRows(program)
    ledger.block(datetime.fromtimestamp(program.calendar.start, UTC))
    ledger.set_rule(everyday_terms(program, 4))
    regular, lapsed = ledger.member("regular"), ledger.member("lapsed")
    serial = 0

    def purchase(member: str, amount: int, at: datetime) -> Purchase:
        nonlocal serial
        serial += 1
        return Purchase(member, amount, at, f"HRB-{serial:05d}")

    start = datetime.fromtimestamp(program.calendar.start, UTC)
    rule_change = hash_of("none")
    for day in range(2, 190, 4):
        at = start + timedelta(days=day, hours=10 + day % 8, minutes=day % 60)
        ledger.block(at)
        if day == 58:
            rule_change = ledger.set_rule(everyday_terms(program, 5))
            ledger.block(at + timedelta(minutes=5))
        shoppers = [f"m{(day * 7 + step * 3) % 24}" for step in range(3 + day % 5)]
        purchases = [
            purchase(name, 8_000 + (day * 977 + index * 4_513) % 42_000, at - timedelta(minutes=20 - index))
            for index, name in enumerate(shoppers)
        ]
        if day % 12 == 2:
            purchases.append(purchase("regular", 9_000 + day * 130, at - timedelta(minutes=3)))
        if day <= 14:
            purchases.append(purchase("lapsed", 21_000, at - timedelta(minutes=2)))
        ledger.award(purchases)

    ledger.block(NOW - timedelta(days=9))
    recipient = ledger.member("m3")
    transfer = ledger.transfer(regular, recipient, 500)
    ledger.block(NOW - timedelta(days=6))
    sweep = ledger.sweep(*[ledger.member(f"m{index}") for index in range(8)])
    ledger.block(NOW - timedelta(hours=5))
    big = [purchase(f"m{i}", 12_000 + i * 317, NOW - timedelta(hours=6, minutes=i)) for i in range(24)]
    big += [purchase(f"new{i}", 15_500 + i * 211, NOW - timedelta(hours=7, minutes=i)) for i in range(15)]
    big.append(purchase("regular", 10, NOW - timedelta(hours=6)))
    batch = ledger.award(
        big, refused={38: RefusalReason.BUDGET_EXCEEDED, 39: RefusalReason.NO_POINTS, 37: RefusalReason.RULE_CLOSED}
    )
    ledger.block(NOW - timedelta(minutes=3))
    ledger.award([purchase("regular", 32_000, NOW - timedelta(minutes=9))])
    submitted = ledger.submit(
        [purchase("m1", 14_000, NOW - timedelta(minutes=1)), purchase("regular", 18_000, NOW - timedelta(minutes=1))],
        name="submitted",
    )
    ledger.receipt(purchase("regular", 7_400, NOW - timedelta(seconds=20)), received_at=NOW - timedelta(seconds=12))
    return ledger, SmallLedger(
        program, regular, recipient, lapsed, batch, transfer, sweep, rule_change, submitted, ledger.block_number
    )


async def small_ledger(database: Database, program: Program | None = None) -> SmallLedger:
    """Create the tables and write the small ledger."""
    await create_tables(database)
    ledger, parts = build_small_ledger(program or make_program())
    await ledger.write(database)
    return parts
