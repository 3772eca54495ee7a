"""A brand's receiver of webhooks, and what it must have been told at the end."""

from __future__ import annotations

import contextlib

from tests.faults.databases import Database
from tests.faults.shop import Shop
from tests.support.receiver import Receiver, receiving


class Brand:
    """A receiver that takes everything, once it listens."""

    def __init__(self) -> None:
        self._receiver = Receiver()
        self._open = contextlib.AsyncExitStack()
        self._from_block: int | None = None

    @property
    def is_listening(self) -> bool:
        return self._from_block is not None

    async def listen(self, shop: Shop, database: Database) -> None:
        """Ask to be told everything from now on."""
        await self._open.enter_async_context(receiving(self._receiver))
        await shop.subscribe(self._receiver.url)
        ((self._from_block,),) = database.rows("SELECT told_block FROM webhook_endpoints")

    async def close(self) -> None:
        await self._open.aclose()

    def waits_for(self, database: Database, final_block: int) -> str | None:
        """What is not told yet."""
        ((told,),) = database.rows("SELECT told_block FROM webhook_endpoints")
        ((count,),) = database.rows(
            "SELECT count(*) FROM webhook_messages WHERE delivered_at IS NULL AND dead_at IS NULL"
        )
        return f"{count} messages are not delivered, told up to block {told}" if count or told < final_block else None

    def differences(self, database: Database, *, final_was_undone: bool) -> list[str]:
        """Every final line is told, under one id and with one body; and nothing else is."""
        assert self._from_block is not None
        bodies: dict[str, bytes] = {}
        found, lines = [], set()
        for got in self._receiver.got:
            if bodies.setdefault(got.id, got.body) != got.body:
                found.append(f"the message {got.id} came with two bodies")
            data = got.json["data"]
            lines.add((data["block_number"], data["log_index"], bytes.fromhex(data["account"][2:])))
        stored = {str(each) for (each,) in database.rows("SELECT id FROM webhook_messages")}
        found += [f"the message {each} never came" for each in sorted(stored - set(bodies))]
        found += [f"the message {each} came and is not stored" for each in sorted(set(bodies) - stored)]
        if len(lines) < len(bodies):
            found.append("a line was told under two ids")
        if not final_was_undone:
            final = self._lines(database)
            found += [f"never told: {line}" for line in sorted(final - lines, key=repr)]
            found += [f"told and not final: {line}" for line in sorted(lines - final, key=repr)]
        return found

    def _lines(self, database: Database) -> set[tuple[int, int | None, bytes]]:
        return {
            (number, None if index < 0 else index, bytes(account))
            for table in ("entries", "refusals")
            for number, index, account in database.rows(
                f"SELECT block_number, log_index, account FROM {table}"
                " WHERE block_number > ? AND block_number <= (SELECT told_block FROM webhook_endpoints)",
                self._from_block,
            )
        }
