"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pyarrow.parquet

from tokenpoints.errors import UnreadableFile
from tokenpoints.imports.rows import RawRow

_BATCH_SIZE = 4_000


class ParquetFile:
    """A Parquet file of rows. Raises UnreadableFile."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0
        try:
            with pyarrow.parquet.ParquetFile(path) as file:
                self.columns: list[str] = list(file.schema_arrow.names)
                self.size: int = file.metadata.num_rows
        except (pyarrow.ArrowException, OSError) as error:
            raise _unreadable(path, error) from None

    @property
    def position(self) -> int:
        """How many rows have been read."""
        return self._position

    def rows(self, columns: list[str]) -> Iterator[RawRow]:
        """The rows, with the values of `columns`."""
        number = 0
        try:
            with pyarrow.parquet.ParquetFile(self._path) as file:
                for batch in file.iter_batches(batch_size=_BATCH_SIZE, columns=columns):
                    lists = [_values(batch.column(column)) for column in columns]
                    for values in zip(*lists, strict=True):
                        number += 1
                        self._position = number
                        yield RawRow(number, number, dict(zip(columns, values, strict=True)))
        except (pyarrow.ArrowException, OSError) as error:
            raise _unreadable(self._path, error) from None


def _values(column: pyarrow.Array) -> list[object]:
    # Python's datetime ends at microseconds; without the cast a stray nanosecond would stop the import.
    if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
    return list(column.to_pylist())


def _unreadable(path: Path, error: Exception) -> UnreadableFile:
    return UnreadableFile(f"{path.name} is not a whole Parquet file: {str(error)[:200]}")
