"""Take the README's picture: the demo program's overview, from a fresh system."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.browser import ROOT, launched_browser
from tests.support.system import System

from tokenpoints import demo


def main() -> None:
    target = ROOT / "docs" / "images" / "overview.png"
    with tempfile.TemporaryDirectory() as folder:
        system = System(Path(folder))
        try:
            system.start()
            system.run("import", "purchases", *demo.import_arguments(), "--gateway", system.gateway, check=True)
            system.run("reconcile", check=True)  # the page tells how many accounts were compared
            with launched_browser() as browser:
                page = browser.new_page(viewport={"width": 1200, "height": 760}, locale="en-GB")
                page.goto(system.explorer)
                page.evaluate("document.fonts.ready.then(() => true)")
                page.screenshot(path=target)
        finally:
            system.clean_up()
    print(target)


if __name__ == "__main__":
    main()
