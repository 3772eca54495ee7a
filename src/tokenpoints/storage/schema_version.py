"""Whether a database has the tables of this version. Without Alembic, which takes longer to load than this to ask."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from tokenpoints.errors import ConfigurationError
from tokenpoints.storage.database import Database, Session

_TABLE = "alembic_version"
_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest() -> str:
    """The last migration's revision, with which its file's name begins."""
    return max(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


async def require_newest(database: Database) -> None:
    """Raises ConfigurationError where the database lacks migrations, and DatabaseBusy.

    One that has more is not refused: a process may start again while the next version takes its place.
    """
    async with database.snapshot() as session:
        found = await _revision(session)
    if found is None:
        raise ConfigurationError("the database has no tables yet: run `tokenpoints migrate` first")
    if found < newest():
        raise ConfigurationError(
            f"the database is of an earlier version ({found}, and not {newest()}): run `tokenpoints migrate` first"
        )


async def _revision(session: Session) -> str | None:
    if not await session.run_sync(lambda connection: inspect(connection).has_table(_TABLE)):
        return None
    found: str | None = await session.scalar(text(f"SELECT version_num FROM {_TABLE}"))  # noqa: S608 our own name
    return found
