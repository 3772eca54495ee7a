"""Commands of a brand: what it changes on the chain, each with its plan first."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from tokenpoints.cli import partners
from tokenpoints.cli.changing import Asked, Gateway, ProgramName, client_of, on_chain
from tokenpoints.client import models
from tokenpoints.config import Settings
from tokenpoints.errors import ConfigurationError

File = Annotated[Path, typer.Argument(help="TOML or JSON, with the fields that the API takes.")]
Moment = Annotated[str, typer.Option(help="RFC 3339, such as 2027-01-31T00:00:00Z.")]

rules = typer.Typer(help="Set rules, and take announced changes back.", no_args_is_help=True)
rewards = typer.Typer(help="The catalogue of rewards.", no_args_is_help=True)
issuers = typer.Typer(help="Keys that mint, and their caps.", no_args_is_help=True)
roles = typer.Typer(help="Give roles to keys, and take them.", no_args_is_help=True)
agreements = typer.Typer(help="Agreements with partners' programs.", no_args_is_help=True)
operations = typer.Typer(help="What was asked for, and how far it is.", no_args_is_help=True)


@rules.command("set")
@on_chain
def set_rule(rule: int, file: File) -> Asked:
    """Set a rule, or announce its next version."""
    fields = _fields(file)
    return lambda client, program, dry_run: client.set_rule(program, rule, fields, dry_run=dry_run)


@rules.command("cancel")
@on_chain
def cancel_rule_change(rule: int) -> Asked:
    """Take back an announced version."""
    return lambda client, program, dry_run: client.cancel_rule_change(program, rule, dry_run=dry_run)


@rewards.command("add")
@on_chain
def add_reward(file: File) -> Asked:
    """Add a reward."""
    fields = _fields(file)
    return lambda client, program, dry_run: client.add_reward(program, fields, dry_run=dry_run)


@rewards.command("change")
@on_chain
def change_reward(reward: int, file: File) -> Asked:
    """Set a reward's next version, worse in nothing."""
    fields = _fields(file)
    return lambda client, program, dry_run: client.change_reward(program, reward, fields, dry_run=dry_run)


@rewards.command("close")
@on_chain
def close_reward(reward: int) -> Asked:
    """Close a reward after the notice period."""
    return lambda client, program, dry_run: client.close_reward(program, reward, dry_run=dry_run)


@on_chain
def freeze(
    account: Annotated[str, typer.Argument(help="An address, or a member's id.")],
    reason: Annotated[models.FreezeReason, typer.Option(help="Why.")],
    until: Moment,
) -> Asked:
    """Stop an account from spending, for 90 days at most."""
    body = models.AccountToFreeze(reason=reason, until=until)
    return lambda client, program, dry_run: client.freeze(program, account, body, dry_run=dry_run)


@on_chain
def unfreeze(account: Annotated[str, typer.Argument(help="An address, or a member's id.")]) -> Asked:
    """Let a frozen account go on."""
    return lambda client, program, dry_run: client.unfreeze(program, account, dry_run=dry_run)


@on_chain
def pause(until: Moment) -> Asked:
    """Stop all points of a program, for 14 days at most."""
    body = models.Pausing(until=until)
    return lambda client, program, dry_run: client.pause(program, body, dry_run=dry_run)


@on_chain
def unpause() -> Asked:
    """Let points move again."""
    return lambda client, program, dry_run: client.unpause(program, dry_run=dry_run)


@issuers.command("set")
@on_chain
def set_issuer(
    address: str, cap: Annotated[int, typer.Option(min=0, help="Most points in any day, in base units.")]
) -> Asked:
    """Let a key mint, up to a cap."""
    return lambda client, program, dry_run: client.set_issuer(
        program, address, models.IssuerToSet(cap=str(cap)), dry_run=dry_run
    )


@issuers.command("revoke")
@on_chain
def revoke_issuer(address: str) -> Asked:
    """Stop a key from minting."""
    return lambda client, program, dry_run: client.revoke_issuer(program, address, dry_run=dry_run)


@roles.command("grant")
@on_chain
def grant_role(
    role: models.GrantedRole,
    address: str,
    delay: Annotated[int, typer.Option(min=0, help="Seconds that what it does has to wait.")] = 0,
) -> Asked:
    """Give a role to a key."""
    return lambda client, program, dry_run: client.grant_role(
        program, role, address, models.RoleToGrant(delay_seconds=delay), dry_run=dry_run
    )


@roles.command("revoke")
@on_chain
def revoke_role(role: models.GrantedRole, address: str) -> Asked:
    """Take a role from a key."""
    return lambda client, program, dry_run: client.revoke_role(program, role, address, dry_run=dry_run)


@agreements.command("propose")
@on_chain
def propose_agreement(file: File) -> Asked:
    """Sign an agreement first."""
    fields = _fields(file)
    return lambda client, program, dry_run: client.propose_agreement(program, fields, dry_run=dry_run)


@agreements.command("accept")
@on_chain
def accept_agreement(
    agreement: str, counterpart: Annotated[str, typer.Option(help="Address of the other program's PartnerExchange.")]
) -> Asked:
    """Sign what the other side has signed."""
    return lambda client, program, dry_run: client.accept_agreement(
        program, agreement, models.AgreementToAccept(counterpart=counterpart), dry_run=dry_run
    )


@agreements.command("terminate")
@on_chain
def terminate_agreement(agreement: str) -> Asked:
    """End an agreement."""
    return lambda client, program, dry_run: client.terminate_agreement(program, agreement, dry_run=dry_run)


@agreements.command("withdraw")
@on_chain
def withdraw_escrow(
    agreement: str,
    amount: Annotated[int, typer.Option(min=1, help="Of the settlement token's base unit.")],
    to: Annotated[str, typer.Option(help="Address that it goes to.")],
) -> Asked:
    """Take out of the escrow what no conversion has used."""
    return lambda client, program, dry_run: client.withdraw_escrow(
        program, agreement, models.EscrowToWithdraw(amount=str(amount), to=to), dry_run=dry_run
    )


@agreements.command("deposit")
@on_chain
def deposit_escrow(
    agreement: str, amount: Annotated[int, typer.Option(min=1, help="Of the settlement token's base unit.")]
) -> Asked:
    """Top the escrow up, out of what the operator's key holds."""
    return lambda client, program, dry_run: client.deposit_escrow(
        program, agreement, models.EscrowToDeposit(amount=str(amount)), dry_run=dry_run
    )


@agreements.command("collect")
@on_chain
def collect_settlement(agreement: str) -> Asked:
    """Have the beneficiary paid all that is owed to it."""
    return lambda client, program, dry_run: client.collect_settlement(program, agreement, dry_run=dry_run)


@on_chain
def notice_period(days: Annotated[int, typer.Argument(min=1, max=730)]) -> Asked:
    """Change how long what is worse for members is announced."""
    return lambda client, program, dry_run: client.set_notice_period(
        program, models.NoticePeriodToSet(notice_period_seconds=days * 86_400), dry_run=dry_run
    )


@on_chain
def wind_down(
    ends_at: Annotated[str | None, typer.Option(help="RFC 3339, a notice period from now or later.")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Take the announcement back.")] = False,
) -> Asked:
    """Announce the end of a program, or take that back. Earning ends at once."""
    if (ends_at is None) != cancel:
        raise ConfigurationError("wind-down takes either --ends-at or --cancel")
    if ends_at is None:
        return lambda client, program, dry_run: client.cancel_end(program, dry_run=dry_run)
    return lambda client, program, dry_run: client.announce_end(
        program, models.WindDown(ends_at=ends_at), dry_run=dry_run
    )


@operations.command("list")
def list_operations(
    program: ProgramName = "demo",
    gateway: Gateway = None,
    state: Annotated[models.OperationState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one a line.")] = False,
) -> None:
    """The newest operations first."""
    with client_of(gateway or Settings().gateway_url) as client:
        found = client.list_operations(program, state=state, limit=limit).operations
    if as_json:
        for each in found:
            print(msgspec.json.encode(each).decode())
        return
    table = Table()
    for heading in ("id", "kind", "state", "holds from", "error"):
        table.add_column(heading, no_wrap=heading == "id")
    for each in found:
        table.add_row(each.id, each.kind, each.state, each.effective_at or "", each.error or "")
    Console().print(table)


@operations.command("cancel")
def cancel_operation(operation: str, program: ProgramName = "demo", gateway: Gateway = None) -> None:
    """Keep an operation from being made: before it is signed, or while its role's delay is running."""
    with client_of(gateway or Settings().gateway_url) as client:
        found = client.cancel_operation(program, operation)
    print(f"{found.id} is {'cancelled' if found.state == 'cancelled' else 'being cancelled'}")


def add_to(app: typer.Typer) -> None:
    """Make these commands of `app`."""
    panel = "Changes on the chain"
    partners.add_to(agreements)
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
