"""The OpenAPI document is true: whatever it lets in is answered as it says, and so is what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.gateway.conftest import receipt
from tests.imports.conftest import LiveGateway
from tests.support.documented import document
from tests.support.keys import bearing

EXAMPLE_COUNT_MAX = 3
"""Of an operation, of each mode."""
UNAVAILABLE = 503
"""No node and no operator here: that this is told as documented is all that can be asked."""
CHECKS = (
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
)


def _operations() -> Iterator[tuple[str, Any]]:
    for result in schemathesis.openapi.from_dict(document()).get_all_operations():
        if isinstance(result, Err):
            raise result.err()
        yield result.ok().label, result.ok()


OPERATIONS = dict(_operations())
TRIED = [
    pytest.param(label, mode, id=f"{label}-{mode.value}", marks=marks)
    for label in OPERATIONS
    for mode, marks in ((GenerationMode.POSITIVE, ()), (GenerationMode.NEGATIVE, pytest.mark.slow))
    # Of what takes no input but words in its path, none is wrong.
    if mode is GenerationMode.POSITIVE or (label.split()[1].startswith("/v1") and not label.endswith("/nonce"))
]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveGateway]:
    folder: Path = tmp_path_factory.mktemp("openapi")
    made = LiveGateway(folder, f"sqlite+aiosqlite:///{folder / 'test.db'}")
    made.prepare()
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def known(live: LiveGateway) -> dict[str, str]:
    """A thing of each kind that paths name."""
    with httpx.Client(base_url=f"{live.url}/v1/programs/demo", headers=bearing(live.key), trust_env=False) as http:
        member = http.post("/members", json={"customer_id": "c1"}).json()
        recorded = http.post("/receipts", json=receipt()).json()
        hook = {"url": "https://shop.example.com/hook", "events": ["award.minted"]}
        taken = {"reference": "adj-1", "customer_id": "c1", "points": -5_000, "reason": "a mistake"}
        return {
            "adjustment": http.post("/adjustments", json=taken).json()["id"],
            "program": "demo",
            "member": member["id"],
            "account": member["account"],
            "receipt": recorded["id"],
            "award": recorded["awards"][0]["id"],
            "webhook": http.post("/webhooks", json=hook).json()["id"],
            "key": http.post("/keys", json={"name": "a till", "role": "read"}).json()["id"],
        }


@pytest.mark.parametrize(("label", "mode"), TRIED)
def test_answers_are_documented(label: str, mode: GenerationMode, live: LiveGateway, known: dict[str, str]) -> None:
    operation = OPERATIONS[label]

    @settings(
        max_examples=EXAMPLE_COUNT_MAX,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case[Any]) -> None:
        # Past the first 404 there is more to see.
        for name in case.path_parameters or {}:
            if name in known:
                case.path_parameters[name] = known[name]
        with requests.Session() as session:
            session.trust_env = False
            response = case.call(base_url=live.url, headers=bearing(live.key), session=session)
        checks = [*CHECKS, *([not_a_server_error] if response.status_code != UNAVAILABLE else [])]
        case.validate_response(response, checks=checks)

    check()


def test_what_is_not_documented_is_found(live: LiveGateway, known: dict[str, str]) -> None:
    changed = deepcopy(document())
    enrolling = changed["paths"]["/v1/programs/{program}/members"]["post"]["responses"]
    del enrolling["422"]
    operation = schemathesis.openapi.from_dict(changed)["/v1/programs/{program}/members"]["POST"]
    case = operation.Case(path_parameters={"program": "demo"}, body={"customer_id": ""}, media_type="application/json")
    with pytest.raises(FailureGroup) as found:
        case.call_and_validate(base_url=live.url, headers=bearing(live.key), checks=[status_code_conformance])
    assert [type(each).__name__ for each in found.value.exceptions] == ["UndefinedStatusCode"]
