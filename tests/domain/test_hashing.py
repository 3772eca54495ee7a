import pytest
from Crypto.Hash import keccak as pycryptodome

from tokenpoints.domain.hashing import keccak


def test_nothing_has_the_hash_that_every_empty_account_has() -> None:
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@pytest.mark.parametrize("size", [1, 64, 135, 136, 137, 13_000])
def test_both_backends_agree(size: int) -> None:
    data = bytes(index % 251 for index in range(size))
    assert keccak(data) == pycryptodome.new(data=data, digest_bits=256).digest()
