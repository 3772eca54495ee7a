"""CSV and its kin: commas, tabs, semicolons, bars or runs of blanks between values; gzip or not.

Read a line at a time, so that one bad line spoils nothing but itself.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import IO, cast

from tokenpoints.errors import UnclearMapping, UnreadableFile
from tokenpoints.imports.rows import RawRow

_GZIP_MAGIC = b"\x1f\x8b"
_LINE_BYTES_MAX = 1_000_000
_QUOTED_LINE_COUNT_MAX = 50
"""Lines that one quoted value may span; a quote that nothing closes must not swallow the file."""
_LINE_END = "\r\n\x1a"
"""With Ctrl-Z, with which old systems end text files."""


class Delimiter(StrEnum):
    """What stands between values."""

    AUTO = "auto"
    COMMA = "comma"
    TAB = "tab"
    SEMICOLON = "semicolon"
    BAR = "bar"
    BLANK = "blank"


_CHARACTERS = {Delimiter.COMMA: ",", Delimiter.TAB: "\t", Delimiter.SEMICOLON: ";", Delimiter.BAR: "|"}


class DelimitedFile:
    """A text file of rows. Opens it once to find its columns. Raises UnreadableFile, UnclearMapping."""

    def __init__(self, path: Path, delimiter: Delimiter, columns: Sequence[str] | None) -> None:
        self._path = path
        self._has_header = columns is None
        self._raw: IO[bytes] | None = None
        self.size = path.stat().st_size
        with closing(self._lines()) as lines:
            first = next((text for _, text in lines if text.strip()), "")
        if first.startswith(("\ufeff", "\x00")) or "\x00" in first:
            raise UnreadableFile(f"{path.name} is not UTF-8 text; save it as UTF-8")
        self._split = _splitter(_detect(first) if delimiter is Delimiter.AUTO else delimiter)
        self.columns = list(columns) if columns is not None else self._header(first)

    @property
    def position(self) -> int:
        """How many bytes of the file have been read."""
        if self._raw is None or self._raw.closed:
            return 0
        return self._raw.tell()

    def rows(self, columns: list[str]) -> Iterator[RawRow]:
        """The rows, with the values of `columns`."""
        places = [(column, self.columns.index(column)) for column in columns]
        width = len(self.columns)
        number = 0
        skip_header = self._has_header
        with closing(self._lines()) as lines:
            for line, text, values, fault in self._records(lines):
                if skip_header:
                    skip_header = False
                    continue
                number += 1
                if fault is None and len(values) != width:
                    fault = f"has {len(values)} values where the columns are {width}"
                if fault is not None:
                    yield RawRow(number, line, {}, fault, text)
                else:
                    yield RawRow(number, line, {column: values[place] for column, place in places})

    def _header(self, first: str) -> list[str]:
        try:
            names = [name.strip() for name in self._split(first)]
        except csv.Error as error:
            raise UnclearMapping(f"the header of {self._path.name} cannot be taken apart: {error}") from None
        if not names:
            raise UnclearMapping(f"{self._path.name} has no header")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise UnclearMapping(f"the header of {self._path.name} has the column {twice!r} twice")
        return names

    def _records(self, lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str, list[str], str | None]]:
        """(line, text, values, fault) of each record, blank lines left out."""
        waiting: deque[tuple[int, str]] = deque()
        while True:
            line, text = waiting.popleft() if waiting else next(lines, (0, ""))
            if line == 0:
                return
            if not text or text.isspace():
                continue
            if len(text) > _LINE_BYTES_MAX:
                yield line, text[:100], [], "is too long for a line"
                continue
            try:
                values = self._split(text)
            except csv.Error as error:
                joined = self._joined(text, lines, waiting)
                if joined is None:
                    yield line, text, [], f"cannot be taken apart: {error}"
                    continue
                text, values = joined
            yield line, text, values, None

    def _joined(
        self, text: str, lines: Iterator[tuple[int, str]], waiting: deque[tuple[int, str]]
    ) -> tuple[str, list[str]] | None:
        """The record that begins with `text` and goes on over further lines, if that is what it does."""
        if text.count('"') % 2 == 0:
            return None
        for count in range(_QUOTED_LINE_COUNT_MAX):
            while len(waiting) <= count:
                following = next(lines, None)
                if following is None:
                    return None
                waiting.append(following)
            text = f"{text}\n{waiting[count][1]}"
            if text.count('"') % 2:
                continue
            try:
                values = self._split(text)
            except csv.Error:
                return None
            for _ in range(count + 1):
                waiting.popleft()
            return text, values
        return None

    def _lines(self) -> Generator[tuple[int, str], None, None]:
        """(number, text) of each line, without its end. A line beyond the limit comes cut, one too long."""
        try:
            with self._path.open("rb") as raw:
                self._raw = raw
                magic = raw.read(2)
                raw.seek(0)
                # A GzipFile reads bytes like any other file.
                stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if magic == _GZIP_MAGIC else raw
                yield from _numbered(stream)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableFile(f"{self._path.name} is damaged or cut short: {error}") from None
        except OSError as error:
            raise UnreadableFile(f"{self._path.name} cannot be read: {error.strerror or error}") from None


def _numbered(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    number = 0
    while line := stream.readline(_LINE_BYTES_MAX + 2):
        number += 1
        if len(line) > _LINE_BYTES_MAX and not line.endswith(b"\n"):
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(_LINE_BYTES_MAX)
        if number == 1:
            if line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise UnreadableFile("the file is UTF-16; save it as UTF-8")
            line = line.removeprefix(b"\xef\xbb\xbf")
        # What is not UTF-8 becomes half surrogates, which no id, amount or date may hold.
        yield number, line.decode("utf-8", "surrogateescape").rstrip(_LINE_END)


def _splitter(delimiter: Delimiter) -> Callable[[str], list[str]]:
    if delimiter is Delimiter.BLANK:
        return str.split
    character = _CHARACTERS[delimiter]

    def split(text: str) -> list[str]:
        if '"' not in text:
            return text.split(character)
        return next(csv.reader([text], delimiter=character, strict=True))

    return split


def _detect(first: str) -> Delimiter:
    counts = {delimiter: first.count(character) for delimiter, character in _CHARACTERS.items()}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    return best if counts[best] else Delimiter.BLANK
