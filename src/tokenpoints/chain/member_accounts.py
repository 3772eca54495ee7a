"""Members' accounts on the chain: what they are, what they would do, and what their members sign (EIP-712)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address

from tokenpoints.chain.changes import agreement_to_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.key_account import view
from tokenpoints.chain.reverts import explained, reverted
from tokenpoints.chain.rpc import RpcClient, bytes_from_hex
from tokenpoints.domain.accounts import Member
from tokenpoints.domain.actions import Claim, Convert, Donate, Redeem, Transfer
from tokenpoints.domain.change_bodies import AgreementToSign
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.operations import Call
from tokenpoints.domain.points import Lots
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32, address_from_hex, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable

_STRUCTS: dict[str, list[dict[str, str]]] = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "Execute": [
        {"name": "by", "type": "address"},
        {"name": "calls", "type": "Call[]"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ],
    "Call": [
        {"name": "target", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "data", "type": "bytes"},
    ],
    "Membership": [
        {"name": "member", "type": "address"},
        {"name": "handovers", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ],
}
_USED = {"Execute": ("EIP712Domain", "Execute", "Call"), "Membership": ("EIP712Domain", "Membership")}


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the chain says of an account."""

    exists: bool
    member: Address | None
    """Who claimed it."""
    nonce: int
    handovers: int
    lots: Lots
    """Live points, by age."""
    epoch: int
    mined: frozenset[Hash32]
    """Those of the transactions that were asked for."""

    @property
    def balance(self) -> int:
        return sum(self.lots)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call that was tried: what it returned, or the contracts' error in words."""

    answer: bytes
    refusal: str | None


async def state_of(rpc: RpcClient, program: Program, account: Address, sent: Sequence[Hash32]) -> AccountState:
    """The account, and which of the transactions `sent` are mined. Raises ChainUnavailable and ChainRefused."""
    contract, token = interface("MemberAccount"), interface("PointsToken")
    code, member, nonce, handovers, lots, *receipts = await rpc.batch(
        [
            ("eth_getCode", [hex_of(account), "latest"]),
            *(view(account, contract.calldata(name)) for name in ("member", "nonce", "handovers")),
            view(program.contracts.token.address, token.calldata("lotsOf", account)),
            # After the balance: what is mined in between counts as mined, and not twice.
            *(("eth_getTransactionReceipt", [hex_of(each)]) for each in sent),
        ]
    )
    exists = len(bytes_from_hex(code)) > 0
    if lots == "0x":
        raise ChainUnavailable(f"the node has no token of {program.slug}")
    points, epoch = token.decode_output("lotsOf", bytes_from_hex(lots))
    claimed_by = Address(bytes_from_hex(member)[12:]) if exists else ZERO_ADDRESS
    return AccountState(
        exists=exists,
        member=None if claimed_by == ZERO_ADDRESS else claimed_by,
        nonce=int(nonce, 16) if exists else 0,
        handovers=int(handovers, 16) if exists else 0,
        lots=(points[0], points[1], points[2], points[3]),
        epoch=epoch,
        mined=frozenset(each for each, receipt in zip(sent, receipts, strict=True) if receipt is not None),
    )


async def tried_by(rpc: RpcClient, sender: Address, call: Call) -> Outcome:
    """The call, as `sender` would make it now, whether or not it has code. Raises ChainUnavailable and ChainRefused."""
    request = {"from": hex_of(sender), "to": hex_of(call.to), "data": hex_of(call.calldata)}
    try:
        return Outcome(bytes_from_hex(await rpc.call("eth_call", request, "latest")), None)
    except ChainRefused as error:
        if not reverted(error):
            raise
        return Outcome(b"", explained(error))


def call_of(program: Program, action: Redeem | Transfer | Convert | Donate, agreement: AgreementToSign | None) -> Call:
    """What the account calls. A conversion is of an `agreement`."""
    contracts = program.contracts
    match action:
        case Redeem(reward=reward, quantity=quantity, points=points):
            return _call("Rewards", contracts.rewards.address, "redeem", reward, quantity, points)
        case Transfer(to=to, points=points) | Donate(charity=to, points=points):
            return _call("PointsToken", contracts.token.address, "transfer", to, points)
        case Convert(to=to, points=points):
            assert agreement is not None
            terms = agreement_to_tuple(agreement)
            return _call("PartnerExchange", contracts.exchange.address, "convert", terms, points, to)


def custodians_calls(program: Program, member: Member, inner: Call, *, exists: bool) -> list[Call]:
    """What the custodian calls, so that the account makes the `inner` call: it is created where it does not exist."""
    accounts = program.contracts.accounts.address
    creation = [] if exists else [_call("MemberAccounts", accounts, "create", member.commitment)]
    return [*creation, _call("MemberAccount", member.account, "execute", inner.to, 0, inner.calldata)]


def executed_by(call: Call) -> Call:
    """The inner call of one that the custodian makes."""
    to, _, calldata = decode(["address", "uint256", "bytes"], call.calldata[4:])
    return Call(call.title, address_from_hex(to), calldata)


def claims_call(program: Program, member: Member, action: Claim, *, deadline: int, consent: bytes) -> Call:
    """What the custodian calls, so that the account becomes the key's that consents."""
    accounts = program.contracts.accounts.address
    return _call("MemberAccounts", accounts, "claim", member.commitment, action.member, deadline, consent)


def relayed_call(account: Address, by: Address, inner: Call, *, deadline: int, signature: bytes) -> Call:
    """What anyone calls, so that the account makes the `inner` call that its member signed."""
    calls = [(inner.to, 0, inner.calldata)]
    return _call("MemberAccount", account, "executeSigned", by, calls, deadline, signature)


def execution(chain_id: int, account: Address, by: Address, inner: Call, *, nonce: int, deadline: int) -> Any:
    """The EIP-712 data of a call that the member signs, as JSON."""
    call = {"target": to_checksum_address(inner.to), "value": 0, "data": hex_of(inner.calldata)}
    message = {"by": to_checksum_address(by), "calls": [call], "nonce": nonce, "deadline": deadline}
    return _typed(chain_id, account, "Execute", message)


def membership(chain_id: int, account: Address, member: Address, *, handovers: int, deadline: int) -> Any:
    """The EIP-712 data of a key's consent to have the account, as JSON."""
    message = {"member": to_checksum_address(member), "handovers": handovers, "deadline": deadline}
    return _typed(chain_id, account, "Membership", message)


def digest_of(typed: Any) -> Hash32:
    """What is signed for EIP-712 data."""
    made = encode_typed_data(full_message=typed)
    return Hash32(keccak(b"\x19" + made.version + made.header + made.body))


def _typed(chain_id: int, account: Address, primary: str, message: dict[str, Any]) -> Any:
    return {
        "types": {name: _STRUCTS[name] for name in _USED[primary]},
        "primaryType": primary,
        "domain": {
            "name": "MemberAccount",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": to_checksum_address(account),
        },
        "message": message,
    }


def _call(contract: str, to: Address, function: str, *arguments: Any) -> Call:
    return Call(f"{contract}.{function}", to, interface(contract).calldata(function, *arguments))
