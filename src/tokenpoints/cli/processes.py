"""The processes, each as a command of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tokenpoints.cli import runtime
from tokenpoints.cli.failing import told_in_one_line
from tokenpoints.config import Settings
from tokenpoints.errors import ConfigurationError
from tokenpoints.observability.logs import configure_logging

if TYPE_CHECKING:
    from fastapi import FastAPI

SUPERVISED = "TOKENPOINTS_SUPERVISED"
_LAST_RESORT_SECONDS = 20.0


def gateway() -> None:
    """Serve the HTTP API."""
    from tokenpoints import bootstrap

    settings = _begin_with_tables()
    _serve(bootstrap.gateway_app(settings), settings.gateway_host, settings.gateway_port)


def explorer() -> None:
    """Serve the explorer's pages."""
    from tokenpoints import bootstrap

    settings = _begin_with_tables()
    _serve(bootstrap.explorer_app(settings), settings.explorer_host, settings.explorer_port)


def submitter() -> None:
    """Seal awards into batches and send them to the chain."""
    from tokenpoints import bootstrap

    settings = _begin_with_tables()
    _serve_metrics(settings, settings.submitter_metrics_port)
    _follow(bootstrap.run_submitter, settings)


def indexer() -> None:
    """Read the chain into the database."""
    from tokenpoints import bootstrap

    settings = _begin_with_tables()
    _serve_metrics(settings, settings.indexer_metrics_port)
    runtime.collect_seldom()
    _follow(bootstrap.run_indexer, settings)


def reconciler() -> None:
    """Compare the database with the chain, again and again."""
    from tokenpoints import bootstrap

    settings = _begin_with_tables()
    _serve_metrics(settings, settings.reconciler_metrics_port)
    _follow(bootstrap.run_reconciler, settings)


def webhooks() -> None:
    """Tell the brands' endpoints what became final on the chain."""
    from tokenpoints import bootstrap

    settings = _begin_with_tables()
    _serve_metrics(settings, settings.webhooks_metrics_port)
    _follow(bootstrap.run_webhooks, settings)


def operator() -> None:
    """Make the changes on the chain that brands ask for, with the keys of their roles."""
    from tokenpoints import bootstrap

    settings = _begin_with_tables()
    _serve_metrics(settings, settings.operator_metrics_port)
    _follow(bootstrap.run_operator, settings)


def node() -> None:
    """Run the embedded node, with its state kept in the data directory."""
    from tokenpoints import bootstrap

    _run(bootstrap.run_node, _begin())


def postgresql() -> None:
    """Run the embedded PostgreSQL, with its data in the data directory."""
    from tokenpoints import bootstrap

    _run(bootstrap.run_postgresql, _begin())


def _begin() -> Settings:
    settings = Settings()
    configure_logging(as_json=settings.log_json)
    if settings.failpoints:
        _arm(settings)
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_end_with_parent, daemon=True).start()
    return settings


def _begin_with_tables() -> Settings:
    from tokenpoints import bootstrap

    settings = _begin()
    asyncio.run(bootstrap.require_tables(settings))
    return settings


def _arm(settings: Settings) -> None:
    from tokenpoints import failpoints
    from tokenpoints.chain.signers import DEVELOPMENT_CHAINS

    if settings.chain_id not in DEVELOPMENT_CHAINS:
        raise ConfigurationError("TOKENPOINTS_FAILPOINTS is for development chains only")
    failpoints.arm(settings.failpoints)


def _end_with_parent() -> None:
    """The supervisor holds the other end of standard input, and the kernel closes it when the
    supervisor ends, however that ends."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_LAST_RESORT_SECONDS)
    os._exit(1)


def _serve(app: FastAPI, host: str, port: int) -> None:
    import uvicorn

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    # The server stops on Ctrl-C by itself, and then raises what it has heeded already.
    with contextlib.suppress(KeyboardInterrupt):
        runtime.keep_what_is_loaded()
        uvicorn.Server(config).run()


def _serve_metrics(settings: Settings, port: int | None) -> None:
    from tokenpoints.observability import metrics

    if port is None:
        return
    try:
        metrics.serve(settings.metrics_host, port)
    except OSError as error:
        raise ConfigurationError(
            f"cannot answer GET /metrics at {settings.metrics_host}:{port}: {error.strerror}"
        ) from None


def _follow(work: Callable[[Settings, asyncio.Event], Awaitable[None]], settings: Settings) -> None:
    """Do `work` with the programs that are deployed, whenever that changes."""
    from tokenpoints import bootstrap

    _run(lambda settings, stop: bootstrap.following_deployment(work, settings, stop), settings)


def _run(work: Callable[[Settings, asyncio.Event], Awaitable[None]], settings: Settings) -> None:
    async def until_signalled() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await work(settings, stop)

    runtime.keep_what_is_loaded()
    with asyncio.Runner(loop_factory=runtime.new_event_loop) as runner:
        runner.run(until_signalled())


COMMANDS = (gateway, explorer, submitter, indexer, reconciler, webhooks, operator, node, postgresql)

if __name__ == "__main__":
    # How the supervisor starts them: without loading the other commands.
    with told_in_one_line():
        {command.__name__: command for command in COMMANDS}[sys.argv[1]]()
