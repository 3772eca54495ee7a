"""Changes on the chain: the plan first, and then the question whether to make it."""

from __future__ import annotations

import json
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from tokenpoints.cli import key_store
from tokenpoints.client import Client
from tokenpoints.config import Settings
from tokenpoints.errors import ConfigurationError

_WEI_PER_ETHER = 10**18
_GIVE_UP_SECONDS = 10.0
_WAIT_SECONDS = 300.0
_POLL_SECONDS = 0.3

ProgramName = Annotated[str, typer.Option("--program", help="The program's slug.")]
Gateway = Annotated[str | None, typer.Option("--gateway", help="URL of the gateway. Default: that of the settings.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Make it without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.")]
Wait = Annotated[bool, typer.Option("--wait", help="Stay until a block has it, or the contracts refused it.")]
File = Annotated[Path, typer.Argument(help="TOML or JSON, with the fields that the API takes.")]
Moment = Annotated[str, typer.Option(help="RFC 3339, such as 2027-01-31T00:00:00Z.")]


class _Brand:
    """One program behind one gateway, and whether to ask before a change."""

    def __init__(self, program: str, gateway: str | None, *, yes: bool, dry_run: bool, wait: bool) -> None:
        self.program, self._url = program, gateway or Settings().gateway_url
        self._yes, self._dry_run, self._wait = yes, dry_run, wait
        self._console = Console()

    def change(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        """Show the plan of a change, ask, and have it made. Ends with status 1 where the contracts refuse it."""
        at = f"/v1/programs/{quote(self.program, safe='')}/{path}"
        with _client(self._url) as client:
            planned = client.plan(method, at, body)
            show_plan(self._console, planned)
            if planned["plan"]["refusal"] is not None:
                raise typer.Exit(1)
            if self._dry_run:
                return
            if not self._yes:
                if not sys.stdin.isatty():
                    raise ConfigurationError(
                        "nothing was changed, as there is no terminal to ask on: --yes changes without asking"
                    )
                typer.confirm("Make it?", abort=True)
            operation = client.operate(method, at, body)
            self._console.print(f"{operation['id']} is {operation['state']}", highlight=False)
            if self._wait:
                self._follow(client, operation["id"])

    def _follow(self, client: Client, operation_id: str) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            found = client.operation(self.program, operation_id)
            if found["state"] in ("confirmed", "finalized", "scheduled", "cancelled"):
                when = found["due_at"] if found["state"] == "scheduled" else found["effective_at"]
                self._console.print(f"{operation_id} is {found['state']}; it holds from {when}", highlight=False)
                return
            if found["state"] == "failed":
                self._console.print(f"{operation_id} failed: {found['error']}", highlight=False)
                raise typer.Exit(1)
            time.sleep(_POLL_SECONDS)
        raise typer.Exit(1)


def show_plan(console: Console, planned: dict[str, Any]) -> None:
    """Print what a change does: its steps with gas and cost, and what it means for members."""
    plan = planned["plan"]
    fee_wei = int(plan["fee_wei"])
    table = Table(title=f"Plan, at {fee_wei / 10**9:.3f} gwei for a unit of gas", title_justify="left")
    table.add_column("step")
    table.add_column("gas", justify="right")
    table.add_column("ether", justify="right")
    for step in plan["steps"]:
        gas = step["gas"]
        cost = f"{gas * fee_wei / _WEI_PER_ETHER:.6f}" if gas else ""
        table.add_row(step["title"], f"{gas:,}" if gas else "not known yet", cost)
    console.print(table)
    facts = Table(show_header=False)
    facts.add_row("made by", f"{plan['role']} {plan['sender']}")
    if plan["delay_seconds"]:
        facts.add_row("delay of the role", f"{plan['delay_seconds'] / 3600:,.1f} h")
    worse = ", ".join(plan["worse_fields"]) if plan["worse_for_members"] else "no"
    facts.add_row("worse for members", worse)
    facts.add_row("holds from", plan["effective_at"] or "beyond the calendar")
    facts.add_row("members affected", f"{plan['members_affected']:,}")
    if plan["refusal"] is not None:
        facts.add_row("refused", plan["refusal"])
    console.print(facts)


rules = typer.Typer(help="Set rules, and take announced changes back.", no_args_is_help=True)
rewards = typer.Typer(help="The catalogue of rewards.", no_args_is_help=True)
issuers = typer.Typer(help="Keys that mint, and their caps.", no_args_is_help=True)
roles = typer.Typer(help="Give roles to keys, and take them.", no_args_is_help=True)
agreements = typer.Typer(help="Agreements with partners' programs.", no_args_is_help=True)
operations = typer.Typer(help="What was asked for, and how far it is.", no_args_is_help=True)


@rules.command("set")
def set_rule(
    rule: int,
    file: File,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Set a rule, or announce its next version."""
    _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change("PUT", f"rules/{rule}", _fields(file))


@rules.command("cancel")
def cancel_rule_change(
    rule: int,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Take back an announced version."""
    _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change("DELETE", f"rules/{rule}/announcement")


@rewards.command("add")
def add_reward(
    file: File,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Add a reward."""
    _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change("POST", "rewards", _fields(file))


@rewards.command("change")
def change_reward(
    reward: int,
    file: File,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Set a reward's next version, worse in nothing."""
    _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change("PUT", f"rewards/{reward}", _fields(file))


@rewards.command("close")
def close_reward(
    reward: int,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Close a reward after the notice period."""
    _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change("DELETE", f"rewards/{reward}")


def freeze(
    account: Annotated[str, typer.Argument(help="An address, or a member's id.")],
    reason: Annotated[str, typer.Option(help="member_request, suspected_fraud or legal_order.")],
    until: Moment,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Stop an account from spending, for 90 days at most."""
    body = {"reason": reason, "until": until}
    path = f"accounts/{quote(account, safe='')}/freeze"
    _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change("POST", path, body)


def unfreeze(
    account: Annotated[str, typer.Argument(help="An address, or a member's id.")],
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Let a frozen account go on."""
    path = f"accounts/{quote(account, safe='')}/unfreeze"
    _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change("POST", path)


def pause(
    until: Moment,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Stop all points of a program, for 14 days at most."""
    _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change("POST", "pause", {"until": until})


def unpause(
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Let points move again."""
    _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change("POST", "unpause")


@issuers.command("set")
def set_issuer(
    address: str,
    cap: Annotated[int, typer.Option(min=0, help="Most points in any day, in base units.")],
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Let a key mint, up to a cap."""
    brand = _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait)
    brand.change("PUT", f"issuers/{quote(address, safe='')}", {"cap": str(cap)})


@issuers.command("revoke")
def revoke_issuer(
    address: str,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Stop a key from minting."""
    brand = _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait)
    brand.change("DELETE", f"issuers/{quote(address, safe='')}")


@roles.command("grant")
def grant_role(
    role: str,
    address: str,
    delay: Annotated[int, typer.Option(min=0, help="Seconds that what it does has to wait.")] = 0,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Give a role to a key."""
    brand = _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait)
    brand.change("PUT", f"roles/{quote(role, safe='')}/{quote(address, safe='')}", {"delay_seconds": delay})


@roles.command("revoke")
def revoke_role(
    role: str,
    address: str,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Take a role from a key."""
    brand = _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait)
    brand.change("DELETE", f"roles/{quote(role, safe='')}/{quote(address, safe='')}")


@agreements.command("propose")
def propose_agreement(
    file: File,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Sign an agreement first."""
    _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait).change("POST", "agreements", _fields(file))


@agreements.command("accept")
def accept_agreement(
    agreement: str,
    counterpart: Annotated[str, typer.Option(help="Address of the other program's PartnerExchange.")],
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Sign what the other side has signed."""
    brand = _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait)
    brand.change("POST", f"agreements/{quote(agreement, safe='')}/accept", {"counterpart": counterpart})


@agreements.command("terminate")
def terminate_agreement(
    agreement: str,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """End an agreement."""
    brand = _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait)
    brand.change("DELETE", f"agreements/{quote(agreement, safe='')}")


@agreements.command("withdraw")
def withdraw_escrow(
    agreement: str,
    amount: Annotated[int, typer.Option(min=1, help="Of the settlement token's base unit.")],
    to: Annotated[str, typer.Option(help="Address that it goes to.")],
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Take out of the escrow what no conversion has used."""
    brand = _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait)
    brand.change("POST", f"agreements/{quote(agreement, safe='')}/withdraw", {"amount": str(amount), "to": to})


def notice_period(
    days: Annotated[int, typer.Argument(min=1, max=730)],
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Change how long what is worse for members is announced."""
    brand = _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait)
    brand.change("PUT", "notice-period", {"notice_period_seconds": days * 86_400})


def wind_down(
    ends_at: Annotated[str | None, typer.Option(help="RFC 3339, a notice period from now or later.")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Take the announcement back.")] = False,
    program: ProgramName = "demo",
    gateway: Gateway = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
) -> None:
    """Announce the end of a program, or take that back. Earning ends at once."""
    if (ends_at is None) != cancel:
        raise ConfigurationError("wind-down takes either --ends-at or --cancel")
    brand = _Brand(program, gateway, yes=yes, dry_run=dry_run, wait=wait)
    if cancel:
        brand.change("DELETE", "wind-down")
    else:
        brand.change("POST", "wind-down", {"ends_at": ends_at})


@operations.command("list")
def list_operations(
    program: ProgramName = "demo",
    gateway: Gateway = None,
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one a line.")] = False,
) -> None:
    """The newest operations first."""
    with _client(gateway or Settings().gateway_url) as client:
        found = client.operations(program, state=state, limit=limit)
    if as_json:
        for each in found:
            print(json.dumps(each))
        return
    table = Table()
    for heading in ("id", "kind", "state", "holds from", "error"):
        table.add_column(heading, no_wrap=heading == "id")
    for each in found:
        table.add_row(each["id"], each["kind"], each["state"], each["effective_at"] or "", each["error"] or "")
    Console().print(table)


@operations.command("cancel")
def cancel_operation(operation: str, program: ProgramName = "demo", gateway: Gateway = None) -> None:
    """Keep an operation from being made: before it is signed, or while its role's delay is running."""
    with _client(gateway or Settings().gateway_url) as client:
        found = client.cancel_operation(program, operation)
    state = found["state"] if found["state"] == "cancelled" else "being cancelled"
    print(f"{found['id']} is {state}")


def add_to(app: typer.Typer) -> None:
    """Make these commands of `app`."""
    panel = "Changes on the chain"
    groups = {
        "rules": rules,
        "rewards": rewards,
        "issuers": issuers,
        "roles": roles,
        "agreements": agreements,
        "operations": operations,
    }
    for name, group in groups.items():
        app.add_typer(group, name=name, rich_help_panel=panel)
    for command in (freeze, unfreeze, pause, unpause, notice_period, wind_down):
        app.command(rich_help_panel=panel)(command)


@contextmanager
def _client(url: str) -> Iterator[Client]:
    with Client(url, give_up_after_seconds=_GIVE_UP_SECONDS, api_key=key_store.own_key(Settings(), url)) as client:
        yield client


def _fields(path: Path) -> dict[str, Any]:
    """The content of a file. Raises ConfigurationError."""
    try:
        text = path.read_text()
        found = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise ConfigurationError(f"{path} is neither TOML nor JSON: {error}") from None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path} has no fields")
    return {name: _written(value, path, name) for name, value in found.items()}


def _written(value: Any, path: Path, name: str) -> Any:
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ConfigurationError(f"{path}: {name} has no time zone")
    return value.isoformat()
