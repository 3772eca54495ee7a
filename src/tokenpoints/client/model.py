"""What all models are."""

from __future__ import annotations

import msgspec


class Model(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Something that is sent or answered. What is UNSET is not sent; what a newer gateway adds is passed over."""
