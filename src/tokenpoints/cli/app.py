"""The commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tokenpoints import __version__
from tokenpoints.cli import audit, keys, operations, processes
from tokenpoints.cli.failing import told_in_one_line
from tokenpoints.cli.import_members import members
from tokenpoints.cli.import_purchases import purchases
from tokenpoints.cli.reconcile import reconcile
from tokenpoints.cli.verify import verify
from tokenpoints.config import Settings
from tokenpoints.domain.types import address_from_hex
from tokenpoints.errors import ConfigurationError

if TYPE_CHECKING:
    from tokenpoints.domain.specs import ProgramSpec

app = typer.Typer(
    name="tokenpoints",
    help="Loyalty points as tokens. Settings come from TOKENPOINTS_… variables or a .env file.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
imports = typer.Typer(help="Bring existing records into a program.", no_args_is_help=True)
imports.command("purchases")(purchases)
imports.command("members")(members)
app.add_typer(imports, name="import")
operations.add_to(app)
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")
for checking in (reconcile, verify):
    app.command(rich_help_panel="Checking")(checking)
for command in processes.COMMANDS:
    app.command(rich_help_panel="Single processes")(command)

ProgramFile = Annotated[
    Path | None, typer.Option("--program-file", help="TOML file that describes the program. Default: the demo program.")
]


def run() -> None:
    """Run the command line."""
    with told_in_one_line():
        app()


def _version(wanted: bool) -> None:
    if wanted:
        print(f"tokenpoints {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command(rich_help_panel="The whole system")
def up(
    program_file: ProgramFile = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill the demo program with real purchases, once it runs.")
    ] = False,
    postgresql: Annotated[
        bool, typer.Option("--postgresql", help="Keep the data in an embedded PostgreSQL and not in SQLite.")
    ] = False,
) -> None:
    """Start everything: the node, the contracts, the database and the processes.

    Stops on Ctrl-C and goes on where it was at the next start.
    """
    from tokenpoints.cli.up import run_up

    if postgresql:
        # The processes that it starts read it there.
        os.environ["TOKENPOINTS_EMBEDDED_POSTGRESQL"] = "true"
    run_up(Settings(), program_spec(program_file), fill=demo)


@app.command(rich_help_panel="The whole system")
def deploy(
    program_file: ProgramFile = None,
    issuer: Annotated[str | None, typer.Option(help="Address of the key that will sign batches.")] = None,
    custodian: Annotated[str | None, typer.Option(help="Address that acts for members' accounts.")] = None,
    owner: Annotated[str | None, typer.Option(help="Address that will own the program: better a multisig.")] = None,
    operator: Annotated[str | None, typer.Option(help="Address that will set rules, rewards and agreements.")] = None,
    guardian: Annotated[str | None, typer.Option(help="Address that will pause, freeze and cancel, at once.")] = None,
    adjuster: Annotated[str | None, typer.Option(help="Address that will claw back and refund.")] = None,
    owner_delay: Annotated[int, typer.Option(help="Hours that the owner's acts wait.", min=0, max=8_760)] = 0,
    operator_delay: Annotated[int, typer.Option(help="Hours that the operator's acts wait.", min=0, max=8_760)] = 0,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send what the plan shows without asking.")] = False,
) -> None:
    """Deploy a program's contracts and write deployments/<chain id>.json. Safe to repeat.

    Shows what is to be sent, with its gas and cost, and asks; what is on the chain already is not sent again.
    Beside the deployment, standard-json/ has what a block explorer or Sourcify needs to verify the sources.

    The owner's key comes from TOKENPOINTS_SIGNER_KEYSTORE and TOKENPOINTS_SIGNER_PASSWORD_FILE; on a
    development chain, from the public test mnemonic. Roles that no address is given for are of that key, but for
    --issuer and --custodian, which only a development chain can go without. docs/roles.md tells what each can do.
    """
    import asyncio

    from tokenpoints import bootstrap
    from tokenpoints.chain import deployments
    from tokenpoints.cli.deployment_plan import show_plan

    settings, console = Settings(), Console()
    try:
        given = {
            "issuer": issuer,
            "custodian": custodian,
            "owner": owner,
            "operator": operator,
            "guardian": guardian,
            "adjuster": adjuster,
        }
        keys = {role: address_from_hex(address) for role, address in given.items() if address is not None}
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    program = asyncio.run(
        bootstrap.deploy(
            settings,
            program_spec(program_file),
            keys=keys,
            owner_delay_seconds=owner_delay * 3600,
            operator_delay_seconds=operator_delay * 3600,
            on_step=lambda title: console.print(f"  {title}"),
            approve=lambda *plan: show_plan(console, *plan, ask=not yes),
        )
    )
    path = deployments.path_for(settings.deployments_dir, settings.chain_id)
    console.print(f"{program.name} is deployed on chain {settings.chain_id}; see {path}")


@app.command(rich_help_panel="Single processes")
def migrate() -> None:
    """Bring the database to the present schema. `up` does this by itself."""
    import asyncio

    from tokenpoints import bootstrap

    asyncio.run(bootstrap.migrate(Settings()))


@app.command(rich_help_panel="Single processes")
def resume(
    accept_chain: Annotated[
        bool,
        typer.Option("--accept-chain", help="Take the node's chain for the right one: undo even what was final."),
    ] = False,
) -> None:
    """Let an indexer go on that stands still since the node contradicted a finalized block.

    First find out which is right: ask a node of another operator for the hash of that block. If the node was wrong,
    mend or replace it and resume. If the chain was, resume with --accept-chain.
    """
    import asyncio

    from tokenpoints import bootstrap

    because = asyncio.run(bootstrap.resume_indexer(Settings(), accept_chain=accept_chain))
    print(f"The indexer goes on. It stood still because {because}." if because else "The indexer does not stand still.")


def program_spec(path: Path | None) -> ProgramSpec:
    """The program of a file, or the demo program."""
    from tokenpoints.chain import specs
    from tokenpoints.demo.program import program_path

    return specs.load(path or program_path())
