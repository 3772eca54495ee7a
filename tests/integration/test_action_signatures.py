"""Claims, and what a claimed account's member signs: every wrong signature has a problem of its own."""

from __future__ import annotations

import asyncio
import copy
from collections import Counter
from typing import Any

import pytest
import pytest_asyncio
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data

from tests.integration.acting import Club, Customer, signature_of
from tests.integration.conftest import BOTH_DATABASES, World
from tests.integration.operating import REWARDS
from tests.integration.test_signing_in import ACCOUNT, ACCOUNTS, UNDEPLOYED, commitment_of, typed
from tests.support.wallets import malleable, wallet
from tokenpoints.domain.types import Address, hex_of

pytestmark = pytest.mark.asyncio

KEY, OTHER = wallet(7), wallet(8)
DONE = ("confirmed", "finalized")
COFFEE = {"reward": 1}


@pytest_asyncio.fixture
async def club(world: World) -> Club:
    made = await Club.opened(world)
    await made.add_reward(stock=100)
    return made


async def refused(anna: Customer, signed: Any, *, what: str = "redemptions", expect: int = 403, **body: Any) -> str:
    """The code with which a signature is refused."""
    answer = await anna.ask(what, COFFEE | body | {"signed": signed}, expect=expect)
    return str(answer["code"])


def changed(signed: Any, path: str, value: Any, key: Any = KEY) -> Any:
    """Other data, and the key's signature of that."""
    typed_data = copy.deepcopy(signed["typed_data"])
    at = typed_data
    *parents, name = path.split(".")
    for parent in parents:
        at = at[parent]
    at[name] = value
    return {"typed_data": typed_data, "signature": signature_of(key, typed_data)}


async def test_a_member_acts_by_signatures_and_pays_nothing(club: Club) -> None:
    anna, ben = await club.customers(anna=350, ben=10)
    claimed = await anna.claim(KEY)
    assert claimed["state"] in DONE and claimed["approval"] == "step_up", claimed
    assert await club.world.chain.rpc.call("eth_getBalance", KEY.address, "latest") == "0x0"
    assert (await anna.ask("redemptions", COFFEE, expect=403))["code"] == "signature_required"
    plan = await anna.dry("redemptions", COFFEE)
    assert plan["needs_step_up"] is False and plan["to_sign"]["primaryType"] == "Execute"
    asked = await anna.ask_signed(KEY, "redemptions", COFFEE)
    # The next one is signed while that is under way.
    sent = await anna.ask_signed(KEY, "transfers", {"to": ben.id, "points": "7"})
    assert asked["approval"] == sent["approval"] == "signature"
    await club.work()
    assert [(await anna.see(each))["state"] in DONE for each in (asked, sent)] == [True, True]
    assert (await anna.balance(), await ben.balance()) == (243, 17)


async def test_every_wrong_signature(club: Club) -> None:
    [anna] = await club.customers(anna=350)
    await anna.claim(KEY)
    good = await anna.signed(KEY, "redemptions", COFFEE)
    now = int(club.world.clock().timestamp())
    other_call = [{**good["typed_data"]["message"]["calls"][0], "value": 1}]
    for path, value, code in (
        ("domain.chainId", 1, "signature_wrong_chain"),
        ("domain.name", "Other", "signature_wrong_domain"),
        ("domain.version", "2", "signature_wrong_domain"),
        ("domain.verifyingContract", OTHER.address, "signature_wrong_domain"),
        ("message.by", OTHER.address, "signature_mismatch"),
        ("message.calls", other_call, "signature_mismatch"),
        ("message.nonce", 1, "signature_nonce_used"),
        ("message.deadline", now - 1, "signature_expired"),
    ):
        assert await refused(anna, changed(good, path, value)) == code, path
    # Said right, and signed otherwise.
    for path, value in (("domain.chainId", 1), ("message.nonce", 1), ("domain.verifyingContract", OTHER.address)):
        assert await refused(anna, good | {"signature": changed(good, path, value)["signature"]}) == "signature_invalid"
    typed_data, signature = good["typed_data"], good["signature"]
    assert await refused(anna, good | {"signature": signature_of(OTHER, typed_data)}) == "signature_invalid"
    assert await refused(anna, good | {"signature": malleable(signature)}) == "signature_malleable"
    for bad in ("0x00", "0x" + "00" * 65, "0x" + "ff" * 65, signature + "00", "0x" + UNDEPLOYED):
        assert await refused(anna, good | {"signature": bad}) == "signature_invalid", bad
    # Good for one reward, and not for more of it.
    assert await refused(anna, good, quantity=2) == "signature_mismatch"
    assert await refused(anna, changed(good, "message.deadline", now + 90_000), expect=422) == "invalid_input"
    for bad in ({}, {"domain": 1}, {"domain": {}, "message": []}):
        assert await refused(anna, {"typed_data": bad, "signature": signature}, expect=422) == "invalid_input"
    for bad in ("x", "0x", "0x1", "0x" + "11" * 9000):
        assert await refused(anna, good | {"signature": bad}, expect=422) == "invalid_input"
    listed = await club.world.http.get("/v1/me/actions", headers=anna.headers)
    assert [each["kind"] for each in listed.json()["actions"]] == ["claim"]
    # And the good one is good after all of that.
    await anna.ask("redemptions", COFFEE | {"signed": good})


async def test_numbers_as_digits_and_addresses_in_any_case_are_the_same_data(club: Club) -> None:
    [anna] = await club.customers(anna=350)
    await anna.claim(KEY)
    good = await anna.signed(KEY, "redemptions", COFFEE)
    spelled = copy.deepcopy(good)
    spelled["typed_data"]["domain"]["chainId"] = "31337"
    spelled["typed_data"]["domain"]["verifyingContract"] = hex_of(anna.account)
    spelled["typed_data"]["message"] |= {"nonce": "0", "deadline": str(good["typed_data"]["message"]["deadline"])}
    await anna.ask("redemptions", COFFEE | {"signed": spelled})


@BOTH_DATABASES
async def test_a_replay_acts_once_also_a_hundred_at_once(club: Club) -> None:
    [anna] = await club.customers(anna=350)
    await anna.claim(KEY)
    body = COFFEE | {"signed": await anna.signed(KEY, "redemptions", COFFEE)}
    post = club.world.http.post
    answers = await asyncio.gather(*(post("/v1/me/redemptions", json=body, headers=anna.headers) for _ in range(100)))
    assert Counter((each.status_code, each.json().get("code")) for each in answers) == {
        (202, None): 1,
        (403, "signature_nonce_used"): 99,
    }
    await club.work()
    assert (await anna.ask("redemptions", body, expect=403))["code"] == "signature_nonce_used"
    await club.world.chain.mine(3)
    await club.work()
    assert (await anna.ask("redemptions", body, expect=403))["code"] == "signature_nonce_used"
    assert await club.owner.read(REWARDS, "redemptionCount") == 1


async def test_a_signature_that_expires_on_its_way_fails_and_the_nonce_is_free_again(club: Club) -> None:
    [anna] = await club.customers(anna=350)
    await anna.claim(KEY)
    asked = await anna.ask_signed(KEY, "redemptions", COFFEE)
    await club.world.chain.pass_time(3600)
    await club.work()
    anna.headers = await anna.token()
    failed = await anna.see(asked)
    assert (failed["state"], failed["refusal"]["reason"]) == ("failed", "signature_expired")
    again = await anna.ask_signed(KEY, "redemptions", COFFEE)
    await club.work()
    assert (await anna.see(again))["state"] in DONE


async def test_a_claim_takes_a_step_up_and_the_keys_consent_and_happens_once(club: Club) -> None:
    [anna] = await club.customers(anna=350)
    body = {"member": KEY.address}
    plan = await anna.dry("claim", body)
    assert plan["needs_step_up"] is True and plan["to_sign"]["primaryType"] == "Membership"
    assert (await anna.ask("claim", body, expect=403))["code"] == "signature_required"
    good = await anna.signed(KEY, "claim", body)
    assert (await anna.ask("claim", body | {"signed": good}, expect=403))["code"] == "step_up_required"
    anna.headers = await anna.token(step_up={"kind": "claim"})
    now = int(club.world.clock().timestamp())
    for path, value, code in (
        ("domain.chainId", 1, "signature_wrong_chain"),
        ("domain.verifyingContract", OTHER.address, "signature_wrong_domain"),
        ("message.member", OTHER.address, "signature_mismatch"),
        ("message.handovers", 1, "signature_nonce_used"),
        ("message.deadline", now - 1, "signature_expired"),
    ):
        bad = changed(good, path, value)
        assert (await anna.ask("claim", body | {"signed": bad}, expect=403))["code"] == code, path
    by_other = good | {"signature": signature_of(OTHER, good["typed_data"])}
    assert (await anna.ask("claim", body | {"signed": by_other}, expect=403))["code"] == "signature_invalid"
    stretched = good | {"signature": malleable(good["signature"])}
    assert (await anna.ask("claim", body | {"signed": stretched}, expect=403))["code"] == "signature_malleable"
    early = await anna.ask("redemptions", COFFEE | {"signed": good}, expect=422)
    assert early["code"] == "invalid_input"  # nobody has claimed the account yet
    first = await anna.ask("redemptions", COFFEE)
    asked = await anna.ask("claim", body | {"signed": good})
    # From here on the custodian does nothing more; what was asked before is done before.
    late = await anna.ask("redemptions", COFFEE, expect=409)
    assert (late["code"], late["reason"]) == ("action_refused", "account_is_claimed")
    await club.work()
    assert [(await anna.see(each))["state"] in DONE for each in (first, asked)] == [True, True]
    anna.headers = await anna.token(step_up={"kind": "claim"})
    again = await anna.ask("claim", body | {"signed": good}, expect=409)
    assert again["code"] == "account_is_claimed"
    assert (await anna.dry("claim", body))["refusal"]["reason"] == "account_is_claimed"
    for what, more in (("redemptions", COFFEE), ("transfers", {"to": OTHER.address, "points": "1"})):
        brands = await club.owner.ask("POST", f"members/{anna.id}/{what}", more, expect=409)
        assert brands["code"] == "account_is_claimed"
    # The chain says the same to the custodian's key; awards still come in.
    redeem = REWARDS.calldata("redeem", 1, 1, 100)
    rewards = club.world.program.contracts.rewards.address
    mined = await club.world.send("custodian", anna.account, ACCOUNT.calldata("execute", rewards, 0, redeem))
    assert mined["status"] == "0x0"
    await club.world.buy("anna", 5_000, "after")
    await club.world.settle()
    assert await anna.balance() == 350 - 100 + 50


async def test_what_the_custodian_had_under_way_fails_where_the_claim_came_first(club: Club) -> None:
    [anna] = await club.customers(anna=350)
    anna.headers = await anna.token(step_up={"kind": "claim"})
    asked = await anna.ask("redemptions", COFFEE)
    # Somebody relays the claim before the operator gets to it.
    typed_data = (await anna.dry("claim", {"member": KEY.address}))["to_sign"]
    accounts = club.world.program.contracts.accounts.address
    call = ACCOUNTS.calldata(
        "claim",
        await commitment_of(club.world, anna.account),
        KEY.address,
        typed_data["message"]["deadline"],
        bytes.fromhex(signature_of(KEY, typed_data)[2:]),
    )
    assert (await club.world.send("custodian", accounts, call))["status"] == "0x1"
    await club.work()
    failed = await anna.see(asked)
    assert (failed["state"], failed["refusal"]["reason"]) == ("failed", "account_is_claimed")
    assert await anna.balance() == 350


def by_wallet(account: Address, data: Any) -> str:
    """EIP-712 data signed by a key for the contract wallet that it owns (ERC-7739)."""
    made = encode_typed_data(full_message=data)
    prefixed = b"\x19" + made.version + made.header + made.body
    nested = typed("MemberAccount", account, "PersonalSign", {"prefixed": "bytes"}, {"prefixed": prefixed})
    return hex_of(bytes(KEY.sign_message(nested).signature))


async def test_a_contract_wallet_is_a_member_too(club: Club) -> None:
    """Another claimed account serves as the wallet: it signs by ERC-1271."""
    anna, wallet_ = await club.customers(anna=350, wallet=0)
    await wallet_.claim(KEY)
    owner = hex_of(wallet_.account)
    anna.headers = await anna.token(step_up={"kind": "claim"})
    typed_data = (await anna.dry("claim", {"member": owner}))["to_sign"]
    plain = {"typed_data": typed_data, "signature": signature_of(KEY, typed_data)}
    answer = await anna.ask("claim", {"member": owner, "signed": plain}, expect=403)
    assert answer["code"] == "signature_invalid"
    consent = {"typed_data": typed_data, "signature": by_wallet(wallet_.account, typed_data)}
    claimed = await anna.ask("claim", {"member": owner, "signed": consent})
    await club.work()
    assert (await anna.see(claimed))["state"] in DONE
    anna.headers = await anna.token()
    typed_data = (await anna.dry("redemptions", COFFEE))["to_sign"]
    signature = by_wallet(wallet_.account, typed_data)
    # In the wrapping of ERC-6492, as a wallet writes it that was not there when it signed.
    parts = encode(["address", "bytes", "bytes"], ["0x" + "00" * 20, b"", bytes.fromhex(signature[2:])])
    wrapped = {"typed_data": typed_data, "signature": hex_of(parts) + UNDEPLOYED}
    asked = await anna.ask("redemptions", COFFEE | {"signed": wrapped})
    await club.work()
    assert (await anna.see(asked))["state"] in DONE
    assert await anna.balance() == 250


async def test_an_account_that_is_not_claimed_signs_nothing(club: Club) -> None:
    [anna] = await club.customers(anna=350)
    assert (await anna.dry("redemptions", COFFEE))["to_sign"] is None
    signed = {"typed_data": {"domain": {}, "message": {}}, "signature": "0x11"}
    answer = await anna.ask("redemptions", COFFEE | {"signed": signed}, expect=422)
    assert [fault["pointer"] for fault in answer["errors"]] == ["/signed"]
