"""How the benches set up PostgreSQL: as its documentation advises for a server, and nothing that a crash would show."""

import psutil

SERVER_OPTIONS = {
    "shared_buffers": f"{psutil.virtual_memory().total // 4 // 2**20}MB",
    "max_wal_size": "8GB",
    "jit": "off",
}
