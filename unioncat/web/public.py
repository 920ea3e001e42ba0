"""The readers' search: home, results, typeahead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from unioncat.marc import from_json
from unioncat.model import (
    MEMBER_KINDS,
    BadQuery,
    ConfigError,
    Holding,
    Member,
    MemberCode,
    NotFound,
    UnionRecord,
    parse_public_id,
)
from unioncat.search.access_points import ACCESS_POINTS, BY_NAME
from unioncat.search.engine import FacetRequest, FacetValue
from unioncat.search.query import And, Everything, Query, SortKey
from unioncat.text import collation_key
from unioncat.web import labels
from unioncat.web.display import Brief, brief
from unioncat.web.histogram import histogram
from unioncat.web.language import member_name, of
from unioncat.web.parts import parts
from unioncat.web.search_form import FACETS, HOWS, JOINS, LAST_PAGE, SORTS, YEAR, Facet, Row, SearchForm
from unioncat.web.security import limiter

__all__ = ["Choice", "Listed", "blueprint", "listed", "results"]

blueprint = Blueprint("public", __name__)

NEW_TITLES = 6
ADVANCED_ROWS = ("anywhere", "title", "author")
ADVANCED_CHOICES = ("library", "type", "language")
SEARCH_LIMIT = "120 per minute"


@dataclass(frozen=True, slots=True)
class Listed:
    """One record of a list. libraries: who has it, each with copies (None: not known), in the members' order."""

    record: UnionRecord
    brief: Brief
    libraries: tuple[tuple[Member | None, MemberCode, int | None], ...]

    def member_of(self, code: MemberCode) -> Member | None:
        """A library that has it, as far as we know it."""
        return next((member for member, known, _copies in self.libraries if known == code), None)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet as shown."""

    value: str
    text: str
    count: int
    chosen: bool


def listed(records: Iterable[UnionRecord]) -> list[Listed]:
    members = parts().catalogue.members()
    return [Listed(one, brief(from_json(one.marc)), _libraries(one.holdings, members)) for one in records]


def _libraries(
    holdings: Iterable[Holding], members: Mapping[MemberCode, Member]
) -> tuple[tuple[Member | None, MemberCode, int | None], ...]:
    copies: dict[MemberCode, int | None] = {}
    for holding in holdings:
        number = holding.copies if holding.copies is not None else len(holding.items) or None
        before = copies.get(holding.member)
        copies[holding.member] = number if before is None else before + (number or 0)
    order = {kind: place for place, kind in enumerate(MEMBER_KINDS)}

    def place(code: MemberCode) -> tuple[int, str]:
        member = members.get(code)
        return (order.get(member.kind, 9) if member else 9, code)

    return tuple((members.get(code), code, copies[code]) for code in sorted(copies, key=place))


def facet_text(facet: Facet, value: str, members: Mapping[MemberCode, Member]) -> str:
    if facet.labels == "member":
        return member_name(members.get(MemberCode(value)), value)
    return labels.label(facet.labels, value) if facet.labels else value


def choices(form: SearchForm, facet: Facet, values: Iterable[FacetValue]) -> list[Choice]:
    """Values that were found and those that are ticked, ticked ones first."""
    members = parts().catalogue.members()
    counted = {one.value: one.count for one in values}
    for name, value in form.chosen:
        if name == facet.name:
            counted.setdefault(value, 0)
    shown = [
        Choice(value, facet_text(facet, value, members), count, form.is_chosen(facet.name, value))
        for value, count in counted.items()
    ]
    return sorted(shown, key=lambda one: (not one.chosen, -one.count, one.text))


@blueprint.get("/")
def home() -> ResponseReturnValue:
    if request.args.get("q"):
        return redirect(SearchForm.of(request.args).href())
    here = parts()
    try:
        newest = here.finder.search(Everything(), count=NEW_TITLES, sort=(SortKey("created", descending=True),)).records
    except NotFound:  # no index yet: the first page of a new catalogue
        newest = []
    counts = here.tallies()
    kinds = [
        (kind, [member for member in here.catalogue.members().values() if member.kind == kind and member.active])
        for kind in MEMBER_KINDS
    ]
    return render_template("home.html", newest=listed(newest), counts=counts, kinds=[pair for pair in kinds if pair[1]])


@blueprint.get("/search")
@limiter.limit(SEARCH_LIMIT)
def search() -> ResponseReturnValue:
    form = SearchForm.of(request.args)
    if parse_public_id(form.text) is not None:
        return redirect(url_for("records.page", public_id=form.text))
    return results(form)


def results(
    form: SearchForm,
    *,
    path: str = "/search",
    within: Query | None = None,
    template: str = "search.html",
    **more: object,
) -> ResponseReturnValue:
    """The page of results. path: address that this search, its facets and pages are at; within: limits every search."""
    here = parts()
    size = here.site.page_size
    problem, found = "", None
    try:
        asked = form.query()
        found = here.finder.search(
            And((asked, within)) if within is not None else asked,
            start=(form.page - 1) * size + 1,
            count=size,
            sort=SORTS[form.sort][1],
            facets=[*(FacetRequest(facet.name, facet.limit) for facet in FACETS), YEAR],
        )
    except BadQuery as error:
        problem = labels.label("query_problem", error.kind) + (f": {error.details}" if error.details else "")
    except NotFound as error:
        raise ConfigError(str(error)) from error
    total = found.total if found is not None else 0
    last_page = min(max(1, -(-total // size)), LAST_PAGE)
    if total and form.page > last_page:
        return redirect(form.at(last_page).href(path))
    counted: Mapping[str, Iterable[FacetValue]] = found.facets if found is not None else {}
    shown = [(facet, choices(form, facet, counted.get(facet.name, ()))) for facet in FACETS]
    page = render_template(
        template,
        form=form,
        path=path,
        problem=problem,
        total=total,
        page=form.page,
        last_page=last_page,
        page_href=lambda number: form.at(number).href(path),
        first=(form.page - 1) * size + 1,
        listed=listed(found.records) if found is not None else [],
        facets=[(facet, values) for facet, values in shown if len(values) > 1 or any(one.chosen for one in values)],
        ticked=[(facet, one) for facet, values in shown for one in values if one.chosen],
        years=histogram(counted.get("year", ()), datetime.now(UTC).year + 1),
        sorts=SORTS,
        joins=JOINS,
        point_name=point_name,
        meant=here.finder.did_you_mean(form.text) if form.text and total < 3 and not problem else None,
        **more,
    )
    return page, 400 if problem else 200


def point_name(name: str) -> str:
    row = BY_NAME.get(name)
    return of(row.vi, row.en) if row is not None else name


@blueprint.get("/search/advanced")
def advanced() -> ResponseReturnValue:
    form = SearchForm.of(request.args)
    rows = [*form.rows, *(Row(name, "") for name in (ADVANCED_ROWS[len(form.rows) :] or ADVANCED_ROWS[:1]))]
    points = sorted((row for row in ACCESS_POINTS if row.advanced and not row.codes), key=lambda row: row.advanced)
    coded: Mapping[str, Iterable[FacetValue]] = {}
    requests = [FacetRequest(name, 200) for name in ADVANCED_CHOICES]
    coded = parts().finder.search(Everything(), count=0, facets=requests).facets
    pickers = [
        (facet, sorted(choices(form, facet, coded.get(facet.name, ())), key=lambda one: collation_key(one.text)))
        for facet in FACETS
        if facet.name in ADVANCED_CHOICES
    ]
    return render_template(
        "advanced.html", form=form, rows=rows, points=points, pickers=pickers, hows=HOWS, joins=JOINS, sorts=SORTS
    )


@blueprint.get("/opensearch.xml")
def opensearch() -> ResponseReturnValue:
    """OpenSearch 1.1 description: browsers offer the catalogue in their own search box."""
    body = render_template("opensearch.xml")
    return Response(body, content_type="application/opensearchdescription+xml; charset=utf-8")


@blueprint.get("/suggest")
@limiter.limit("240 per minute")
def suggest() -> ResponseReturnValue:
    """Typeahead: at most ten whole searches that begin like ``q``."""
    prefix = " ".join(request.args.get("q", "")[:80].split())
    words = list(parts().finder.suggestions(prefix))[:10] if len(prefix) > 1 else []
    response = jsonify([prefix, words] if request.args.get("form") == "opensearch" else words)
    response.cache_control.max_age = 300
    response.cache_control.private = True
    return response
