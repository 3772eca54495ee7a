"""Which language a reader of the pages gets, and its texts."""

from __future__ import annotations

from pathlib import Path

from babel.support import Translations

from tokenpoints.languages import Language as Language
from tokenpoints.languages import best_match, read_catalog
from tokenpoints.languages import named as named

CATALOGS = Path(__file__).parent / "translations"
DOMAIN = "explorer"


def translations(language: Language) -> Translations:
    """The catalogue of a language."""
    return read_catalog(CATALOGS, language, DOMAIN)


def chosen(*, query: str | None, cookie: str | None, accept: str) -> Language:
    """The reader's language: asked for now, asked for before, or the browser's best match."""
    return named(query) or named(cookie) or best_match(accept) or Language.ENGLISH
