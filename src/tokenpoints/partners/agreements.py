"""A program's agreements: those that it signed, and those that wait for its signature."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tokenpoints.chain.exchanges import ExchangeReads, Partner, agreement_at, head_of
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.agreements import Agreement, AgreementState, Standing
from tokenpoints.domain.blocks import Block
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, hex_of
from tokenpoints.errors import UnknownAgreement
from tokenpoints.storage import agreements
from tokenpoints.storage.agreements import Signature
from tokenpoints.storage.database import Session


@dataclass(frozen=True, slots=True)
class Known:
    """An agreement, with the signatures that were read from the chain."""

    agreement: Agreement
    ours: Signature | None
    theirs: Signature | None
    """None also where the other program is not indexed here."""

    @property
    def place(self) -> tuple[int, int]:
        """The block and the log of the first signature that is known."""
        known = [(each.block_number, each.log_index) for each in (self.ours, self.theirs) if each is not None]
        return min(known, default=(0, 0))


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement at one block."""

    known: Known
    standing: Standing
    partner: Partner
    is_out: bool
    """Whether our points are burned."""
    state: AgreementState
    block: Block


async def of_program(session: Session, program: Program) -> list[Known]:
    """All that name the program's exchange, newest first."""
    exchange = program.contracts.exchange.address
    found = _together(program, await agreements.naming(session, exchange))
    return sorted(found, key=lambda each: each.place, reverse=True)


async def indexed(session: Session, program: Program, agreement_id: Hash32) -> Known | None:
    """One of the program's, by the signatures that were read from the chain."""
    exchange = program.contracts.exchange.address
    signatures = await agreements.signatures_of(session, agreement_id)
    own = [each for each in signatures if exchange in (each.agreement.source, each.agreement.target)]
    return next(iter(_together(program, own)), None)


async def signed_elsewhere(rpc: RpcClient, program: Program, agreement_id: Hash32, counterpart: Address) -> Known:
    """What a program that is not indexed here proposes to us. Raises UnknownAgreement."""
    exchange = program.contracts.exchange.address
    found = await agreement_at(rpc, counterpart, agreement_id)
    if found is None or found.counterpart_of(exchange) != counterpart or exchange not in (found.source, found.target):
        raise UnknownAgreement(hex_of(agreement_id))
    reads = ExchangeReads(rpc, (await head_of(rpc)).hash)
    if not await reads.genuine(await reads.registry_of(exchange), [counterpart]):
        raise UnknownAgreement(hex_of(agreement_id))
    return Known(found, None, None)


async def views_of(rpc: RpcClient, program: Program, known: Sequence[Known]) -> list[AgreementView]:
    """How they stand in the latest block. Raises ChainUnavailable."""
    block = await head_of(rpc)
    exchange = program.contracts.exchange.address
    reads = ExchangeReads(rpc, block.hash)
    standings = await reads.standings([each.agreement for each in known], timestamp=block.timestamp)
    counterparts = list(dict.fromkeys(each.agreement.counterpart_of(exchange) for each in known))
    partners = {each.exchange: each for each in await reads.partners(counterparts)}
    return [
        AgreementView(
            known=each,
            standing=standing,
            partner=partners[each.agreement.counterpart_of(exchange)],
            is_out=each.agreement.source == exchange,
            state=standing.state_for(exchange),
            block=block,
        )
        for each, standing in zip(known, standings, strict=True)
    ]


def _together(program: Program, signatures: Iterable[Signature]) -> list[Known]:
    by_id: dict[Hash32, list[Signature]] = {}
    for each in signatures:
        by_id.setdefault(each.agreement.id, []).append(each)
    return [
        Known(
            sides[0].agreement,
            next((each for each in sides if each.program == program.slug), None),
            next((each for each in sides if each.program != program.slug), None),
        )
        for sides in by_id.values()
    ]
