"""What every page shares: the program, the data, the language, the template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.errors import UnknownProgram
from tokenpoints.explorer import words
from tokenpoints.explorer.assets import Assets
from tokenpoints.explorer.language import Language, chosen, named, translations
from tokenpoints.explorer.node import ExplorerNode
from tokenpoints.explorer.security import HEADERS
from tokenpoints.explorer.words import Words
from tokenpoints.storage import checkpoints
from tokenpoints.storage.checkpoints import Checkpoint
from tokenpoints.storage.database import Database, Session

LANGUAGE_COOKIE = "language"
BEHIND_BLOCKS = 5
"""From this many blocks behind the head on, every page says so."""
_YEAR_SECONDS = 31_536_000
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far the pages' data is behind the chain."""

    checkpoint: Checkpoint | None
    head_age_seconds: int

    @property
    def blocks_behind(self) -> int:
        return 0 if self.checkpoint is None else max(0, self.checkpoint.head_number - self.checkpoint.block_number)

    @property
    def is_behind(self) -> bool:
        return self.blocks_behind >= BEHIND_BLOCKS


class Site:
    """Renders pages. One for the whole application."""

    def __init__(
        self,
        *,
        database: Database,
        deployment: Deployment | Callable[[], Deployment],
        node: ExplorerNode,
        clock: Callable[[], datetime],
        assets: Assets,
    ) -> None:
        self.database, self.node, self.clock = database, node, clock
        self._deployed = deployment if callable(deployment) else lambda: deployment
        self._assets = assets
        self._environments = {language: self._environment(language) for language in Language}

    @property
    def deployment(self) -> Deployment:
        """What is deployed now."""
        return self._deployed()

    def words(self, request: Request) -> Words:
        """The reader's language."""
        result = self._environments[self.language(request)].globals["words"]
        assert isinstance(result, Words)
        return result

    def language(self, request: Request) -> Language:
        return chosen(
            query=request.query_params.get("lang"),
            cookie=request.cookies.get(LANGUAGE_COOKIE),
            accept=request.headers.get("accept-language", ""),
        )

    def program(self, slug: str) -> Program:
        """Raises UnknownProgram."""
        try:
            return self.deployment.programs[slug]
        except KeyError:
            raise UnknownProgram(slug) from None

    async def index_state(self, session: Session) -> IndexState:
        checkpoint = await checkpoints.latest(session)
        age = (self.clock() - checkpoint.observed_at).total_seconds() if checkpoint else 0
        return IndexState(checkpoint, max(0, int(age)))

    def render(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any],
        *,
        program: Program | None = None,
        index: IndexState | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """A whole page in the reader's language."""
        language = self.language(request)
        page = self._environments[language].get_template(template)
        html = page.render(
            request_path=request.url.path,
            query=request.query_params,
            program=program,
            index=index,
            now=self.clock(),
            **context,
        )
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie", "Content-Language": language.value}
        # Set here as well: an unexpected error is answered outside of every middleware.
        response = HTMLResponse(html, status_code=status, headers=headers | HEADERS)
        if asked := named(request.query_params.get("lang")):
            response.set_cookie(LANGUAGE_COOKIE, asked.value, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")
        return response

    def _environment(self, language: Language) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            extensions=["jinja2.ext.i18n"],
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # Whitespace in translatable blocks is layout, not text.
        environment.policies["ext.i18n.trimmed"] = True
        catalogue = translations(language)
        environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
        environment.globals.update(
            words=Words(language, catalogue.ugettext, catalogue.ungettext),
            asset=self._assets.url,
            deployment=self.deployment,
            language=language,
            languages=list(Language),
            programs=list(self.deployment.programs.values()),
            with_query=with_query,
            moment=lambda at: datetime.fromtimestamp(at, UTC),
        )
        environment.filters.update(
            short=words.short, full=words.full, hex=hex_of, breakable=words.breakable, checksummed=checksummed
        )
        return environment


def checksummed(account: bytes) -> str:
    return words.checksummed(Address(account))


def with_query(path: str, query: Mapping[str, str], **changes: str | None) -> str:
    """The same page with some of its query changed; None removes a part."""
    kept = {key: value for key, value in query.items() if key not in changes and key != "lang"}
    added = {key: value for key, value in changes.items() if value is not None}
    return f"{path}?{urlencode(kept | added)}" if kept or added else path
