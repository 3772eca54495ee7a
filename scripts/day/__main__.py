"""Play a day of two brands and a partner on the real system, and check their books.

    python -m scripts.day [--keep FOLDER]

Tells what happens, with links into the explorer, and last a line of JSON. Ends with 1 where the books do not balance.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from scripts.day.acts import Day
from scripts.day.books import balance
from scripts.day.stage import Stage


def play(folder: Path, console: Console) -> dict[str, int]:
    """The whole day in an empty folder: what the last line says."""
    stage = Stage(folder)
    try:
        stage.open()
        day = Day(stage, console)
        day.play()
        console.print("\n[bold]The books[/bold]")
        books = balance(stage, day.brands, day.agreements)
        for difference in books.differences:
            console.print(f"  {difference}", highlight=False, soft_wrap=True)
        console.print(f"  {books.compared:,} figures compared, {len(books.differences)} differ", highlight=False)
        return {
            "brands": 2,
            "partners": 1,
            "receipts": day.receipts,
            "entries": books.entry_count,
            "compared": books.compared,
            "differences": len(books.differences),
        }
    finally:
        stage.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="play in this empty folder, and leave it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        told = play(folder.resolve(), Console())
    print(json.dumps(told))
    return 1 if told["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
