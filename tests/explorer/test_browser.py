"""The pages in a real browser: on a phone and on a desktop, light and dark, by keyboard and without scripts."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.explorer.conftest import Served
from tests.support.browser import SCREENSHOTS, Watched, axe_violations, overflow
from tests.support.programs import hash_of
from tokenpoints.domain.types import hex_of

# One browser and one server serve the whole module, so its tests stay in one worker.
pytestmark = pytest.mark.xdist_group("explorer-browser")

PAGES: dict[str, Callable[[Served], str]] = {
    "overview": lambda site: "/",
    "transaction": lambda site: f"/tx/{hex_of(site.ledger.batch)}",
    "transfer": lambda site: f"/tx/{hex_of(site.ledger.transfer)}",
    "rule": lambda site: f"/tx/{hex_of(site.ledger.rule_change)}",
    "account": lambda site: f"/address/{hex_of(site.ledger.regular)}",
    "account-expired": lambda site: f"/address/{hex_of(site.ledger.lapsed)}",
    "account-empty": lambda site: f"/address/0x{'12' * 20}",
    "contract": lambda site: f"/address/{hex_of(site.ledger.program.contracts.rules.address)}",
    "block": lambda site: "/block/52",
    "search": lambda site: "/search?q=HRB-00298",
    "not-found": lambda site: "/search?q=nothing",
    "pending": lambda site: f"/tx/{hex_of(site.ledger.submitted)}",
}
SCREENS = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="Asia/Seoul")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.mark.parametrize(
    ("screen", "scheme"),
    [
        ("desktop", "light"),
        ("phone", "dark"),
        pytest.param("desktop", "dark", marks=pytest.mark.slow),
        pytest.param("phone", "light", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", list(PAGES))
def test_pages_fit_read_well_and_break_no_policy(
    browser: Browser, served_site: Served, name: str, screen: str, scheme: str
) -> None:
    width, height = SCREENS[screen]
    # Half of the pages in each language, and both languages on both screens.
    language = "ko" if (list(PAGES).index(name) + (screen == "phone")) % 2 else "en"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale={"en": "en-GB", "ko": "ko-KR"}[language],
        timezone_id="Asia/Seoul",
        device_scale_factor=2 if screen == "phone" else 1,
        reduced_motion="reduce",
    )
    page = context.new_page()
    watched = Watched(page, served_site.url)
    response = page.goto(served_site.url + PAGES[name](served_site))
    assert response is not None
    if name in ("transaction", "transfer", "rule"):
        expect(page.locator("#node")).not_to_have_attribute("hx-trigger", "load")
    page.evaluate("document.fonts.ready.then(() => true)")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{screen}-{scheme}-{language}.png", full_page=True)
    expected = [text for text in watched.complaints if response.status == 404 and "404" in text]
    assert [text for text in watched.complaints if text not in expected] == []
    assert overflow(page) == []
    assert axe_violations(page) == []
    assert page.evaluate("document.fonts.check('16px \"Pretendard Variable\"')")
    context.close()


def test_the_skip_link_is_first_and_leads_to_the_content(page: Page, served_site: Served) -> None:
    page.goto(served_site.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_slash_goes_to_search_and_enter_finds(page: Page, served_site: Served) -> None:
    page.goto(served_site.url)
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#search")).to_have_value("")
    page.keyboard.type("HRB-00255")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tx/*")
    expect(page.locator("tr:target")).to_contain_text("HRB-00255")


def test_the_status_says_what_it_means_when_asked(page: Page, served_site: Served) -> None:
    page.goto(f"{served_site.url}/tx/{hex_of(served_site.ledger.transfer)}")
    page.locator(".pill summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pill .pop")).to_contain_text("permanent")
    page.keyboard.press("Escape")
    expect(page.locator(".pill .pop")).to_be_hidden()


def test_pointing_at_a_chart_reads_it(page: Page, served_site: Served) -> None:
    page.goto(f"{served_site.url}/address/{hex_of(served_site.ledger.regular)}")
    mark = page.locator(".chart .mark").nth(20)
    label = mark.locator("text")
    expect(label).to_be_hidden()
    mark.locator("rect").hover()
    expect(label).to_be_visible()
    expect(label).to_have_text(re.compile(r"2026.* · [\d,]+ points"))
    page.get_by_text("Show as a table").click()
    expect(page.locator(".more table").first).to_be_visible()


def test_times_are_in_the_readers_zone(page: Page, served_site: Served) -> None:
    page.goto(f"{served_site.url}/block/52")
    exact = page.locator("dd time")
    expect(exact).to_contain_text("GMT+9")
    expect(exact).to_have_attribute("title", re.compile("2026-11-20T04:30:00Z"))


def test_a_hash_is_copied_whole(page: Page, context: BrowserContext, served_site: Served) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{served_site.url}/address/{hex_of(served_site.ledger.regular)}")
    button = page.locator(".kicker .copy")
    button.click()
    expect(button).to_have_class(re.compile("copied"))
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.lower() == hex_of(served_site.ledger.regular)


def test_the_language_is_kept(page: Page, served_site: Served) -> None:
    page.goto(served_site.url)
    page.get_by_role("link", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.goto(f"{served_site.url}/block/52")
    expect(page.locator("h2").first).to_have_text("일어난 일")


def test_pages_work_without_scripts(browser: Browser, served_site: Served) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{served_site.url}/tx/{hex_of(served_site.ledger.batch)}")
    expect(page.locator("h1")).to_contain_text("29,655 points")
    expect(page.locator(".copy").first).to_be_hidden()
    page.get_by_role("link", name="Ask the node").click()
    expect(page.locator("#node")).to_contain_text("does not know this transaction")
    page.goto(f"{served_site.url}/address/{hex_of(served_site.ledger.regular)}")
    expect(page.locator(".chart .line")).to_be_visible()
    page.locator("#search").fill("52")
    page.locator("#search").press("Enter")
    expect(page.locator("h1")).to_have_text("52")
    context.close()


def test_a_pending_page_moves_by_itself_and_then_rests(page: Page, served_site: Served) -> None:
    page.goto(f"{served_site.url}/tx/{hex_of(served_site.ledger.submitted)}")
    expect(page.locator("h1")).to_contain_text("is awarding 1,600 points")
    page.evaluate("window.notReloaded = true")
    _mine_submitted(served_site)
    expect(page.locator("h1")).to_contain_text("awarded 1,600 points", timeout=10_000)
    expect(page.locator(".pill").first).to_contain_text("Confirmed")
    assert page.evaluate("window.notReloaded")
    # The node is asked as on a page that was opened like this.
    expect(page.locator("#node")).to_contain_text("does not know this transaction")
    _finalize(served_site)
    expect(page.locator(".pill").first).to_contain_text("Finalized", timeout=15_000)
    expect(page.locator(".poll")).to_have_count(0)


def _mine_submitted(site: Served) -> None:
    """As the indexer would: the block, the transaction, its batch and the checkpoint in one go."""
    ledger, program = site.ledger, site.ledger.program
    block = ledger.last_block + 1
    with sqlite3.connect(site.path) as database:
        database.execute(
            "INSERT INTO blocks SELECT ?, ?, hash, timestamp + 5, gas_used, gas_limit, base_fee_wei, 1 "
            "FROM blocks WHERE number = ?",
            (block, hash_of(f"block {block}"), block - 1),
        )
        database.execute(
            "INSERT INTO transactions (hash, block_number, position, sender, recipient, nonce, selector) "
            "VALUES (?, ?, 0, ?, ?, 54, NULL)",
            (ledger.submitted, block, program.issuer, program.contracts.rules.address),
        )
        database.execute(
            "INSERT INTO awarded_batches SELECT program, issuer, number, entry_count, 0, 1600, "
            "receipts_root, receipts_root, ?, ?, 9 FROM batches WHERE number = 50",
            (block, ledger.submitted),
        )
        database.execute(
            "INSERT INTO awarded_groups SELECT program, issuer, number, 0, 1, 2, entry_count, 0, 1600, "
            "receipts_root, ?, ?, 8 FROM batches WHERE number = 50",
            (block, ledger.submitted),
        )
        for log_index, member in enumerate(("m1", "regular")):
            database.execute(
                "INSERT INTO entries (block_number, log_index, account, program, transaction_hash, type, amount, "
                "balance_after, word_after, rule_id, rule_version, batch_issuer, batch_number, batch_position) "
                "SELECT ?, ?, account, program, ?, 'award', ?, 99999, ?, 1, 2, ?, 50, ? FROM members WHERE id = ?",
                (
                    block,
                    log_index,
                    ledger.submitted,
                    (700, 900)[log_index],
                    bytes(32),
                    program.issuer,
                    log_index,
                    f"mem_{program.slug}_{member}",
                ),
            )
        database.execute("UPDATE checkpoints SET block_number = ?, head_number = ?", (block, block))
    database.close()


def _finalize(site: Served) -> None:
    with sqlite3.connect(site.path) as database:
        database.execute("UPDATE checkpoints SET finalized_number = block_number")
    database.close()
