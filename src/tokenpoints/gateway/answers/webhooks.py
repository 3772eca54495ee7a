"""Webhooks and their messages."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tokenpoints.domain.webhooks import DisabledWhy, EventType, MessageState
from tokenpoints.gateway.answers.fields import Answer, Time


class WebhookAnswer(Answer):
    id: str = Field(examples=["whk_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    url: str = Field(examples=["https://shop.example.com/hooks/points"])
    events: list[EventType]
    created_at: Time
    failing_since: Time | None = Field(description="Since when every attempt failed; null while it is well.")
    disabled_at: Time | None = Field(description="Since when nothing is sent to it.")
    disabled_why: DisabledWhy | None
    previous_secret_until: Time | None = Field(description="Until when the secret before this one signs too.")


class WebhookWithSecretAnswer(WebhookAnswer):
    """The only answers that show the secret."""

    secret: str | None = Field(
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="], description="None in a dry run."
    )


class WebhooksAnswer(Answer):
    """Newest first."""

    webhooks: list[WebhookAnswer]
    next_cursor: str | None


class MessageAnswer(Answer):
    id: str = Field(description="The `webhook-id`.", examples=["msg_5RZQ3M7PYXG2A4TBWJ6KCNDLFVOEHSUI"])
    type: EventType
    state: MessageState
    created_at: Time
    attempts: int = Field(description="Since it was made, or replayed.")
    next_attempt_at: Time | None = Field(description="Null where none is to come.")
    last_attempt_at: Time | None
    last_status: int | None = Field(description="Of the last answer; null where there was none.")
    last_error: str | None
    body: dict[str, Any] = Field(description="What is sent.")


class MessagesAnswer(Answer):
    """Newest first."""

    messages: list[MessageAnswer]
    next_cursor: str | None


class ReplayedAnswer(Answer):
    replayed: int = Field(description="How many messages are sent again.")
