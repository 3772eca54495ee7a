"""The example of the client in docs/api.md does what it says."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import pytest

from tests.imports.conftest import LiveGateway
from tokenpoints.client import Client

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/api.md"


def test_the_documents_example_earns_points(
    gateway: LiveGateway, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    section = DOCUMENT.read_text().partition("\n## Client\n")[2].partition("\n## ")[0]
    [example] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)

    def mine() -> None:
        while not client.count_awards("demo").pending:
            time.sleep(0.05)
        gateway.put_on_chain(1)

    mining = threading.Thread(target=mine, daemon=True)
    mining.start()
    exec(compile(example, str(DOCUMENT), "exec"), {"gateway_url": gateway.url, "api_key": gateway.key})
    mining.join()
    printed = [line for line in capsys.readouterr().out.splitlines() if "[info" not in line]
    [award] = client.list_awards("demo").awards
    assert printed == [f"confirmed {award.points}", "till-7/0042"] and award.points is not None
