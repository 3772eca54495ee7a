"""How the benches set up PostgreSQL: as a machine with some memory does, and nothing that a crash would show."""

SERVER_OPTIONS = {"shared_buffers": "512MB", "max_wal_size": "8GB", "jit": "off"}
