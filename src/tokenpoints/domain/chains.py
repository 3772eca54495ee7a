"""Chains on which nothing is worth anything."""

DEVELOPMENT_CHAINS = frozenset({1337, 31337})
