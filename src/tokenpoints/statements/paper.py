"""A statement on paper: PDF, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from babel.dates import format_datetime
from babel.numbers import format_decimal
from eth_utils.address import to_checksum_address
from fpdf import FPDF
from fpdf.enums import WrapMode

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.types import hex_of
from tokenpoints.languages import Language
from tokenpoints.statements.spreadsheet import points_of
from tokenpoints.statements.statement import Line, Statement

FONT = Path(__file__).parent / "fonts" / "Pretendard-Regular.ttf"
FAMILY = "Pretendard"
_MINUS = "\N{MINUS SIGN}"
_PLAIN, _SMALL = 9, 6.5
"""Font sizes, in points."""
# In millimetres.
_WIDTHS = (46, 80, 30, 30)
_TRANSACTION_WIDTH, _SOURCE_WIDTH = 92, 94
_ROW_HEIGHT, _SMALL_HEIGHT = 6, 4

TITLE = "Statement of points"
MEMBER, ACCOUNT, PERIOD = "Member", "Account", "Period (UTC)"
OPENING, CLOSING = "Opening balance", "Closing balance"
HEADINGS = ("Date", "What happened", "Points", "Balance")
NOTHING = "Nothing happened in this period."
CHECKABLE = "Every transaction can be looked up on the chain. Points that end do so by the calendar, without one."
PAGE = "Page %(number)s of %(count)s"
NAMES = {
    EntryType.AWARD: "Points earned",
    EntryType.TRANSFER_IN: "Points received",
    EntryType.TRANSFER_OUT: "Points sent",
    EntryType.EXPIRY: "Points expired",
    EntryType.REDEMPTION: "Points redeemed",
    EntryType.REFUND: "Redemption refunded",
    EntryType.CONVERSION_IN: "Converted from a partner",
    EntryType.CONVERSION_OUT: "Converted to a partner",
    EntryType.CLAWBACK: "Award taken back",
}
TEXTS = (TITLE, MEMBER, ACCOUNT, PERIOD, OPENING, CLOSING, *HEADINGS, NOTHING, CHECKABLE, PAGE, *NAMES.values())
"""What has to be translated."""

Translate = Callable[[str], str]


def statement_pdf(statement: Statement, language: Language, translate: Translate, *, made_at: datetime) -> bytes:
    """Takes about a second: not for an event loop."""
    words = _Words(statement, language, translate)
    page = Page(translate)
    page.set_creation_date(made_at)
    page.set_lang(language.value)
    page.set_title(f"{statement.program.name}: {translate(TITLE)}")
    page.add_font(FAMILY, fname=FONT)
    page.set_font(FAMILY, size=_PLAIN)
    page.add_page()
    page.set_font_size(18)
    page.cell(text=statement.program.name, new_x="LMARGIN", new_y="NEXT")
    page.set_font_size(12)
    page.cell(text=translate(TITLE), new_x="LMARGIN", new_y="NEXT", h=9)
    page.set_font_size(_PLAIN)
    for name, value in (
        (MEMBER, statement.member_id),
        (ACCOUNT, to_checksum_address(statement.account)),
        (PERIOD, f"{words.time(statement.since)} – {words.time(statement.until)}"),
        (OPENING, words.points(statement.opening)),
        (CLOSING, words.points(statement.closing)),
    ):
        page.set_text_color(110)
        page.cell(w=42, h=5.5, text=translate(name))
        page.set_text_color(20)
        page.cell(h=5.5, text=value, new_x="LMARGIN", new_y="NEXT")
    page.ln(4)
    _write_lines(page, statement, words, translate)
    page.ln(4)
    page.set_text_color(110)
    page.multi_cell(w=0, h=5, text=translate(CHECKABLE if statement.lines else NOTHING))
    return bytes(page.output())


def _write_lines(page: FPDF, statement: Statement, words: _Words, translate: Translate) -> None:
    page.set_draw_color(215)

    def heading() -> None:
        _write_row(page, [translate(text) for text in HEADINGS], grey=True)

    heading()
    _write_row(page, [words.time(statement.since), translate(OPENING), "", words.points(statement.opening)])
    for line in statement.lines:
        transaction = hex_of(line.transaction_hash) if line.transaction_hash else ""
        wrapped = _wrapped(page, words.source(line))
        if page.will_page_break(_ROW_HEIGHT + _SMALL_HEIGHT * len(wrapped)):
            page.add_page()
            heading()
        name, change, balance = words.name(line), words.signed(line.amount), words.points(line.balance_after)
        _write_row(page, [words.time(line.at), name, change, balance])
        _write_source(page, transaction, wrapped)
    _write_row(page, [words.time(statement.until), translate(CLOSING), "", words.points(statement.closing)])


def _write_row(page: FPDF, texts: list[str], *, grey: bool = False) -> None:
    page.set_text_color(110 if grey else 20)
    page.line(page.l_margin, page.y, page.w - page.r_margin, page.y)
    for width, text, align in zip(_WIDTHS, texts, ("L", "L", "R", "R"), strict=True):
        page.cell(w=width, h=_ROW_HEIGHT, text=text, align=align)
    page.ln(_ROW_HEIGHT)


def _wrapped(page: FPDF, source: str) -> list[str]:
    page.set_font_size(_SMALL)
    found = page.multi_cell(
        _SOURCE_WIDTH, _SMALL_HEIGHT, source, dry_run=True, output="LINES", align="L", wrapmode=WrapMode.CHAR
    )
    page.set_font_size(_PLAIN)
    assert isinstance(found, list)
    return found or [""]


def _write_source(page: FPDF, transaction: str, parts: list[str]) -> None:
    """In small print below a row: the transaction, and beside it what the receipt says."""
    page.set_text_color(110)
    page.set_font_size(_SMALL)
    for number, part in enumerate(parts):
        page.cell(w=_TRANSACTION_WIDTH, h=_SMALL_HEIGHT, text="" if number else transaction)
        page.cell(w=_SOURCE_WIDTH, h=_SMALL_HEIGHT, text=part)
        page.ln(_SMALL_HEIGHT)
    page.set_font_size(_PLAIN)


class Page(FPDF):
    """A sheet of A4 with its number below."""

    def __init__(self, translate: Translate, *, orientation: Literal["portrait", "landscape"] = "portrait") -> None:
        super().__init__(orientation=orientation, format="A4")
        self._translate = translate
        self.set_margins(12, 14)
        self.set_auto_page_break(auto=True, margin=16)

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(FAMILY, size=7.5)
        self.set_text_color(110)
        text = self._translate(PAGE) % {"number": self.page_no(), "count": "{nb}"}
        self.cell(w=0, text=text, align="R")
        self.set_text_color(20)


class _Words:
    """Values as a language writes them."""

    def __init__(self, statement: Statement, language: Language, translate: Translate) -> None:
        self._program, self._locale, self._translate = statement.program, language.locale, translate

    def points(self, amount: int) -> str:
        return format_decimal(points_of(amount, self._program), locale=self._locale)

    def signed(self, amount: int) -> str:
        return ("+" if amount > 0 else _MINUS if amount < 0 else "") + self.points(abs(amount))

    def time(self, moment: datetime) -> str:
        # Babel writes English times with narrow spaces, which break no line.
        return format_datetime(moment, "medium", locale=self._locale).replace("\u202f", " ")

    def name(self, line: Line) -> str:
        return self._translate(NAMES.get(line.type, line.type.value))

    def source(self, line: Line) -> str:
        """The rule and the receipt behind a line."""
        return " · ".join(part for part in (line.rule_name, line.reference) if part)
