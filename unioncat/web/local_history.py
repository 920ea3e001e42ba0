"""The local-history (địa chí) collection: by district, by theme, with what can be read online."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from unioncat.search.engine import FacetRequest
from unioncat.search.query import And, Or, Query, Relation, SortKey, term
from unioncat.text import collation_key, fold
from unioncat.web.parts import parts
from unioncat.web.public import choices, listed
from unioncat.web.search_form import FACETS, SearchForm

__all__ = ["COLLECTION", "blueprint"]

blueprint = Blueprint("local", __name__)

COLLECTION: Query = term("collection", "diachi", Relation.EXACT)
THEMES = 24
SHOWN = 6
_KINDS = ("huyen ", "thanh pho ", "thi xa ", "quan ", "phuong ", "xa ")


def bare_name(district: str) -> str:
    """``Huyện Ba Tri`` → ``Ba Tri``: records name the place both ways."""
    folded = fold(district)
    for kind in _KINDS:
        if folded.startswith(kind):
            return " ".join(district.split()[len(kind.split()) :])
    return district


def about(district: str) -> Query:
    """Titles of the collection that name the district in title or subjects."""
    name = bare_name(district)
    return And((COLLECTION, Or((term("title", name, Relation.ADJ), term("subject", name, Relation.ADJ)))))


@blueprint.get("/local-history")
def index() -> ResponseReturnValue:
    here = parts()
    found = here.finder.search(
        COLLECTION,
        count=SHOWN,
        sort=(SortKey("created", descending=True),),
        facets=[FacetRequest("subject", THEMES), FacetRequest("type", 12)],
    )
    digital = here.finder.search(And((COLLECTION, term("digital", "yes", Relation.EXACT))), count=SHOWN)
    names = sorted(
        {member.district for member in here.catalogue.members().values() if member.district}, key=collation_key
    )
    districts = [(name, bare_name(name), here.finder.search(about(name), count=0).total) for name in names]
    by_name = {facet.name: facet for facet in FACETS}
    return render_template(
        "local_history.html",
        total=found.total,
        newest=listed(found.records),
        digital_total=digital.total,
        digital=listed(digital.records),
        districts=[row for row in districts if row[2]],
        themes=choices(SearchForm(), by_name["subject"], found.facets.get("subject", ())),
        types=choices(SearchForm(), by_name["type"], found.facets.get("type", ())),
    )


@blueprint.get("/dia-chi")
def short() -> ResponseReturnValue:
    return redirect(url_for(".index"), 301)
