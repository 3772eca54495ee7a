"""The report of rows that could not be imported: a CSV file, made when there is a first one."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from tokenpoints.imports.rows import Rejected

_HEADER = ("row", "line", "column", "value", "reason")


class RejectionReport:
    """Appends to `path`, beginning at `size` bytes: the rest was written by a run that died."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        if path.exists():
            if size == 0:
                path.unlink()
            elif path.stat().st_size > size:
                with path.open("r+b") as file:
                    file.truncate(size)

    def add(self, rejected: Sequence[Rejected]) -> None:
        """Write rows down."""
        if not rejected:
            return
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        if self.size == 0:
            writer.writerow(_HEADER)
        writer.writerows((row.row, row.line, row.column, _safe(row.value), row.reason) for row in rejected)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(text.getvalue().encode())
            self.size = file.tell()


def _safe(value: str) -> str:
    # Spreadsheets run values that begin like formulas.
    return f"'{value}" if value[:1] in ("=", "@") else value
