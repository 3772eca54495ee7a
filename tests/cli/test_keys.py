"""`tokenpoints keys` and `tokenpoints audit`, on a database of their own."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from tests.support.deployments import deployment
from tokenpoints import bootstrap
from tokenpoints.access.keys import opened_by
from tokenpoints.chain import deployments
from tokenpoints.cli import key_store
from tokenpoints.cli.app import app
from tokenpoints.cli.own_key import own_key
from tokenpoints.config import Settings
from tokenpoints.domain.keys import ApiKey, KeyRole, Mode
from tokenpoints.errors import ConfigurationError, InvalidInput, UnknownKey, UnknownProgram
from tokenpoints.storage import tables

Run = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TOKENPOINTS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TOKENPOINTS_DEPLOYMENTS_DIR", str(tmp_path / "deployments"))
    settings = Settings()
    deployments.save(settings.deployments_dir, deployment())
    asyncio.run(bootstrap.migrate(settings))
    return settings


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def opened(settings: Settings, text: str) -> ApiKey | None:
    async def ask() -> ApiKey | None:
        database = bootstrap.database(settings)
        try:
            async with database.snapshot() as session:
                return await opened_by(session, text, mode=Mode.TEST, now=bootstrap.utc_now())
        finally:
            await database.close()

    return asyncio.run(ask())


def test_the_first_key_comes_from_the_command_line(settings: Settings) -> None:
    made = run("keys", "create", "--role", "platform", "--name", "operations")
    assert made.exit_code == 0, made.output
    found = opened(settings, made.stdout.strip())
    assert found is not None and (found.program, found.role) == (None, KeyRole.PLATFORM)
    assert found.id in made.stderr and made.stdout.strip() not in made.stderr
    assert found.id in run("keys", "list").stdout


def test_a_till_is_rotated_and_revoked(settings: Settings) -> None:
    made = run(
        *("keys", "create", "--program", "demo", "--role", "store", "--store", "s1", "--name", "till 7"),
        *("--day-count", "100", "--day-amount", "500000", "--receipt-amount", "50000", "--days", "365"),
    )
    first = opened(settings, made.stdout.strip())
    assert first is not None and first.limits.day_count == 100 and first.expires_at is not None
    rotated = run("keys", "rotate", first.id, "--program", "demo", "--overlap-hours", "1")
    second = opened(settings, rotated.stdout.strip())
    assert second is not None and second.lineage == first.id
    assert opened(settings, made.stdout.strip()) is not None
    assert run("keys", "revoke", first.id, "--program", "demo").exit_code == 0
    assert opened(settings, made.stdout.strip()) is None
    verified = run("audit", "verify")
    assert verified.exit_code == 0 and "✓ demo: 3 entries, the last with hash 0x" in verified.stdout


def test_an_audit_log_that_was_changed_ends_with_1(settings: Settings) -> None:
    run("keys", "create", "--role", "platform", "--name", "operations")

    async def harm() -> None:
        database = bootstrap.database(settings)
        async with database.session() as session:
            await session.execute(update(tables.audit_log).values(action="nothing"))
        await database.close()

    asyncio.run(harm())
    verified = run("audit", "verify")
    assert verified.exit_code == 1 and "✗ the installation: entry 1 was changed" in verified.stdout


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("create", "--role", "admin", "--name", "x"), InvalidInput),
        (("create", "--role", "platform", "--program", "demo", "--name", "x"), InvalidInput),
        (("create", "--role", "admin", "--program", "nowhere", "--name", "x"), UnknownProgram),
        (("create", "--role", "platform", "--name", " x"), InvalidInput),
        (("create", "--role", "store", "--store", "s" * 129, "--program", "demo", "--name", "x"), InvalidInput),
        (("revoke", "key_0"), UnknownKey),
        (("rotate", "key_0", "--program", "demo"), UnknownKey),
    ],
)
def test_what_cannot_be(settings: Settings, arguments: tuple[str, ...], error: type[Exception]) -> None:
    assert isinstance(run("keys", *arguments).exception, error)


def test_a_database_without_tables_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tokenpoints migrate"):
        asyncio.run(key_store.list_keys(Settings(data_dir=tmp_path), None))


def test_up_keeps_its_key_to_itself_and_makes_another_where_it_opens_nothing(settings: Settings) -> None:
    assert asyncio.run(key_store.ensure_own_key(settings))
    path = settings.api_key_path
    first = path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert own_key(settings, settings.gateway_url) == first
    assert own_key(settings, "https://points.example.com") is None
    asyncio.run(key_store.ensure_own_key(settings))
    assert path.read_text().strip() == first
    key = opened(settings, first)
    assert key is not None
    asyncio.run(key_store.revoke_key(settings, None, key.id))
    asyncio.run(key_store.ensure_own_key(settings))
    assert opened(settings, path.read_text().strip()) is not None


def test_no_key_is_made_by_itself_where_points_are_worth_something(settings: Settings) -> None:
    live = settings.model_copy(update={"chain_id": 1})
    assert not asyncio.run(key_store.ensure_own_key(live))
    assert not live.api_key_path.exists()


def test_the_key_of_the_settings_comes_first(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(key_store.ensure_own_key(settings))
    monkeypatch.setenv("TOKENPOINTS_API_KEY", "tp_test_0")
    assert own_key(Settings(), "https://points.example.com") == "tp_test_0"
    assert "tp_test_0" not in repr(Settings())
