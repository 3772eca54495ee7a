"""`tokenpoints keys`: API keys, made and ended in the database. The first key of an installation comes from here."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tokenpoints.config import Settings
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import OVERLAP_MAX, ApiKey, KeyRole, Limits, Scope

app = typer.Typer(help="API keys of the gateway, in the database of the settings.", no_args_is_help=True)

Program = Annotated[str | None, typer.Option("--program", help="Whose key; without it, the installation's.")]
_ID_LENGTH = 30
KeyId = Annotated[str, typer.Argument(help="The key's id, key_….")]


@app.command()
def create(
    name: Annotated[str, typer.Option(help="For your own use, like the till's number.")],
    role: Annotated[KeyRole, typer.Option(help="What it is for; platform is the installation's.")],
    program: Program = None,
    scopes: Annotated[
        list[Scope] | None, typer.Option("--scope", help="Fewer than all of the role's; can be repeated.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="Of the roles store and cashier.")] = None,
    member: Annotated[str | None, typer.Option(help="Who the cashier is as a member, mem_….")] = None,
    receipt_amount: Annotated[
        int | None, typer.Option(help="Most of one receipt, in the currency's smallest unit.", min=1)
    ] = None,
    day_amount: Annotated[int | None, typer.Option(help="Most of all receipts of a day.", min=1)] = None,
    day_count: Annotated[int | None, typer.Option(help="Most receipts of a day.", min=1)] = None,
    days: Annotated[int | None, typer.Option(help="After so many days it ends.", min=1, max=36_500)] = None,
) -> None:
    """Make a key and print it, this once: nothing shows it again."""
    from tokenpoints.access.keys import KeyRequest
    from tokenpoints.cli import key_store

    request = KeyRequest(
        name=name,
        role=role,
        scopes=frozenset(scopes) if scopes else None,
        store=store,
        member_id=member,
        limits=Limits(receipt_amount, day_amount, day_count),
        expires_at=datetime.now(UTC) + timedelta(days=days) if days is not None else None,
    )
    made = asyncio.run(key_store.create_key(Settings(), program, request))
    _show(made.key.id, made.text)


@app.command("list")
def list_keys(program: Program = None) -> None:
    """Show the keys, those that ended too."""
    from tokenpoints.cli import key_store

    table = Table("id", "name", "role", "store", "created", "last used", "state", box=None)
    # Whole, to be copied.
    table.columns[0].no_wrap, table.columns[0].min_width = True, _ID_LENGTH
    now = datetime.now(UTC)
    for key in asyncio.run(key_store.list_keys(Settings(), program)):
        used = rfc3339(key.last_used_at) if key.last_used_at else "never"
        state = _state(key) if key.is_active(now) else "revoked" if key.revoked_at else "expired"
        table.add_row(key.id, key.name, key.role, key.store or "", rfc3339(key.created_at), used, state)
    Console().print(table)


@app.command()
def rotate(
    key: KeyId,
    program: Program = None,
    overlap_hours: Annotated[
        int, typer.Option(help="How long the old key works on.", min=0, max=OVERLAP_MAX // timedelta(hours=1))
    ] = 24,
) -> None:
    """Make a key in place of another one and print it, this once."""
    from tokenpoints.cli import key_store

    made = asyncio.run(key_store.rotate_key(Settings(), program, key, timedelta(hours=overlap_hours)))
    _show(made.key.id, made.text)


@app.command()
def revoke(key: KeyId, program: Program = None) -> None:
    """Let a key open nothing from now on."""
    from tokenpoints.cli import key_store

    asyncio.run(key_store.revoke_key(Settings(), program, key))
    print(f"{key} is revoked.")


def _show(key_id: str, text: str) -> None:
    # The key alone on standard output, so that it can be put into a file or a variable.
    typer.echo(f"{key_id}; nothing shows it again:", err=True)
    typer.echo(text)


def _state(key: ApiKey) -> str:
    return f"until {rfc3339(key.expires_at)}" if key.expires_at else "active"
