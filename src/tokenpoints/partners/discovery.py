"""Programs of the same registry, and the rates that they signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenpoints.chain.exchanges import ExchangeReads, Partner, head_of, registered, signed_at
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.agreements import Agreement, AgreementState
from tokenpoints.domain.blocks import Block
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address

POSTED_MAX = 20
"""Rates that are told of one partner, the newest first."""
_SHOWN = frozenset({AgreementState.AGREED, AgreementState.IN_FORCE, AgreementState.NOTICE})


@dataclass(frozen=True, slots=True)
class Posted:
    """An agreement that a partner signed."""

    agreement: Agreement
    state: AgreementState
    """As we see those with us; those with others, as the partner does."""
    with_us: bool
    other: Partner
    """Whom the partner signed it with."""


@dataclass(frozen=True, slots=True)
class Found:
    """A partner, and its rates; None where the node does not look far enough back."""

    partner: Partner
    posted: list[Posted] | None


@dataclass(frozen=True, slots=True)
class Discovery:
    """Some of the programs of a registry."""

    block: Block
    us: Partner
    found: list[Found]
    is_complete: bool
    """Whether these are all of the registry, and not those only that are known here."""
    has_more: bool


async def discover(rpc: RpcClient, program: Program, others: Sequence[Program], *, skip: int, limit: int) -> Discovery:
    """Programs with which ours can make agreements, in the order in which they were created.

    `others` are those known here, for nodes that do not tell of all. Raises ChainUnavailable and ChainRefused.
    """
    block = await head_of(rpc)
    ours = program.contracts.exchange.address
    reads = ExchangeReads(rpc, block.hash)
    registry = await reads.registry_of(ours)
    listed = await registered(rpc, registry)
    candidates = listed if listed is not None else [each.contracts.exchange.address for each in others]
    genuine = [each for each in await reads.genuine(registry, candidates) if each != ours]
    page = genuine[skip : skip + limit]
    us, *partners = await reads.partners([ours, *page])
    posted = await _posted(rpc, reads, block, us, partners)
    return Discovery(
        block=block,
        us=us,
        found=[Found(each, None if posted is None else posted[each.exchange]) for each in partners],
        is_complete=listed is not None and posted is not None,
        has_more=len(genuine) > skip + limit,
    )


async def _posted(
    rpc: RpcClient, reads: ExchangeReads, block: Block, us: Partner, partners: Sequence[Partner]
) -> dict[Address, list[Posted]] | None:
    signed = await signed_at(rpc, [each.exchange for each in partners])
    if signed is None:
        return None
    by_partner = {
        each.exchange: [one for one in signed if each.exchange in (one.source, one.target)][-POSTED_MAX:]
        for each in partners
    }
    kept = list({one.id: one for listed in by_partner.values() for one in listed}.values())
    standings = {each.agreement.id: each for each in await reads.standings(kept, timestamp=block.timestamp)}
    sides = {each.exchange: each for each in (us, *partners)}
    missing = [side for one in kept for side in (one.source, one.target) if side not in sides]
    sides |= {each.exchange: each for each in await reads.partners(list(dict.fromkeys(missing)))}
    found: dict[Address, list[Posted]] = {}
    for exchange, listed in by_partner.items():
        found[exchange] = []
        for one in reversed(listed):
            other = one.counterpart_of(exchange)
            is_ours = other == us.exchange
            state = standings[one.id].state_for(us.exchange if is_ours else exchange)
            # What is only proposed to somebody else is no offer to us, and what has ended is none to anybody.
            if is_ours or state in _SHOWN:
                found[exchange].append(Posted(one, state, is_ours, sides[other]))
    return found
