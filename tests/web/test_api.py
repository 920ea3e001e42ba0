"""/api/v1 against its own description: every answer is described, every description is answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.workroom import LAN, MINH, VIEWER, Workroom, staff_app, workroom
from unioncat.marc import to_json
from unioncat.services.marc_text import from_text
from unioncat.services.office import Office
from unioncat.web.api import description

RECORD = "=245  10$aGửi bằng máy\n=264  \\1$aBến Tre :$bThanh niên,$c2026\n=300  \\\\$a99 tr.\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Office, Workroom]]:
    with workroom(tmp_path_factory.mktemp("api"), limit=8) as room:
        app, office = staff_app(room)
        yield app, office, room
        office.close()


@pytest.fixture(scope="module")
def tokens(world: tuple[Flask, Office, Workroom]) -> dict[str, str]:
    return {
        name: world[1].accounts.make_token(number, "test")
        for name, number in (
            ("admin", 1),
            ("cataloguer", LAN.account),
            ("other", MINH.account),
            ("viewer", VIEWER.account),
        )
    }


@pytest.fixture
def client(world: tuple[Flask, Office, Workroom]) -> FlaskClient:
    return world[0].test_client()


def as_(tokens: dict[str, str], who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens[who]}"} if who else {}


def test_every_route_is_described_and_every_description_has_a_route(world: tuple[Flask, Office, Workroom]) -> None:
    there = {
        (rule.rule.removeprefix("/api/v1").replace("<int:", "{").replace("<", "{").replace(">", "}"), method.lower())
        for rule in world[0].url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {
        (path, method)
        for path, item in description()["paths"].items()
        for method in item
        if method in {"get", "put", "post", "delete"}
    }
    assert there == told


@pytest.mark.slow
@pytest.mark.parametrize("who", ["", "admin", "cataloguer", "viewer"])
def test_no_answer_is_undescribed(world: tuple[Flask, Office, Workroom], tokens: dict[str, str], who: str) -> None:
    """schemathesis makes requests up from the description, right and wrong ones."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world[0])
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    failures: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            response = case.call(headers=as_(tokens, who))
            try:
                case.validate_response(response, checks=checks)
            except Exception as error:
                failures.append(f"{case.method} {case.formatted_path}: {str(error)[:600]}")

        ask()
    assert failures == []


def test_reading_needs_no_token(client: FlaskClient) -> None:
    found = client.get("/api/v1/search?q=luc+van+tien&count=2").json
    assert found["total"] > 0
    assert found["records"][0]["title"] == "Lục Vân Tiên"
    assert found["facets"]["library"]
    number = found["records"][0]["id"]
    record = client.get(f"/api/v1/records/{number}").json
    assert record["marc"]["leader"]
    assert record["holdings"] == client.get(f"/api/v1/records/{number}/holdings").json["holdings"]
    assert client.get("/api/v1/libraries").json["libraries"][0]["code"] == "VN-BT"
    for wrong in ("count=101", "count=-1", "count=x", "start=0", "sort=zzz"):
        answer = client.get(f"/api/v1/search?{wrong}")
        assert answer.status_code == 400
        assert answer.mimetype == "application/problem+json"
    assert client.get("/api/v1/records/uc99999999").status_code == 404
    assert client.get("/api/v1/nothing").mimetype == "application/problem+json"


def test_a_record_is_submitted_and_a_holding_stated(
    client: FlaskClient, tokens: dict[str, str], world: tuple[Flask, Office, Workroom]
) -> None:
    marc = orjson.loads(to_json(from_text(RECORD)))
    made = client.post("/api/v1/records", json={"marc": marc}, headers=as_(tokens, "cataloguer"))
    assert made.status_code == 201
    number = made.json["id"]
    put = f"/api/v1/records/{number}/holdings/VN-BT-BATRI"
    words = {"callNumber": "B 1", "copies": 2}
    assert client.put(put, json=words, headers=as_(tokens, "other")).status_code == 200
    held = client.get(f"/api/v1/records/{number}/holdings").json["holdings"]
    assert {(one["library"], one["callNumber"]) for one in held} >= {("VN-BT-BATRI", "B 1")}
    assert client.delete(put, headers=as_(tokens, "cataloguer")).status_code == 403
    assert client.delete(put, headers=as_(tokens, "other")).status_code == 204
    assert client.delete(put, headers=as_(tokens, "other")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "may"),
    [
        ("post", "/records", {"library": "VN-BT", "marc": None}, {"cataloguer", "admin"}),
        ("put", "/records/uc00000001/holdings/VN-BT", {}, {"cataloguer", "admin"}),
        ("delete", "/records/uc00000001/holdings/VN-BT", None, {"cataloguer", "admin"}),
        ("get", "/verdicts", None, {"cataloguer", "admin", "viewer", "other"}),
        (
            "post",
            "/verdicts",
            {"left": "VN-BT-file/P0001", "right": "VN-BT-file/P0002", "same": False},
            {"cataloguer", "admin"},
        ),
        ("delete", "/verdicts/99999", None, {"cataloguer", "admin", "other"}),
        ("get", "/sources", None, {"admin", "viewer"}),
        ("post", "/sources/VN-BT-file/runs", {}, {"admin"}),
        ("get", "/runs", None, {"admin", "viewer"}),
        ("get", "/runs/1", None, {"admin", "viewer"}),
    ],
)
@pytest.mark.parametrize("who", ["", "viewer", "other", "cataloguer", "admin"])
def test_every_role_at_every_address(
    client: FlaskClient, tokens: dict[str, str], method: str, path: str, body: Any, may: set[str], who: str
) -> None:
    if isinstance(body, dict) and "marc" in body:
        body = {**body, "marc": orjson.loads(to_json(from_text(RECORD)))}
    answer = client.open(f"/api/v1{path}", method=method.upper(), json=body, headers=as_(tokens, who))
    if not who:
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    elif who in may:
        assert answer.status_code not in {401, 403}, answer.get_data(as_text=True)
        assert answer.status_code < 500
    else:
        assert answer.status_code == 403, (path, who, answer.status_code)


def test_a_session_cookie_is_no_token(client: FlaskClient) -> None:
    client.post("/login", data={"login": "quantri", "password": "con đường sáng"})
    assert client.get("/api/v1/sources").status_code == 401


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'"x"', b'{"marc": 1}', b'{"marc": {"fields": 3}}', b"\xff"])
def test_odd_bodies_are_refused(client: FlaskClient, tokens: dict[str, str], body: bytes) -> None:
    answer = client.post("/api/v1/records", data=body, headers=as_(tokens, "cataloguer"))
    assert answer.status_code in {400, 422}
    assert answer.mimetype == "application/problem+json"
