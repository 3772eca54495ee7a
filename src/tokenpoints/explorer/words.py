"""Amounts, times and hashes as a language writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_compact_decimal, format_currency, format_decimal
from eth_utils.address import to_checksum_address
from markupsafe import Markup

from tokenpoints.domain.programs import Currency, Program
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.explorer.charts.ticks import TimeUnit
from tokenpoints.explorer.language import Language

MINUS = "\N{MINUS SIGN}"
OLD = timedelta(days=7)
"""What is older is written as a date."""

Gettext = Callable[[str], str]
NGettext = Callable[[str, str, int], str]


class Words:
    """Writes values in one language. Times are UTC; the page's script moves them to the reader's zone."""

    def __init__(self, language: Language, gettext: Gettext, ngettext: NGettext) -> None:
        self.language = language
        self._locale = language.locale
        self._gettext, self._ngettext = gettext, ngettext

    def number(self, value: int | Decimal) -> str:
        return format_decimal(value, locale=self._locale)

    def compact(self, value: int, program: Program) -> str:
        """A base-unit amount for an axis: 12K."""
        amount = _decimal(value, program.decimals)
        if abs(amount) < 10_000:
            return format_decimal(amount, locale=self._locale)
        return format_compact_decimal(amount, fraction_digits=1, locale=self._locale)

    def amount(self, value: int, program: Program) -> str:
        """A base-unit amount without its unit."""
        return format_decimal(_decimal(abs(value), program.decimals), locale=self._locale)

    def points(self, value: int, program: Program) -> str:
        """1,240 points."""
        amount = _decimal(abs(value), program.decimals)
        count = int(amount) if amount == amount.to_integral_value() else 2
        sign = MINUS if value < 0 else ""
        return sign + self._ngettext("%(amount)s point", "%(amount)s points", count) % {
            "amount": self.amount(value, program)
        }

    def awards(self, count: int) -> str:
        """12 awards."""
        return self._ngettext("%(count)s award", "%(count)s awards", count) % {"count": self.number(count)}

    def accounts(self, count: int) -> str:
        """12,345 accounts."""
        return self._ngettext("%(count)s account", "%(count)s accounts", count) % {"count": self.number(count)}

    def differences(self, count: int) -> str:
        """3 differences."""
        return self._ngettext("%(count)s difference", "%(count)s differences", count) % {"count": self.number(count)}

    def signed(self, value: int, program: Program) -> str:
        """+120, or the minus sign (U+2212) and 500."""
        sign = "+" if value > 0 else MINUS if value < 0 else ""
        return sign + self.amount(value, program)

    def money(self, value: int, currency: Currency) -> str:
        """What a receipt came to."""
        return format_currency(_decimal(value, currency.exponent), currency.code, locale=self._locale)

    def date(self, moment: datetime) -> str:
        return format_date(moment.astimezone(UTC).date(), "medium", locale=self._locale)

    def exact(self, moment: datetime) -> str:
        """To the second, with the zone."""
        return f"{format_datetime(moment.astimezone(UTC), 'medium', locale=self._locale)} UTC"

    def ago(self, moment: datetime, now: datetime) -> str:
        """3 min ago; the date where it is more than a week ago."""
        passed = moment - now
        if passed < -OLD:
            return self.date(moment)
        if abs(passed) < timedelta(seconds=2):
            return self._gettext("just now")
        if timedelta(days=1) <= passed < timedelta(days=30):
            return self._ngettext("in %(count)s day", "in %(count)s days", passed.days) % {"count": passed.days}
        written = format_timedelta(
            passed, granularity="second", threshold=1, add_direction=True, format="short", locale=self._locale
        )
        return written.replace(".", "")

    def duration(self, seconds: int) -> str:
        """30 days."""
        return format_timedelta(
            timedelta(seconds=seconds), granularity="second", threshold=1, format="long", locale=self._locale
        )

    def days(self, seconds: int) -> str:
        """A length in whole days where it is one, otherwise in the largest unit that fits."""
        if seconds % 86_400 == 0:
            count = seconds // 86_400
            return self._ngettext("%(count)s day", "%(count)s days", count) % {"count": self.number(count)}
        return self.duration(seconds)

    def tick(self, at: int, unit: TimeUnit) -> str:
        """A label of a time axis."""
        moment = datetime.fromtimestamp(at, UTC)
        match unit:
            case TimeUnit.MINUTE:
                return format_skeleton("Hm", moment, locale=self._locale)
            case TimeUnit.DAY:
                return format_skeleton("MMMd", moment, locale=self._locale)
            case TimeUnit.MONTH:
                skeleton = "yMMM" if moment.month == 1 else "MMM"
                return format_skeleton(skeleton, moment, locale=self._locale)
            case TimeUnit.YEAR:
                return format_skeleton("y", moment, locale=self._locale)

    def minute(self, at: int) -> str:
        """A moment of a chart, to the minute."""
        moment = datetime.fromtimestamp(at, UTC)
        return f"{self.day(at)} {format_skeleton('Hm', moment, locale=self._locale)}"

    def day(self, at: int) -> str:
        """A moment of a chart, to the day."""
        return format_skeleton("yMMMd", datetime.fromtimestamp(at, UTC), locale=self._locale)


@lru_cache(maxsize=20_000)
def checksummed(account: Address) -> str:
    """An address as EIP-55 writes it."""
    return to_checksum_address(account)


def short(raw: bytes) -> str:
    """The beginning and the end, for chips."""
    text = checksummed(Address(raw)) if len(raw) == 20 else hex_of(raw)
    return f"{text[:6]}…{text[-4:]}"


def full(raw: bytes) -> str:
    """All digits: checksummed for an address."""
    return checksummed(Address(raw)) if len(raw) == 20 else hex_of(raw)


def breakable(text: str) -> Markup:
    """Long hex that may break every eight digits."""
    return Markup("<wbr>").join(Markup.escape(text[at : at + 8]) for at in range(0, len(text), 8))


def _decimal(value: int, places: int) -> Decimal:
    return Decimal(value).scaleb(-places) if places else Decimal(value)
