"""In which language a caller is told something: English, or Korean where `Accept-Language` prefers it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from babel.support import Translations
from fastapi import Depends, Request, Response
from starlette.datastructures import Headers

from tokenpoints.languages import Language, best_match, read_catalog

CATALOGS = Path(__file__).parent / "translations"
DOMAIN = "gateway"


def asked_for(headers: Headers) -> Language:
    """The caller's language."""
    return best_match(headers.get("accept-language", "")) or Language.ENGLISH


async def _told_in(request: Request, response: Response) -> Language:
    """The caller's, which the answer then says it is in."""
    language = asked_for(request.headers)
    response.headers["Content-Language"], response.headers["Vary"] = language, "Accept-Language"
    return language


LanguagePart = Annotated[Language, Depends(_told_in)]


def translated(text: str, language: Language) -> str:
    """`text` in this language; as it is where there is no translation."""
    return text if language is Language.ENGLISH else str(_catalog(language).ugettext(text))


@cache
def _catalog(language: Language) -> Translations:
    return read_catalog(CATALOGS, language, DOMAIN)
