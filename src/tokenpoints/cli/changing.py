"""What all commands share that change something on the chain: a plan is shown first, and asked about."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tokenpoints.cli.own_key import own_key
from tokenpoints.client import Client, models
from tokenpoints.config import Settings
from tokenpoints.errors import ConfigurationError, StillUnderWay

_WEI_PER_ETHER = 10**18
_GIVE_UP_SECONDS = 10.0
_WAIT_SECONDS = 300.0

ProgramName = Annotated[str, typer.Option("--program", help="The program's slug.")]
Gateway = Annotated[str | None, typer.Option("--gateway", help="URL of the gateway. Default: that of the settings.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Make it without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.")]
Wait = Annotated[bool, typer.Option("--wait", help="Stay until a block has it, or the contracts refused it.")]


Asked = Callable[[Client, str, bool], models.OperationAnswer]
"""A change, as the API is asked for it: through a client, of a program, and whether only for its plan."""


def on_chain(asked_by: Callable[..., Asked]) -> Callable[..., None]:
    """The command of a function that says what to ask for: it also takes which program, and whether to ask first."""

    def command(
        *,
        program: ProgramName = "demo",
        gateway: Gateway = None,
        yes: Yes = False,
        dry_run: DryRun = False,
        wait: Wait = False,
        **own: Any,
    ) -> None:
        _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change(asked_by(**own))

    # Typer reads the options from here: the function's own, then the shared ones.
    shared = [each for each in _parameters(command) if each.kind is not each.VAR_KEYWORD]
    parameters = [*_parameters(asked_by), *shared]
    update_wrapper(command, asked_by)
    vars(command)["__signature__"] = inspect.Signature(
        [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
    )
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(function, eval_str=True).parameters.values())


class _Brand:
    """One program behind one gateway, and whether to ask before a change."""

    def __init__(self, program: str, gateway: str | None, *, yes: bool, dry_run: bool, wait: bool) -> None:
        self.program, self._url = program, gateway or Settings().gateway_url
        self._yes, self._dry_run, self._wait = yes, dry_run, wait
        self._console = Console()

    def change(self, asked: Asked) -> None:
        """Show the plan of a change, ask, and have it made. Ends with status 1 where the contracts refuse it."""
        with client_of(self._url) as client:
            planned = asked(client, self.program, True)
            show_plan(self._console, planned.plan)
            if planned.plan.refusal is not None:
                raise typer.Exit(1)
            if self._dry_run:
                return
            if not self._yes:
                if not sys.stdin.isatty():
                    raise ConfigurationError(
                        "nothing was changed, as there is no terminal to ask on: --yes changes without asking"
                    )
                typer.confirm("Make it?", abort=True)
            operation = asked(client, self.program, False)
            self._console.print(f"{operation.id} is {operation.state}", highlight=False)
            if self._wait and operation.id is not None:
                self._follow(client, operation.id)

    def _follow(self, client: Client, operation_id: str) -> None:
        try:
            found = client.settled_operation(self.program, operation_id, limit_seconds=_WAIT_SECONDS)
        except StillUnderWay:
            raise typer.Exit(1) from None
        if found.state == "failed":
            self._console.print(f"{operation_id} failed: {found.error}", highlight=False)
            raise typer.Exit(1)
        when = found.due_at if found.state == "scheduled" else found.effective_at
        self._console.print(f"{operation_id} is {found.state}; it holds from {when}", highlight=False)


def show_plan(console: Console, plan: models.PlanAnswer) -> None:
    """Print what a change does: its steps with gas and cost, and what it means for members."""
    fee_wei = int(plan.fee_wei)
    table = Table(title=f"Plan, at {fee_wei / 10**9:.3f} gwei for a unit of gas", title_justify="left")
    table.add_column("step")
    table.add_column("gas", justify="right")
    table.add_column("ether", justify="right")
    for step in plan.steps:
        gas = step.gas
        cost = f"{gas * fee_wei / _WEI_PER_ETHER:.6f}" if gas else ""
        table.add_row(step.title, f"{gas:,}" if gas else "not known yet", cost)
    console.print(table)
    facts = Table(show_header=False)
    facts.add_row("made by", f"{plan.role} {plan.sender}")
    if plan.delay_seconds:
        facts.add_row("delay of the role", f"{plan.delay_seconds / 3600:,.1f} h")
    worse = ", ".join(plan.worse_fields) if plan.worse_for_members else "no"
    facts.add_row("worse for members", worse)
    facts.add_row("holds from", plan.effective_at or "beyond the calendar")
    facts.add_row("members affected", f"{plan.members_affected:,}")
    if plan.refusal is not None:
        facts.add_row("refused", plan.refusal)
    console.print(facts)


@contextmanager
def client_of(url: str) -> Iterator[Client]:
    """A client with the key of the settings."""
    with Client(url, give_up_after_seconds=_GIVE_UP_SECONDS, api_key=own_key(Settings(), url)) as client:
        yield client
