"""The HTTP API. Only this package knows HTTP."""
