"""Static files under a URL that names their contents, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIRECTORY = Path(__file__).parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """Serves `/static/<version>/<path>`; another version than the present one is served and not kept."""

    def __init__(self, directory: Path = DIRECTORY) -> None:
        super().__init__(directory=directory)
        self.version = _digest(directory)

    def url(self, path: str) -> str:
        """Where the page finds a file."""
        return f"/static/{self.version}/{path}"

    async def get_response(self, path: str, scope: Scope) -> Response:
        version, _, rest = path.partition("/")
        if not rest:
            raise HTTPException(404)
        response = await super().get_response(rest, scope)
        response.headers["Cache-Control"] = _FOR_EVER if version == self.version else "no-cache"
        return response


def _digest(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(directory).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
