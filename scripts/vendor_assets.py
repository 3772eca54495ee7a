"""Copies what the pages need from node_modules into the explorer's static files, with the licences.

Run after changing a version in package.json: `python scripts/vendor_assets.py`.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
TARGET = ROOT / "src" / "tokenpoints" / "explorer" / "static" / "vendor"


def main() -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    _copy_htmx(TARGET / "htmx")
    _copy_pretendard(TARGET / "pretendard")
    total = sum(path.stat().st_size for path in TARGET.rglob("*") if path.is_file())
    print(f"{TARGET.relative_to(ROOT)}: {total / 1e6:.1f} MB")


def _copy_htmx(target: Path) -> None:
    source = MODULES / "htmx.org"
    target.mkdir(parents=True)
    script = (source / "dist" / "htmx.min.js").read_text()
    # The map is not served, so nobody should ask for it.
    (target / "htmx.min.js").write_text(re.sub(r"\n?//# sourceMappingURL=.*\s*$", "\n", script))
    shutil.copy(source / "LICENSE", target / "LICENSE")


def _copy_pretendard(target: Path) -> None:
    source = MODULES / "pretendard" / "dist" / "web" / "variable"
    shutil.copytree(source / "woff2-dynamic-subset", target / "woff2")
    sheet = (source / "pretendardvariable-dynamic-subset.css").read_text()
    licence, faces = sheet.split("*/", 1)
    faces = re.sub(r"/\*.*?\*/", "", faces, flags=re.DOTALL).replace("./woff2-dynamic-subset/", "woff2/")
    faces = re.sub(r"\s*([{};:,])\s*", r"\1", faces).strip()
    (target / "pretendard.css").write_text(f"{licence}*/\n{faces}\n")
    shutil.copy(MODULES / "pretendard" / "dist" / "LICENSE.txt", target / "LICENSE")


if __name__ == "__main__":
    main()
