"""What a stranger reads when a command cannot start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("arguments", "settings", "expected"),
    [
        (
            ["gateway"],
            {"REQUESTS_PER_MINUTE": "0"},
            "TOKENPOINTS_REQUESTS_PER_MINUTE: Input should be greater than or equal to 1",
        ),
        (["keys", "create", "--role", "admin", "--name", "x"], {}, "a program's keys have any role but platform"),
        pytest.param(
            ["keys", "revoke", "key_0", "--program", "demo"],
            {},
            "deployments/31337.json does not exist",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["indexer"],
            {"BATCH_SIZE": "9999"},
            "TOKENPOINTS_BATCH_SIZE: Input should be less than or equal to 500",
            marks=pytest.mark.slow,
        ),
        (["submitter"], {}, "the database has no tables yet: run `tokenpoints migrate` first"),
        pytest.param(
            ["gateway"], {}, "the database has no tables yet: run `tokenpoints migrate` first", marks=pytest.mark.slow
        ),
        pytest.param(
            ["deploy", "--program-file", "none.toml"], {}, "cannot read none.toml: No such file", marks=pytest.mark.slow
        ),
        pytest.param(["deploy", "--program-file", "bad.toml"], {}, "bad.toml is not TOML", marks=pytest.mark.slow),
        (["deploy", "--program-file", "worse.toml"], {}, "worse.toml: slug: String should match pattern"),
        pytest.param(["deploy", "--issuer", "0x12"], {}, "an address has 20 bytes, not 1", marks=pytest.mark.slow),
    ],
)
def test_a_command_that_cannot_start_says_why_in_one_line(
    tmp_path: Path, arguments: list[str], settings: dict[str, str], expected: str
) -> None:
    (tmp_path / "bad.toml").write_text("= nothing")
    (tmp_path / "worse.toml").write_text('slug = "Not A Slug"')
    failed = subprocess.run(
        [sys.executable, "-m", "tokenpoints", *arguments],
        cwd=tmp_path,
        env={f"TOKENPOINTS_{name}": value for name, value in settings.items()},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert failed.returncode == 1
    assert failed.stderr.startswith("tokenpoints: ")
    assert expected in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_a_process_without_a_deployment_says_what_to_do(tmp_path: Path) -> None:
    for command in ("migrate", "submitter"):
        ended = subprocess.run(
            [sys.executable, "-m", "tokenpoints", command],
            cwd=tmp_path,
            env={},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 1
    assert ended.stderr == "tokenpoints: deployments/31337.json does not exist: run `tokenpoints deploy` first\n"
