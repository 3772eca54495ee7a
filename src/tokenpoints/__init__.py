"""Loyalty points as tokens: contracts, gateway, submitter, indexer and explorer."""

__version__ = "0.1.0"
