"""`tokenpoints audit verify`: whether the audit log is what was written."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from tokenpoints.config import Settings
from tokenpoints.domain.types import hex_of

app = typer.Typer(help="The audit log: which API key did what.", no_args_is_help=True)


@app.command()
def verify(
    program: Annotated[str | None, typer.Option(help="One program; by default all, and the installation.")] = None,
) -> None:
    """Follow every chain of hashes from its first entry to its last. Ends with 1 where one does not hold.

    Keep the printed hashes elsewhere: they show later whether a log was cut off at its end.
    """
    from tokenpoints.cli import key_store

    results = asyncio.run(key_store.verify_audit_log(Settings(), program))
    for found in results:
        name = found.program or "the installation"
        if found.fault is not None:
            typer.echo(f"✗ {name}: {found.fault}")
        else:
            last = f", the last with hash {hex_of(found.last_hash)}" if found.last_hash is not None else ""
            typer.echo(f"✓ {name}: {found.count:,} entries{last}")
    if any(found.fault is not None for found in results):
        raise typer.Exit(1)


@app.callback()
def _group() -> None:
    pass
