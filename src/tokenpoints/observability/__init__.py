"""Logs and metrics: what the processes tell those who run them."""
