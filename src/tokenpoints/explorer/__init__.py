"""The public pages: read-only, over the same database, for members and auditors alike."""
