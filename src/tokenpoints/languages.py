"""The languages that people read, which one a reader gets, and the catalogues of their texts."""

from __future__ import annotations

from enum import StrEnum
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations


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


def named(text: str | None) -> Language | None:
    """The language called `text`, if it is one of ours."""
    return next((language for language in Language if language.value == text), None)


def best_match(accept: str) -> Language | None:
    """The language of the highest weight in an `Accept-Language` header (RFC 9110, 12.5.4)."""
    best: tuple[float, Language] | None = None
    for part in accept[:500].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = named(tag.strip().partition("-")[0].lower())
        weight = _weight(parameter)
        if language and weight > 0 and (best is None or weight > best[0]):
            best = weight, language
    return best[1] if best else None


def catalog_path(folder: Path, language: Language, domain: str) -> Path:
    """Where the messages of a language are."""
    return folder / language.value / "LC_MESSAGES" / f"{domain}.po"


def read_catalog(folder: Path, language: Language, domain: str) -> Translations:
    """The catalogue of a language, compiled here so that no compiled file can be out of date."""
    with catalog_path(folder, language, domain).open("rb") as file:
        catalog = read_po(file, locale=language.locale, domain=domain)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled, domain=domain)


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
