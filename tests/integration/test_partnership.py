"""Two brands find each other, agree, convert, settle, and have a statement that the node's own logs confirm."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from pypdf import PdfReader

from tests.integration.conftest import BOTH_DATABASES, World, chain_rows, rebuilt_rows
from tests.integration.operating import DAY
from tests.integration.partnership import BENEFICIARY, EXCHANGE, Partnership, partnership_in
from tokenpoints import bootstrap
from tokenpoints.domain.types import hex_of

pytestmark = pytest.mark.asyncio

NOBODY = "0x" + "22" * 32


@pytest_asyncio.fixture
async def two(world: World) -> Partnership:
    return await partnership_in(world)


async def funded(two: Partnership, amount: int) -> None:
    """The operator's key holds settlement tokens."""
    await two.fund(bootstrap.signer(two.world.settings, "owner").address, amount)


async def test_partners_are_discovered_with_their_rates(two: Partnership) -> None:
    found = await two.get("partners")
    (partner,) = found["partners"]
    assert (partner["name"], partner["symbol"], partner["decimals"]) == ("Second Street Books", "BOOK", 0)
    assert partner["exchange"].lower() == hex_of(two.theirs) and partner["posted"] == []
    assert found["complete"] is True and found["next_cursor"] is None
    assert partner["rate_at_par_out"]["fraction"] == "1/1"
    agreement = await two.sign_there(two.terms())
    (posted,) = (await two.get("partners"))["partners"][0]["posted"]
    assert (posted["agreement"], posted["state"], posted["with_us"]) == (agreement, "proposed_to_us", True)
    assert posted["rate"]["text"] == "3 of ours become 2 of theirs"
    # We signed nothing yet that the partner could find.
    assert (await two.get("partners", program="second"))["partners"][0]["posted"] == []
    body = {"counterpart": hex_of(two.theirs)}
    await two.brand.done(await two.brand.ask("POST", f"agreements/{agreement}/accept", body))
    (seen,) = (await two.get("partners", program="second"))["partners"][0]["posted"]
    assert (seen["state"], seen["rate"]["text"]) == ("in_force", "3 of theirs become 2 of ours")


async def test_an_agreement_is_seen_from_proposal_to_its_end(two: Partnership) -> None:
    agreement = await two.sign_there(two.terms())
    await two.world.index()
    proposed = await two.get(f"agreements/{agreement}")
    assert (proposed["state"], proposed["direction"]) == ("proposed_to_us", "out")
    assert proposed["signed_by_us"] is None
    signed = proposed["signed_by_them"]
    assert signed["explorer"] == f"/tx/{signed['transaction_hash']}"
    assert (proposed["quota_left"], proposed["escrow"], proposed["closes_at"]) == ("1000", "0", None)
    assert (await two.get(f"agreements/{agreement}", program="second"))["state"] == "proposed_by_us"
    korean = await two.world.http.get(f"/v1/programs/demo/agreements/{agreement}", headers={"Accept-Language": "ko"})
    assert korean.headers["content-language"] == "ko" and "당사" in korean.json()["rate"]["text"]
    body = {"counterpart": hex_of(two.theirs)}
    await two.brand.done(await two.brand.ask("POST", f"agreements/{agreement}/accept", body))
    await two.world.index()
    assert (await two.get(f"agreements/{agreement}"))["state"] == "in_force"
    other = await two.sign_there(two.back(opens_at="2090-01-01T00:00:00Z"))
    await two.world.index()
    listed = (await two.get("agreements"))["agreements"]
    assert [each["id"] for each in listed] == [other, agreement]
    assert [each["direction"] for each in listed] == ["in", "out"]
    first = await two.get("agreements", limit=1)
    rest = await two.get("agreements", limit=1, cursor=first["next_cursor"])
    assert [each["id"] for each in (*first["agreements"], *rest["agreements"])] == [other, agreement]
    assert rest["next_cursor"] is None
    await two.terminate_there(agreement)
    ending = await two.get(f"agreements/{agreement}")
    assert ending["state"] == "notice" and ending["ends_at"] is not None
    await two.world.chain.pass_time(31 * DAY)
    assert (await two.get(f"agreements/{agreement}"))["state"] == "ended"
    quote = await two.get(f"agreements/{agreement}/quote", points="10")
    assert (quote["possible"], quote["hindrance"], quote["expires_at"]) == (False, "not_in_force", None)
    for path, query in (
        ("", {}),
        ("/quote", {"points": "1"}),
        ("/settlement", {}),
        ("/statement.csv", {"month": "2026-11"}),
    ):
        problem = await two.get(f"agreements/{NOBODY}{path}", expect=404, **query)
        assert problem["code"] == "unknown_agreement"


async def test_a_proposal_of_a_program_that_is_not_served_here(world: World) -> None:
    two = await partnership_in(world, served=False)
    agreement = await two.sign_there(two.terms())
    await world.index()
    assert (await two.get("agreements"))["agreements"] == []
    assert (await two.get(f"agreements/{agreement}", expect=404))["code"] == "unknown_agreement"
    found = await two.get(f"agreements/{agreement}", counterpart=hex_of(two.theirs))
    assert (found["state"], found["partner"]["name"]) == ("proposed_to_us", "Second Street Books")
    # Of the other contracts none has signed it, and what pretends to be an exchange is none of the registry's.
    assert (await two.get(f"agreements/{agreement}", expect=404, counterpart=hex_of(two.money)))["code"]
    (posted,) = (await two.get("partners"))["partners"][0]["posted"]
    assert posted["agreement"] == agreement


async def test_a_quote_is_what_the_conversion_then_does(two: Partnership) -> None:
    agreement = await two.agree(two.terms())
    await funded(two, 1000)
    quote = await two.get(f"agreements/{agreement}/quote", points="10")
    assert (quote["burned"], quote["minted"], quote["settlement"]) == ("9", "6", "15")
    assert (quote["possible"], quote["hindrance"], quote["reserved"]) == (False, "escrow", False)
    assert quote["rounding"]["left_over"] == "1" and quote["rounding"]["minted_exact"] == "20/3"
    assert (quote["rounding"]["lost"], quote["rounding"]["favours"]) == ("0/1", "nobody")
    await deposit(two, agreement, 100)
    # Neither side has ended it, and each would give notice of 30 days.
    quote = await two.get(f"agreements/{agreement}/quote", points="10")
    held = datetime.fromisoformat(quote["expires_at"]) - datetime.fromisoformat(quote["block_time"])
    assert quote["possible"] and held.total_seconds() == 30 * DAY
    assert (await two.get(f"agreements/{agreement}/quote", points="1"))["hindrance"] == "too_small"
    assert (await two.get(f"agreements/{agreement}/quote", points="1503"))["hindrance"] == "quota"
    for wrong in ("0", "-1", "1.5", "1e3", "+5", str(1 << 46)):
        assert (await two.get(f"agreements/{agreement}/quote", expect=422, points=wrong))["code"] == "invalid_input"
    for points in (10, 4, 7):
        anna = (await two.members_with_points(**{f"anna{points}": 20}))[f"anna{points}"]
        quote = await two.get(f"agreements/{agreement}/quote", points=str(points))
        mined = await two.convert(anna, two.terms(), points, BENEFICIARY)
        log = next(each for each in mined["logs"] if each["topics"][0] == topic("Converted"))
        assert words(log) == [int(quote[name]) for name in ("burned", "minted", "settlement")]
    odd = await two.get(f"agreements/{agreement}/quote", points="5")
    assert (odd["burned"], odd["minted"], odd["rounding"]["lost"]) == ("5", "3", "1/3")
    assert odd["rounding"]["favours"] == "programs"


async def test_the_escrow_is_topped_up_withdrawn_and_collected(two: Partnership) -> None:
    agreement = await two.agree(two.terms())
    poor = await two.brand.dry("POST", f"agreements/{agreement}/deposits", {"amount": "70"})
    assert [step["title"] for step in poor["steps"]] == ["ERC20.approve", "PartnerExchange.deposit"]
    assert "ERC20InsufficientBalance" in poor["refusal"]
    await funded(two, 100)
    plan = await two.brand.dry("POST", f"agreements/{agreement}/deposits", {"amount": "70"})
    assert plan["refusal"] is None and all(step["gas"] > 21_000 for step in plan["steps"])
    await deposit(two, agreement, 70)
    anna = (await two.members_with_points(anna=100))["anna"]
    await two.convert(anna, two.terms(), 30, BENEFICIARY)
    await two.world.index()
    found = await two.get(f"agreements/{agreement}/settlement")
    (position,) = found["positions"]
    assert (position["burned"], position["minted"], position["settled"]) == ("30", "20", "50")
    assert (position["escrow_free"], position["owed"], position["collected"]) == ("20", "50", "0")
    assert [(each["we_owe"], each["they_owe"], each["net"]) for each in found["net"]] == [("50", "0", "-50")]
    too_much = {"amount": "21", "to": hex_of(BENEFICIARY)}
    refused = await two.brand.ask("POST", f"agreements/{agreement}/withdraw", too_much, expect=409)
    assert "escrow=20" in refused["detail"]
    await two.brand.done(
        await two.brand.ask("POST", f"agreements/{agreement}/withdraw", {"amount": "15", "to": hex_of(BENEFICIARY)})
    )
    await two.brand.done(await two.brand.ask("POST", f"agreements/{agreement}/settlement/collect"))
    await two.world.index()
    (position,) = (await two.get(f"agreements/{agreement}/settlement", program="second"))["positions"]
    assert (position["direction"], position["escrow_free"], position["owed"]) == ("in", "5", "0")
    assert position["collected"] == "50"
    free = await two.agree(two.back())
    for path in ("deposits", "settlement/collect"):
        body = {"amount": "1"} if path == "deposits" else None
        refused = await two.brand.ask("POST", f"agreements/{free}/{path}", body, expect=409)
        assert refused["code"] == "operation_refused" and "settles nothing" in refused["detail"]
    for amount in ("0", "-1", "1.5", str(1 << 128)):
        problem = await two.brand.ask("POST", f"agreements/{agreement}/deposits", {"amount": amount}, expect=422)
        assert problem["errors"][0]["pointer"] == "/amount"
    wrong = await two.brand.ask("POST", f"agreements/{NOBODY}/deposits", {"amount": "1"}, expect=404)
    assert wrong["code"] == "unknown_agreement"


@BOTH_DATABASES
async def test_a_month_adds_up_to_the_nodes_own_logs(two: Partnership) -> None:
    world = two.world
    agreement, other = await two.agree(two.terms()), await two.agree(two.terms(terms_hash="0x" + "33" * 32))
    await funded(two, 10_000)
    await deposit(two, agreement, 1_000)
    await deposit(two, other, 500)
    first = month_of(world)
    accounts = await two.members_with_points(anna=400, ben=400)
    for points in (7, 100, 31):
        await two.convert(accounts["anna"], two.terms(), points, BENEFICIARY)
    await two.convert(accounts["ben"], two.terms(terms_hash="0x" + "33" * 32), 20, BENEFICIARY)
    await two.brand.done(await two.brand.ask("POST", f"agreements/{agreement}/settlement/collect"))
    # Into a month that no quarter of the calendar ends before, and one day of it more.
    await world.chain.pass_time(31 * DAY)
    second = month_of(world)
    for points in (50, 4):
        await two.convert(accounts["anna"], two.terms(), points, BENEFICIARY)
    await two.brand.done(
        await two.brand.ask("POST", f"agreements/{agreement}/withdraw", {"amount": "25", "to": hex_of(BENEFICIARY)})
    )
    await two.terminate_there(agreement)
    await world.chain.mine(3)
    await world.index()

    months = {}
    for month in (first, second):
        said = months[month] = await two.get(f"agreements/{agreement}/statement.json", month=month)
        assert said["closing"] == {
            name: str(int(said["opening"][name]) + sum(int(line["change"][name]) for line in said["lines"]))
            for name in said["opening"]
        }
        assert sum(each["count"] for each in said["totals"]) == len(said["lines"])
        assert said["on_chain"]["agrees"] is True
    assert months[second]["opening"] == months[first]["closing"]
    assert months[first]["opening"] == dict.fromkeys(("burned", "minted", "settled", "escrow", "owed"), "0")
    assert months[first]["complete"] is True and months[second]["complete"] is False
    burned, escrow, owed = await two.kept(agreement)
    closing = months[second]["closing"]
    assert (int(closing["burned"]), int(closing["escrow"]), int(closing["owed"])) == (burned, escrow, owed)

    logs = await logs_of(two, agreement)
    lines = [line for month in (first, second) for line in months[month]["lines"]]
    assert {(line["transaction_hash"], line["log_index"]) for line in lines} == {
        (log["transactionHash"], int(log["logIndex"], 16)) for log in logs
    }
    converted = [words(log) for log in logs if log["topics"][0] == topic("Converted") and log["topics"][1] == agreement]
    assert [int(closing[name]) for name in ("burned", "minted", "settled")] == [
        sum(each) for each in zip(*converted, strict=True)
    ]
    assert {line["kind"] for line in lines} == {
        *("conversion", "deposit", "withdrawal", "collection", "other_settlement"),
    }
    # The partner ended it: its own statement is the same book.
    theirs = await two.get(f"agreements/{agreement}/statement.json", program="second", month=second)
    assert theirs["closing"] == closing and theirs["direction"] == "in"

    await check_files(two, agreement, first, months[first])
    assert await chain_rows(world) == await rebuilt_rows(world)


async def check_files(two: Partnership, agreement: str, month: str, said: dict[str, Any]) -> None:
    answer = await two.world.http.get(f"/v1/programs/demo/agreements/{agreement}/statement.csv?month={month}")
    assert answer.headers["content-disposition"] == f'attachment; filename="demo-agreement-{month}.csv"'
    opening, *rows, closing = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (opening["kind"], closing["kind"]) == ("opening_position", "closing_position")
    assert [row["transaction_hash"] for row in rows] == [line["transaction_hash"] for line in said["lines"]]
    assert sum(int(row["settlement"]) for row in rows) == int(said["closing"]["settled"]) == int(closing["settlement"])
    assert sum(int(row["burned"]) for row in rows) == int(closing["burned"])
    for language, title, compared in (
        ("en", "Statement of an agreement", "compared and equal"),
        ("ko", "제휴 계약 명세서", "일치"),
    ):
        paper = await two.world.http.get(
            f"/v1/programs/demo/agreements/{agreement}/statement.pdf?month={month}",
            headers={"Accept-Language": language},
        )
        assert paper.headers["content-language"] == language
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages)
        assert title in text and compared in text and agreement in text and str(said["block_number"]) in text
        assert all(line["transaction_hash"] in text for line in said["lines"])


async def test_the_target_alone_knows_what_its_source_burned(world: World) -> None:
    two = await partnership_in(world, served=False)
    paid = {"settlement": "7", "settlement_token": hex_of(two.money), "beneficiary": hex_of(BENEFICIARY)}
    terms = two.back(source_points="3", target_points="2", **paid)
    agreement = await two.agree(terms)
    await two.deposit_there(agreement, 500)
    await two.award_there(BENEFICIARY, 100)
    mined = [await two.convert(BENEFICIARY, terms, points, BENEFICIARY) for points in (10, 5, 31)]
    await world.index()
    found = await two.get(f"agreements/{agreement}/statement.json", month=month_of(world))
    logs = [log for each in mined for log in each["logs"] if log["topics"][0] == topic("Converted")]
    assert [[int(line["change"][name]) for name in ("burned", "minted", "settled")] for line in found["lines"]] == [
        words(log) for log in logs
    ]
    assert found["direction"] == "in" and found["closing"]["burned"] == str(sum(words(log)[0] for log in logs))
    assert (found["closing"]["escrow"], found["closing"]["owed"]) == (None, None)
    assert found["on_chain"]["agrees"] is True
    (position,) = (await two.get(f"agreements/{agreement}/settlement"))["positions"]
    assert position["settled"] == position["owed"] == found["closing"]["settled"] == found["on_chain"]["owed"]
    assert position["collected"] is None and position["minted"] == found["closing"]["minted"]


async def test_months_that_are_none(two: Partnership) -> None:
    agreement = await two.agree(two.terms())
    for month in ("2026-13", "2026-00", "26-01", "0000-01", "1969-12", "2026-1", "now", "2999-01"):
        for kind in ("json", "csv", "pdf"):
            problem = await two.get(f"agreements/{agreement}/statement.{kind}", expect=422, month=month)
            assert problem["code"] == "invalid_input" and problem["errors"][0]["pointer"] == "month"
    early = await two.get(f"agreements/{agreement}/statement.json", month="1970-01")
    assert (early["block_number"], early["lines"], early["on_chain"]) == (None, [], None)


async def test_a_reorg_takes_a_conversion_back(two: Partnership) -> None:
    agreement = await two.agree(two.terms())
    await funded(two, 100)
    await deposit(two, agreement, 100)
    anna = (await two.members_with_points(anna=100))["anna"]
    before = await chain_rows(two.world)
    await two.convert(anna, two.terms(), 30, BENEFICIARY)
    await two.world.index()
    (entry,) = (await two.get(f"members/{await member_of(two, 'anna')}/entries", type="conversion_out"))["entries"]
    assert (entry["amount"], entry["type"]) == ("-30", "conversion_out")
    await two.world.chain.reorg(1)
    await two.world.index()
    after = await chain_rows(two.world)
    assert {name: rows for name, rows in after.items() if name != "blocks"} == {
        name: rows for name, rows in before.items() if name != "blocks"
    }
    assert after == await rebuilt_rows(two.world)


async def member_of(two: Partnership, customer: str) -> str:
    found: str = (await two.get("members", customer_id=customer))["members"][0]["id"]
    return found


async def deposit(two: Partnership, agreement: str, amount: int) -> None:
    await two.brand.done(await two.brand.ask("POST", f"agreements/{agreement}/deposits", {"amount": str(amount)}))
    await two.world.index()


async def logs_of(two: Partnership, agreement: str) -> list[dict[str, Any]]:
    """What the source's exchange logged that an agreement's statement is about, as the node tells it."""
    found = await two.world.chain.rpc.call(
        "eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": hex_of(two.ours)}
    )
    shown = [topic(name) for name in ("Deposited", "Withdrawn", "Converted", "AgreementTerminated")]
    own = [log for log in found if log["topics"][0] in shown and log["topics"][1] == agreement]
    others = [log for log in found if log["topics"][0] == topic("Converted") and log["topics"][1] != agreement]
    return own + others + [log for log in found if log["topics"][0] == topic("Collected")]


def topic(event: str) -> str:
    return hex_of(EXCHANGE.topic(event))


def words(log: dict[str, Any]) -> list[int]:
    data = bytes.fromhex(log["data"][2:])
    return [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]


def month_of(world: World) -> str:
    return world.clock().astimezone(UTC).strftime("%Y-%m")
