"""API keys from the command line: in the database, with the audit log saying so, and the key of `up` in its file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import OperationalError, ProgrammingError

from tokenpoints import bootstrap
from tokenpoints.access import auditing, keys
from tokenpoints.access.auditing import Verified
from tokenpoints.access.keys import KeyRequest, ShownKey
from tokenpoints.config import Settings
from tokenpoints.domain.audit import INSTALLATION, Caller
from tokenpoints.domain.chains import DEVELOPMENT_CHAINS
from tokenpoints.domain.keys import ApiKey, KeyRole, mode_of
from tokenpoints.errors import UnknownProgram
from tokenpoints.storage import api_keys, audit_log, schema_version
from tokenpoints.storage.database import Database, Session

_LISTED_MAX = 10_000
Answer = TypeVar("Answer")


async def _at_command_line(
    settings: Settings,
    program: str | None,
    action: str,
    act: Callable[[Session], Awaitable[Answer]],
    subjects: Callable[[Answer], str],
) -> Answer:
    """Do something to keys, and have the audit log say so. Raises UnknownProgram."""
    if program is not None and program not in bootstrap.deployment(settings).programs:
        raise UnknownProgram(program)
    async with _opened(settings) as opened, opened.session() as session:
        answer = await act(session)
        caller, ids = Caller(None, action, None), [subjects(answer)]
        await auditing.note(session, program or INSTALLATION, caller, ids, now=bootstrap.utc_now())
        return answer


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, until the block ends. Raises ConfigurationError where it is not migrated."""
    opened = bootstrap.database(settings)
    try:
        yield opened
    except (OperationalError, ProgrammingError):
        await schema_version.require_newest(opened)
        raise
    finally:
        await opened.close()


async def create_key(settings: Settings, program: str | None, request: KeyRequest) -> ShownKey:
    """Make a key of a program, or of the installation. Raises what `keys.create` does, and UnknownProgram."""
    return await _at_command_line(
        settings,
        program,
        "create_key",
        lambda session: keys.create(
            session, program, request, mode=mode_of(settings.chain_id), now=bootstrap.utc_now()
        ),
        lambda made: made.key.id,
    )


async def rotate_key(settings: Settings, program: str | None, key_id: str, overlap: timedelta) -> ShownKey:
    """Make a key in place of another one. Raises what `keys.rotate` does, and UnknownProgram."""
    mode = mode_of(settings.chain_id)
    return await _at_command_line(
        settings,
        program,
        "rotate_key",
        lambda session: keys.rotate(session, program, key_id, overlap=overlap, mode=mode, now=bootstrap.utc_now()),
        lambda made: made.key.id,
    )


async def revoke_key(settings: Settings, program: str | None, key_id: str) -> ApiKey:
    """End a key. Raises UnknownKey, UnknownProgram."""
    return await _at_command_line(
        settings,
        program,
        "revoke_key",
        lambda session: keys.revoke(session, program, key_id, now=bootstrap.utc_now()),
        lambda key: key.id,
    )


async def list_keys(settings: Settings, program: str | None) -> list[ApiKey]:
    """The keys of a program, or of the installation, newest first."""
    async with _opened(settings) as opened, opened.snapshot() as session:
        return await api_keys.page(session, program, before_seq=None, limit=_LISTED_MAX)


async def ensure_own_key(settings: Settings) -> bool:
    """On a development chain, see to it that `up` has a key that works. Returns whether there is one in its file."""
    if settings.api_key is not None or settings.chain_id not in DEVELOPMENT_CHAINS:
        return False
    path = settings.api_key_path
    if path.exists():
        text = path.read_text().strip()
        async with _opened(settings) as opened, opened.snapshot() as session:
            if await keys.opened_by(session, text, mode=mode_of(settings.chain_id), now=bootstrap.utc_now()):
                return True
    made = await create_key(settings, None, KeyRequest(name="made by up", role=KeyRole.PLATFORM))
    _keep(path, made.text)
    return True


def _keep(path: Path, text: str) -> None:
    """For the eyes of this user alone, whatever stood there before."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600, exist_ok=False)
    partial.write_text(text + "\n")
    partial.replace(path)


async def verify_audit_log(settings: Settings, program: str | None) -> list[Verified]:
    """Follow the chain of a program, or all chains."""
    async with _opened(settings) as opened:
        async with opened.snapshot() as session:
            names = [program] if program is not None else await audit_log.programs(session)
        return [await auditing.verify(opened, name) for name in names]
