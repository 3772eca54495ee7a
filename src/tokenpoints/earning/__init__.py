"""Earning: receipts come in, awards come out."""
