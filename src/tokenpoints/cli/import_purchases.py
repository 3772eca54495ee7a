"""`tokenpoints import purchases FILE`."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from tokenpoints.cli.import_display import Bars, Display, Lines, rate_of
from tokenpoints.cli.own_key import own_key
from tokenpoints.client import Client, Waiting
from tokenpoints.client.models import ProgramAnswer
from tokenpoints.config import Settings
from tokenpoints.errors import (
    GatewayError,
    GatewayRefused,
    GatewayUnreachable,
    ImportFailed,
    UnclearMapping,
    UnreadableFile,
)
from tokenpoints.imports.amounts import AmountUnit
from tokenpoints.imports.checkpoint import CheckpointFile, ImportKey, Progress
from tokenpoints.imports.dates import instant_parser, zone_named
from tokenpoints.imports.delimited import Delimiter
from tokenpoints.imports.mapping import ColumnMapping, mapping_of, parse_choices
from tokenpoints.imports.opening import fingerprint_of, open_purchases, stem_of
from tokenpoints.imports.pacing import Pace
from tokenpoints.imports.reading import RowReader
from tokenpoints.imports.report import RejectionReport
from tokenpoints.imports.rows import PurchaseFile
from tokenpoints.imports.running import Import
from tokenpoints.imports.waiting import ChainState, settle

EXIT_INCOMPLETE = 1
"""With --strict, rows were rejected or awards refused; or the chain did not get on."""
EXIT_CANNOT_START = 2
EXIT_STOPPED = 3
"""The same command goes on where this one stopped."""
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Options:
    """The options, parsed."""

    path: Path
    program: str
    gateway: str
    api_key: str | None
    choices: dict[str, str]
    amount_unit: AmountUnit
    delimiter: Delimiter
    columns: list[str] | None
    date_format: str | None
    timezone: str
    reference_prefix: str
    report: Path
    give_up_after_seconds: float
    restart: bool
    wait: bool
    wait_limit_seconds: float
    ahead_max: int
    strict: bool
    as_json: bool
    progress: bool


def purchases(
    file: Annotated[Path, typer.Argument(help="A CSV (gzip or not) or Parquet file of purchases.")],
    program: Annotated[str, typer.Option(help="The program that awards them.")] = "demo",
    gateway: Annotated[str | None, typer.Option(help="The gateway's URL; by default the one of the settings.")] = None,
    mappings: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="FIELD=COLUMN", help="Fields: customer, amount, occurred_at and, if any, reference."
        ),
    ] = None,
    amount_unit: Annotated[
        AmountUnit, typer.Option(help="minor: amounts count cents (1177). major: dollars (11.77).")
    ] = AmountUnit.MINOR,
    delimiter: Annotated[Delimiter, typer.Option(help="What stands between values.")] = Delimiter.AUTO,
    header: Annotated[bool, typer.Option(help="Whether the first line names the columns.")] = True,
    columns: Annotated[str | None, typer.Option(help="With --no-header, the columns' names: a,b,c.")] = None,
    date_format: Annotated[str | None, typer.Option(help="As of strptime, like %Y%m%d. By default ISO 8601.")] = None,
    timezone: Annotated[str, typer.Option(help="Of dates that name none, like Asia/Seoul.")] = "UTC",
    reference_prefix: Annotated[
        str | None,
        typer.Option(help="Without a reference column, references are PREFIX-ROW. By default the file's name."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Where rejected rows are written. By default FILE.rejected.csv, here.")
    ] = None,
    give_up_after: Annotated[float, typer.Option(min=0, help="Seconds to wait for a gateway that is away.")] = 120.0,
    restart: Annotated[bool, typer.Option("--restart", help="Begin again at the first row.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until all awards are on chain or refused.")] = True,
    wait_limit: Annotated[
        float, typer.Option(min=1, help="Seconds to wait for a chain on which nothing moves.")
    ] = 600.0,
    ahead: Annotated[
        int,
        typer.Option(
            min=1,
            help="Most awards that wait for the chain while rows are sent: what is bought meanwhile waits behind them. "
            "With --no-wait, any number.",
        ),
    ] = 10_000,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where rows or awards were refused.")] = False,
    progress: Annotated[bool, typer.Option(help="Show how far it is.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one line of JSON.")] = False,
) -> None:
    """Award the purchases in a file. May be stopped at any moment, and run again: it goes on where it was."""
    try:
        settings = Settings()
        url = (gateway or settings.gateway_url).rstrip("/")
        options = Options(
            path=file,
            program=program,
            gateway=url,
            api_key=own_key(settings, url),
            choices=parse_choices(mappings or []),
            amount_unit=amount_unit,
            delimiter=delimiter,
            columns=_columns(header, columns),
            date_format=date_format,
            timezone=timezone,
            reference_prefix=reference_prefix if reference_prefix is not None else stem_of(file),
            report=report or Path(f"{file.name}.rejected.csv"),
            give_up_after_seconds=give_up_after,
            restart=restart,
            wait=wait,
            wait_limit_seconds=wait_limit,
            ahead_max=ahead,
            strict=strict,
            as_json=as_json,
            progress=progress,
        )
        code = _run(options, settings.data_dir / "imports")
    except (UnclearMapping, UnreadableFile) as error:
        typer.echo(f"tokenpoints: {error}", err=True)
        code = EXIT_CANNOT_START
    if code:
        raise typer.Exit(code)


def _columns(header: bool, columns: str | None) -> list[str] | None:
    if header != (columns is None):
        raise UnclearMapping("--no-header and --columns go together")
    if columns is None:
        return None
    names = [name.strip() for name in columns.split(",")]
    if len(set(names)) < len(names) or "" in names:
        raise UnclearMapping("--columns needs a different name for each column")
    return names


def _run(options: Options, checkpoints: Path) -> int:
    file = open_purchases(options.path, delimiter=options.delimiter, columns=options.columns)
    mapping = mapping_of(file.columns, options.choices)
    key = ImportKey(fingerprint_of(options.path), options.gateway, options.program, _key_options(options, mapping))
    checkpoint = CheckpointFile(checkpoints, key)
    if options.restart:
        checkpoint.clear()
    progress = checkpoint.load()
    started_at, first_row = time.monotonic(), progress.rows_done
    state: ChainState | None = None
    with _display(options) as display, _client(options, display) as client:
        try:
            info = client.get_program(options.program)
            if progress.finished:
                display.note(f"{options.path.name} was imported before; nothing is sent. --restart sends it again.")
            else:
                if first_row:
                    display.note(f"Going on after row {first_row:,}.")
                _send(options, file, mapping, info, client, checkpoint, progress, display)
            sent_in = time.monotonic() - started_at
            if options.wait:
                state = _wait(options, client, progress, display)
        except KeyboardInterrupt:
            display.note(f"Stopped. {progress.rows_done:,} rows are done. To go on: {_command()}")
            return EXIT_INTERRUPTED
        except (GatewayError, ImportFailed) as error:
            display.note(f"tokenpoints: {error}")
            if isinstance(error, GatewayRefused) and error.code == "unauthorized":
                display.note("TOKENPOINTS_API_KEY is the API key with which to call it.")
            if progress.rows_done or isinstance(error, GatewayUnreachable):
                display.note(f"{progress.rows_done:,} rows are done. To go on: {_command()}")
            return EXIT_CANNOT_START if isinstance(error, UnclearMapping) else EXIT_STOPPED
    _print_summary(options, info, progress, state, rows=progress.rows_done - first_row, seconds=sent_in)
    if state is not None and not state.is_done:
        return EXIT_INCOMPLETE
    is_flawed = progress.rejected > 0 or (state is not None and state.refused_since)
    return EXIT_INCOMPLETE if options.strict and is_flawed else 0


def _send(
    options: Options,
    file: PurchaseFile,
    mapping: ColumnMapping,
    info: ProgramAnswer,
    client: Client,
    checkpoint: CheckpointFile,
    progress: Progress,
    display: Display,
) -> None:
    reader = RowReader(
        mapping=mapping,
        amount_unit=options.amount_unit,
        currency_exponent=info.currency.exponent,
        parse_instant=instant_parser(
            date_format=options.date_format, zone=zone_named(options.timezone), now=datetime.now(UTC)
        ),
        reference_prefix=options.reference_prefix,
    )
    report = RejectionReport(options.report, progress.report_bytes)
    pace = Pace(client, options.program, options.ahead_max, _telling_standstill(display)) if options.wait else None
    task = Import(file, reader, client, options.program, checkpoint, report, progress, pace)
    task.check_beginning()
    display.start("Sending", total=file.size, counted="rows")
    for _ in task.run():
        done = file.size if progress.finished else min(file.position, file.size - 1)
        display.show(done=done, count=progress.rows_done)


def _telling_standstill(display: Display) -> Callable[[float], None]:
    def tell(seconds: float) -> None:
        display.note(f"Nothing reached the chain for {seconds:.0f} seconds. The other rows are sent without waiting.")

    return tell


def _wait(options: Options, client: Client, progress: Progress, display: Display) -> ChainState | None:
    state: ChainState | None = None
    moved_at = time.monotonic()
    if progress.awards:
        display.start("On chain", total=progress.awards, counted="awards")
    for current in settle(client, options.program, progress):
        if state is None or current.settled != state.settled:
            moved_at = time.monotonic()
        state = current
        if progress.awards:
            display.show(done=current.settled, count=current.settled)
        if not current.is_done and time.monotonic() - moved_at > options.wait_limit_seconds:
            display.note(
                f"Nothing reached the chain for {options.wait_limit_seconds:.0f} seconds: are the submitter, "
                "the indexer and the node running? All rows are recorded, and no award is lost."
            )
            break
    return state


def _key_options(options: Options, mapping: ColumnMapping) -> dict[str, object]:
    return {
        "mapping": asdict(mapping),
        "amount_unit": options.amount_unit.value,
        "delimiter": options.delimiter.value,
        "columns": options.columns,
        "date_format": options.date_format,
        "timezone": options.timezone,
        "reference_prefix": options.reference_prefix,
    }


def _client(options: Options, display: Display) -> Client:
    def on_waiting(waiting: Waiting) -> None:
        if waiting.since_seconds == 0:
            limit = options.give_up_after_seconds
            display.note(f"The gateway is away ({waiting.why}); trying again for up to {limit:.0f} seconds.")

    return Client(
        options.gateway,
        api_key=options.api_key,
        give_up_after_seconds=options.give_up_after_seconds,
        on_waiting=on_waiting,
    )


def _display(options: Options) -> Display:
    console = Console(stderr=True)
    if options.progress and console.is_terminal:
        return Bars(console)
    return Lines(_to_stderr, is_quiet=not options.progress)


def _to_stderr(text: str) -> None:
    typer.echo(text, err=True)


def _command() -> str:
    return shlex.join(["tokenpoints", *[argument for argument in sys.argv[1:] if argument != "--restart"]])


def _print_summary(
    options: Options, info: ProgramAnswer, progress: Progress, state: ChainState | None, *, rows: int, seconds: float
) -> None:
    rate = rate_of(rows, seconds)
    if options.as_json:
        summary = {
            "file": str(options.path),
            "program": options.program,
            "rows": progress.rows_done,
            "recorded": progress.recorded,
            "replayed": progress.replayed,
            "skipped_zero": progress.zero,
            "rejected": progress.rejected,
            "members_created": progress.members_created,
            "amount": progress.amount,
            "awards": progress.awards,
            "points_expected": str(progress.points_expected),
            "seconds": round(seconds, 3),
            "rows_per_second": round(rate, 1),
            "report": str(options.report) if progress.rejected else None,
            "chain": None if state is None else {"settled": state.is_done, "refused": state.refused_since},
        }
        typer.echo(orjson.dumps(summary).decode())
        return
    if progress.rejected:
        typer.echo(f"Rejected rows are in {options.report}.")
    if state is not None and state.refused_since:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(state.refused_since.items()))
        typer.echo(f"The chain refused awards of {info.name} since the import began: {reasons}.")
    points = Decimal(progress.points_expected).scaleb(-info.decimals)
    settled = state is not None and state.is_done
    chain = ", all settled on chain" if settled else ", not all on chain yet" if state is not None else ""
    typer.echo(
        f"{progress.rows_done:,} rows: {progress.recorded:,} recorded, {progress.replayed:,} recorded before, "
        f"skipped: zero {progress.zero:,}, rejected {progress.rejected:,}; "
        f"{progress.awards:,} awards of {points:,f} {info.symbol}{chain}; {seconds:.1f} s, {rate:,.0f} rows/s."
    )
