"""A scripted day of two brands and a partner, on the real system: at its end the books balance."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console
from scripts.day.__main__ import play
from scripts.day.books import Books


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_books_balance_at_the_end_of_the_day(tmp_path: Path) -> None:
    told = play(tmp_path, Console())
    assert (told["brands"], told["differences"]) == (2, 0)
    assert told["receipts"] > 180 and told["entries"] >= told["receipts"] and told["compared"] > 150


def test_what_differs_is_told() -> None:
    books = Books()
    books.compare("points", 3, 3, 3)
    books.compare("supply", 3, 4)
    assert (books.compared, books.differences) == (2, ["supply: 3 / 4"])
