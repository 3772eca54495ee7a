"""What the server has loaded that the processes of the system are forked from: all that they would load themselves."""

from __future__ import annotations

import gc

import httptools  # noqa: F401
import uvicorn.lifespan.on
import uvicorn.protocols.http.httptools_impl
import uvicorn.protocols.websockets.auto  # noqa: F401
import uvloop  # noqa: F401

import tokenpoints.bootstrap
import tokenpoints.chain.heads
import tokenpoints.chain.signers
import tokenpoints.dispatcher.dispatcher
import tokenpoints.gateway.app
import tokenpoints.indexer.indexer
import tokenpoints.observability.metrics
import tokenpoints.storage.schema
import tokenpoints.submitter.submitter
import tokenpoints.webhooks.sending  # noqa: F401
from tests.faults.child import end_with_parent

# A process that it forked would keep it, and it that process, beyond the end of what they are for.
end_with_parent()
gc.freeze()
