from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update

from tests.explorer.conftest import FakeNode, Site, write
from tests.support.ledger_rows import AWARD_SELECTOR, LedgerRows, Purchase, create_tables
from tests.support.programs import NOW, account_of, everyday_terms, hash_of, make_deployment, make_program
from tests.support.small_ledger import build_small_ledger
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.batches import BatchEntry, BatchGroup, groups_tuple
from tokenpoints.domain.entries import ClawbackReason, EntryType, FreezeReason
from tokenpoints.domain.events import Dealing
from tokenpoints.domain.programs import Program, Tier
from tokenpoints.domain.reconciliation import Counts, Reconciliation
from tokenpoints.domain.types import Hash32, hex_of
from tokenpoints.explorer.app import create_app
from tokenpoints.explorer.words import checksummed
from tokenpoints.storage import program_reads, reconciliations
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import receipts

pytestmark = pytest.mark.asyncio


def plain(html: str) -> str:
    """The page's text on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("&#39;", "'")


async def text_of(site: Site, path: str, *, status: int = 200) -> str:
    response = await site.client.get(path)
    assert response.status_code == status, response.text
    return plain(response.text)


async def test_the_overview_says_what_there_is(site: Site) -> None:
    page = await text_of(site, "/")
    for wanted in (
        "Han River Books", "Points in circulation", "5 points for every ₩100 spent", "at most 5,000 points",
        "in 3 awards", "Up to block 53, at the head of the chain", "3 refused",
    ):  # fmt: skip
        assert wanted in page


@pytest.mark.parametrize(
    ("language", "clean", "different"),
    [
        (
            "en",
            "Compared with the chain at block 1,234: 12,345 accounts, no difference",
            "12,345 accounts, 2 differences",
        ),
        ("ko", "블록 1,234에서 체인과 대조함: 계정 12,345개, 차이 없음", "계정 12,345개, 차이 2건"),
    ],
)
async def test_the_overview_says_how_it_compares_with_the_chain(
    site: Site, language: str, clean: str, different: str
) -> None:
    assert "Compared with the chain" not in await text_of(site, "/?lang=en")
    for count, wanted in ((0, clean), (2, different)):
        compared = Reconciliation(
            site.ledger.program.slug, 1_234, Hash32(bytes(32)), NOW, Counts(12_345, 1, 7), count, []
        )
        async with site.database.session() as session:
            await reconciliations.add(session, compared)
        assert wanted in await text_of(site, f"/?lang={language}")


async def test_supply_is_what_the_accounts_hold_and_what_the_chart_ends_at(site: Site) -> None:
    program = site.ledger.program
    clock = program.clock
    async with site.database.snapshot() as session:
        epoch = clock.epoch_at(int(NOW.timestamp()))
        supply = await program_reads.supply_by_epoch(session, program.slug, epoch=epoch, points_expire=True)
        minted = await program_reads.minted_over_time(
            session, program.slug, epoch_start=clock.start, epoch_seconds=clock.length_seconds, bucket_count=200
        )
    by_epoch: dict[int, int] = {}
    for at, points in minted:
        by_epoch[clock.epoch_at(at)] = by_epoch.get(clock.epoch_at(at), 0) + points
    assert supply == {earned: points for earned, points in by_epoch.items() if earned > epoch - 4}


async def test_a_transaction_opens_with_a_sentence(site: Site) -> None:
    page = await text_of(site, f"/tx/{hex_of(site.ledger.batch)}")
    assert "Han River Books awarded 29,655 points to 37 members for purchases, under rule Everyday v2." in page
    assert "3 awards of this batch were refused" in page
    for reason in ("outside of the rule's dates", "the rule's budget was used up", "worth less than one point"):
        assert reason in page
    assert "cast receipt 0x" in page
    assert "batchRoot(address,uint64)(bytes32)" in page


async def test_all_entries_of_a_transaction_are_one_link_away(site: Site) -> None:
    path = f"/tx/{hex_of(site.ledger.batch)}"
    few = (await site.client.get(path)).text
    every = (await site.client.get(f"{path}?all=1")).text
    assert few.count('<tr id="entry-') == 25
    assert every.count('<tr id="entry-') == 37 + 9


async def test_other_transactions_have_sentences_too(site: Site) -> None:
    assert "sent 500 points of Han River Books to 0x" in await text_of(site, f"/tx/{hex_of(site.ledger.transfer)}")
    assert "that had expired were written off in" in await text_of(site, f"/tx/{hex_of(site.ledger.sweep)}")
    changed = await text_of(site, f"/tx/{hex_of(site.ledger.rule_change)}")
    assert "Han River Books changed rule Everyday to v2: 5 points for every ₩100 spent." in changed


async def test_pages_speak_korean(site: Site) -> None:
    path = f"/tx/{hex_of(site.ledger.batch)}"
    page = plain((await site.client.get(path, headers={"accept-language": "ko-KR"})).text)
    assert "Han River Books에서 구매한 회원 37명에게 29,655포인트를 적립했습니다." in page
    switched = await site.client.get(f"{path}?lang=ko")
    assert "language=ko" in switched.headers["set-cookie"]
    assert switched.headers["content-language"] == "ko"


async def test_a_submitted_transaction_is_pending_and_asks_again_by_itself(site: Site) -> None:
    response = await site.client.get(f"/tx/{hex_of(site.ledger.submitted)}")
    assert "is awarding 1,600 points to 2 members" in plain(response.text)
    assert 'hx-trigger="every 2s"' in response.text


async def test_a_batch_that_another_submission_carried_is_named(site: Site) -> None:
    async with site.database.session() as session:
        await session.execute(
            text("UPDATE submissions SET batch_seq = 1 WHERE transaction_hash = :hash"),
            {"hash": site.ledger.submitted},
        )
    page = await text_of(site, f"/tx/{hex_of(site.ledger.submitted)}")
    assert "Recorded by another transaction" in page


async def test_gas_and_raw_bytes_come_from_the_node(site: Site) -> None:
    entry = BatchEntry(account_of("someone"), 12_000, hash_of("receipt"))
    groups = groups_tuple([BatchGroup(1, 2, 1_483_228_800, 1_483_228_860, [entry])])
    data = interface("EarningRules").calldata("award", 48, groups, hash_of("root"))
    assert data[:4] == AWARD_SELECTOR
    transaction: dict[str, Any] = {"blockNumber": "0x34", "input": hex_of(data)}
    site.node.transactions[site.ledger.batch] = transaction
    site.node.receipts[site.ledger.batch] = {"gasUsed": "0x100000", "effectiveGasPrice": "0x10", "status": "0x1"}
    page = await text_of(site, f"/tx/{hex_of(site.ledger.batch)}?node=1")
    assert "1,048,576 26,214 for each award" in page
    assert "16,777,216 wei" in page
    assert f"0 {checksummed(entry.account)} 12000" in page
    assert "1, 2, Jan 1, 2017, 12:00:00 AM UTC" in page.replace("\u202f", " ")


async def test_pages_work_without_the_node_and_say_so(site: Site) -> None:
    site.node.is_down = True
    page = await text_of(site, f"/tx/{hex_of(site.ledger.batch)}?node=1")
    assert "The node does not answer right now" in page
    assert "29,655 points" in page
    assert "the node does not answer" in await text_of(site, f"/tx/0x{'12' * 32}", status=503)


async def test_transactions_that_only_the_node_knows(site: Site) -> None:
    foreign, young = hash_of("foreign"), hash_of("young")
    site.node.transactions[foreign] = {"blockNumber": "0x5", "input": "0x"}
    site.node.transactions[young] = {"blockNumber": None, "input": "0x"}
    assert "nothing to do with any program here" in await text_of(site, f"/tx/{hex_of(foreign)}")
    assert "no block holds it yet" in await text_of(site, f"/tx/{hex_of(young)}")
    assert "No transaction of this hash is known here." in await text_of(site, f"/tx/0x{'12' * 32}", status=404)


async def test_an_account_shows_its_balance_its_lots_and_what_is_not_in_it(site: Site) -> None:
    page = await text_of(site, f"/address/{hex_of(site.ledger.regular).upper().replace('0X', '0x')}")
    for wanted in (
        "11,980 points of Han River Books", "+1,270 pending", "1,752 points expire on", "Balance over time",
        "Purchase of ₩32,000", "Sent to 0x", "worth less than one point", "balanceOf(address)(uint256)",
    ):  # fmt: skip
        assert wanted in page


async def test_what_was_no_purchase_is_called_none(site: Site) -> None:
    async with site.database.session() as session:
        await session.execute(update(receipts).values(amount=0))
    page = await text_of(site, f"/address/{hex_of(site.ledger.regular)}")
    assert "Points earned" in page and "Purchase of" not in page


async def test_expiry_that_the_chain_has_not_logged_is_explained(site: Site) -> None:
    page = await text_of(site, f"/address/{hex_of(site.ledger.lapsed)}")
    assert "0 points of Han River Books" in page
    assert "3,360 points have expired by the calendar" in page


async def test_older_entries_are_reached_by_a_link(site: Site) -> None:
    first = (await site.client.get(f"/address/{hex_of(site.ledger.recipient)}")).text
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link is None  # fewer than a page
    early = (await site.client.get(f"/address/{hex_of(site.ledger.regular)}?before=20-0")).text
    assert "Newest" in plain(early)
    assert "balance" in early
    assert (await site.client.get(f"/address/{hex_of(site.ledger.regular)}?before=x")).status_code == 422


async def test_addresses_that_are_no_members(site: Site) -> None:
    program = site.ledger.program
    assert "it has signed 49 batches of awards" in await text_of(site, f"/address/{hex_of(program.issuer)}")
    assert "the only source of new points" in await text_of(site, f"/address/{hex_of(program.contracts.rules.address)}")
    exchange = hex_of(program.contracts.exchange.address)
    assert "where points become a partner's" in await text_of(site, f"/address/{exchange}")
    assert "No points have ever been in this account." in await text_of(site, f"/address/0x{'12' * 20}")
    assert "not an address" in await text_of(site, "/address/0x12", status=404)


async def test_blocks_by_number_and_by_hash(site: Site) -> None:
    page = await text_of(site, "/block/52")
    assert "Han River Books awarded 29,655 points" in page
    assert "← 51" in page
    assert "53 →" in page
    found = await site.client.get(f"/block/{hex_of(hash_of('block 52'))}")
    assert found.headers["location"] == "/block/52"
    assert "The newest block that has been read is 53." in await text_of(site, "/block/999", status=404)
    assert "This block is not known here." in await text_of(site, f"/block/{'9' * 30}", status=404)


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("52", "/block/52"),
        ("han river", "/programs/hanriver"),
        ("HRB-00255", "#entry-52-3"),
        (hex_of(hash_of("block 3")), "/block/3"),
        ("0x" + "12" * 20, "/address/0x1212121212121212121212121212121212121212"),
        ("12" * 32, "/tx/0x" + "12" * 32),
    ],
)
async def test_search_goes_to_the_page(site: Site, query: str, page: str) -> None:
    response = await site.client.get("/search", params={"q": query})
    assert response.status_code == 303
    assert response.headers["location"].endswith(page)


async def test_search_says_what_was_searched_or_shows_what_has_no_page_yet(site: Site) -> None:
    assert "Nothing found for “no such thing”" in await text_of(site, "/search?q=no+such+thing", status=404)
    assert "Accepted; it goes into the next batch." in await text_of(site, "/search?q=HRB-00298")
    assert "What are you looking for?" in await text_of(site, "/search")
    hostile = (await site.client.get("/search", params={"q": "<script>alert(1)</script>"})).text
    assert "<script>alert" not in hostile


async def test_nothing_private_is_on_any_page(site: Site) -> None:
    paths = ["/", f"/tx/{hex_of(site.ledger.batch)}?all=1", f"/address/{hex_of(site.ledger.regular)}", "/block/52"]
    for path in paths:
        page = (await site.client.get(path)).text
        for private in ("customer-secret", "mem_", hash_of("salt regular").hex(), hash_of("commitment regular").hex()):
            assert private not in page


async def test_errors_are_pages(site: Site) -> None:
    assert "There is no such page." in await text_of(site, "/nothing/here", status=404)
    assert "There is no such page." in await text_of(site, "/programs/unknown", status=404)
    assert "This address cannot be read." in await text_of(site, f"/search?q={'x' * 300}", status=422)
    refused = await site.client.post("/")
    assert refused.status_code == 405
    assert "only be read" in plain(refused.text)
    assert "GET" in refused.headers["allow"]
    async with site.database.session() as session:
        await session.execute(text("DROP TABLE balances"))
    broken = await site.client.get("/")
    assert broken.status_code == 503
    assert "Points are safe" in plain(broken.text)
    assert broken.headers["retry-after"] == "5"


async def test_an_unexpected_error_is_a_page_with_the_same_headers(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("something secret")

    monkeypatch.setattr(program_reads, "account_count", fail)
    response = await site.client.get("/")
    assert response.status_code == 500
    assert "something secret" not in response.text
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


async def test_every_answer_is_guarded_and_nothing_is_inline(site: Site) -> None:
    for path in ("/", f"/tx/{hex_of(site.ledger.batch)}", f"/address/{hex_of(site.ledger.regular)}", "/block/52"):
        response = await site.client.get(path)
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "same-origin"
        assert "unsafe" not in response.headers["content-security-policy"]
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?! src)", response.text)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', response.text)


async def test_head_is_answered_like_get(site: Site) -> None:
    response = await site.client.head("/")
    assert response.status_code == 200


async def test_static_files_are_kept_for_ever_under_their_version(site: Site) -> None:
    page = (await site.client.get("/")).text
    sheet = re.search(r'"(/static/[0-9a-f]{12}/app\.css)"', page)
    assert sheet is not None
    kept = await site.client.get(sheet[1])
    assert "immutable" in kept.headers["cache-control"]
    other = await site.client.get("/static/000000000000/app.css")
    assert other.headers["cache-control"] == "no-cache"
    assert (await site.client.get("/static/x/../../app.py")).status_code == 404


async def test_the_first_page_is_light(site: Site) -> None:
    page = await site.client.get("/")
    names = re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg))"', page.text)
    total = 0
    for name in ["/", *(name for name in names if "pretendard" not in name)]:
        async with site.client.stream("GET", name, headers={"accept-encoding": "gzip"}) as response:
            total += len(b"".join([chunk async for chunk in response.aiter_raw()]))
    assert total < 100_000


async def test_a_fresh_program_says_what_comes_next(database: Database) -> None:
    await create_tables(database)
    deployment = make_deployment(make_program())
    app = create_app(database=database, deployment=deployment, node=FakeNode(), clock=lambda: NOW)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://explorer") as client:
        page = plain((await client.get("/")).text)
    assert "Han River Books has not awarded any points." in page
    assert "No block has been read yet." in page


async def test_several_programs_are_listed_and_a_lag_is_announced(database: Database) -> None:
    books, tea = make_program(), make_program("tea", "Hill Tea", accent="#ffd400")
    rows, _ = build_small_ledger(books)
    await write(database, rows, head=75)
    app = create_app(database=database, deployment=make_deployment(books, tea), node=FakeNode(), clock=lambda: NOW)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://explorer") as client:
        page = plain((await client.get("/")).text)
        sheet = (await client.get("/programs/tea/accent.css")).text
    assert "Hill Tea" in page
    assert "Han River Books" in page
    assert "22 blocks behind the chain" in page
    assert "--brand:#ffd400" in sheet


async def test_purchases_of_long_ago_are_drawn_on_their_own_days(database: Database) -> None:
    program = make_program()
    rows = LedgerRows(program)
    rows.block(NOW)
    rows.set_rule(everyday_terms(program, 5))
    rows.block(NOW)
    account = rows.member("old")
    rows.award(old_purchases())
    await write(database, rows)
    app = create_app(database=database, deployment=make_deployment(program), node=FakeNode(), clock=lambda: NOW)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://explorer") as client:
        page = (await client.get(f"/address/{hex_of(account)}")).text
        recorded = (await client.get(f"/address/{hex_of(account)}?by=record")).text
        overview = (await client.get("/")).text
    assert re.search(r'by=purchase#over-time" aria-current', page)
    assert "2017" in plain(page)
    assert "line-ahead" not in page
    assert re.search(r'by=record#over-time" aria-current', recorded)
    assert "line-ahead" in recorded
    assert "Awards a week" in plain(overview)


def old_purchases() -> list[Purchase]:
    first = datetime(2017, 1, 3, 10, tzinfo=UTC)
    return [Purchase("old", 5_000 + 100 * week, first + timedelta(weeks=week), f"OLD-{week}") for week in range(50)]


async def test_transactions_that_created_the_contracts_are_told(site: Site) -> None:
    created = hash_of("hanriver deployment")
    assert "The contracts of Han River Books were put on chain." in await text_of(site, "/block/1")
    site.node.transactions[created] = {"blockNumber": "0x1", "input": "0x60"}
    assert "it created a contract" in await text_of(site, f"/tx/{hex_of(created)}")
    site.node.is_down = True
    assert "it created a contract" in await text_of(site, f"/tx/{hex_of(created)}")


def eventful_ledger(program: Program) -> tuple[LedgerRows, dict[str, Hash32]]:
    """What can happen beside awards, transfers and expiry, by the sentence that tells it."""
    rows = LedgerRows(program)
    rows.block(NOW - timedelta(days=1))
    terms = replace(everyday_terms(program, 5), multipliers=(1_000, 1_250, 1_250, 1_250))
    rows.set_rule(terms)
    rows.block(NOW - timedelta(hours=20))
    account = rows.member("anna")
    rows.award([Purchase("anna", 50_000, NOW - timedelta(hours=21), "R-1")])
    rows.block(NOW - timedelta(hours=2))
    told = {
        "took 250 points of an award back": rows.event(
            account, EntryType.CLAWBACK, -250, batch=1, reason=ClawbackReason.FRAUD
        ),
        "100 points of Han River Books were redeemed": rows.event(account, EntryType.REDEMPTION, -100),
        "were given back from a redemption": rows.event(account, EntryType.REFUND, 30),
        "were given for points of a partner": rows.event(account, EntryType.CONVERSION_IN, 40),
        "30 points of Han River Books became points of a partner": rows.event(account, EntryType.CONVERSION_OUT, -30),
        "signed an agreement with a partner": rows.agreement(),
        "gave notice of an agreement": rows.dealing(Dealing.TERMINATED),
        "Money was set aside": rows.dealing(Dealing.DEPOSITED),
        "took back money": rows.dealing(Dealing.WITHDRAWN),
        "was paid what Han River Books owed": rows.dealing(Dealing.COLLECTED),
        "froze the account": rows.event(account, EntryType.FREEZE, 0, reason=FreezeReason.MEMBER_REQUEST),
        "ended the freeze of an account": rows.event(account, EntryType.UNFREEZE, 0),
        "changed which accounts are its partners'": rows.event(account, EntryType.PARTNER, 0),
        "The tier of 1 account": rows.event(account, EntryType.TIER, 0),
        "stand still until": rows.program_change("PauseSet", int(NOW.timestamp())),
        "move again": rows.program_change("PauseSet", 0),
        "award at most 5,000 points in any day": rows.program_change("IssuerCapSet", 5_000, program.issuer),
        "30 days ahead": rows.program_change("NoticePeriodSet", 30 * 86_400),
        "announced that the program ends on": rows.program_change("EndSet", int(NOW.timestamp())),
        "took back the announcement": rows.program_change("EndSet", 2**40 - 1),
        "allowed more transfers": rows.program_change("TransfersOpened", 2),
        "changed what its points say of themselves": rows.program_change("ContractURIUpdated", 0),
        "took back version v2 of rule Everyday": rows.cancelled_rule(replace(terms, numerator=4)),
    }
    rows.set_rule(replace(terms, numerator=3), effective_at=NOW + timedelta(days=30))
    return rows, told


async def test_whatever_else_happens_is_told_in_words(database: Database) -> None:
    tiers = [Tier(name="Reader"), Tier(name="Friend", threshold=1_000)]
    program = make_program().model_copy(update={"tiers": tiers})
    rows, told = eventful_ledger(program)
    await write(database, rows)
    app = create_app(database=database, deployment=make_deployment(program), node=FakeNode(), clock=lambda: NOW)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://explorer") as client:
        for sentence, transaction in told.items():
            assert sentence in plain((await client.get(f"/tx/{hex_of(transaction)}")).text), sentence
            korean = await client.get(f"/tx/{hex_of(transaction)}", headers={"accept-language": "ko"})
            assert korean.status_code == 200 and sentence not in plain(korean.text)
        account = plain((await client.get(f"/address/{hex_of(rows.member('anna'))}")).text)
        overview = plain((await client.get("/")).text)
        block = plain((await client.get(f"/block/{rows.block_number}")).text)
    assert all(sentence in block for sentence in told)
    for wanted in ("Reader, 2,500 points this period", "Taken back: the purchase did not happen", "the member asked"):
        assert wanted in account
    for wanted in ("announced, in force from", "Reader × 1, Friend × 1.25"):
        assert wanted in overview


async def test_a_batch_of_several_rules_names_them(database: Database) -> None:
    program = make_program()
    rows = LedgerRows(program)
    rows.block(NOW - timedelta(hours=3))
    rows.set_rule(everyday_terms(program, 5))
    rows.block(NOW - timedelta(hours=2))
    transaction = rows.award([Purchase(name, 20_000, NOW, f"R-{name}") for name in ("anna", "bo")])
    (group,) = rows.rows["awarded_groups"]
    group.update(entry_count=1, minted=1_000)
    rows.rows["awarded_groups"].append(group | {"first_position": 1, "rule_version": 2})
    rows.rows["entries"][1]["rule_version"] = 2
    await write(database, rows)
    app = create_app(database=database, deployment=make_deployment(program), node=FakeNode(), clock=lambda: NOW)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://explorer") as client:
        page = plain((await client.get(f"/tx/{hex_of(transaction)}")).text)
    assert "to 2 members for purchases, under the rules Everyday v1, Everyday v2." in page
    assert "rule Everyday v1" in page and "rule Everyday v2" in page


async def test_an_award_that_is_set_aside_says_why(site: Site) -> None:
    async with site.database.session() as session:
        await session.execute(
            text(
                "INSERT INTO dead_letters SELECT max(seq), 'UnknownRule(ruleId=2)', 0"
                " FROM awards WHERE batch_seq IS NULL"
            )
        )
        reference = (
            await session.execute(
                text(
                    "SELECT reference FROM receipts JOIN awards ON receipt_seq = receipts.seq"
                    " JOIN dead_letters ON award_seq = awards.seq"
                )
            )
        ).scalar_one()
    for path in (f"/address/{checksummed(site.ledger.regular)}", f"/search?q={reference}"):
        page = await text_of(site, path)
        assert "UnknownRule(ruleId=2)" in page and "Set aside" in page, path
