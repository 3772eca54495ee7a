"""What a brand asks for by the API happens on the chain, and the answer says what it means for members."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import pytest
import pytest_asyncio

from tests.integration.conftest import World, chain_rows, rebuilt_rows
from tests.integration.operating import DAY, REWARDS, RULES, TOKEN, Brand, reward, rule
from tokenpoints import bootstrap
from tokenpoints.chain.changes import agreement_to_tuple, calls_of
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.changes import SignAgreement
from tokenpoints.domain.instants import parse_rfc3339
from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.domain.types import hex_of
from tokenpoints.operator.deploying import Deploying
from tokenpoints.storage import terms

pytestmark = pytest.mark.asyncio

MANAGER, VOUCHERS, EXCHANGE = interface("AccessManager"), interface("Vouchers"), interface("PartnerExchange")
SOMEBODY = "0x" + "5a" * 20


@pytest_asyncio.fixture
async def brand(world: World) -> Brand:
    """Whose operator has said what it can do."""
    made = Brand(world)
    await made.operator.step()
    return made


def seconds_until(brand: Brand, text: str) -> float:
    moment: datetime = parse_rfc3339(text)
    return (moment - brand.world.clock()).total_seconds()


async def test_a_dry_run_answers_everything_and_writes_nothing(brand: Brand) -> None:
    await brand.world.enrol("anna", "ben")
    plan = await brand.dry("PUT", "rules/1", rule(rate="1/200", cap_per_award="5000"))
    assert (plan["worse_for_members"], plan["worse_fields"]) == (True, ["rate", "cap_per_award"])
    assert plan["members_affected"] == 2 and plan["refusal"] is None
    assert abs(seconds_until(brand, plan["effective_at"]) - 30 * DAY) < 60
    assert plan["gas"] > 21_000 and int(plan["cost_wei"]) == plan["gas"] * int(plan["fee_wei"])
    assert (await brand.ask("GET", "operations", expect=200))["operations"] == []
    await brand.work()
    assert await brand.submissions() == []


async def test_better_terms_hold_at_once_and_worse_ones_after_the_notice(brand: Brand) -> None:
    better = await brand.ask("PUT", "rules/1", rule(rate="2/100"))
    assert better["state"] == "pending" and better["plan"]["worse_for_members"] is False
    done = await brand.done(better)
    assert abs(seconds_until(brand, done["effective_at"])) < 60
    assert (await brand.read(RULES, "ruleOf", 1))[1] == 2
    worse = await brand.done(await brand.ask("PUT", "rules/1", rule(rate="1/100")))
    (_, effective_at) = await brand.read(RULES, "versionOf", 1, 3)
    assert parse_rfc3339(worse["effective_at"]).timestamp() == effective_at
    assert worse["plan"]["worse_fields"] == ["rate"]
    refused = await brand.ask("PUT", "rules/1", rule(), expect=409)
    assert refused["code"] == "operation_refused" and "ChangePending" in refused["detail"]
    await brand.done(await brand.ask("DELETE", "rules/1/announcement"))
    assert await brand.read(RULES, "versionCount", 1) == 2
    refused = await brand.ask("DELETE", "rules/1/announcement", expect=409)
    assert "NoChangeToCancel" in refused["detail"]


async def test_a_new_rule(brand: Brand) -> None:
    await brand.done(
        await brand.ask("PUT", "rules/2", rule(rate=..., fixed_points=50, terms_document="50 points for a visit."))
    )
    terms_, version = await brand.read(RULES, "ruleOf", 2)
    assert (terms_[4], version) == (50, 1)
    await brand.world.index()
    (found,) = (await brand.ask("GET", "rules/2/versions", expect=200))["versions"]
    assert (found["version"], found["fixed_points"]) == (1, "50")
    assert found["terms_document"] == "50 points for a visit."


async def test_rewards_are_added_changed_and_closed(brand: Brand) -> None:
    await brand.done(await brand.ask("POST", "rewards", reward()))
    assert await brand.read(REWARDS, "rewardCount") == 1
    await brand.done(await brand.ask("PUT", "rewards/1", reward(stock=20)))
    (item,) = (await brand.ask("GET", "rewards", expect=200))["rewards"]
    assert (item["id"], item["version"], item["stock"], item["stock_left"]) == (1, 2, 20, 20)
    assert (item["price_min"], item["closes_at"], item["terms_document"]) == ("100", None, "A cup of coffee.")
    plan = await brand.dry("PUT", "rewards/1", reward(stock=20, price_min="150"))
    assert plan["worse_fields"] == ["price_min"] and "WorseReward" in plan["refusal"]
    refused = await brand.ask("PUT", "rewards/1", reward(stock=20, price_min="150"), expect=409)
    assert "WorseReward" in refused["detail"]
    closed = await brand.done(await brand.ask("DELETE", "rewards/1"))
    assert closed["plan"]["worse_for_members"] is True
    closes_at = (await brand.read(REWARDS, "rewardOf", 1))[0][8]
    assert parse_rfc3339(closed["effective_at"]).timestamp() == closes_at
    refused = await brand.ask("DELETE", "rewards/7", expect=409)
    assert "UnknownReward" in refused["detail"]


async def test_an_account_is_frozen_by_its_member_and_let_go_by_its_address(brand: Brand) -> None:
    account = (await brand.world.enrol("anna"))["anna"]
    member = (await brand.world.http.get("/v1/programs/demo/members?customer_id=anna")).json()["members"][0]["id"]
    body = {"reason": "suspected_fraud", "until": brand.in_seconds(30 * DAY)}
    frozen = await brand.done(await brand.ask("POST", f"accounts/{member}/freeze", body))
    assert frozen["plan"]["members_affected"] == 1 and frozen["plan"]["worse_fields"] == ["frozen"]
    reason, until = await brand.read(TOKEN, "freezeOf", account)
    assert (reason, until) == (1, int(parse_rfc3339(body["until"]).timestamp()))
    too_long = body | {"until": brand.in_seconds(200 * DAY)}
    refused = await brand.ask("POST", f"accounts/{member}/freeze", too_long, expect=409)
    assert "InvalidEnd" in refused["detail"]
    await brand.done(await brand.ask("POST", f"accounts/{hex_of(account)}/unfreeze"))
    assert (await brand.read(TOKEN, "freezeOf", account))[1] == 0
    assert (await brand.ask("POST", "accounts/mem_nobody/unfreeze", expect=404))["code"] == "unknown_member"


async def test_pause_and_unpause(brand: Brand) -> None:
    paused = await brand.done(await brand.ask("POST", "pause", {"until": brand.in_seconds(DAY)}))
    assert paused["plan"]["worse_for_members"] is True
    assert await brand.read(TOKEN, "pausedUntil") > 0
    await brand.done(await brand.ask("POST", "unpause"))
    assert await brand.read(TOKEN, "pausedUntil") == 0


async def test_issuers_come_with_a_cap_and_go(brand: Brand) -> None:
    granted = await brand.done(await brand.ask("PUT", f"issuers/{SOMEBODY}", {"cap": "1000"}))
    assert [step["title"] for step in granted["plan"]["steps"]] == [
        "EarningRules.setIssuerCap",
        "AccessManager.grantRole",
    ]
    assert await brand.read(RULES, "issuerCapOf", SOMEBODY) == 1000
    assert await brand.read(MANAGER, "hasRole", 2, SOMEBODY) == (True, 0)
    assert (await brand.dry("PUT", f"issuers/{SOMEBODY}", {"cap": "10"}))["worse_fields"] == ["cap"]
    await brand.done(await brand.ask("DELETE", f"issuers/{SOMEBODY}"))
    assert await brand.read(RULES, "issuerCapOf", SOMEBODY) == 0
    assert await brand.read(MANAGER, "hasRole", 2, SOMEBODY) == (False, 0)


async def test_roles_partners_transfers_and_metadata(brand: Brand) -> None:
    await brand.done(await brand.ask("PUT", f"roles/adjuster/{SOMEBODY}", {"delay_seconds": 60}))
    assert await brand.read(MANAGER, "hasRole", 5, SOMEBODY) == (True, 60)
    await brand.done(await brand.ask("DELETE", f"roles/adjuster/{SOMEBODY}"))
    assert await brand.read(MANAGER, "hasRole", 5, SOMEBODY) == (False, 0)
    await brand.done(await brand.ask("PUT", f"partners/{SOMEBODY}"))
    assert await brand.read(TOKEN, "isPartner", SOMEBODY) is True
    removed = await brand.done(await brand.ask("DELETE", f"partners/{SOMEBODY}"))
    assert removed["plan"]["worse_fields"] == ["partner"]
    assert await brand.read(TOKEN, "isPartner", SOMEBODY) is False
    await brand.done(await brand.ask("PUT", "transfer-policy", {"policy": "open"}))
    assert await brand.read(TOKEN, "transferPolicy") == 2
    narrower = await brand.ask("PUT", "transfer-policy", {"policy": "members"}, expect=409)
    assert "PolicyNotWider" in narrower["detail"]
    for of, contract, function, arguments in (
        ("points", TOKEN, "contractURI", ()),
        ("vouchers", VOUCHERS, "uri", (1,)),
        ("voucher_contract", VOUCHERS, "contractURI", ()),
    ):
        await brand.done(await brand.ask("PUT", f"metadata/{of}", {"uri": f"https://brand.example/{of}"}))
        assert await brand.read(contract, function, *arguments) == f"https://brand.example/{of}"


async def test_notice_period_and_wind_down(brand: Brand) -> None:
    longer = await brand.done(await brand.ask("PUT", "notice-period", {"notice_period_seconds": 40 * DAY}))
    assert longer["plan"]["worse_for_members"] is False
    shorter = await brand.done(await brand.ask("PUT", "notice-period", {"notice_period_seconds": DAY}))
    assert shorter["plan"]["worse_fields"] == ["notice_period_seconds"]
    assert abs(seconds_until(brand, shorter["effective_at"]) - 40 * DAY) < 60
    too_early = await brand.ask("POST", "wind-down", {"ends_at": brand.in_seconds(2 * DAY)}, expect=409)
    assert "EndTooEarly" in too_early["detail"]
    ends_at = brand.in_seconds(50 * DAY)
    ended = await brand.done(await brand.ask("POST", "wind-down", {"ends_at": ends_at}))
    assert ended["effective_at"] == ends_at and ended["plan"]["worse_fields"] == ["ends_at"]
    assert await brand.read(RULES, "endsAt") == parse_rfc3339(ends_at).timestamp()
    await brand.done(await brand.ask("DELETE", "wind-down"))
    assert await brand.read(RULES, "endAnnouncedAt") == 0


WRONG: list[tuple[str, str, Any, str]] = [
    ("PUT", "rules/1", rule(rate="0/100"), "/rate"),
    ("PUT", "rules/1", rule(rate=...), ""),
    ("PUT", "rules/1", rule(cap_per_award="1.5"), "/cap_per_award"),
    ("PUT", "rules/1", rule(budget=1e6), "/budget"),
    ("PUT", "rules/1", rule(opens_at=1_500_000_000), "/opens_at"),
    ("PUT", "rules/1", rule(surprise=1), "/surprise"),
    ("PUT", "rules/0", rule(), "rule"),
    ("POST", "rewards", reward(stock=0), "/stock"),
    ("POST", "rewards", reward(voucher="car"), "/voucher"),
    ("POST", f"accounts/{SOMEBODY}/freeze", {"reason": "mood", "until": "2030-01-01T00:00:00Z"}, "/reason"),
    ("POST", "pause", {"until": "tomorrow"}, "/until"),
    ("PUT", "issuers/0x12", {"cap": "1"}, "issuer"),
    ("PUT", f"issuers/0x{'00' * 20}", {"cap": "1"}, "issuer"),
    ("PUT", f"issuers/{SOMEBODY}", {"cap": str(1 << 46)}, "/cap"),
    ("PUT", f"roles/king/{SOMEBODY}", {}, "role"),
    ("DELETE", "agreements/0x12", None, "agreement"),
    ("PUT", "metadata/points", {"uri": "x" * 2001}, "/uri"),
]


async def test_what_cannot_be_meant_is_told_where(brand: Brand) -> None:
    for method, path, body, pointer in WRONG:
        problem = await brand.ask(method, path, body, expect=422)
        assert problem["code"] == "invalid_input", path
        assert [fault["pointer"] for fault in problem["errors"]] == [pointer], path
    assert (await brand.ask("GET", "operations", expect=200))["operations"] == []


async def test_without_an_operator_nothing_is_recorded(world: World) -> None:
    problem = await Brand(world).ask("POST", "unpause", expect=503)
    assert problem["code"] == "no_operator"


async def test_the_status_names_the_keys(brand: Brand) -> None:
    found = await brand.ask("GET", "status", expect=200)
    assert [(each["role"], each["state"], each["delay_seconds"]) for each in found["operators"]] == [
        ("adjuster", "working", 0),
        ("guardian", "working", 0),
        ("operator", "working", 0),
        ("owner", "working", 0),
    ]


async def test_operations_are_listed_filtered_and_paged(brand: Brand) -> None:
    asked = [await brand.ask("POST", "unpause") for _ in range(3)]
    first = await brand.ask("GET", "operations", expect=200, limit=2)
    assert [each["id"] for each in first["operations"]] == [asked[2]["id"], asked[1]["id"]]
    rest = await brand.ask("GET", "operations", expect=200, limit=2, cursor=first["next_cursor"])
    assert [each["id"] for each in rest["operations"]] == [asked[0]["id"]] and rest["next_cursor"] is None
    await brand.work()
    assert (await brand.ask("GET", "operations", expect=200, state="pending"))["operations"] == []
    assert len((await brand.ask("GET", "operations", expect=200, kind="unpause"))["operations"]) == 3
    assert (await brand.ask("GET", "operations/op_none", expect=404))["code"] == "unknown_operation"
    assert (await brand.ask("GET", "operations", expect=422, cursor="x"))["code"] == "invalid_cursor"


async def test_an_agreement_is_signed_and_terminated(brand: Brand) -> None:
    exchange = hex_of(brand.world.program.contracts.exchange.address)
    body = {
        "source": exchange,
        "source_points": "2",
        "target": SOMEBODY,
        "target_points": "1",
        "quota": "1000",
        "quota_window_seconds": DAY,
        "opens_at": "2026-01-01T00:00:00Z",
        "terms_hash": "0x" + "11" * 32,
    }
    refused = await brand.ask("POST", "agreements", body, expect=409)
    assert "ForeignExchange" in refused["detail"]
    unknown = "0x" + "22" * 32
    answer = await brand.ask("POST", f"agreements/{unknown}/accept", {"counterpart": exchange}, expect=404)
    assert answer["code"] == "unknown_agreement"
    answer = await brand.ask("DELETE", f"agreements/{unknown}", expect=409)
    assert "UnknownAgreement" in answer["detail"]
    withdrawal = {"amount": "5", "to": SOMEBODY}
    answer = await brand.ask("POST", f"agreements/{unknown}/withdraw", withdrawal, expect=409)
    assert "UnknownAgreement" in answer["detail"]


SECOND = {
    "slug": "second",
    "name": "Second Street Books",
    "symbol": "BOOK",
    "decimals": 0,
    "currency": {"code": "USD", "exponent": 2},
    "accent": "#335577",
    "epoch_days": 91,
    "tier_period_epochs": 4,
    "transfer_policy": "members",
    "notice_period_days": 30,
    "look_back_days": 60,
    "issuer_cap": 1_000_000,
    "rules": [
        {
            "id": 1,
            "name": "Everyday",
            "earns_on": "purchase",
            "terms_document": "A point for each dollar.",
            "rate": "1/100",
            "cap_per_award": 1000,
            "budget": 100000,
            "budget_window_seconds": 86400,
        }
    ],
}


async def test_a_program_is_created_by_the_api(brand: Brand) -> None:
    world = brand.world
    issuer = hex_of(bootstrap.signer(world.settings, "issuer-2").address)
    custodian = hex_of(bootstrap.signer(world.settings, "custodian").address)
    body = {"program": SECOND, "keys": {"issuer": issuer, "custodian": custodian, "operator_delay_seconds": 3600}}
    planned = await world.http.post("/v1/programs?dry_run=true", json=body)
    assert planned.status_code == 200, planned.text
    plan = planned.json()["plan"]
    assert [step["title"] for step in plan["steps"]] == [
        "create the program",
        "set rule 1, Everyday",
        "leave it to its owner and operator",
    ]
    assert plan["steps"][0]["gas"] > 5_000_000 and plan["refusal"] is None
    created = await world.http.post("/v1/programs", json=body)
    assert created.status_code == 202, created.text
    again = await world.http.post("/v1/programs", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "program_exists")
    keys = [bootstrap.signer(world.settings, "owner").address]
    deploying = Deploying(world.chain.rpc, world.settings.deployments_dir, 31337, keys=keys)
    brand.done_hook = deploying.done
    brand.restart()
    await brand.work()
    found = (await world.http.get(f"/v1/program-creations/{created.json()['id']}")).json()
    assert found["state"] in ("confirmed", "finalized"), found
    program = bootstrap.deployment(world.settings).programs["second"]
    assert hex_of(program.issuer) == issuer and len(program.origin.transactions) == 2
    granted = await world.chain.rpc.read(program.contracts.access.address, MANAGER.calldata("hasRole", 1, keys[0]))
    assert MANAGER.decode_output("hasRole", granted) == (True, 3600)
    # The blocks of its creation were read before anybody knew of it.
    await world.index()
    world.deployment = bootstrap.deployment(world.settings)
    world.restart()
    await world.index()
    async with world.database.snapshot() as session:
        assert await terms.programs(session) == {"demo", "second"}
    assert await chain_rows(world) == await rebuilt_rows(world)


async def test_a_program_that_cannot_be_is_refused(brand: Brand) -> None:
    world = brand.world
    issuer = hex_of(bootstrap.signer(world.settings, "issuer-2").address)
    keys = {"issuer": issuer, "custodian": SOMEBODY}
    for program, keys_given, status, code, pointer in (
        (SECOND | {"slug": "demo"}, keys, 409, "program_exists", None),
        (SECOND | {"slug": "No"}, keys, 422, "invalid_input", "/program/slug"),
        (SECOND, keys | {"issuer": hex_of(world.program.issuer)}, 422, "invalid_input", "/keys/issuer"),
        (SECOND, {"issuer": issuer}, 422, "invalid_input", "/keys/custodian"),
    ):
        answer = await world.http.post("/v1/programs", json={"program": program, "keys": keys_given})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert [fault["pointer"] for fault in answer.json()["errors"]] == ([] if pointer is None else [pointer])
    assert (await world.http.get("/v1/program-creations/op_none")).json()["code"] == "unknown_operation"


async def test_what_the_partner_signed_is_accepted_and_ended_with_notice(brand: Brand) -> None:
    world, issuer = brand.world, bootstrap.signer(brand.world.settings, "issuer-2").address
    partner = await bootstrap.deploy(world.settings, ProgramSpec.model_validate(SECOND), keys={"issuer": issuer})
    ours, theirs = world.program.contracts.exchange.address, partner.contracts.exchange.address
    terms_ = {
        "source": hex_of(ours),
        "source_points": "2",
        "target": hex_of(theirs),
        "target_points": "1",
        "quota": "1000",
        "quota_window_seconds": DAY,
        "opens_at": "2026-01-01T00:00:00Z",
        "terms_hash": "0x" + "11" * 32,
    }
    dear = await brand.ask("POST", "agreements", terms_ | {"target_points": "3"}, expect=409)
    assert "RateAbovePar" in dear["detail"]
    signed = SignAgreement.model_validate_json(orjson.dumps(terms_))
    (call,) = calls_of(partner.contracts, signed)
    await world.send("owner", call.to, call.calldata)
    agreement = "0x" + (await brand.read(EXCHANGE, "idOf", agreement_to_tuple(signed))).hex()
    await brand.done(await brand.ask("POST", f"agreements/{agreement}/accept", {"counterpart": hex_of(theirs)}))
    assert await brand.read(EXCHANGE, "isInForce", bytes.fromhex(agreement[2:])) is True
    ended = await brand.done(await brand.ask("DELETE", f"agreements/{agreement}"))
    assert ended["plan"]["worse_fields"] == ["agreement"]
    assert abs(seconds_until(brand, ended["effective_at"]) - 30 * DAY) < 120
    assert await brand.read(EXCHANGE, "endsAtOf", bytes.fromhex(agreement[2:])) == int(
        parse_rfc3339(ended["effective_at"]).timestamp()
    )
