"""Members' tokens, and signing in with Ethereum: what opens, and everything that does not."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import func, select, update

from tests.gateway.conftest import Gateway, document_of
from tests.support.chain_rows import NOW
from tests.support.keys import bearing, make_key
from tests.support.wallets import DOMAIN, address_of, malleable, message_of, signed, wallet
from tokenpoints.access.member_tokens import ALGORITHM, TYPE, MemberTokens, secret_in
from tokenpoints.config import Settings
from tokenpoints.domain.keys import KeyRole
from tokenpoints.errors import ConfigurationError
from tokenpoints.gateway.context import Context
from tokenpoints.storage import tables

pytestmark = pytest.mark.asyncio

KEY = wallet()
ADDRESS = address_of(KEY)


async def member_of(gateway: Gateway, customer_id: str = "c1") -> str:
    found = (await gateway.get("members", customer_id=customer_id)).json()["members"]
    return str(found[0]["id"])


async def give_account(gateway: Gateway) -> str:
    """Member `c1`, whose account is the wallet's own address."""
    async with gateway.database.session() as session:
        await session.execute(update(tables.members).values(account=ADDRESS))
    return await member_of(gateway)


async def nonce(gateway: Gateway, program: str = "demo") -> str:
    answer = await gateway.http.post(f"/v1/programs/{program}/sign-in/nonce", headers={"Authorization": ""})
    assert answer.status_code == 201
    assert answer.json()["chain_id"] == 31337 and DOMAIN in answer.json()["domains"]
    return str(answer.json()["nonce"])


async def sign_in(gateway: Gateway, message: str, signature: str | None = None, **more: Any) -> httpx.Response:
    body = {"message": message, "signature": signed(KEY, message) if signature is None else signature, **more}
    return await gateway.http.post("/v1/programs/demo/sign-in", json=body, headers={"Authorization": ""})


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_wallet_signs_its_member_in(gateway: Gateway) -> None:
    member = await give_account(gateway)
    answer = await sign_in(gateway, message_of(ADDRESS, await nonce(gateway), NOW))
    assert answer.status_code == 201 and answer.headers["cache-control"] == "no-store"
    made = answer.json()
    assert (made["member"], made["token_type"], made["expires_at"]) == (member, "Bearer", "2026-01-15T12:15:00Z")
    me = await gateway.http.get("/v1/me", headers=bearing(made["token"]))
    assert me.status_code == 200 and (me.json()["id"], me.json()["customer_id"]) == (member, "c1")


async def test_everything_that_a_message_may_have(gateway: Gateway) -> None:
    await give_account(gateway)
    more = (
        f"\nExpiration Time: {'2026-01-15T12:01:00Z'}\nNot Before: {'2026-01-15T11:59:00+00:00'}\nRequest ID: a-1"
        "\nResources:\n- https://example.com/terms\n- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/"
    )
    message = message_of(ADDRESS, await nonce(gateway), NOW, statement="", more=more)
    assert (await sign_in(gateway, "http://" + message)).status_code == 201


async def test_a_nonce_serves_once_and_only_here(gateway: Gateway) -> None:
    await give_account(gateway)
    message = message_of(ADDRESS, await nonce(gateway), NOW)
    answers = await asyncio.gather(*(sign_in(gateway, message) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403, 403]
    assert problem(await sign_in(gateway, message)) == (403, "sign_in_nonce_unknown")
    foreign = message_of(ADDRESS, await nonce(gateway, "other"), NOW)
    assert problem(await sign_in(gateway, foreign)) == (403, "sign_in_nonce_unknown")
    made_up = message_of(ADDRESS, "a" * 24, NOW)
    assert problem(await sign_in(gateway, made_up)) == (403, "sign_in_nonce_unknown")


async def test_a_nonce_ends_and_is_forgotten(gateway: Gateway) -> None:
    await give_account(gateway)
    message = message_of(ADDRESS, await nonce(gateway), NOW)
    async with gateway.database.session() as session:
        await session.execute(update(tables.sign_in_nonces).values(expires_at=NOW))
    assert problem(await sign_in(gateway, message)) == (403, "sign_in_nonce_unknown")
    await nonce(gateway)
    async with gateway.database.snapshot() as session:
        assert await session.scalar(select(func.count()).select_from(tables.sign_in_nonces)) == 1


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("sign_in_wrong_domain", {"domain": "evil.example"}),
        ("sign_in_wrong_domain", {"domain": "127.0.0.1:18081.evil.example"}),
        ("sign_in_wrong_domain", {"uri": "http://evil.example/"}),
        ("sign_in_wrong_domain", {"uri": f"http://{DOMAIN}@evil.example/"}),
        ("sign_in_wrong_domain", {"uri": "did:example:1"}),
        ("sign_in_wrong_domain", {"uri": f"ftp://{DOMAIN}/"}),
        ("sign_in_wrong_chain", {"chain_id": 1}),
        ("sign_in_expired", {"issued_at": NOW - timedelta(minutes=10)}),
        ("sign_in_expired", {"issued_at": NOW + timedelta(minutes=2)}),
        ("sign_in_expired", {"more": "\nExpiration Time: 2026-01-15T12:00:00Z"}),
        ("sign_in_expired", {"more": "\nNot Before: 2026-01-15T12:00:01Z"}),
    ],
)
async def test_a_message_for_another_place_or_time(gateway: Gateway, code: str, changes: dict[str, Any]) -> None:
    await give_account(gateway)
    said = {"issued_at": NOW} | changes
    assert problem(await sign_in(gateway, message_of(ADDRESS, await nonce(gateway), **said))) == (403, code)


async def test_what_is_no_message(gateway: Gateway) -> None:
    await give_account(gateway)
    good = message_of(ADDRESS, await nonce(gateway), NOW)
    address = KEY.address
    for bad in (
        "hello",
        good + "\n",
        good.replace("\n", "\r\n"),
        good.replace("Version: 1", "Version: 2"),
        good.replace("Version: 1\n", ""),
        good.replace(address, address.lower()),
        good.replace("Chain ID: 31337", "Chain ID: 0x7a69"),
        good.replace("2026-01-15T12:00:00Z", "2026-02-30T12:00:00Z"),
        good.replace("2026-01-15T12:00:00Z", "2026-01-15T12:00:00"),
        good.replace("See my points.", "See my pöints."),
        good.replace("See my points.", "See\nmy points."),
        good + "\nResources: https://example.com",
        good + "\nNot Before: 2026-01-15T12:00:00Z\nExpiration Time: 2026-01-15T12:01:00Z",
    ):
        assert problem(await sign_in(gateway, bad)) == (422, "sign_in_malformed"), bad
    assert problem(await sign_in(gateway, "x" * 5_001, "0x00")) == (422, "invalid_input")
    assert (await sign_in(gateway, good)).status_code == 201


async def test_signatures_that_are_not_good(gateway: Gateway) -> None:
    await give_account(gateway)
    message = message_of(ADDRESS, await nonce(gateway), NOW)
    good = signed(KEY, message)
    assert problem(await sign_in(gateway, message, malleable(good))) == (403, "signature_malleable")
    for bad in ("", "0x", "0x0", good[2:], good + "zz"):
        assert problem(await sign_in(gateway, message, bad)) == (422, "invalid_input"), bad
    assert problem(await sign_in(gateway, message, "0x" + "00" * 8_193)) == (422, "invalid_input")
    # Each failure left the nonce as it was.
    assert (await sign_in(gateway, message, good)).status_code == 201


async def test_whoever_is_no_member(gateway: Gateway) -> None:
    message = message_of(ADDRESS, await nonce(gateway), NOW)
    assert problem(await sign_in(gateway, message)) == (403, "sign_in_no_member")
    assert problem(await sign_in(gateway, message, account="0x" + "11" * 20)) == (403, "sign_in_no_member")
    other = await gateway.http.post("/v1/programs/nowhere/sign-in", json={"message": "x", "signature": "0x00"})
    assert problem(other) == (404, "unknown_program")


async def test_sign_ins_of_an_address_are_counted(gateway: Gateway) -> None:
    codes = []
    for _ in range(121):
        answer = await gateway.http.post("/v1/programs/demo/sign-in/nonce")
        codes.append(answer.status_code)
    assert codes == [201] * 120 + [429]
    assert int(answer.headers["retry-after"]) >= 1


async def token_of(gateway: Gateway, **body: Any) -> str:
    answer = await gateway.post(f"members/{await member_of(gateway)}/tokens", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def test_the_brands_app_gets_a_token_for_its_customer(gateway: Gateway) -> None:
    answer = await gateway.post(f"members/{await member_of(gateway)}/tokens", {"lifetime_seconds": 60})
    assert answer.json()["expires_at"] == "2026-01-15T12:01:00Z" and answer.headers["cache-control"] == "no-store"
    me = await gateway.http.get("/v1/me", headers=bearing(answer.json()["token"]))
    assert me.json()["customer_id"] == "c1" and me.headers["ratelimit-policy"] == '"member";q=300;w=60'
    unknown = await gateway.post("members/mem_0/tokens", {})
    assert problem(unknown) == (404, "unknown_member")
    for seconds in (0, 29, 901, 10**9, "60", 60.5, True):
        said = await gateway.post(f"members/{await member_of(gateway)}/tokens", {"lifetime_seconds": seconds})
        assert problem(said) == (422, "invalid_input"), seconds
    log = (await gateway.get("audit-log")).json()["entries"]
    assert log[0]["action"] == "issue_token" and log[0]["outcome"] == "unknown_member"
    assert answer.json()["token"] not in str(log)


async def test_a_token_opens_nothing_but_the_members_own_and_a_key_not_that(gateway: Gateway) -> None:
    token, member = bearing(await token_of(gateway)), await member_of(gateway)
    for path in ("", f"/members/{member}", f"/members/{member}/balance"):
        answer = await gateway.http.get(f"/v1/programs/demo{path}", headers=token)
        assert problem(answer) == (401, "unauthorized")
    document = await document_of(gateway.http)
    own = [(method, path) for path, item in document["paths"].items() for method in item if path.startswith("/v1/me")]
    assert len(own) == 19
    for role in (KeyRole.PLATFORM, KeyRole.ADMIN):
        key = bearing(await make_key(gateway.database, None if role is KeyRole.PLATFORM else "demo", role))
        for method, path in own:
            answer = await gateway.http.request(method, path.format(voucher=1, action="act_0"), headers=key)
            assert problem(answer) == (401, "unauthorized"), path
    async with gateway.database.session() as session:
        await session.execute(update(tables.members).values(id="mem_gone"))
    assert problem(await gateway.http.get("/v1/me", headers=token)) == (404, "unknown_member")


async def test_a_step_up_lives_for_five_minutes_and_says_for_what(gateway: Gateway) -> None:
    tokens: MemberTokens = gateway.app.state.context.tokens
    text = await token_of(gateway, step_up={"kind": "redeem", "points": "500"})
    opened = tokens.opened(text, now=NOW)
    assert opened is not None and opened.step_up is not None
    assert (opened.step_up.kind, opened.step_up.points) == ("redeem", 500)
    assert tokens.opened(text, now=NOW + timedelta(minutes=5)) is None
    plain = tokens.opened(await token_of(gateway), now=NOW)
    assert plain is not None and plain.step_up is None and plain.id != opened.id
    for wrong in ({"kind": "pay"}, {}, {"kind": "redeem", "points": "-1"}, {"kind": "redeem", "points": 1.5}, "redeem"):
        said = await gateway.post(f"members/{await member_of(gateway)}/tokens", {"step_up": wrong})
        assert problem(said) == (422, "invalid_input"), wrong


def claims_of(tokens: MemberTokens, member: str, **changes: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    claims: dict[str, Any] = {"iss": "tokenpoints", "aud": tokens.audience, "sub": member, "program": "demo"}
    claims |= {"iat": now, "nbf": now, "exp": now + 60, "jti": "1"} | changes
    return claims


async def test_tokens_that_open_nothing(gateway: Gateway, tmp_path: Path) -> None:
    member, real = await member_of(gateway), await token_of(gateway)
    context: Context = gateway.app.state.context
    secret, now = secret_in(tmp_path / "token-secret"), int(NOW.timestamp())

    def made(
        key: Any = secret,
        algorithm: str = ALGORITHM,
        typ: str | None = TYPE,
        head: Any = None,
        without: str = "",
        **said: Any,
    ) -> str:
        claims = claims_of(context.tokens, member, **said)
        claims.pop(without, None)
        return jwt.encode(claims, key, algorithm=algorithm, headers={"typ": typ} | (head or {}))

    async def status(token: str) -> int:
        return (await gateway.http.get("/v1/me", headers=bearing(token))).status_code

    assert await status(made()) == 200
    header, payload, signature = real.split(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": TYPE}).encode()).decode().rstrip("=")
    for bad in (
        made(key="", algorithm="none"),
        f"{unsigned}.{payload}.",
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature[:-2]}AA",
        made(key=b"another secret of thirty-two bytes"),
        made(key=secret * 2, algorithm="HS512"),
        made(typ="JWT"),
        made(head={"kid": "1"}),
        made(aud="tokenpoints:1:members"),
        made(aud=[context.tokens.audience, "others"]),
        made(iss="others"),
        made(exp=now),
        made(exp=now + 901),
        made(exp=str(now + 60)),
        made(exp=now + 60.5),
        made(nbf=now + 6),
        made(program="nowhere"),
        made(program=["demo"]),
        *(made(without=name) for name in ("iss", "aud", "sub", "program", "iat", "nbf", "exp", "jti")),
        "x",
        "a.b.c",
        "x" * 5_000,
    ):
        answer = await gateway.http.get("/v1/me", headers=bearing(bad))
        assert problem(answer) == (401, "unauthorized"), bad
        assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert problem(await gateway.http.get("/v1/me", headers={"Authorization": ""})) == (401, "unauthorized")


async def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "token-secret"
    secret = secret_in(path)
    assert len(secret) == 32 and secret_in(path) == secret
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["token-secret"]
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="0600"):
        secret_in(path)
    path.chmod(0o600)
    path.write_text("short")
    with pytest.raises(ConfigurationError, match="does not hold"):
        secret_in(path)


async def test_a_secret_that_is_set_is_taken_and_a_short_one_refused(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path, token_secret=SecretStr("s" * 32)).token_secret is not None
    with pytest.raises(ValidationError, match="token_secret"):
        Settings(data_dir=tmp_path, token_secret=SecretStr("s" * 31))
