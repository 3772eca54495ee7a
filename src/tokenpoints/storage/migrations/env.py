"""Run by Alembic with the connection that `storage.schema` hands over."""

from alembic import context

from tokenpoints.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
