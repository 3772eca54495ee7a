"""Merkle trees as OpenZeppelin's `MerkleProof` verifies them: keccak-256 over sorted pairs."""

from collections.abc import Sequence

from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Hash32


def root(leaves: Sequence[Hash32]) -> Hash32:
    """The root of a non-empty list of leaves. An odd node moves up a level unchanged."""
    return levels(leaves)[-1][0]


def proof(leaves: Sequence[Hash32], index: int) -> list[Hash32]:
    """The siblings from leaf `index` up to the root."""
    siblings = []
    for level in levels(leaves)[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            siblings.append(level[sibling])
        index >>= 1
    return siblings


def verify(leaf: Hash32, siblings: Sequence[Hash32], expected_root: Hash32) -> bool:
    """Whether `siblings` lead from `leaf` to `expected_root`."""
    node = leaf
    for sibling in siblings:
        node = _parent(node, sibling)
    return node == expected_root


def levels(leaves: Sequence[Hash32]) -> list[list[Hash32]]:
    """All levels of the tree, leaves first. Raises ValueError without leaves."""
    if not leaves:
        raise ValueError("a tree needs a leaf")
    result = [list(leaves)]
    while len(level := result[-1]) > 1:
        pairs = [_parent(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
        result.append(pairs + level[len(pairs) * 2 :])
    return result


def _parent(a: Hash32, b: Hash32) -> Hash32:
    return Hash32(keccak(a + b if a < b else b + a))
