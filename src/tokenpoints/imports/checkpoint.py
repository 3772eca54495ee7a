"""How far an import has come, kept on disk so that it can go on after anything."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import orjson

_VERSION = 1


@dataclass(slots=True)
class Progress:
    """What is done. Rows up to `rows_done` need not be read again."""

    rows_done: int = 0
    recorded: int = 0
    """Receipts that this import recorded."""
    replayed: int = 0
    """Receipts that were recorded before."""
    zero: int = 0
    rejected: int = 0
    awards: int = 0
    points_expected: int = 0
    amount: int = 0
    """Sum of the recorded and replayed receipts, in the currency's smallest unit."""
    members_created: int = 0
    last_award: str | None = None
    """The newest award that this import made, or else the newest that it met."""
    last_award_is_new: bool = False
    refused_before: dict[str, int] = field(default_factory=dict)
    """The program's refused awards by reason when the import began."""
    report_bytes: int = 0
    """What the report of rejected rows held then; anything beyond was written by a run that died."""
    finished: bool = False


@dataclass(frozen=True, slots=True)
class ImportKey:
    """What makes two runs the same import."""

    file_sha256: str
    gateway: str
    program: str
    options: dict[str, Any]

    @property
    def name(self) -> str:
        """A short name for it, fit for a file."""
        return hashlib.sha256(orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


class CheckpointFile:
    """Where the progress of one import is kept."""

    def __init__(self, directory: Path, key: ImportKey) -> None:
        self._key = key
        self.path = directory / f"{key.name}.json"

    def load(self) -> Progress:
        """The progress so far; none where the file is missing or not one of ours."""
        try:
            kept = orjson.loads(self.path.read_bytes())
            if kept["version"] != _VERSION or kept["key"] != asdict(self._key):
                return Progress()
            known = {item.name for item in fields(Progress)}
            return Progress(**{name: value for name, value in kept["progress"].items() if name in known})
        except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            # Sending everything again is harmless: references are idempotent.
            return Progress()

    def save(self, progress: Progress) -> None:
        """Keep the progress, in one step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        kept = {"version": _VERSION, "key": asdict(self._key), "progress": asdict(progress)}
        with partial.open("wb") as file:
            file.write(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)

    def clear(self) -> None:
        """Forget it."""
        self.path.unlink(missing_ok=True)
