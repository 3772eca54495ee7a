"""Commands that look at partners and agreements."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from tokenpoints.cli.changing import Gateway, ProgramName, client_of
from tokenpoints.config import Settings

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def list_partners(program: ProgramName = "demo", gateway: Gateway = None, as_json: AsJson = False) -> None:
    """Programs with which agreements can be made, and the rates that they posted."""
    with client_of(gateway or Settings().gateway_url) as client:
        found = client.list_partners(program).partners
    if as_json:
        _print_json(found)
        return
    table = _table("program", "exchange", "rate", "state", "agreement")
    for each in found:
        for posted in each.posted or ():
            table.add_row(each.name, each.exchange, posted.rate.text, posted.state, posted.agreement)
        if not each.posted:
            table.add_row(each.name, each.exchange, "", "", "")
    Console().print(table)


def list_agreements(program: ProgramName = "demo", gateway: Gateway = None, as_json: AsJson = False) -> None:
    """Agreements of a program, the newest first."""
    with client_of(gateway or Settings().gateway_url) as client:
        found = client.list_agreements(program).agreements
    if as_json:
        _print_json(found)
        return
    table = _table("agreement", "partner", "rate", "state", "quota left", "escrow")
    for each in found:
        rate, partner = each.rate.text, each.partner.name
        table.add_row(each.id, partner, rate, each.state, each.quota_left, each.escrow)
    Console().print(table)


def quote_conversion(
    agreement: str,
    points: Annotated[int, typer.Argument(min=1, help="In base units.")],
    program: ProgramName = "demo",
    gateway: Gateway = None,
) -> None:
    """What a conversion would do now. Ends with status 1 where it would be refused."""
    with client_of(gateway or Settings().gateway_url) as client:
        found = client.get_quote(program, agreement, points=points)
    facts = Table(show_header=False)
    for name, value in (
        ("burned", f"{int(found.burned):,}"),
        ("minted", f"{int(found.minted):,}"),
        ("settlement", f"{int(found.settlement):,}"),
        ("left over", f"{int(found.rounding.left_over):,}"),
        ("rate holds until", found.expires_at or "–"),
        ("at block", f"{found.block_number:,}"),
    ):
        facts.add_row(name, value)
    if found.hindrance is not None:
        facts.add_row("refused", found.hindrance)
    Console().print(facts)
    if found.hindrance is not None:
        raise typer.Exit(1)


def show_positions(
    agreement: str, program: ProgramName = "demo", gateway: Gateway = None, as_json: AsJson = False
) -> None:
    """Where everything with the partner stands, both ways."""
    with client_of(gateway or Settings().gateway_url) as client:
        found = client.get_settlement(program, agreement)
    if as_json:
        _print_json([found])
        return
    columns = ("direction", "burned", "minted", "settled", "escrow_free", "owed", "collected")
    table = _table("agreement", *columns)
    for each in found.positions:
        values = (getattr(each, name) for name in columns)
        table.add_row(each.agreement, *("–" if value is None else str(value) for value in values))
    Console().print(table)


def write_statement(
    agreement: str,
    month: Annotated[str, typer.Argument(help="Such as 2026-11, in UTC.")],
    output: Annotated[Path | None, typer.Option(help="File to write the JSON to. Default: to the terminal.")] = None,
    program: ProgramName = "demo",
    gateway: Gateway = None,
) -> None:
    """A month as JSON. Ends with status 1 where it does not agree with the contract."""
    with client_of(gateway or Settings().gateway_url) as client:
        found = client.get_agreement_statement(program, agreement, month=month)
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    if output is None:
        print(text)
    else:
        output.write_text(text + "\n")
        print(f"{output}: {len(found.lines):,} lines, up to block {found.block_number}")
    if found.on_chain is not None and not found.on_chain.agrees:
        raise typer.Exit(1)


def add_to(agreements: typer.Typer) -> None:
    """Make these commands of `agreements`."""
    for name, command in (
        ("partners", list_partners),
        ("list", list_agreements),
        ("quote", quote_conversion),
        ("positions", show_positions),
        ("statement", write_statement),
    ):
        agreements.command(name)(command)


def _print_json(found: Sequence[object]) -> None:
    for each in found:
        print(msgspec.json.encode(each).decode())


def _table(*headings: str) -> Table:
    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
