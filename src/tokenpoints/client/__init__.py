"""A client of the gateway, for threads (`Client`) and for asyncio (`AsyncClient`).

It tries again by itself when the connection fails, and when the gateway says that the same call may succeed later.
Every write has an idempotency key, so that it happens once however often it is sent. With a member's token as its
`api_key` a client acts for that member.
"""

from tokenpoints.client.actions import ActionInfo, of_member
from tokenpoints.client.attempts import Waiting
from tokenpoints.client.awaiting import AsyncClient
from tokenpoints.client.blocking import Client
from tokenpoints.client.calls import (
    BULK_COUNT_MAX,
    AdjustmentInfo,
    AwardCounts,
    AwardInfo,
    MemberInfo,
    NewAdjustment,
    NewLine,
    NewReceipt,
    NewRefund,
    ProgramInfo,
    QuoteInfo,
    ReceiptInfo,
    RefundInfo,
)

__all__ = [
    "BULK_COUNT_MAX",
    "ActionInfo",
    "AdjustmentInfo",
    "AsyncClient",
    "AwardCounts",
    "AwardInfo",
    "Client",
    "MemberInfo",
    "NewAdjustment",
    "NewLine",
    "NewReceipt",
    "NewRefund",
    "ProgramInfo",
    "QuoteInfo",
    "ReceiptInfo",
    "RefundInfo",
    "Waiting",
    "of_member",
]
