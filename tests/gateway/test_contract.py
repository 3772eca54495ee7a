"""What the gateway says of itself: the OpenAPI document, the reference page, problems, the log."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import jsonschema_rs
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.testing import capture_logs

from tests.gateway.conftest import Gateway, document_of, receipt
from tokenpoints.gateway import openapi
from tokenpoints.gateway.answers.problems import ProblemAnswer
from tokenpoints.gateway.answers.receipts import RecordedReceiptAnswer, RecordedReceiptsAnswer
from tokenpoints.gateway.problems import KINDS
from tokenpoints.gateway.schema_examples import example_of

pytestmark = pytest.mark.asyncio

WITHOUT_BODY = (
    "/retry",
    "/unfreeze",
    "/unpause",
    "/partners/{account}",
    "/nonce",
    "/erasure",
    "/collect",
    "/approve",
    "/reject",
)
FILES = {".csv": "text/csv", ".pdf": "application/pdf", ".svg": "image/svg+xml"}


def references_in(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if "$ref" in node else set()
        return own.union(*(references_in(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references_in(value) for value in node))
    return set()


async def test_document_is_whole_and_ours(gateway: Gateway) -> None:
    document = await document_of(gateway.http)
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    assert references_in(document) <= {f"#/components/schemas/{name}" for name in schemas}
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            has_body = method in ("post", "patch", "put") and not path.endswith(WITHOUT_BODY)
            assert ("requestBody" in operation) == has_body, path
            for status, answer in operation["responses"].items():
                if status == "304":
                    assert "content" not in answer
                    continue
                kinds = {kind.partition(";")[0] for kind in answer["content"]}
                own = FILES.get(path[-4:], "application/json")
                assert kinds == {"application/problem+json" if int(status) >= 400 else own}, path


async def test_every_documented_problem_exists(gateway: Gateway) -> None:
    document = await document_of(gateway.http)
    for item in document["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                for code in re.findall(r"`(\w+)`", answer["description"]) if int(status) >= 400 else ():
                    assert KINDS[code].status == int(status)


async def test_every_operation_has_examples_that_fit_its_schemas(gateway: Gateway) -> None:
    document = await document_of(gateway.http)
    checked = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            parts = [answer for status, answer in operation["responses"].items() if status[0] == "2"]
            for part in [*parts, *([operation["requestBody"]] if "requestBody" in operation else [])]:
                for media_type, content in part["content"].items():
                    assert "example" in content, (method, path)
                    if media_type != "application/json":
                        continue
                    # References lead into the document.
                    schema = {**content.get("schema", {}), "components": document["components"]}
                    known = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
                    faults = [f"{each.instance_path}: {each.message}" for each in known.iter_errors(content["example"])]
                    assert not faults, (method, path, faults)
                    checked += 1
    assert checked > 100


async def test_examples_of_bodies_are_taken(gateway: Gateway) -> None:
    schemas = (await document_of(gateway.http))["components"]["schemas"]
    for model in openapi.SENT:
        model.model_validate_json(json.dumps(example_of({"$ref": model.__name__}, schemas)))


async def test_every_problem_has_its_text(gateway: Gateway) -> None:
    for code, kind in KINDS.items():
        text = (await gateway.http.get(f"/problems/{code}")).json()
        assert (text["status"], text["title"], text["meaning"]) == (kind.status, kind.title, kind.meaning)
    assert len((await gateway.http.get("/problems")).json()) == len(KINDS)


async def test_answers_built_by_hand_have_the_documented_shape(gateway: Gateway) -> None:
    one = await gateway.post("receipts", receipt(1))
    RecordedReceiptAnswer.model_validate_json(one.content)
    many = await gateway.post("receipts/bulk", {"receipts": [receipt(1), receipt(2)]})
    RecordedReceiptsAnswer.model_validate_json(many.content)
    problem = await gateway.post("receipts", {})
    ProblemAnswer.model_validate_json(problem.content)


async def test_reference_page_loads_nothing(gateway: Gateway) -> None:
    response = await gateway.http.get("/docs")
    assert response.status_code == 200 and response.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    page = response.text
    assert "<script" not in page and not re.search(r"(?:src|href|action)=\W?https?:|url\(|@import", page)
    for path in (await document_of(gateway.http))["paths"]:
        assert path in page


async def test_log_names_nobody(gateway: Gateway) -> None:
    with capture_logs() as lines:
        member = (await gateway.post("members", {"customer_id": "jane-doe"})).json()["id"]
        await gateway.post("receipts", receipt(reference="till-secret", customer_id="jane-doe"))
        await gateway.get("members", customer_id="jane-doe")
        await gateway.get(f"members/{member}/balance")
        await gateway.http.get("/jane-doe")
    assert [line["status"] for line in lines] == [201, 202, 200, 200, 404]
    assert lines[3]["route"] == "/v1/programs/{program}/members/{member}/balance"
    assert not any(word in repr(lines) for word in ("jane-doe", "till-secret", member))


async def test_request_id_is_kept_or_made(gateway: Gateway) -> None:
    kept = await gateway.http.get("/health/live", headers={"X-Request-Id": "abc-1"})
    assert kept.headers["x-request-id"] == "abc-1"
    made = await gateway.http.get("/health/live", headers={"X-Request-Id": "a b"})
    assert re.fullmatch("[0-9a-f]{16}", made.headers["x-request-id"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationalError("select", {}, Exception("database is locked")), "database_unavailable"),
        (PoolTimeout(), "database_unavailable"),
        (ConnectionRefusedError(), "database_unavailable"),
        (OperationalError("select", {}, Exception("no such table: members")), "internal_error"),
        (ZeroDivisionError("jane-doe"), "internal_error"),
    ],
)
async def test_faults_below_the_gateway(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    async def fail(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr("tokenpoints.gateway.endpoints.members.members_after", fail)
    with capture_logs() as lines:
        response = await gateway.get("members")
    assert response.status_code == KINDS[code].status and response.json()["code"] == code
    assert ("retry-after" in response.headers) == (code == "database_unavailable")
    assert "jane-doe" not in repr(lines) and "jane-doe" not in response.text


async def test_examples_on_the_reference_page_are_accepted(gateway: Gateway) -> None:
    """Whoever copies an example from the page gets the answer that stands beside it."""
    document = await document_of(gateway.http)
    schemas = document["components"]["schemas"]
    member = example_of(schemas["MemberToEnrol"], schemas)
    assert (await gateway.http.post("/v1/programs/demo/members", json=member)).status_code == 201
    copied = example_of({"$ref": "ReceiptToRecord"}, schemas)
    assert (await gateway.http.post("/v1/programs/demo/receipts", json=copied)).status_code == 202
    page = (await gateway.http.get("/docs")).text
    shown = re.search(r"<pre tabindex=.0.>(\{[^<]*day_amount[^<]*?\})</pre>", page)
    assert shown is not None
    key = json.loads(html.unescape(shown[1]))
    assert (await gateway.http.post("/v1/programs/demo/keys", json=key)).status_code == 201
    assert "receipts:write</code>" in page


async def test_problems_are_told_in_the_language_that_was_asked_for(gateway: Gateway) -> None:
    async def problem(accept: str) -> Any:
        answer = await gateway.http.get("/v1/programs/demo/members/mem_0", headers={"Accept-Language": accept})
        assert answer.headers["vary"] == "Accept-Language"
        return answer.headers["content-language"], answer.json()

    language, english = await problem("fr, en;q=0.5")
    assert language == "en" and english["detail"] == "not a member of this program: 'mem_0'"
    language, korean = await problem("ko-KR,ko;q=0.9,en;q=0.8")
    assert language == "ko" and (korean["title"], korean["code"]) == ("없는 회원", "unknown_member")
    assert korean["detail"].startswith("프로그램에 그런 회원이 없습니다.") and "'mem_0'" in korean["detail"]
    text = (await gateway.http.get("/problems/unknown_member", headers={"Accept-Language": "ko"})).json()
    assert text["title"] == korean["title"]


async def test_every_problem_is_told_in_korean(gateway: Gateway) -> None:
    texts = (await gateway.http.get("/problems", headers={"Accept-Language": "ko"})).json()
    assert all(re.search("[가-힣]", text["title"]) and re.search("[가-힣]", text["meaning"]) for text in texts)
