"""Thousands of views in one `eth_call`, on any node and without a contract for it.

The call creates a contract whose creation code makes the reads and returns what they returned in place of code:
nothing is deployed, since `eth_call` changes nothing. So it works from the first block of a new chain, where no
multicall contract is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tokenpoints.chain.rpc import RpcClient, bytes_from_hex
from tokenpoints.domain.types import Address, Hash32, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable

_CREATION_CODE_MAX = 49_152
"""EIP-3860."""
_CODE_MAX = 24_576
"""EIP-170; what creation returns is code to the node."""
_REQUESTS_AT_ONCE = 4

# Memory: the calls, a zero byte (code may not begin with 0xEF, EIP-3541), the answers. Stack of the loop: out, in.
_LISTING = (
    "62{total:06x} 60{length:02x} 6000 39"  # the calls into memory
    "62{first:06x} 6000"  # out, in
    "5b 80 62{total:06x} 14 60{end:02x} 57"  # at 0x0f: until in is at the end
    "61{size:04x} 82 61{call:04x} 83 73{target} 5a fa"
    "3d 61{size:04x} 14 16 15 60{fail:02x} 57"  # it succeeded, and returned as much as was expected
    "61{call:04x} 01 90 61{size:04x} 01 90 600f 56"
    "5b 50 62{total:06x} 80 91 03 90 f3"  # end: return from the zero byte on
    "5b 3d 6000 6000 3e 3d 6000 fd"  # fail: revert as the call did
)
_LENGTH, _END, _FAIL = 0x65, 0x4F, 0x5A


class ManyReads:
    """Reads at one block, named by its hash, so that all answers are of the same state."""

    def __init__(self, rpc: RpcClient, block_hash: Hash32) -> None:
        self._rpc = rpc
        self._block = {"blockHash": hex_of(block_hash), "requireCanonical": True}

    async def read(self, target: Address, calls: Sequence[bytes], *, answer_bytes: int) -> list[bytes]:
        """What each call of `target` returns, in order. All calls are of one length, and so are all answers.

        Raises ChainRefused where a call reverts or answers with another length, and where the node does not have the
        block (any more).
        """
        if not calls:
            return []
        at_once = min((_CODE_MAX - 1) // answer_bytes, (_CREATION_CODE_MAX - _LENGTH) // len(calls[0]))
        chunks = [calls[start : start + at_once] for start in range(0, len(calls), at_once)]
        answers: list[bytes] = []
        for start in range(0, len(chunks), _REQUESTS_AT_ONCE):
            group = chunks[start : start + _REQUESTS_AT_ONCE]
            for part in await asyncio.gather(*(self._read_chunk(target, chunk, answer_bytes) for chunk in group)):
                answers += part
        return answers

    async def _read_chunk(self, target: Address, calls: Sequence[bytes], answer_bytes: int) -> list[bytes]:
        request = {"data": hex_of(creation_code(target, calls, answer_bytes))}
        try:
            answer = bytes_from_hex(await self._rpc.call("eth_call", request, self._block))
        except ChainRefused:
            # Nodes differ in how much gas a call may use.
            if len(calls) == 1:
                raise
            half = len(calls) // 2
            return await self._read_chunk(target, calls[:half], answer_bytes) + await self._read_chunk(
                target, calls[half:], answer_bytes
            )
        if len(answer) != 1 + len(calls) * answer_bytes:
            raise ChainUnavailable(f"the node answered {len(calls)} reads with {len(answer)} bytes")
        return [answer[at : at + answer_bytes] for at in range(1, len(answer), answer_bytes)]


def creation_code(target: Address, calls: Sequence[bytes], answer_bytes: int) -> bytes:
    """Code that makes the calls, and the calls behind it."""
    total = sum(map(len, calls))
    code = _LISTING.format(
        total=total,
        first=total + 1,
        length=_LENGTH,
        size=answer_bytes,
        call=len(calls[0]),
        target=target.hex(),
        end=_END,
        fail=_FAIL,
    )
    return bytes.fromhex(code) + b"".join(calls)
