"""What is asked about changes on the chain."""

from __future__ import annotations

from tokenpoints.domain.operations import Kind, OperationState
from tokenpoints.gateway.requests.fields import Page


class OperationsQuery(Page):
    """Which operations to list."""

    state: OperationState | None = None
    kind: Kind | None = None


class RewardsQuery(Page):
    """Which rewards to list."""
