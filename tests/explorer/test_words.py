"""Languages, amounts, colours, and what search makes of a text."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.programs import NOW, make_program
from tokenpoints.domain.types import address_from_hex
from tokenpoints.explorer import accent, awards_chart
from tokenpoints.explorer.language import Language, chosen, translations
from tokenpoints.explorer.search import programs_named
from tokenpoints.explorer.words import Words, checksummed
from tokenpoints.storage.program_reads import AwardTotals

ROOT = Path(__file__).resolve().parents[2]


def words(language: Language) -> Words:
    catalogue = translations(language)
    return Words(language, catalogue.ugettext, catalogue.ungettext)


def test_every_text_is_in_the_catalogues_and_translated() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/extract_translations.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "language"),
    [
        (None, None, "", Language.ENGLISH),
        (None, None, "ko-KR,ko;q=0.9,en;q=0.8", Language.KOREAN),
        (None, None, "fr, en;q=0.3, ko;q=0.7", Language.KOREAN),
        (None, None, "ko;q=0", Language.ENGLISH),
        (None, None, "ko;q=nonsense, en", Language.ENGLISH),
        (None, "ko", "en", Language.KOREAN),
        ("en", "ko", "ko", Language.ENGLISH),
        ("xx", None, "ko", Language.KOREAN),
    ],
)
def test_the_reader_gets_the_language_they_asked_for(
    query: str | None, cookie: str | None, accept: str, language: Language
) -> None:
    assert chosen(query=query, cookie=cookie, accept=accept) is language


def test_points_have_a_sign_a_unit_and_the_right_plural() -> None:
    program = make_program()
    english, korean = words(Language.ENGLISH), words(Language.KOREAN)
    assert english.points(1, program) == "1 point"
    assert english.points(1_240, program) == "1,240 points"
    assert korean.points(1_240, program) == "1,240포인트"
    assert english.signed(120, program) == "+120"
    assert english.signed(-500, program) == "\N{MINUS SIGN}500"
    cents = program.model_copy(update={"decimals": 2})
    assert english.points(100, cents) == "1 point"
    assert english.points(150, cents) == "1.5 points"


def test_money_is_written_in_the_currency() -> None:
    assert words(Language.ENGLISH).money(32_000, make_program().currency) == "₩32,000"


@pytest.mark.parametrize(
    ("passed", "english", "korean"),
    [
        (timedelta(seconds=-1), "just now", "방금"),
        (timedelta(minutes=-3), "3 min ago", "3분 전"),
        (timedelta(days=-30), "Oct 21, 2026", "2026. 10. 21."),
        (timedelta(days=10), "in 10 days", "10일 후"),
    ],
)
def test_time_is_written_as_a_person_says_it(passed: timedelta, english: str, korean: str) -> None:
    assert words(Language.ENGLISH).ago(NOW + passed, NOW) == english
    assert words(Language.KOREAN).ago(NOW + passed, NOW) == korean


def test_addresses_are_checksummed() -> None:
    # The first example of EIP-55.
    written = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    assert checksummed(address_from_hex(written.lower())) == written


@given(st.tuples(*[st.integers(0, 255)] * 3), st.sampled_from([(255, 255, 255), (24, 26, 31)]))
def test_any_brand_colour_becomes_readable(colour: accent.Colour, background: accent.Colour) -> None:
    assert accent.contrast(accent.readable(colour, background), background) >= 4.5


def test_a_readable_brand_colour_stays_as_it_is() -> None:
    assert accent.as_hex(accent.readable(accent.from_hex("#0f766e"), (255, 255, 255))) == "#0f766e"


def test_many_days_become_weeks_and_months() -> None:
    assert awards_chart.days_a_bar(0, 91) == 1
    assert awards_chart.days_a_bar(0, 92) == 7
    assert awards_chart.days_a_bar(0, 92 * 7) == 28


@given(st.dictionaries(st.integers(0, 20_000), st.integers(1, 50), min_size=1, max_size=40))
def test_bars_lose_no_award_and_are_few(counts: dict[int, int]) -> None:
    days = {day: AwardTotals(count, 10 * count) for day, count in counts.items()}
    width = awards_chart.days_a_bar(min(days), max(days))
    spans = awards_chart.by_span(days, width)
    assert sum(total.count for _, total in spans) == sum(counts.values())
    assert len(spans) <= awards_chart.BARS_MAX + 1


def test_programs_are_found_by_name_or_symbol_or_a_part_of_the_name() -> None:
    books, tea = make_program(), make_program("tea", "Hill Tea")
    assert programs_named([books, tea], "han river books") == [books]
    assert programs_named([books, tea], "TEA") == [tea]
    assert programs_named([books, tea], "river") == [books]
    assert programs_named([books, tea], "") == []
