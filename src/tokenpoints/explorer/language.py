"""The languages of the pages, and which one a reader gets."""

from __future__ import annotations

from enum import StrEnum
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

_CATALOGS = Path(__file__).parent / "translations"
DOMAIN = "explorer"


class Language(StrEnum):
    """As in `lang` attributes; the first is the default."""

    ENGLISH = "en"
    KOREAN = "ko"

    @property
    def locale(self) -> Locale:
        return Locale.parse(self.value)

    @property
    def own_name(self) -> str:
        return {"en": "English", "ko": "한국어"}[self.value]


def catalog_path(language: Language) -> Path:
    """Where the messages of a language are."""
    return _CATALOGS / language.value / "LC_MESSAGES" / f"{DOMAIN}.po"


def translations(language: Language) -> Translations:
    """The catalogue of a language, compiled here so that no compiled file can be out of date."""
    with catalog_path(language).open("rb") as file:
        catalog = read_po(file, locale=language.locale, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def named(text: str | None) -> Language | None:
    """The language called `text`, if it is one of ours."""
    return next((language for language in Language if language.value == text), None)


def chosen(*, query: str | None, cookie: str | None, accept: str) -> Language:
    """The reader's language: asked for now, asked for before, or the browser's best match."""
    return named(query) or named(cookie) or _best_match(accept[:500]) or Language.ENGLISH


def _best_match(accept: str) -> Language | None:
    """The language of the highest weight in an `Accept-Language` header (RFC 9110, 12.5.4)."""
    best: tuple[float, Language] | None = None
    for part in accept.split(","):
        tag, _, parameter = part.strip().partition(";")
        language = named(tag.strip().partition("-")[0].lower())
        weight = _weight(parameter)
        if language and weight > 0 and (best is None or weight > best[0]):
            best = weight, language
    return best[1] if best else None


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
