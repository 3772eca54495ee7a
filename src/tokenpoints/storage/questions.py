"""Statements that are asked more often than all others, handed to PostgreSQL's driver as they are.

SQLAlchemy writes each once. What it does around one whenever it is asked, its greenlets, cursors and rows, takes
several times as long as the driver takes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util.concurrency import greenlet_spawn


class Question:
    """A SELECT with named parameters, made once. Its columns and parameters are numbers, text and bytes, which the
    driver takes and gives as they are: an Instant is selected as the number that it is."""

    def __init__(self, select: Select[Any]) -> None:
        self.select = select
        self._written: tuple[str, Mapping[str, Any]] | None = None

    def written(self, engine: AsyncEngine) -> tuple[str, Mapping[str, Any]]:
        """The text for PostgreSQL's driver, and the parameters that it has by itself."""
        if self._written is None:
            compiled = self.select.compile(dialect=engine.dialect)
            self._written = str(compiled), {name: value for name, value in compiled.params.items() if value is not None}
        return self._written


Ask = Callable[[Question, Mapping[str, Any]], Awaitable[Sequence[Sequence[Any]]]]
"""The rows that answer a question with these parameters, all as of one moment. Raises DatabaseBusy."""


async def rows(engine: AsyncEngine, question: Question, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    """Ask on a connection of an engine that begins and commits nothing. Raises DBAPIError."""
    text, own = question.written(engine)
    try:
        connection = await engine.raw_connection()
        try:
            return await _rows(connection, text, {**own, **parameters})
        finally:
            connection.close()
    except psycopg.Error as error:
        raise DBAPIError.instance(text, None, error, psycopg.Error, hide_parameters=True) from error


async def _rows(connection: PoolProxiedConnection, text: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    driver = connection.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    try:
        cursor = await driver.execute(text, parameters, binary=True)
        return await cursor.fetchall()
    except BaseException as error:
        # Called off half way, nobody knows what the server still says.
        if driver.closed or not isinstance(error, psycopg.Error):
            await greenlet_spawn(connection.invalidate)
        raise
