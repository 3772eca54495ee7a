"""The process itself: killed at the worst moment, and two of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from tests.support import deployments
from tests.support.receiver import Receiver, receiving
from tests.webhooks.conftest import World
from tokenpoints import bootstrap
from tokenpoints.chain import deployments as files
from tokenpoints.config import Settings
from tokenpoints.errors import ConfigurationError

Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path, database_url: str) -> Iterator[Start]:
    """Starts `tokenpoints webhooks` on the test's database."""
    files.save(tmp_path / "deployments", deployments.deployment(deployments.program()))
    environment = {
        **os.environ,
        "TOKENPOINTS_DATA_DIR": str(tmp_path / "data"),
        "TOKENPOINTS_DEPLOYMENTS_DIR": str(tmp_path / "deployments"),
        "TOKENPOINTS_CHAIN_ID": str(deployments.CHAIN_ID),
        "TOKENPOINTS_DATABASE_URL": database_url,
        "TOKENPOINTS_WEBHOOKS_ALLOW_LOOPBACK": "true",
        "TOKENPOINTS_POLL_SECONDS": "0.05",
        "TOKENPOINTS_LEASE_SECONDS": "1",
    }
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        with (tmp_path / "log").open("ab") as log:
            command = [sys.executable, "-m", "tokenpoints.cli.processes", "webhooks"]
            running.append(subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=log, stderr=log))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.asyncio
async def test_what_was_sent_and_not_recorded_is_sent_again_under_the_same_id(world: World, start: Start) -> None:
    async with receiving(Receiver()) as receiver:
        webhook = await world.webhook(receiver.url)
        process = start()

        def kill() -> None:
            # The message is with the receiver, and its answer on its way.
            process.send_signal(signal.SIGKILL)
            process.wait()
            receiver.on_request = lambda: None

        receiver.on_request = kill
        await world.award()
        await world.finalize()
        await receiver.has(1)
        [message] = await world.messages(webhook)
        assert (message["state"], message["attempts"]) == ("waiting", 0)
        start()
        await receiver.has(2)
        first, second = receiver.got
        assert (first.id, first.body) == (second.id, second.body)
        assert first.id == message["id"]
        for got in (first, second):
            Webhook(webhook["secret"]).verify(got.body, got.headers)


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_standby_takes_over_and_tells_nothing_twice(world: World, start: Start) -> None:
    async with receiving(Receiver()) as receiver:
        await world.webhook(receiver.url)
        first = start()
        await world.award(10)
        await world.finalize()
        await receiver.has(10)
        second = start()
        # Stopped and not killed: what is under way is recorded first.
        first.terminate()
        assert first.wait(timeout=60) == 0
        await world.award(5)
        await world.finalize()
        await receiver.has(15)
        second.terminate()
        assert second.wait(timeout=60) == 0
        assert len(set(receiver.ids)) == len(receiver.ids) == 15


def test_this_machine_is_a_receiver_on_development_chains_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, chain_id=1, webhooks_allow_loopback=True)
    with pytest.raises(ConfigurationError, match="development chains only"):
        bootstrap.gateway_app(settings)
