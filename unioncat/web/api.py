"""/api/v1: the same services for programs, as JSON, described by OpenAPI 3.1 in ``data/openapi.json``.

A program names its token (``Authorization: Bearer uct_…``); cookies are not looked at, so forms of other sites can do
nothing here. Every refusal is problem details (RFC 9457).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, wraps
from importlib.resources import files
from typing import Any

import orjson
from flask import Blueprint, Response, abort, g, jsonify, request
from flask.typing import ResponseReturnValue

from unioncat.marc import Record, from_json
from unioncat.model import (
    BadRecord,
    NotAllowed,
    NotFound,
    UnionRecord,
    WrongUse,
    parse_public_id,
    public_id,
)
from unioncat.search.engine import FacetRequest
from unioncat.services.contribute import HoldingWords
from unioncat.services.roles import Actor
from unioncat.web.api_shapes import (
    brief_json,
    holding_json,
    member_json,
    run_json,
    source_json,
    spoken_json,
    verdict_json,
)
from unioncat.web.auth import office
from unioncat.web.language import of
from unioncat.web.parts import base_address, parts
from unioncat.web.search_form import FACETS, SORTS, SearchForm
from unioncat.web.security import limiter

__all__ = ["blueprint", "description"]

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

MOST = 100
DEEPEST = 10_000
View = Callable[..., ResponseReturnValue]


@cache
def description() -> dict[str, Any]:
    """The OpenAPI description without servers."""
    found: dict[str, Any] = json.loads(files("unioncat.web").joinpath("data", "openapi.json").read_text("utf-8"))
    return found


def bearer() -> str:
    """Key of the rate limit: the token, else the address."""
    return request.headers.get("Authorization", "")[:200] or request.remote_addr or ""


def needs_token(view: View) -> View:
    """401 without a token that is known; `g.actor` afterwards."""

    @wraps(view)
    def checked(*arguments: Any, **named: Any) -> ResponseReturnValue:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise NotAllowed("a token is needed: Authorization: Bearer uct_…")
            g.actor = office().accounts.by_token(text.strip())
        except NotAllowed as error:
            body = {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": str(error)}
            response = jsonify(body)
            response.status_code = 401
            response.mimetype = "application/problem+json"
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
        return view(*arguments, **named)

    return checked


def who() -> Actor:
    actor: Actor = g.actor
    return actor


@blueprint.after_request
def open_to_scripts(response: Response) -> Response:
    """Reading is open to scripts of other sites; with a token only programs outside of browsers get on."""
    if request.method == "GET":
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
    return response


# --- what is asked -----------------------------------------------------------------------------------------


def whole(name: str, default: int, least: int, most: int) -> int:
    """A number of the query string. Raises WrongUse."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise WrongUse(f"{name} is a whole number from {least} to {most}")
    return int(text)


def body() -> dict[str, Any]:
    """The JSON object sent. Raises WrongUse."""
    try:
        found = orjson.loads(request.get_data(cache=False) or b"null")
    except orjson.JSONDecodeError:
        raise WrongUse("the body is not JSON") from None
    if not isinstance(found, dict):
        raise WrongUse("the body is a JSON object")
    return found


def text_of(sent: dict[str, Any], name: str, default: str | None = None, longest: int = 1000) -> str:
    value = sent.get(name, default)
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise WrongUse(f"{name} is a text of at most {longest} characters")
    return value


def record_or_404(number: str) -> UnionRecord:
    cluster = parse_public_id(number)
    if cluster is None:
        raise NotFound(f"there is no record {number[:40]}")
    return parts().catalogue.record(cluster)


def marc_of(sent: dict[str, Any]) -> Record:
    """``marc`` of the body as MARC-in-JSON. Raises BadRecord."""
    marc = sent.get("marc")
    if not isinstance(marc, dict):
        raise WrongUse("marc is a record as MARC-in-JSON")
    try:
        return from_json(orjson.dumps(marc))
    except (orjson.JSONEncodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRecord(f"marc is not MARC-in-JSON: {error}") from error


# --- reading -----------------------------------------------------------------------------------------------


@blueprint.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    site = parts().site
    made = {
        **description(),
        "servers": [{"url": f"{base_address()}/api/v1"}],
        "info": {**description()["info"], "title": of(site.name_vi, site.name_en), "version": "1"},
    }
    return jsonify(made)


@blueprint.get("/search")
@limiter.limit("120 per minute", key_func=bearer)
def search() -> ResponseReturnValue:
    """As the page /search: the same arguments, with ``count`` and ``start`` (from 1) in place of ``page``."""
    form = SearchForm.of(request.args)
    sort = request.args.get("sort", "")
    if sort not in SORTS:
        raise WrongUse(f"sort is one of: {', '.join(name for name in SORTS if name)}")
    start, count = whole("start", 1, 1, DEEPEST), whole("count", 20, 0, MOST)
    found = parts().finder.search(
        form.query(),
        start=start,
        count=count,
        sort=SORTS[sort][1],
        facets=[FacetRequest(facet.name, facet.limit) for facet in FACETS],
    )
    return jsonify(
        total=found.total,
        start=start,
        records=[brief_json(record) for record in found.records],
        facets={
            name: [{"value": one.value, "count": one.count} for one in values] for name, values in found.facets.items()
        },
    )


@blueprint.get("/records/<number>")
def record(number: str) -> ResponseReturnValue:
    found = record_or_404(number)
    if found.deleted:
        heir = parts().catalogue.heir(found.id)
        if heir == found.id:
            abort(410)
        return Response(status=301, headers={"Location": f"{base_address()}/api/v1/records/{public_id(heir)}"})
    return jsonify(
        **brief_json(found),
        marc=orjson.loads(found.marc),
        holdings=[holding_json(one) for one in found.holdings],
        sources=[one.key for one in parts().catalogue.source_records(found.id)],
    )


@blueprint.get("/records/<number>/holdings")
def holdings(number: str) -> ResponseReturnValue:
    return jsonify(holdings=[holding_json(one) for one in record_or_404(number).holdings])


@blueprint.get("/libraries")
def libraries() -> ResponseReturnValue:
    return jsonify(libraries=[member_json(one) for one in parts().catalogue.members().values()])


# --- contributing ------------------------------------------------------------------------------------------


@blueprint.post("/records")
@needs_token
def submit() -> ResponseReturnValue:
    """A new record of a library: ``{"library": …, "marc": …}``; 201 with where it is now."""
    sent = body()
    done = office().contribute.submit(who(), text_of(sent, "library", who().member or ""), marc_of(sent))
    return jsonify(source=done.key, id=public_id(done.cluster)), 201


@blueprint.put("/records/<number>/holdings/<library>")
@needs_token
def state_holding(number: str, library: str) -> ResponseReturnValue:
    """ "We have it": call number, location, copies, note, url."""
    sent = body()
    copies = sent.get("copies")
    if copies is not None and (isinstance(copies, bool) or not isinstance(copies, int)):
        raise WrongUse("copies is a whole number or null")
    names = (("callNumber", 200), ("location", 200), ("note", 500), ("url", 500))
    call_number, location, note, url = (text_of(sent, name, "", longest) for name, longest in names)
    found = record_or_404(number)
    words = HoldingWords(call_number, location, copies, note, url)
    done = office().contribute.we_have_it(who(), library, found.id, words)
    return jsonify(source=done.key, id=public_id(done.cluster))


@blueprint.delete("/records/<number>/holdings/<library>")
@needs_token
def withdraw_holding(number: str, library: str) -> ResponseReturnValue:
    who().require("contribute", library)
    statement = office().contribute.statement(library, record_or_404(number).id)
    if statement is None:
        raise NotFound(f"{library[:40]} has stated nothing here about {number}")
    office().contribute.withdraw(who(), statement.key)
    return "", 204


# --- verdicts ----------------------------------------------------------------------------------------------


@blueprint.get("/verdicts")
@needs_token
def verdicts() -> ResponseReturnValue:
    who().require("search")
    key = request.args.get("key", "")[:600].replace("\x00", "")
    return jsonify(verdicts=[verdict_json(one) for one in office().review.history(key=key)])


@blueprint.post("/verdicts")
@needs_token
def judge() -> ResponseReturnValue:
    """``{"left": key, "right": key, "same": true, "why": …}``; 201."""
    sent = body()
    same = sent.get("same")
    if not isinstance(same, bool):
        raise WrongUse("same is true or false")
    why = text_of(sent, "why", "", 500)
    made = office().review.judge(who(), text_of(sent, "left"), text_of(sent, "right"), same=same, why=why)
    return jsonify(spoken_json(made)), 201


@blueprint.delete("/verdicts/<int:number>")
@needs_token
def undo(number: int) -> ResponseReturnValue:
    if number >= 2**63:
        raise NotFound(f"there is no verdict number {number}")
    return jsonify(verdict_json(office().review.undo(who(), number)[0]))


# --- sources and runs --------------------------------------------------------------------------------------


@blueprint.get("/sources")
@needs_token
def sources() -> ResponseReturnValue:
    who().require("watch")
    return jsonify(sources=[source_json(state.source) for state in office().administration.sources()])


@blueprint.post("/sources/<code>/runs")
@needs_token
def start_run(code: str) -> ResponseReturnValue:
    """Begins a harvest; 202. ``{"full": true}`` for everything."""
    full = body().get("full", False)
    if not isinstance(full, bool):
        raise WrongUse("full is true or false")
    office().administration.run(who(), code, full=full)
    return jsonify(source=code, state="running"), 202


@blueprint.get("/runs")
@needs_token
def runs() -> ResponseReturnValue:
    who().require("watch")
    before = whole("before", 0, 0, 999_999_999) or None
    count = whole("count", 50, 1, MOST)
    found = office().administration.runs(before=before, limit=count)
    return jsonify(runs=[run_json(harvest, source) for harvest, source in found])


@blueprint.get("/runs/<int:number>")
@needs_token
def run(number: int) -> ResponseReturnValue:
    who().require("watch")
    if number >= 2**63:
        raise NotFound(f"there is no run number {number}")
    harvest, source, refused = office().administration.run_of(number)
    reasons = [{"position": one.position, "identifier": one.identifier, "reason": one.reason} for one in refused]
    return jsonify(**run_json(harvest, source), refusals=reasons)
