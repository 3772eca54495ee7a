"""Comparing the database with the chain."""
