"""The gateway behind a real server: what only sockets show."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.imports.conftest import LiveGateway
from tests.support.keys import bearing

LIMIT = 8_000_000
PATH = "/v1/programs/demo/receipts/bulk"


@pytest.fixture
def live(tmp_path: Path, database_url: str) -> Iterator[LiveGateway]:
    made = LiveGateway(tmp_path, database_url)
    made.prepare(rule=False)
    made.start()
    yield made
    made.stop()


def test_body_over_the_limit_is_answered_not_cut_off(live: LiveGateway) -> None:
    headers = {"Content-Type": "application/json"} | bearing(live.key)
    with httpx.Client(base_url=live.url, trust_env=False) as http:
        announced = http.post(PATH, content=b" " * (LIMIT + 1), headers=headers)
        assert (announced.status_code, announced.json()["code"]) == (413, "body_too_large")

        def endless() -> Iterator[bytes]:
            for _ in range(20):
                yield b" " * 1_000_000

        streamed = http.post(PATH, content=endless(), headers=headers)
        assert (streamed.status_code, streamed.json()["code"]) == (413, "body_too_large")
        assert http.get("/health/live").status_code == 200


def test_caller_that_hangs_up_in_the_middle_disturbs_nobody(live: LiveGateway) -> None:
    address = ("127.0.0.1", int(live.url.rpartition(":")[2]))
    for _ in range(5):
        with socket.create_connection(address) as connection:
            lines = (
                f"POST {PATH} HTTP/1.1",
                "Host: 127.0.0.1",
                f"Authorization: Bearer {live.key}",
                "Content-Type: application/json",
                "Content-Length: 100",
            )
            head = "".join(f"{line}\r\n" for line in lines)
            connection.sendall(head.encode() + b"\r\n{")
    with httpx.Client(base_url=live.url, trust_env=False) as http:
        assert http.get("/health/live").status_code == 200
        assert http.get("/health/ready").status_code == 503
