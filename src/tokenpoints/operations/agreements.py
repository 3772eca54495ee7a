"""Agreements as the other side has signed them."""

from __future__ import annotations

from tokenpoints.chain.changes import agreement_from_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.reverts import reverted
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.change_bodies import AgreementToSign
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.errors import ChainRefused, UnknownAgreement


async def agreement_of(rpc: RpcClient, exchange: Address, agreement: bytes) -> AgreementToSign:
    """What the exchange at an address has signed under that id. Raises UnknownAgreement.

    It is the same on both sides or it has another id, so that it does not matter whose exchange says it.
    """
    contract = interface("PartnerExchange")
    try:
        answer = await rpc.read(exchange, contract.calldata("agreementOf", agreement))
        (struct,) = contract.decode_output("agreementOf", answer)
        found = agreement_from_tuple(struct)
    except ChainRefused as error:
        if not reverted(error):
            raise
        raise UnknownAgreement(hex_of(agreement)) from None
    except ValueError:
        # Another contract, or none, is there.
        raise UnknownAgreement(hex_of(agreement)) from None
    return found
