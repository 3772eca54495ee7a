"""Opening a purchase file by what is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from tokenpoints.errors import UnclearMapping, UnreadableFile
from tokenpoints.imports.delimited import DelimitedFile, Delimiter
from tokenpoints.imports.rows import PurchaseFile

_PARQUET_MAGIC = b"PAR1"
_SUFFIXES = (".gz", ".csv", ".tsv", ".txt", ".parquet")


def open_purchases(
    path: Path, *, delimiter: Delimiter = Delimiter.AUTO, columns: Sequence[str] | None = None
) -> PurchaseFile:
    """The file, whatever its name says. `columns` name those of a text file without a header.

    Raises UnreadableFile, UnclearMapping.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(_PARQUET_MAGIC))
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}") from None
    if not magic:
        raise UnreadableFile(f"{path.name} is empty")
    if magic != _PARQUET_MAGIC:
        return DelimitedFile(path, delimiter, columns)
    if columns is not None:
        raise UnclearMapping("a Parquet file has its own column names: leave out --no-header and --columns")
    # Arrow is large, and no other command needs it.
    from tokenpoints.imports.parquet import ParquetFile

    return ParquetFile(path)


def fingerprint_of(path: Path) -> str:
    """SHA-256 of the file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stem_of(path: Path) -> str:
    """The file's name without the endings that say what it is: `CDNOW_master` of `CDNOW_master.txt.gz`."""
    name = path.name
    while (suffix := next((end for end in _SUFFIXES if name.lower().endswith(end)), None)) and name != suffix:
        name = name[: -len(suffix)]
    return name
