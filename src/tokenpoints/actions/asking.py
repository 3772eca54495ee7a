"""What a member asks for, with the names in it looked up: members, charities, agreements and prices."""

from __future__ import annotations

from dataclasses import dataclass

from tokenpoints.chain.changes import reward_from_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.reverts import reverted
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.actions import Action, Convert, Donate, Redeem, Transfer
from tokenpoints.domain.change_bodies import AgreementToSign
from tokenpoints.domain.points import POINTS_MAX
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32, address_from_hex
from tokenpoints.errors import ChainRefused, InvalidInput, UnknownAgreement, UnknownCharity
from tokenpoints.members.lookup import member_with_id
from tokenpoints.operations.agreements import agreement_of
from tokenpoints.storage import charities
from tokenpoints.storage.database import Database


@dataclass(frozen=True, slots=True)
class Asked:
    """An action, with the terms of its agreement if it has one."""

    action: Action
    agreement: AgreementToSign | None = None


async def redemption(rpc: RpcClient, program: Program, reward: int, quantity: int, points: int | None) -> Asked:
    """Without `points`, for the reward's price. Raises InvalidInput where the member has to choose."""
    if points is None:
        points = await _price(rpc, program, reward) * quantity
    return Asked(Redeem(reward=reward, quantity=quantity, points=min(points, POINTS_MAX)))


async def transfer(database: Database, program: Program, to: str, points: int) -> Asked:
    """To an address or a member's id. Raises InvalidInput, UnknownMember."""
    account, member_id = await _account(database, program, to)
    _check_receiver(program, account)
    return Asked(Transfer(to=account, to_member=member_id, points=points))


async def donation(database: Database, program: Program, charity: Address, points: int) -> Asked:
    """To an account that the program lists. Raises UnknownCharity."""
    async with database.snapshot() as session:
        listed = await charities.of_program(session, program.slug)
    if charity not in {each.account for each in listed}:
        raise UnknownCharity
    return Asked(Donate(charity=charity, points=points))


async def conversion(
    rpc: RpcClient,
    database: Database,
    deployment: Deployment,
    program: Program,
    agreement: Hash32,
    points: int,
    to: str,
) -> Asked:
    """To an address or a member's id of the partner's program. Raises InvalidInput, UnknownMember, UnknownAgreement."""
    terms = await agreement_of(rpc, program.contracts.exchange.address, agreement)
    if terms.source != program.contracts.exchange.address:
        raise UnknownAgreement("0x" + agreement.hex())
    partner = next(
        (each for each in deployment.programs.values() if each.contracts.exchange.address == terms.target), None
    )
    account, _ = await _account(database, partner, to)
    if partner is not None:
        _check_receiver(partner, account)
    return Asked(Convert(agreement=agreement, points=points, to=account), terms)


async def _price(rpc: RpcClient, program: Program, reward: int) -> int:
    contract = interface("Rewards")
    try:
        answer = await rpc.read(program.contracts.rewards.address, contract.calldata("rewardOf", reward))
    except ChainRefused as error:
        if reverted(error):
            return 0  # there is no such reward, as the trial will say
        raise
    found = reward_from_tuple(contract.decode_output("rewardOf", answer)[0])
    if found.has_chosen_price:
        raise InvalidInput(
            f"must be said: the member chooses from {found.price_min} to {found.price_max}", field="/points"
        )
    return found.price_min


async def _account(database: Database, program: Program | None, named: str) -> tuple[Address, str | None]:
    """The account of an address or a member's id. Raises InvalidInput, UnknownMember."""
    if named.startswith("0x"):
        try:
            return address_from_hex(named), None
        except ValueError:
            raise InvalidInput("must be a member's id, or 0x and 40 hex digits", field="/to") from None
    if program is None:
        raise InvalidInput("must be an address: the partner's members are not known here", field="/to")
    async with database.snapshot() as session:
        return (await member_with_id(session, program, named)).account, named


def _check_receiver(program: Program, account: Address) -> None:
    """Points in a contract of the program's own are nobody's. Raises InvalidInput."""
    own = {contract.address for _, contract in program.contracts}
    if account == ZERO_ADDRESS or account in own:
        raise InvalidInput("must be an account that can use points", field="/to")
