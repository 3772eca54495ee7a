"""What a deployment is going to send, on a terminal."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.table import Table

from tokenpoints.chain.deploying import PreviewedStep
from tokenpoints.chain.keys import ProgramKeys
from tokenpoints.domain.types import hex_of
from tokenpoints.errors import ConfigurationError

_WEI_PER_ETHER = 10**18


def show_plan(console: Console, keys: ProgramKeys, steps: list[PreviewedStep], fee_wei: int, *, ask: bool) -> None:
    """Print who will act for the program, and the steps with their gas and cost at `fee_wei` a unit of gas.

    If there is anything to send, ask for it.

    Raises typer.Abort where the answer is no, and ConfigurationError where there is nobody to ask.
    """
    table = Table(title=f"Plan, at {fee_wei / 10**9:.3f} gwei for a unit of gas", title_justify="left")
    table.add_column("step")
    table.add_column("gas", justify="right")
    table.add_column("ether", justify="right")
    for step in steps:
        if step.done:
            table.add_row(step.title, "there already", "")
        else:
            at_most = "at most " if step.at_most else ""
            table.add_row(step.title, f"{at_most}{step.gas:,}", _ether(step.gas * fee_wei))
    total = sum(step.gas for step in steps)
    table.add_section()
    table.add_row("in all", f"{total:,}", _ether(total * fee_wei))
    console.print(_keys_table(keys))
    console.print(table)
    if total and ask:
        if not sys.stdin.isatty():
            raise ConfigurationError("nothing was sent, as there is no terminal to ask on: --yes sends without asking")
        typer.confirm("Send it?", abort=True)


def _keys_table(keys: ProgramKeys) -> Table:
    table = Table(title="Keys", title_justify="left")
    table.add_column("role")
    table.add_column("address", no_wrap=True)
    table.add_column("delay", justify="right")
    delays = {"owner": keys.owner_delay_seconds, "operator": keys.operator_delay_seconds}
    for role in ("owner", "operator", "issuer", "guardian", "custodian", "adjuster"):
        delay = f"{delays[role] // 3600:,} h" if delays.get(role) else "none" if role in delays else ""
        table.add_row(role, hex_of(getattr(keys, role)), delay)
    return table


def _ether(wei: int) -> str:
    return f"{wei / _WEI_PER_ETHER:.6f}"
