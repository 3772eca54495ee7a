"""docs/roles.md names every restricted function, with the role and the delay that the contracts give it."""

from __future__ import annotations

import re
from pathlib import Path

from tokenpoints.chain.interfaces import interface

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "contracts/src"
CONTRACTS_OF_FOLDERS = {"rules": "EarningRules", "token": "PointsToken"}
DELAYS = {"operator": "operator's", "owner": "owner's"}


def documented() -> dict[str, tuple[str, str]]:
    rows = re.findall(r"^\| `(\w+\.\w+)` \| ([^|]+) \| ([^|]+) \|", (ROOT / "docs/roles.md").read_text(), re.MULTILINE)
    assert len(rows) == len({name for name, _, _ in rows}), "a function is listed twice"
    return {name: (role, delay) for name, role, delay in rows}


def restricted() -> set[str]:
    """Functions with the modifier, by the contract whose part they are."""
    found = set()
    for source in SOURCES.rglob("*.sol"):
        contract = CONTRACTS_OF_FOLDERS.get(source.parent.name, source.stem)
        for name, header in re.findall(r"\bfunction (\w+)([^{;]*)\{", source.read_text()):
            if re.search(r"\brestricted\b", header):
                found.add(f"{contract}.{name}")
    return found


def assigned() -> dict[str, str]:
    """What the factory gives to a role other than the owner."""
    roles: dict[str, str] = {}
    pending: list[str] = []
    for statement in (SOURCES / "factory/Permissions.sol").read_text().split(";"):
        pending += [f"{contract}.{name}" for contract, name in re.findall(r"\bI(\w+)\.(\w+)\.selector", statement)]
        if role := re.search(r"setTargetFunctionRole\(.*Roles\.(\w+)\)", statement, re.DOTALL):
            roles.update(dict.fromkeys(pending, role[1].lower()))
            pending.clear()
    assert not pending
    return roles


def test_every_restricted_function_is_listed_with_its_role_and_delay() -> None:
    roles = assigned()
    assert roles.keys() <= restricted()
    expected = {name: roles.get(name, "owner") for name in restricted()}
    assert {name: row for name, row in documented().items() if not name.startswith("AccessManager.")} == {
        name: (role, DELAYS.get(role, "none")) for name, role in expected.items()
    }


def test_every_function_of_the_manager_is_listed() -> None:
    changing = {
        f"AccessManager.{entry['name']}"
        for entry in interface("AccessManager").abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }
    assert {name for name in documented() if name.startswith("AccessManager.")} == changing
