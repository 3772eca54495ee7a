"""Reads the chain and keeps entries, balances and the checkpoint in step with it."""
