"""Measurements of the whole system: what `make bench` runs."""
