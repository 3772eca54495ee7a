"""A scripted day of two brands and a partner."""
