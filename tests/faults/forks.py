"""What the server has loaded that the processes of the system are forked from: all that they would load themselves."""

from __future__ import annotations

import gc
from importlib import import_module

from tokenpoints.children import end_with_parent

_MODULES = (
    # Of the processes
    "tokenpoints.bootstrap",
    "tokenpoints.chain.heads",
    "tokenpoints.chain.signers",
    "tokenpoints.dispatcher.dispatcher",
    "tokenpoints.gateway.app",
    "tokenpoints.indexer.indexer",
    "tokenpoints.observability.metrics",
    "tokenpoints.storage.schema",
    "tokenpoints.submitter.submitter",
    "tokenpoints.webhooks.sending",
    # What libraries load at first use
    "aiosqlite",
    "anyio._backends._asyncio",
    "coincurve",
    "encodings.idna",
    "eth_hash.backends.pycryptodome",
    "fastapi.telemetry._runtime",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)

for name in _MODULES:
    try:
        import_module(name)
    except ImportError as error:
        # Which the server would pass over in silence.
        raise RuntimeError(f"{name} cannot be loaded") from error
# A process that it forked would keep it, and it that process, beyond the end of what they are for.
end_with_parent()
gc.freeze()
