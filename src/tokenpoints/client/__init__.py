"""A client of the gateway, for threads (`Client`) and for asyncio (`AsyncClient`).

It tries again by itself when the connection fails, and when the gateway says that the same call may succeed later.
Every write has an idempotency key, so that it happens once however often it is sent.
"""

from tokenpoints.client.attempts import Waiting
from tokenpoints.client.awaiting import AsyncClient
from tokenpoints.client.blocking import Client
from tokenpoints.client.calls import (
    BULK_COUNT_MAX,
    AwardCounts,
    AwardInfo,
    MemberInfo,
    NewReceipt,
    ProgramInfo,
    QuoteInfo,
    ReceiptInfo,
)

__all__ = [
    "BULK_COUNT_MAX",
    "AsyncClient",
    "AwardCounts",
    "AwardInfo",
    "Client",
    "MemberInfo",
    "NewReceipt",
    "ProgramInfo",
    "QuoteInfo",
    "ReceiptInfo",
    "Waiting",
]
