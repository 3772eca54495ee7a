"""`tokenpoints reconcile`: compare the database with the chain, now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from tokenpoints.config import Settings
from tokenpoints.errors import ChainError, ConfigurationError
from tokenpoints.observability.logs import configure_logging

if TYPE_CHECKING:
    from tokenpoints.domain.reconciliation import Reconciliation

_NOT_COMPARED = 2


def reconcile(
    program: Annotated[
        list[str] | None, typer.Option("--program", help="Slug of a program; can be repeated. Default: all of them.")
    ] = None,
) -> None:
    """Compare every account, the supply, every rule and every batch with the chain at the last indexed block.

    The result is published as that of the background's comparisons is. Ends with status 0 without a difference, 1 with
    one, and 2 where nothing could be compared.
    """
    from tokenpoints import bootstrap

    settings = Settings()
    configure_logging(as_json=settings.log_json)
    try:
        found = asyncio.run(bootstrap.reconcile(settings, program or []))
    except (ChainError, ConfigurationError) as error:
        typer.echo(f"tokenpoints: nothing was compared: {error}", err=True)
        raise typer.Exit(_NOT_COMPARED) from None
    console = Console()
    for each in found:
        show(console, each)
    if any(each.difference_count for each in found):
        raise typer.Exit(1)


def show(console: Console, found: Reconciliation) -> None:
    """Print one program's comparison."""
    counts = found.counts
    told = f"{found.difference_count:,} differences" if found.difference_count else "no difference"
    console.print(
        f"{found.program} at block {found.block_number:,}: {counts.accounts:,} accounts, the supply, "
        f"{counts.rule_versions:,} versions of rules and {counts.batches:,} batches compared, {told}",
        highlight=False,
        soft_wrap=True,
    )
    if not found.differences:
        return
    table = Table(title=f"The first {len(found.differences)}", title_justify="left", show_lines=True)
    for heading in ("what", "which", "in the database", "on the chain"):
        table.add_column(heading, overflow="fold")
    for difference in found.differences:
        table.add_row(difference.kind.value, difference.subject, difference.in_database, difference.on_chain)
    console.print(table)
