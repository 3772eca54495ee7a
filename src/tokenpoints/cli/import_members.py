"""`tokenpoints import members FILE`."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from tokenpoints.cli.import_display import Bars, Display, Lines, rate_of
from tokenpoints.cli.import_purchases import EXIT_CANNOT_START, EXIT_INCOMPLETE, EXIT_INTERRUPTED, EXIT_STOPPED
from tokenpoints.cli.own_key import own_key
from tokenpoints.client import Client
from tokenpoints.config import Settings
from tokenpoints.errors import GatewayError, GatewayRefused, ImportFailed, UnclearMapping, UnreadableFile
from tokenpoints.imports.checkpoint import CheckpointFile, ImportKey, Progress
from tokenpoints.imports.delimited import Delimiter
from tokenpoints.imports.mapping import customer_column, parse_choices
from tokenpoints.imports.members import MemberImport
from tokenpoints.imports.opening import fingerprint_of, open_purchases
from tokenpoints.imports.report import RejectionReport


def members(
    file: Annotated[Path, typer.Argument(help="A CSV (gzip or not) or Parquet file of customers.")],
    program: Annotated[str, typer.Option(help="The program whose members they become.")] = "demo",
    gateway: Annotated[str | None, typer.Option(help="The gateway's URL; by default the one of the settings.")] = None,
    mappings: Annotated[
        list[str] | None, typer.Option("--map", metavar="customer=COLUMN", help="The column of the customers' ids.")
    ] = None,
    delimiter: Annotated[Delimiter, typer.Option(help="What stands between values.")] = Delimiter.AUTO,
    report: Annotated[
        Path | None, typer.Option(help="Where refused rows are written. By default FILE.rejected.csv, here.")
    ] = None,
    give_up_after: Annotated[float, typer.Option(min=0, help="Seconds to wait for a gateway that is away.")] = 120.0,
    restart: Annotated[bool, typer.Option("--restart", help="Begin again at the first row.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where rows were refused.")] = False,
    progress: Annotated[bool, typer.Option(help="Show how far it is.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one line of JSON.")] = False,
) -> None:
    """Make the customers in a file members. May be stopped at any moment, and run again: it goes on where it was."""
    try:
        settings = Settings()
        url = (gateway or settings.gateway_url).rstrip("/")
        opened = open_purchases(file, delimiter=delimiter)
        column = customer_column(opened.columns, parse_choices(mappings or []))
    except (UnclearMapping, UnreadableFile) as error:
        typer.echo(f"tokenpoints: {error}", err=True)
        raise typer.Exit(EXIT_CANNOT_START) from None
    options = {"kind": "members", "column": column, "delimiter": delimiter.value}
    checkpoint = CheckpointFile(settings.data_dir / "imports", ImportKey(fingerprint_of(file), url, program, options))
    if restart:
        checkpoint.clear()
    done, rejected_path = checkpoint.load(), report or Path(f"{file.name}.rejected.csv")
    started_at, first_row = time.monotonic(), done.rows_done
    api_key = own_key(settings, url)
    with (
        _display(is_shown=progress) as display,
        Client(url, api_key=api_key, give_up_after_seconds=give_up_after) as client,
    ):
        task = MemberImport(
            opened, column, client, program, checkpoint, RejectionReport(rejected_path, done.report_bytes), done
        )
        try:
            if done.finished:
                display.note(f"{file.name} was imported before; nothing is sent. --restart sends it again.")
            else:
                display.start("Sending", total=opened.size, counted="rows")
                for current in task.run():
                    place = opened.size if current.finished else min(opened.position, opened.size - 1)
                    display.show(done=place, count=current.rows_done)
        except KeyboardInterrupt:
            display.note(f"Stopped. {done.rows_done:,} rows are done. To go on: {_command()}")
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except (GatewayError, ImportFailed) as error:
            display.note(f"tokenpoints: {error}")
            if isinstance(error, GatewayRefused) and error.code == "unauthorized":
                display.note("TOKENPOINTS_API_KEY is the API key with which to call it.")
            display.note(f"{done.rows_done:,} rows are done. To go on: {_command()}")
            raise typer.Exit(EXIT_STOPPED) from None
    seconds = time.monotonic() - started_at
    _print_summary(
        file, program, done, rejected_path, rows=done.rows_done - first_row, seconds=seconds, as_json=as_json
    )
    if strict and done.rejected:
        raise typer.Exit(EXIT_INCOMPLETE)


def _display(*, is_shown: bool) -> Display:
    console = Console(stderr=True)
    if is_shown and console.is_terminal:
        return Bars(console)
    return Lines(lambda text: typer.echo(text, err=True), is_quiet=not is_shown)


def _command() -> str:
    return shlex.join(["tokenpoints", *[argument for argument in sys.argv[1:] if argument != "--restart"]])


def _print_summary(
    file: Path, program: str, done: Progress, report: Path, *, rows: int, seconds: float, as_json: bool
) -> None:
    rate = rate_of(rows, seconds)
    if as_json:
        summary = {
            "file": str(file),
            "program": program,
            "rows": done.rows_done,
            "created": done.recorded,
            "existing": done.replayed,
            "rejected": done.rejected,
            "seconds": round(seconds, 3),
            "rows_per_second": round(rate, 1),
            "report": str(report) if done.rejected else None,
        }
        typer.echo(orjson.dumps(summary).decode())
        return
    if done.rejected:
        typer.echo(f"Refused rows are in {report}.")
    typer.echo(
        f"{done.rows_done:,} rows: {done.recorded:,} new members, {done.replayed:,} members before, "
        f"{done.rejected:,} refused; {seconds:.1f} s, {rate:,.0f} rows/s."
    )
