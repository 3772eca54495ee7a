"""Keccak-256 by eth-hash's fastest backend.

eth-hash itself takes pycryptodome wherever that is installed, which takes ten times as long.
"""

from eth_hash.abc import BackendAPI
from eth_hash.utils import load_backend


def _fastest() -> BackendAPI:
    try:
        return load_backend("pysha3")
    except ImportError:  # has wheels for Linux only
        return load_backend("pycryptodome")


keccak = _fastest().keccak256
