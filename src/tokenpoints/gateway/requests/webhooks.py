"""Webhooks and their messages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tokenpoints.domain.webhooks import EventType, MessageState
from tokenpoints.gateway.requests.fields import OVERLAP_SECONDS_MAX, Instant, Page, Sent
from tokenpoints.webhooks.sending import URL_LENGTH_MAX

EventTypes = Annotated[list[Annotated[EventType, Field(strict=False)]], Field(min_length=1, max_length=len(EventType))]


class WebhookToCreate(Sent):
    """A URL that is to be told what becomes final from now on."""

    url: str = Field(max_length=URL_LENGTH_MAX, description="Of the public internet, with https://, port 443.")
    events: EventTypes


class WebhookToChange(Sent):
    """What is given is changed."""

    url: str | None = Field(default=None, max_length=URL_LENGTH_MAX)
    events: EventTypes | None = None
    enabled: bool | None = Field(
        default=None, description="True also after it was disabled for failing: it goes on where it stopped."
    )


class SecretToRotate(Sent):
    """How a secret is replaced."""

    overlap_seconds: int = Field(
        default=86_400, ge=0, le=OVERLAP_SECONDS_MAX, description="How long the old secret signs too."
    )


class MessagesToReplay(Sent):
    """One message, or all since a time. Exactly one of `message` and `since`."""

    message: str | None = Field(default=None, max_length=40, description="A message's id.")
    since: Instant | None = Field(default=None, description="Messages made then or later.")
    state: Literal["waiting", "delivered", "dead"] | None = Field(
        default=None, description="With `since`: only those in this state."
    )

    @model_validator(mode="after")
    def _either(self) -> MessagesToReplay:
        if (self.message is None) == (self.since is None):
            raise PydanticCustomError("invalid_input", "must have exactly one of message and since")
        if self.message is not None and self.state is not None:
            raise PydanticCustomError("invalid_input", "state goes with since")
        return self


class WebhooksQuery(Page):
    """Which webhooks to list."""


class MessagesQuery(Page):
    """Which messages to list."""

    state: MessageState | None = None
