"""PartnerExchanges as they say themselves: agreements at one block, and who else is in their registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.exceptions import DecodingError

from tokenpoints.chain.events import agreement_from_struct
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.reverts import reverted
from tokenpoints.chain.rpc import RpcClient, bytes_from_hex
from tokenpoints.domain.agreements import Agreement, Standing
from tokenpoints.domain.blocks import Block
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32, hash_from_hex, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable

_EXCHANGE, _RULES, _TOKEN = interface("PartnerExchange"), interface("EarningRules"), interface("PointsToken")
_FACTORY = interface("ProgramFactory")
_EXCHANGE_IN_PROGRAM = 5
"""Of the struct `Program`."""

Read = tuple[str, Address, str, tuple[Any, ...]]
"""A contract's name, its address, a view and its arguments."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A program, as its exchange and its token say."""

    exchange: Address
    token: Address
    name: str
    symbol: str
    decimals: int
    par_value: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What a source keeps of an agreement: points burned, escrow, and what it owes to the beneficiary."""

    burned: int
    escrow: int
    owed: int


class ExchangeReads:
    """Views at one block, so that all answers are of the same state."""

    def __init__(self, rpc: RpcClient, block_hash: Hash32) -> None:
        self._rpc = rpc
        self._block = {"blockHash": hex_of(block_hash), "requireCanonical": True}

    async def many(self, reads: Sequence[Read]) -> list[Any]:
        """The first value that each returns.

        Raises ChainUnavailable where the node has no such contracts there, or no such block any more.
        """
        calls = [
            ("eth_call", [{"to": hex_of(to), "data": hex_of(interface(name).calldata(view, *arguments))}, self._block])
            for name, to, view, arguments in reads
        ]
        try:
            answers = await self._rpc.batch(calls)
            return [
                interface(name).decode_output(view, bytes_from_hex(answer))[0]
                for (name, _, view, _), answer in zip(reads, answers, strict=True)
            ]
        except (ChainRefused, DecodingError) as error:
            raise ChainUnavailable(f"the node does not say what the exchanges have at that block: {error}") from error

    async def standings(self, agreements: Sequence[Agreement], *, timestamp: int) -> list[Standing]:
        """How each stands; `timestamp` is the block's."""
        firsts = await self.many([each for agreement in agreements for each in _ends_and_rules(agreement)])
        grouped = [firsts[start : start + 4] for start in range(0, len(firsts), 4)]
        reads: list[Read] = []
        for agreement, (_, ends_at_target, source_rules, target_rules) in zip(agreements, grouped, strict=True):
            reads += _details(agreement, bool(ends_at_target), _raw(source_rules), _raw(target_rules))
        found = iter(await self.many(reads))
        standings = []
        for agreement, (ends_at_source, ends_at_target, _, _) in zip(agreements, grouped, strict=True):
            burned, escrow, owed, notice_source, notice_target, ended, announced = (next(found) for _ in range(7))
            standings.append(
                Standing(
                    agreement=agreement,
                    timestamp=timestamp,
                    ends_at_source=ends_at_source,
                    ends_at_target=ends_at_target,
                    quota_left=next(found) if ends_at_target else agreement.quota,
                    escrow=escrow,
                    burned=burned,
                    owed=owed,
                    notice_source_seconds=notice_source,
                    notice_target_seconds=notice_target,
                    source_ended=ended,
                    target_end_announced=announced != 0,
                )
            )
        return standings

    async def kept(self, agreement: Agreement) -> Kept:
        """What the source keeps of it."""
        return Kept(*await self.many(_kept(agreement)))

    async def partners(self, exchanges: Sequence[Address]) -> list[Partner]:
        """The programs of these exchanges, which are genuine."""
        firsts = await self.many(
            [("PartnerExchange", exchange, view, ()) for exchange in exchanges for view in ("token", "parValue")]
        )
        tokens = [_raw(each) for each in firsts[::2]]
        said = await self.many(
            [("PointsToken", token, view, ()) for token in tokens for view in ("name", "symbol", "decimals")]
        )
        found = []
        for index, (exchange, token) in enumerate(zip(exchanges, tokens, strict=True)):
            name, symbol, decimals = said[3 * index : 3 * index + 3]
            found.append(Partner(exchange, token, name, symbol, decimals, firsts[2 * index + 1]))
        return found

    async def registry_of(self, exchange: Address) -> Address:
        """Who knows which exchanges this one deals with."""
        (found,) = await self.many([("PartnerExchange", exchange, "registry", ())])
        return _raw(found)

    async def genuine(self, registry: Address, exchanges: Sequence[Address]) -> list[Address]:
        """Those that the registry knows."""
        known = await self.many([("ProgramFactory", registry, "isExchange", (each,)) for each in exchanges])
        return [exchange for exchange, is_known in zip(exchanges, known, strict=True) if is_known]


async def head_of(rpc: RpcClient) -> Block:
    """The latest block. Raises ChainUnavailable and ChainRefused."""
    block = await rpc.block("latest")
    if block is None:
        raise ChainUnavailable("the node has no block")
    return block


async def agreement_at(rpc: RpcClient, exchange: Address, agreement_id: Hash32) -> Agreement | None:
    """What an exchange has signed under that id; None where it has not, or is none."""
    try:
        answer = await rpc.read(exchange, _EXCHANGE.calldata("agreementOf", agreement_id))
        (struct,) = _EXCHANGE.decode_output("agreementOf", answer)
    except ChainRefused as error:
        if reverted(error):
            return None
        raise
    except (DecodingError, ValueError):
        return None
    agreement = agreement_from_struct(agreement_id, struct)
    return agreement if exchange in (agreement.source, agreement.target) else None


async def registered(rpc: RpcClient, registry: Address) -> list[Address] | None:
    """The exchanges of all programs that the registry created; None where the node does not look so far back."""
    logs = await _logs(rpc, [registry], "0x" + _FACTORY.topic("ProgramCreated").hex())
    if logs is None:
        return None
    return [Address(bytes.fromhex(log["data"][2:])[32 * _EXCHANGE_IN_PROGRAM :][12:32]) for log in logs]


async def signed_at(rpc: RpcClient, exchanges: Sequence[Address]) -> list[Agreement] | None:
    """What these exchanges signed, oldest first; None where the node does not look so far back."""
    if not exchanges:
        return []
    logs = await _logs(rpc, exchanges, "0x" + _EXCHANGE.topic("AgreementSigned").hex())
    if logs is None:
        return None
    found: dict[Hash32, Agreement] = {}
    for log in logs:
        struct = _EXCHANGE.decode_output("agreementOf", bytes.fromhex(log["data"][2:]))[0]
        agreement_id = hash_from_hex(log["topics"][1])
        found[agreement_id] = agreement_from_struct(agreement_id, struct)
    return list(found.values())


async def _logs(rpc: RpcClient, contracts: Sequence[Address], topic: str) -> list[dict[str, Any]] | None:
    asked = {
        "fromBlock": "0x0",
        "toBlock": "latest",
        "address": [hex_of(each) for each in contracts],
        "topics": [topic],
    }
    try:
        found: list[dict[str, Any]] = await rpc.call("eth_getLogs", asked)
    except ChainRefused:
        return None
    return found


def _ends_and_rules(agreement: Agreement) -> list[Read]:
    sides = (agreement.source, agreement.target)
    ends: list[Read] = [("PartnerExchange", side, "endsAtOf", (agreement.id,)) for side in sides]
    return [*ends, *(("PartnerExchange", side, "rules", ()) for side in sides)]


def _details(agreement: Agreement, is_signed_there: bool, source_rules: Address, target_rules: Address) -> list[Read]:
    reads: list[Read] = [
        *_kept(agreement),
        ("EarningRules", source_rules, "noticePeriod", ()),
        ("EarningRules", target_rules, "noticePeriod", ()),
        ("EarningRules", source_rules, "hasEnded", ()),
        ("EarningRules", target_rules, "endAnnouncedAt", ()),
    ]
    # Asked of a target that has not signed, it reverts.
    quota: list[Read] = [("PartnerExchange", agreement.target, "quotaLeft", (agreement.id,))]
    return reads + (quota if is_signed_there else [])


def _kept(agreement: Agreement) -> list[Read]:
    paid = (agreement.settlement_token or ZERO_ADDRESS, agreement.beneficiary or ZERO_ADDRESS)
    return [
        ("PartnerExchange", agreement.source, "burnedUnder", (agreement.id,)),
        ("PartnerExchange", agreement.source, "escrowOf", (agreement.id,)),
        ("PartnerExchange", agreement.source, "owedTo", paid),
    ]


def _raw(text: str) -> Address:
    return Address(bytes.fromhex(text[2:]))
