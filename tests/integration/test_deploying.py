"""Deploying to a chain that is not a development one: keys of one's own, and no second chances by mistake."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from eth_account import Account
from solcx import compile_standard

from tests.support.chain import TestChain, running_anvil
from tests.support.ports import free_port
from tokenpoints import bootstrap
from tokenpoints.chain import deployments, specs
from tokenpoints.chain.deploying import TRANSACTION_GAS_MAX, PreviewedStep, plan_path
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.keys import ProgramKeys
from tokenpoints.config import Settings
from tokenpoints.demo.program import program_path
from tokenpoints.domain.types import Address
from tokenpoints.errors import ConfigurationError, DeploymentError, SignerError

pytestmark = pytest.mark.asyncio

CHAIN_ID = 4242
KEYS = {"issuer": Address(b"\x51" * 20), "custodian": Address(b"\x52" * 20)}


@dataclass
class Place:
    chain: TestChain
    settings: Settings
    owner: str


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """A chain with an id of its own, and a keystore with some ether there."""
    owner = Account.from_key(b"\x77" * 32)
    (tmp_path / "owner.json").write_text(json.dumps(Account.encrypt(owner.key, "secret", kdf="pbkdf2", iterations=2)))
    (tmp_path / "password").write_text("secret")
    port = free_port()
    settings = Settings(
        data_dir=tmp_path / "data",
        deployments_dir=tmp_path / "deployments",
        chain_id=CHAIN_ID,
        rpc_url=f"http://127.0.0.1:{port}",
        signer_keystore=tmp_path / "owner.json",
        signer_password_file=tmp_path / "password",
    )
    async with running_anvil(port, chain_id=CHAIN_ID) as chain:
        await chain.rpc.call("anvil_setBalance", owner.address, hex(10**20))
        yield Place(chain, settings, owner.address)


async def deploy(place: Place) -> list[str]:
    """The steps that were sent."""
    sent: list[str] = []
    spec = specs.load(program_path())
    await bootstrap.deploy(place.settings, spec, keys=KEYS, on_step=sent.append)
    return sent


async def test_a_deployment_is_made_once_and_its_roles_are_those_given(place: Place) -> None:
    assert len(await deploy(place)) == 11
    assert await deploy(place) == []
    program = deployments.load(place.settings.deployments_dir, CHAIN_ID).programs["demo"]
    manager = interface("AccessManager")
    for role, account in ((2, KEYS["issuer"]), (4, KEYS["custodian"])):
        answer = await place.chain.rpc.read(
            program.contracts.access.address, manager.calldata("hasRole", role, account)
        )
        assert manager.decode_output("hasRole", answer) == (True, 0)


async def test_a_program_is_left_to_its_owner_and_operator_with_their_delays(place: Place) -> None:
    roles = ("owner", "operator", "issuer", "guardian", "custodian", "adjuster")
    keys = {role: Address(bytes([0x60 + number]) * 20) for number, role in enumerate(roles)}
    spec, sent = specs.load(program_path()), list[str]()

    async def deploy_with_delays() -> None:
        await bootstrap.deploy(
            place.settings,
            spec,
            keys=keys,
            owner_delay_seconds=7 * 86_400,
            operator_delay_seconds=86_400,
            on_step=sent.append,
        )

    await deploy_with_delays()
    assert sent[-2:] == ["set rule 1, Everyday", "leave it to its owner and operator"]
    program = deployments.load(place.settings.deployments_dir, CHAIN_ID).programs["demo"]
    manager = interface("AccessManager")
    creator = Address(bytes.fromhex(place.owner[2:]))
    delays = {"owner": 7 * 86_400, "operator": 86_400}
    for number, role in enumerate(roles):
        for account, expected in ((keys[role], (True, delays.get(role, 0))), (creator, (False, 0))):
            calldata = manager.calldata("hasRole", number, account)
            answer = await place.chain.rpc.read(program.contracts.access.address, calldata)
            assert manager.decode_output("hasRole", answer) == expected, role
    # Its plan and its file lost, it is found, and nothing is sent again.
    deployments.path_for(place.settings.deployments_dir, CHAIN_ID).unlink()
    plan_path(place.settings.data_dir, CHAIN_ID, "demo").unlink()
    sent.clear()
    await deploy_with_delays()
    assert sent == []


async def test_a_delay_alone_is_set_where_the_keys_stay(place: Place) -> None:
    spec = specs.load(program_path())
    await bootstrap.deploy(place.settings, spec, keys=KEYS, operator_delay_seconds=3600)
    program = deployments.load(place.settings.deployments_dir, CHAIN_ID).programs["demo"]
    manager = interface("AccessManager")
    for role, delay in ((0, 0), (1, 3600)):
        calldata = manager.calldata("hasRole", role, Address(bytes.fromhex(place.owner[2:])))
        answer = await place.chain.rpc.read(program.contracts.access.address, calldata)
        assert manager.decode_output("hasRole", answer) == (True, delay)


async def test_an_interrupted_deployment_goes_on_at_the_same_addresses(place: Place) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(title: str) -> None:
        if title == "create the program":
            raise Interrupted

    spec = specs.load(program_path())
    with pytest.raises(Interrupted):
        await bootstrap.deploy(place.settings, spec, keys=KEYS, on_step=interrupt)
    assert await deploy(place) == ["create the program", "set rule 1, Everyday"]


async def test_a_deployment_whose_plan_is_lost_is_found_on_the_chain(place: Place) -> None:
    await deploy(place)
    path = deployments.path_for(place.settings.deployments_dir, CHAIN_ID)
    before = deployments.load(place.settings.deployments_dir, CHAIN_ID).programs["demo"]
    path.unlink()
    plan_path(place.settings.data_dir, CHAIN_ID, "demo").unlink()
    assert await deploy(place) == []
    found = deployments.load(place.settings.deployments_dir, CHAIN_ID).programs["demo"]
    assert found.contracts == before.contracts
    assert found.calendar == before.calendar


async def test_the_plan_is_shown_before_anything_is_sent(place: Place) -> None:
    shown: list[tuple[list[PreviewedStep], int]] = []

    def look(_keys: ProgramKeys, steps: list[PreviewedStep], fee_wei: int) -> None:
        shown.append((steps, fee_wei))

    spec = specs.load(program_path())
    for _ in range(2):
        await bootstrap.deploy(place.settings, spec, keys=KEYS, approve=look)
        deployments.path_for(place.settings.deployments_dir, CHAIN_ID).unlink()
    (first, fee_wei), (second, _) = shown
    assert fee_wei > 0
    assert [step.done for step in first] == [False] * 11
    token = next(step for step in first if step.title == "create the blueprint of PointsToken")
    assert not token.at_most
    assert 200 * 20_000 < token.gas < TRANSACTION_GAS_MAX
    creation = next(step for step in first if step.title == "create the program")
    assert creation.at_most
    assert creation.gas == TRANSACTION_GAS_MAX
    assert all(step.done and step.gas == 0 for step in second)


@pytest.mark.slow
async def test_the_sources_that_are_written_compile_to_what_is_deployed(place: Place) -> None:
    await deploy(place)
    written = json.loads((place.settings.deployments_dir / "standard-json" / "MemberAccounts.json").read_text())
    output = compile_standard(written, solc_binary=Path(__file__).parents[2] / "scripts" / "solc")
    compiled = output["contracts"]["contracts/src/MemberAccounts.sol"]["MemberAccounts"]
    assert bytes.fromhex(compiled["evm"]["bytecode"]["object"]) == interface("MemberAccounts").bytecode


async def test_contracts_that_are_gone_are_not_replaced_in_silence(place: Place) -> None:
    start = await place.chain.snapshot()
    await deploy(place)
    await place.chain.revert(start)
    with pytest.raises(DeploymentError, match="it is another chain"):
        await deploy(place)


async def test_other_code_at_the_address_is_noticed(place: Place) -> None:
    await deploy(place)
    program = deployments.load(place.settings.deployments_dir, CHAIN_ID).programs["demo"]
    await place.chain.rpc.call("anvil_setCode", "0x" + program.contracts.token.address.hex(), "0x60")
    with pytest.raises(DeploymentError, match="other code"):
        await deploy(place)


async def test_development_keys_and_their_addresses_are_refused(place: Place) -> None:
    spec = specs.load(program_path())
    with pytest.raises(ConfigurationError, match="needs --issuer and --custodian"):
        await bootstrap.deploy(place.settings, spec)
    without_keystore = place.settings.model_copy(update={"signer_keystore": None})
    with pytest.raises(SignerError, match="refused on chain 4242"):
        await bootstrap.deploy(without_keystore, spec, keys=KEYS)


async def test_a_node_of_another_chain_is_refused(place: Place) -> None:
    elsewhere = place.settings.model_copy(update={"chain_id": 1})
    with pytest.raises(ConfigurationError, match="is of chain 4242, not 1"):
        await bootstrap.deploy(elsewhere, specs.load(program_path()))
