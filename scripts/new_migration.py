"""Write a migration from what the tables have and the migrations so far do not.

python scripts/new_migration.py "What changes"
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy.engine import Connection

from tokenpoints.storage import schema
from tokenpoints.storage.database import Database


async def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite+aiosqlite:///{Path(folder) / 'empty.db'}")
        await schema.upgrade(database)
        number = len(list((schema.MIGRATIONS / "versions").glob("[0-9]*.py"))) + 1

        def write(connection: Connection) -> None:
            command.revision(schema.config_for(connection), message, autogenerate=True, rev_id=f"{number:04}")

        async with database.session() as session:
            await session.run_sync(write)
        await database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        raise SystemExit(__doc__)
    asyncio.run(main(sys.argv[1]))
