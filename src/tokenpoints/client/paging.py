"""Lists that are answered page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Protocol, TypeVar


class Page(Protocol):
    """Some of a list, and where it goes on."""

    @property
    def next_cursor(self) -> str | None:
        """None on the last page."""


APage = TypeVar("APage", bound=Page)
Item = TypeVar("Item")


def every(page_at: Callable[[str | None], APage], items: Callable[[APage], Sequence[Item]]) -> Iterator[Item]:
    """The items of all pages. A page is asked for when the one before it is used up."""
    cursor: str | None = None
    while True:
        page = page_at(cursor)
        yield from items(page)
        cursor = page.next_cursor
        if cursor is None:
            return


async def every_awaited(
    page_at: Callable[[str | None], Awaitable[APage]], items: Callable[[APage], Sequence[Item]]
) -> AsyncIterator[Item]:
    """The same for asyncio."""
    cursor: str | None = None
    while True:
        page = await page_at(cursor)
        for item in items(page):
            yield item
        cursor = page.next_cursor
        if cursor is None:
            return
