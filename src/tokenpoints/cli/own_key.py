"""The key of commands that call the gateway. Apart from the store of keys, which loads a database."""

from __future__ import annotations

from tokenpoints.config import Settings


def own_key(settings: Settings, gateway_url: str) -> str | None:
    """The key with which a command calls the gateway: that of the settings, or for the one of `up` that of its file."""
    if settings.api_key is not None:
        return settings.api_key.get_secret_value()
    is_own = gateway_url == settings.gateway_url and settings.api_key_path.exists()
    return settings.api_key_path.read_text().strip() if is_own else None
