"""Run by Alembic with the connection that `storage.schema` hands over."""

from typing import Any, Literal

from alembic import context

from tokenpoints.storage.tables import Instant, metadata


def _render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    # A migration must not change with the code: our own types are written as what the database holds.
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
)
context.run_migrations()
