"""Importing purchases from files: CSV and Parquet, streamed, resumable, bad rows set aside."""
