"""Agreements with other programs, and finding those."""
