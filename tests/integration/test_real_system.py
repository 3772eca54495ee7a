"""The whole system as a newcomer meets it: real purchases, a real node, a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.audit import audit, balance_of
from tests.support.browser import SCREENSHOTS, Watched, axe_violations, launched_browser, overflow
from tests.support.system import System
from tokenpoints import demo

# Its browser and that of the explorer's own tests are not in one worker's thread together.
pytestmark = [pytest.mark.xdist_group("explorer-browser"), pytest.mark.timeout(240)]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    running = System(tmp_path)
    running.start()
    yield running
    running.clean_up()


def look(page: Page, name: str) -> None:
    """Take a picture, and check what a picture does not show."""
    page.evaluate("document.fonts.ready.then(() => true)")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"real-{name}.png", full_page=True)
    assert overflow(page) == []
    assert axe_violations(page) == []


def test_real_purchases_become_points_and_each_is_explained_on_a_page(system: System) -> None:
    done = system.run("import", "purchases", *demo.import_arguments(), "--gateway", system.gateway, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    totals = audit(system.node, system.folder / "data", system.folder / "deployments")
    assert totals.supply_on_chain == totals.balances_in_database > 0
    with launched_browser() as browser:
        for screen, (width, height) in {"desktop": (1280, 900), "phone": (390, 844)}.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="en-GB", device_scale_factor=2
            )
            page = context.new_page()
            watched = Watched(page, system.explorer)
            page.goto(system.explorer)
            expect(page.get_by_text(f"{totals.supply_on_chain:,}").first).to_be_visible()
            look(page, f"overview-{screen}")
            page.locator("a[href^='/tx/']").first.click()
            expect(page.get_by_role("heading", level=1)).to_contain_text("awarded")
            look(page, f"transaction-{screen}")
            block = page.locator("a[href^='/block/']").first.get_attribute("href")
            account_link = page.locator("table a[href^='/address/']").first
            account = (account_link.get_attribute("href") or "").rsplit("/", 1)[-1]
            account_link.click()
            shown = re.sub(r"\D", "", page.get_by_role("heading", level=1).inner_text().split("points")[0])
            assert int(shown) == balance_of(system.node, system.folder / "deployments", account)
            look(page, f"account-{screen}")
            page.goto(f"{system.explorer}{block}")
            look(page, f"block-{screen}")
            assert watched.complaints == []
            context.close()
        see_an_award_arrive(system, browser.new_page())


def see_an_award_arrive(system: System, page: Page) -> None:
    """From the till to the page, for somebody who is there already."""
    with httpx.Client(base_url=f"{system.gateway}/v1/programs/demo", timeout=20, headers=system.headers) as http:
        member = http.post("/members", json={"customer_id": "new"}).raise_for_status().json()
        page.goto(f"{system.explorer}/address/{member['account']}")
        receipt = {
            "reference": "till-7/0042",
            "customer_id": "new",
            "kind": "purchase",
            "amount": 1299,
            "occurred_at": "2017-03-04T05:06:07Z",
        }
        assert http.post("/receipts", json=receipt).status_code == 202
    expect(page.get_by_role("heading", level=1)).to_contain_text("0")
    page.reload()
    expect(page.get_by_text("till-7/0042").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("12", timeout=30_000)
