"""Members of a real chain sign in with the key that claimed their account, with the account itself, and before it is
there; and see what they redeemed."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from sqlalchemy import select

from tests.integration.conftest import World
from tests.integration.operating import Brand, reward
from tests.support.keys import bearing
from tests.support.wallets import address_of, message_of, signed, wallet
from tokenpoints import bootstrap
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.signatures import personal_digest
from tokenpoints.chain.signers.local import LocalSigner
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.storage import tables

pytestmark = pytest.mark.asyncio

ACCOUNTS, ACCOUNT, TOKEN, REWARDS = (
    interface(name) for name in ("MemberAccounts", "MemberAccount", "PointsToken", "Rewards")
)
KEY, OTHER = wallet(7), wallet(8)
DEADLINE = 1 << 40
UNDEPLOYED = "6492" * 16


def typed(contract: str, at: Address, primary: str, fields: dict[str, str], values: dict[str, Any]) -> Any:
    """EIP-712 data under the domain of a contract."""
    return encode_typed_data(
        domain_data={
            "name": contract,
            "version": "1",
            "chainId": 31337,
            "verifyingContract": to_checksum_address(at),
        },
        message_types={primary: [{"name": name, "type": kind} for name, kind in fields.items()]},
        message_data=values,
    )


def consent_of(key: LocalAccount, account: Address) -> bytes:
    fields = {"member": "address", "handovers": "uint256", "deadline": "uint256"}
    values = {"member": key.address, "handovers": 0, "deadline": DEADLINE}
    return bytes(key.sign_message(typed("MemberAccount", account, "Membership", fields, values)).signature)


def nested(key: LocalAccount, account: Address, message: str) -> bytes:
    """A text signed for one account of a key (ERC-7739)."""
    raw = message.encode()
    prefixed = b"\x19Ethereum Signed Message:\n" + str(len(raw)).encode() + raw
    data = typed("MemberAccount", account, "PersonalSign", {"prefixed": "bytes"}, {"prefixed": prefixed})
    return bytes(key.sign_message(data).signature)


async def commitment_of(world: World, account: Address) -> bytes:
    async with world.database.snapshot() as session:
        query = select(tables.members.c.commitment).where(tables.members.c.account == account)
        return bytes((await session.execute(query)).scalar_one())


async def claim(world: World, account: Address, key: LocalAccount) -> None:
    call = ACCOUNTS.calldata(
        "claim", await commitment_of(world, account), key.address, DEADLINE, consent_of(key, account)
    )
    mined = await world.send("custodian", world.program.contracts.accounts.address, call)
    assert mined["status"] == "0x1"


async def message_for(world: World, signer: Address) -> str:
    nonce = (await world.http.post("/v1/programs/demo/sign-in/nonce")).json()["nonce"]
    return message_of(signer, nonce, world.clock())


async def sign_in(world: World, message: str, signature: str, account: Address | None = None) -> Any:
    body = {"message": message, "signature": signature}
    if account is not None:
        body["account"] = hex_of(account)
    answer = await world.http.post("/v1/programs/demo/sign-in", json=body, headers={"Authorization": ""})
    return answer.json()


async def me(world: World, made: Any) -> Any:
    assert "token" in made, made
    return (await world.http.get("/v1/me", headers=bearing(made["token"]))).json()


async def test_the_key_that_claimed_an_account(world: World) -> None:
    account = (await world.enrol("anna"))["anna"]
    message = await message_for(world, address_of(KEY))
    assert (await sign_in(world, message, signed(KEY, message), account))["code"] == "sign_in_no_member"
    await claim(world, account, KEY)
    made = await sign_in(world, message, signed(KEY, message), account)
    assert (await me(world, made))["customer_id"] == "anna"
    message = await message_for(world, address_of(OTHER))
    assert (await sign_in(world, message, signed(OTHER, message), account))["code"] == "sign_in_no_member"
    message = await message_for(world, address_of(KEY))
    assert (await sign_in(world, message, signed(OTHER, message), account))["code"] == "signature_invalid"


async def test_the_account_itself(world: World) -> None:
    account = (await world.enrol("anna"))["anna"]
    message = await message_for(world, account)
    good = hex_of(nested(KEY, account, message))
    assert (await sign_in(world, message, good))["code"] == "signature_invalid"  # nobody has claimed it
    await claim(world, account, KEY)
    for bad in (signed(KEY, message), hex_of(nested(OTHER, account, message)), "0x", "0x00", hex_of(b"\x00" * 65)):
        assert (await sign_in(world, message, bad))["code"] in ("signature_invalid", "invalid_input")
    assert (await me(world, await sign_in(world, message, good)))["customer_id"] == "anna"


async def test_an_account_that_is_not_there_yet(world: World) -> None:
    account = (await world.enrol("anna"))["anna"]
    factory = world.program.contracts.accounts.address
    custodian = bootstrap.signer(world.settings, "custodian")
    assert isinstance(custodian, LocalSigner)
    fields = {"account": "address", "member": "address", "deadline": "uint256"}
    values = {"account": to_checksum_address(account), "member": KEY.address, "deadline": DEADLINE}
    vouched = custodian._account.sign_message(typed("MemberAccounts", factory, "Claim", fields, values))
    prepare = ACCOUNTS.calldata(
        "claimSigned",
        await commitment_of(world, account),
        KEY.address,
        DEADLINE,
        consent_of(KEY, account),
        to_checksum_address(custodian.address),
        bytes(vouched.signature),
    )
    message = await message_for(world, account)

    def wrapped(calldata: bytes, signature: bytes) -> str:
        parts = encode(["address", "bytes", "bytes"], [to_checksum_address(factory), calldata, signature])
        return hex_of(parts) + UNDEPLOYED

    signature = nested(KEY, account, message)
    create = ACCOUNTS.calldata("create", await commitment_of(world, account))
    for bad in (
        wrapped(create, signature),  # there, but nobody's
        wrapped(b"", signature),
        wrapped(prepare, nested(OTHER, account, message)),
        "0x" + UNDEPLOYED,
        "0x" + "ff" * 96 + UNDEPLOYED,
    ):
        assert (await sign_in(world, message, bad))["code"] == "signature_invalid"
    made = await sign_in(world, message, wrapped(prepare, signature))
    assert (await me(world, made))["customer_id"] == "anna"
    assert await world.chain.rpc.code(account) == b""
    await claim(world, account, KEY)
    message = await message_for(world, account)
    made = await sign_in(world, message, wrapped(prepare, nested(KEY, account, message)))
    assert (await me(world, made))["customer_id"] == "anna"
    assert personal_digest(message) != personal_digest(message + " ")


async def test_vouchers_and_a_statement_that_the_chain_confirms(world: World) -> None:
    brand = Brand(world)
    await brand.operator.step()
    await brand.done(await brand.ask("POST", "rewards", reward()))
    account = (await world.enrol("anna"))["anna"]
    await world.buy("anna", 30_000, "r-1")
    await world.settle()
    accounts, rewards = world.program.contracts.accounts.address, world.program.contracts.rewards.address
    await world.send("custodian", accounts, ACCOUNTS.calldata("create", await commitment_of(world, account)))
    redeem = REWARDS.calldata("redeem", 1, 2, 200)
    mined = await world.send("custodian", account, ACCOUNT.calldata("execute", to_checksum_address(rewards), 0, redeem))
    assert mined["status"] == "0x1"
    await world.index()
    member = (await world.http.get("/v1/programs/demo/members", params={"customer_id": "anna"})).json()["members"][0]
    token = await world.http.post(f"/v1/programs/demo/members/{member['id']}/tokens", json={})
    own = bearing(token.json()["token"])
    [voucher] = (await world.http.get("/v1/me/vouchers", headers=own)).json()["vouchers"]
    assert (voucher["id"], voucher["state"], voucher["quantity"], voucher["left"]) == ("1", "live", 2, 2)
    assert (voucher["kind"], voucher["points"], voucher["transaction_hash"]) == (
        "coupon",
        "200",
        mined["transactionHash"],
    )
    image = await world.http.get("/v1/me/vouchers/1/qr.svg", headers=own)
    assert image.headers["content-type"] == "image/svg+xml" and image.text.startswith("<?xml")
    assert (await world.http.get("/v1/me/vouchers/2/qr.svg", headers=own)).json()["code"] == "unknown_voucher"
    statement = (await world.http.get("/v1/me/statement.csv", headers=own)).text.splitlines()
    assert [line.split(",")[1] for line in statement[1:]] == [
        "opening_balance",
        "award",
        "redemption",
        "closing_balance",
    ]
    held = await world.chain.rpc.read(
        world.program.contracts.token.address, TOKEN.calldata("balanceOf", to_checksum_address(account))
    )
    assert int(statement[-1].split(",")[3]) == int.from_bytes(held, "big") == 100
    export = (await world.http.get("/v1/me/export.json", headers=own)).json()
    assert export["vouchers"] == [voucher]
