"""An agreement's month as a file: CSV, and PDF in the reader's language.

Points are written in whole points of their program, amounts of the settlement token in its base unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from babel.dates import format_datetime
from babel.numbers import format_decimal
from eth_utils.address import to_checksum_address

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.types import hex_of
from tokenpoints.languages import Language
from tokenpoints.statements.paper import FAMILY, FONT, Page, Translate
from tokenpoints.statements.partnership import LineKind, PartnershipLine, PartnershipStatement, Position
from tokenpoints.statements.spreadsheet import Cell, table

COLUMNS = (
    *("at", "kind", "burned", "minted", "settlement", "escrow_change", "escrow", "owed_change", "owed"),
    *("account", "recipient", "agreement", "block_number", "transaction_hash", "log_index"),
)
_PLAIN, _SMALL = 8, 6.5
"""Font sizes, in points."""
# In millimetres.
_WIDTHS = (40, 49, 28, 28, 42, 43, 43)
_ROW_HEIGHT, _SMALL_HEIGHT = 6, 4

TITLE = "Statement of an agreement"
AGREEMENT, SOURCE, TARGET, PERIOD = "Agreement", "Points burned of", "Points minted of", "Period (UTC)"
TOKEN, BENEFICIARY, RATE = "Settlement token", "Beneficiary", "Rate"
OPENING, CLOSING, TOTAL = "Opening position", "Closing position", "Total: %(kind)s (%(count)s)"
HEADINGS = ("Date", "What happened", "Burned", "Minted", "Settlement", "Escrow", "Owed")
NOTHING_HAPPENED = "Nothing happened in this period."
INCOMPLETE = "The month is not over, or some of its blocks can still be undone."
EQUAL = "At block %(number)s, the last of the period, the contract has this closing position: compared and equal."
DIFFERENT = "At block %(number)s, the last of the period, the contract has ANOTHER position than this one."
NOT_COMPARED = "At block %(number)s, the last of the period. The node no longer tells what the contract had then."
KINDS = {
    LineKind.CONVERSION: "Conversion",
    LineKind.DEPOSIT: "Paid into the escrow",
    LineKind.WITHDRAWAL: "Withdrawn from the escrow",
    LineKind.COLLECTION: "Collected by the beneficiary",
    LineKind.OTHER_SETTLEMENT: "Settlement of another agreement",
    LineKind.TERMINATION: "Notice given",
}
TEXTS = (
    *(TITLE, AGREEMENT, SOURCE, TARGET, PERIOD, TOKEN, BENEFICIARY, RATE, OPENING, CLOSING, TOTAL, *HEADINGS),
    *(NOTHING_HAPPENED, INCOMPLETE, EQUAL, DIFFERENT, NOT_COMPARED, *KINDS.values()),
)
"""What has to be translated."""


@dataclass(frozen=True, slots=True)
class Party:
    """A program of an agreement."""

    name: str
    symbol: str
    decimals: int


@dataclass(frozen=True, slots=True)
class ComparedStatement:
    """A statement between two programs, and how it compares with the contract at its last block."""

    statement: PartnershipStatement
    source: Party
    target: Party
    agrees: bool | None
    """None where the node does not tell."""


def partnership_csv(compared: ComparedStatement) -> str:
    """A line for the opening position, one for each log, one for the closing position."""
    statement = compared.statement
    rows: list[Sequence[Cell]] = [COLUMNS, _position_row("opening_position", compared, statement.opening)]
    for line in statement.lines:
        change = line.change
        rows.append(
            [
                rfc3339(line.at),
                line.kind.value,
                _points(change.burned, compared.source),
                _points(change.minted, compared.target),
                change.settled,
                change.escrow,
                line.after.escrow,
                change.owed,
                line.after.owed,
                _text_of(line.account),
                _text_of(line.recipient),
                None if line.agreement_id is None else hex_of(line.agreement_id),
                line.block_number,
                hex_of(line.transaction_hash),
                line.log_index,
            ]
        )
    return table([*rows, _position_row("closing_position", compared, statement.closing)])


def _position_row(name: str, compared: ComparedStatement, position: Position) -> list[Cell]:
    statement, is_opening = compared.statement, name.startswith("opening")
    block = None if is_opening or statement.block is None else statement.block.number
    return [
        rfc3339(statement.since if is_opening else statement.until),
        name,
        _points(position.burned, compared.source),
        _points(position.minted, compared.target),
        position.settled,
        None,
        position.escrow,
        None,
        position.owed,
        *[None] * 2,
        hex_of(statement.agreement.id),
        block,
        *[None] * 2,
    ]


def partnership_pdf(
    compared: ComparedStatement, language: Language, translate: Translate, *, made_at: datetime
) -> bytes:
    """Takes about a second: not for an event loop."""
    statement, agreement = compared.statement, compared.statement.agreement
    words = _Words(compared, language, translate)
    page = Page(translate, orientation="landscape")
    page.set_creation_date(made_at)
    page.set_lang(language.value)
    page.set_title(f"{compared.source.name} – {compared.target.name}: {translate(TITLE)} {statement.month}")
    page.add_font(FAMILY, fname=FONT)
    page.set_font(FAMILY, size=_PLAIN)
    page.add_page()
    page.set_font_size(16)
    page.cell(text=f"{compared.source.name} – {compared.target.name}", new_x="LMARGIN", new_y="NEXT")
    page.set_font_size(12)
    page.cell(text=f"{translate(TITLE)}, {statement.month}", new_x="LMARGIN", new_y="NEXT", h=9)
    page.set_font_size(_PLAIN)
    facts = [
        (AGREEMENT, hex_of(agreement.id)),
        (SOURCE, f"{compared.source.name} ({compared.source.symbol}), {to_checksum_address(agreement.source)}"),
        (TARGET, f"{compared.target.name} ({compared.target.symbol}), {to_checksum_address(agreement.target)}"),
        (RATE, words.rate()),
        (PERIOD, f"{words.time(statement.since)} – {words.time(statement.until)}"),
    ]
    if agreement.settlement_token is not None and agreement.beneficiary is not None:
        facts += [
            (TOKEN, to_checksum_address(agreement.settlement_token)),
            (BENEFICIARY, to_checksum_address(agreement.beneficiary)),
        ]
    for name, value in facts:
        page.set_text_color(110)
        page.cell(w=42, h=5, text=translate(name))
        page.set_text_color(20)
        page.cell(h=5, text=value, new_x="LMARGIN", new_y="NEXT")
    page.ln(3)
    _write_lines(page, statement, words, translate)
    page.ln(3)
    page.set_text_color(110)
    for note in words.notes():
        page.multi_cell(w=0, h=5, text=note, new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())


def _write_lines(page: Page, statement: PartnershipStatement, words: _Words, translate: Translate) -> None:
    page.set_draw_color(215)

    def heading() -> None:
        _write_row(page, [translate(text) for text in HEADINGS], grey=True)

    heading()
    _write_row(page, [words.time(statement.since), translate(OPENING), *words.position(statement.opening)])
    for line in statement.lines:
        if page.will_page_break(_ROW_HEIGHT + _SMALL_HEIGHT):
            page.add_page()
            heading()
        _write_row(page, [words.time(line.at), translate(KINDS[line.kind]), *words.change(line)])
        _write_source(page, line)
    for kind, totals in statement.totals.items():
        said = translate(TOTAL) % {"kind": translate(KINDS[kind]), "count": words.number(totals.count)}
        _write_row(page, ["", said, *words.sums(totals.change)], grey=True)
    _write_row(page, [words.time(statement.until), translate(CLOSING), *words.position(statement.closing)])


def _write_row(page: Page, texts: Sequence[str], *, grey: bool = False) -> None:
    if page.will_page_break(_ROW_HEIGHT):
        page.add_page()
    page.set_text_color(110 if grey else 20)
    page.line(page.l_margin, page.y, page.w - page.r_margin, page.y)
    for width, text, align in zip(_WIDTHS, texts, "LLRRRRR", strict=True):
        page.cell(w=width, h=_ROW_HEIGHT, text=text, align=align)
    page.ln(_ROW_HEIGHT)


def _write_source(page: Page, line: PartnershipLine) -> None:
    """In small print below a row: where on the chain it is."""
    page.set_text_color(110)
    page.set_font_size(_SMALL)
    text = f"{line.block_number} · {hex_of(line.transaction_hash)} · {line.log_index}"
    page.cell(h=_SMALL_HEIGHT, text=text)
    page.ln(_SMALL_HEIGHT)
    page.set_font_size(_PLAIN)


class _Words:
    """Values as a language writes them."""

    def __init__(self, compared: ComparedStatement, language: Language, translate: Translate) -> None:
        self._compared, self._locale, self._translate = compared, language.locale, translate

    def number(self, amount: int | Decimal) -> str:
        return format_decimal(amount, locale=self._locale)

    def time(self, moment: datetime) -> str:
        # Babel writes English times with narrow spaces, which break no line.
        return format_datetime(moment, "medium", locale=self._locale).replace("\u202f", " ")

    def rate(self) -> str:
        agreement, source, target = self._compared.statement.agreement, self._compared.source, self._compared.target
        burned = f"{self.number(_points(agreement.source_points, source))} {source.symbol}"
        return f"{burned} → {self.number(_points(agreement.target_points, target))} {target.symbol}"

    def position(self, position: Position) -> list[str]:
        return [
            self.number(_points(position.burned, self._compared.source)),
            self.number(_points(position.minted, self._compared.target)),
            self.number(position.settled),
            self._known(position.escrow),
            self._known(position.owed),
        ]

    def change(self, line: PartnershipLine) -> list[str]:
        return [*self._moved(line.change), self._known(line.after.escrow), self._known(line.after.owed)]

    def sums(self, change: Position) -> list[str]:
        return [*self._moved(change), self._signed(change.escrow), self._signed(change.owed)]

    def notes(self) -> list[str]:
        statement = self._compared.statement
        notes = [] if statement.lines else [self._translate(NOTHING_HAPPENED)]
        if statement.block is not None:
            text = {True: EQUAL, False: DIFFERENT, None: NOT_COMPARED}[self._compared.agrees]
            notes.append(self._translate(text) % {"number": statement.block.number})
        return notes if statement.is_complete else [*notes, self._translate(INCOMPLETE)]

    def _moved(self, change: Position) -> list[str]:
        burned, minted = _points(change.burned, self._compared.source), _points(change.minted, self._compared.target)
        return [self.number(each) if each else "" for each in (burned, minted, change.settled)]

    def _known(self, amount: int | None) -> str:
        return "–" if amount is None else self.number(amount)

    def _signed(self, amount: int | None) -> str:
        return "" if not amount else f"{amount:+d}".replace("-", "\N{MINUS SIGN}")


def _points(amount: int, party: Party) -> Decimal:
    return Decimal(amount).scaleb(-party.decimals)


def _text_of(account: bytes | None) -> str | None:
    return None if account is None else to_checksum_address(account)
