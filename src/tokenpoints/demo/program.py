"""The demo program's file."""

from pathlib import Path


def program_path() -> Path:
    """The TOML file that describes the demo program."""
    return Path(__file__).parent / "program.toml"
