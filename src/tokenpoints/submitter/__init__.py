"""Seals awards into numbered batches, signs them, and sees them mined."""
