"""Proofs of the chain's state (EIP-1186): an account's storage root under a state root, a slot's value under that."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import rlp
from trie.constants import BLANK_NODE_HASH
from trie.exceptions import BadTrieProof
from trie.hexary import HexaryTrie

from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Address, Hash32

_ACCOUNTS_SLOT = 2
"""Of the mapping of accounts in `PointsToken`, see `forge inspect PointsToken storageLayout`."""


class BadStateProof(ValueError):
    """The nodes do not prove what they are said to prove."""


def word_slot(account: Address) -> bytes:
    """Where `PointsToken` keeps the word of `account`."""
    return keccak(account.rjust(32, b"\0") + _ACCOUNTS_SLOT.to_bytes(32, "big"))


def storage_root(state_root: Hash32, contract: Address, nodes: Sequence[bytes]) -> Hash32:
    """The root of a contract's storage. Raises BadStateProof."""
    value = _proven(state_root, contract, nodes)
    if not value:
        raise BadStateProof("there is no such contract in the state")
    _nonce, _balance, root, _code_hash = rlp.decode(value)
    return Hash32(root)


def stored_word(root: Hash32, slot: bytes, nodes: Sequence[bytes]) -> int:
    """What a slot holds under a storage root, 0 where it was never written. Raises BadStateProof."""
    value = _proven(root, slot, nodes)
    return int.from_bytes(rlp.decode(value), "big") if value else 0


def _proven(root: Hash32, key: bytes, nodes: Sequence[bytes]) -> bytes:
    if root == BLANK_NODE_HASH and not nodes:
        return b""
    # Each node is named by its hash in the one above it: no byte of a proof is without meaning.
    if not nodes or keccak(nodes[0]) != root:
        raise BadStateProof("the first node is not the root's")
    for above, node in pairwise(nodes):
        if keccak(node) not in above:
            raise BadStateProof("a node is not named by the one above it")
    try:
        value: bytes = HexaryTrie.get_from_proof(  # type: ignore[no-untyped-call]
            root, keccak(key), [rlp.decode(node) for node in nodes]
        )
    except BadTrieProof as error:
        raise BadStateProof("the nodes do not lead to the key") from error
    return value
