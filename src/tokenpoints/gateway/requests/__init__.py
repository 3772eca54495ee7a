"""What callers send, as pydantic checks it."""
