"""What the contracts of a program say at one block."""

from __future__ import annotations

from collections.abc import Sequence

from tokenpoints.chain.events import terms_from_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.many_reads import ManyReads
from tokenpoints.domain.programs import Program
from tokenpoints.domain.reconciliation import BatchRecord
from tokenpoints.domain.rules import RuleVersion
from tokenpoints.domain.types import Address, Hash32

_WORD_BYTES = 32
_VERSION_BYTES = 11 * _WORD_BYTES
"""Ten fields of the terms, and when they are in force from."""
_NO_HASH = bytes(32)


class ChainState:
    """The program's contracts, read through `reads`."""

    def __init__(self, reads: ManyReads, program: Program) -> None:
        self._reads = reads
        self._token, self._rules = program.contracts.token.address, program.contracts.rules.address
        self._token_abi, self._rules_abi = interface("PointsToken"), interface("EarningRules")

    async def words(self, accounts: Sequence[Address]) -> list[int]:
        """The word of each account, 0 where there is none."""
        head = self._token_abi.selector("wordOf") + bytes(12)
        answers = await self._reads.read(
            self._token, [head + account for account in accounts], answer_bytes=_WORD_BYTES
        )
        return [int.from_bytes(answer, "big") for answer in answers]

    async def supply_word(self) -> int:
        (answer,) = await self._reads.read(
            self._token, [self._token_abi.calldata("supplyWord")], answer_bytes=_WORD_BYTES
        )
        return int.from_bytes(answer, "big")

    async def rule(self, rule_id: int) -> dict[int, RuleVersion]:
        """The versions of a rule by number, with one that is announced; none where there is no such rule."""
        (count,) = await self._numbers([self._rules_abi.calldata("versionCount", rule_id)])
        numbers = range(1, count + 1)
        answers = await self._reads.read(
            self._rules,
            [self._rules_abi.calldata("versionOf", rule_id, number) for number in numbers],
            answer_bytes=_VERSION_BYTES,
        )
        found = {}
        for number, answer in zip(numbers, answers, strict=True):
            terms, effective_at = self._rules_abi.decode_output("versionOf", answer)
            found[number] = RuleVersion(number, effective_at, terms_from_tuple(terms))
        return found

    async def batch_count(self, issuer: Address) -> int:
        (count,) = await self._numbers([self._rules_abi.calldata("batchCount", issuer)])
        return count

    async def batches(self, issuer: Address, numbers: range) -> dict[int, BatchRecord]:
        """What the chain keeps of these batches, by number, of those that it has."""
        roots, mints = [
            await self._reads.read(
                self._rules,
                [self._rules_abi.calldata(function, issuer, number) for number in numbers],
                answer_bytes=_WORD_BYTES,
            )
            for function in ("batchRoot", "batchMints")
        ]
        return {
            number: BatchRecord(Hash32(root), Hash32(mints_hash))
            for number, root, mints_hash in zip(numbers, roots, mints, strict=True)
            if (root, mints_hash) != (_NO_HASH, _NO_HASH)
        }

    async def _numbers(self, calls: Sequence[bytes]) -> list[int]:
        answers = await self._reads.read(self._rules, calls, answer_bytes=_WORD_BYTES)
        return [int.from_bytes(answer, "big") for answer in answers]
