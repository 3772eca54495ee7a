"""A client of the gateway, for threads (`Client`) and for asyncio (`AsyncClient`).

Its methods and models are made out of the gateway's OpenAPI document: one method for each operation, by the same name
in both clients. It tries again by itself when the connection fails, and when the gateway says that the same call may
succeed later. Every write has an idempotency key, so that it happens once however often it is sent. With a member's
token as its `api_key` a client acts for that member.
"""

from msgspec import UNSET

from tokenpoints.client import models
from tokenpoints.client.attempts import Waiting
from tokenpoints.client.awaiting import AsyncClient
from tokenpoints.client.blocking import Client
from tokenpoints.client.calls import Call

__all__ = ["UNSET", "AsyncClient", "Call", "Client", "Waiting", "models"]
