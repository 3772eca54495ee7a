"""In which language a problem is told: English, or Korean where `Accept-Language` prefers it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.support import Translations
from starlette.datastructures import Headers

from tokenpoints.languages import Language, best_match, read_catalog

CATALOGS = Path(__file__).parent / "translations"
DOMAIN = "gateway"


def asked_for(headers: Headers) -> Language:
    """The caller's language."""
    return best_match(headers.get("accept-language", "")) or Language.ENGLISH


def translated(text: str, language: Language) -> str:
    """`text` in this language; as it is where there is no translation."""
    return text if language is Language.ENGLISH else str(_catalog(language).ugettext(text))


@cache
def _catalog(language: Language) -> Translations:
    return read_catalog(CATALOGS, language, DOMAIN)
