"""A site for every member library, for those that have none: made of its own words and its own records."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from unioncat.model import MEMBER_KINDS, Member, MemberCode
from unioncat.search.engine import FacetRequest
from unioncat.search.query import And, Query, Relation, SortKey, term
from unioncat.text import collation_key
from unioncat.web.language import chosen, member_name
from unioncat.web.parts import parts
from unioncat.web.public import SEARCH_LIMIT, choices, listed, results
from unioncat.web.search_form import FACETS, SearchForm
from unioncat.web.security import limiter, may_be_framed

__all__ = ["PROFILE", "ProfileRow", "blueprint", "held_by"]

blueprint = Blueprint("libraries", __name__)

NEW_TITLES = 8


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One thing that a library can say of itself. key: name in ``Member.profile``; English: key + ``_en``.

    kind: text, lines, address (http), phone or mail
    """

    key: str
    label: object
    kind: str = "text"


PROFILE: tuple[ProfileRow, ...] = (
    ProfileRow("about", _l("About us"), "lines"),
    ProfileRow("hours", _l("Opening hours"), "lines"),
    ProfileRow("address", _l("Address"), "lines"),
    ProfileRow("phone", _l("Telephone"), "phone"),
    ProfileRow("website", _l("Website"), "address"),
    ProfileRow("map", _l("Map"), "address"),
    ProfileRow("services", _l("Services"), "lines"),
    ProfileRow("notice", _l("Notice"), "lines"),
)


def held_by(code: str) -> Query:
    return term("library", code, Relation.EXACT)


def member_or_404(code: str) -> Member:
    member = parts().catalogue.members().get(MemberCode(code))
    if member is None or not member.active:
        abort(404)
    return member


def profile_text(member: Member, key: str) -> str:
    """What the library says under `key`, in the page's language or else in Vietnamese."""
    text = str(member.profile.get(f"{key}_en" if chosen() == "en" else key, "") or member.profile.get(key, ""))
    row = next((row for row in PROFILE if row.key == key), None)
    if row is not None and row.kind == "address" and not text.startswith(("https://", "http://")):
        return ""
    return text


@blueprint.get("/library")
def index() -> ResponseReturnValue:
    members = [member for member in parts().catalogue.members().values() if member.active]
    kinds = [
        (
            kind,
            sorted((one for one in members if one.kind == kind), key=lambda one: collation_key(member_name(one))),
        )
        for kind in MEMBER_KINDS
    ]
    return render_template("libraries.html", kinds=[pair for pair in kinds if pair[1]], counts=parts().tallies())


@blueprint.get("/library/<code>")
def page(code: str) -> ResponseReturnValue:
    member = member_or_404(code)
    here = parts()
    held = held_by(code)
    facets = here.finder.search(
        held, count=NEW_TITLES, sort=(SortKey("created", descending=True),), facets=[FacetRequest("subject", 16)]
    )
    local = here.finder.search(And((held, term("collection", "diachi", Relation.EXACT))), count=4)
    subject = next(facet for facet in FACETS if facet.name == "subject")
    return _framed(
        render_template(
            "library.html",
            member=member,
            profile=[(row, text) for row in PROFILE if (text := profile_text(member, row.key))],
            total=facets.total,
            newest=listed(facets.records),
            local_total=local.total,
            local=listed(local.records),
            subjects=choices(SearchForm(), subject, facets.facets.get("subject", ())),
            path=url_for(".search", code=code),
            embedded=bool(request.args.get("embed")),
        )
    )


@blueprint.get("/library/<code>/search")
@limiter.limit(SEARCH_LIMIT)
def search(code: str) -> ResponseReturnValue:
    """The results page in the library's own dress, over its own holdings."""
    member = member_or_404(code)
    made = results(
        SearchForm.of(request.args),
        path=url_for(".search", code=code),
        within=held_by(code),
        template="library_search.html",
        member=member,
        embedded=bool(request.args.get("embed")),
    )
    return _framed(made)


def _framed(made: ResponseReturnValue) -> Response:
    return may_be_framed(make_response(made))
