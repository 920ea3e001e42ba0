"""What a reader asked for: the request's arguments as one value, as a query, and as links to its neighbours.

Arguments: ``q`` the box; rows of the advanced form ``f`` (access point), ``m`` (how), ``t`` (text), ``b`` (how joined
to the row before), repeated; one argument a facet, repeated; ``sort``; ``page`` from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from unioncat.search.engine import FacetRequest
from unioncat.search.query import And, Everything, Not, Or, Query, Relation, SortKey, term
from unioncat.services.find import parse_box

__all__ = ["FACETS", "HOWS", "JOINS", "SORTS", "Facet", "Row", "SearchForm"]

LAST_PAGE = 500
LONGEST = 500
MOST_ROWS = 8
MOST_CHOICES = 20
_RANGE = re.compile(r"(\d{1,4})?-(\d{1,4})?\Z|(\d{4})\Z")


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet of the results page. labels: table of ``labels.label`` for its codes; "" shows values as they are."""

    name: str
    title: object
    labels: str = ""
    limit: int = 8


FACETS: tuple[Facet, ...] = (
    Facet("library", _l("Library"), "member", 40),
    Facet("library_kind", _l("Kind of library"), "member_kind", 8),
    Facet("district", _l("District"), "", 12),
    Facet("type", _l("Type"), "type", 12),
    Facet("language", _l("Language"), "language", 8),
    Facet("subject", _l("Subject"), "", 10),
    Facet("collection", _l("Collection"), "collection", 6),
    Facet("digital", _l("Online"), "digital", 2),
)
YEAR = FacetRequest("year", limit=400)

SORTS: Mapping[str, tuple[object, tuple[SortKey, ...]]] = {
    "": (_l("Best match"), ()),
    "title": (_l("Title"), (SortKey("title"),)),
    "author": (_l("Author"), (SortKey("author"), SortKey("title"))),
    "newest": (_l("Newest first"), (SortKey("year", descending=True),)),
    "oldest": (_l("Oldest first"), (SortKey("year"),)),
    "added": (_l("New here first"), (SortKey("created", descending=True),)),
}

HOWS: Mapping[str, tuple[object, Relation]] = {
    "all": (_l("all words"), Relation.ALL),
    "any": (_l("any word"), Relation.ANY),
    "phrase": (_l("as a phrase"), Relation.ADJ),
    "is": (_l("exactly this"), Relation.EXACT),
}

JOINS: Mapping[str, object] = {"and": _l("and"), "or": _l("or"), "not": _l("but not")}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the advanced form. join: and, or, not (to the lines before it)."""

    access_point: str
    text: str
    how: str = "all"
    join: str = "and"


@dataclass(frozen=True, slots=True)
class SearchForm:
    """chosen: facet → values ticked (any of them); years: first and last, inclusive, None: open."""

    text: str = ""
    rows: tuple[Row, ...] = ()
    chosen: tuple[tuple[str, str], ...] = ()
    years: tuple[int | None, int | None] | None = None
    sort: str = ""
    page: int = 1

    @classmethod
    def of(cls, arguments: MultiDict[str, str]) -> SearchForm:
        """Whatever the address says; what makes no sense is left out."""
        chosen = [
            (facet.name, value[:LONGEST])
            for facet in FACETS
            for value in arguments.getlist(facet.name)
            if value.strip()
        ]
        sort = arguments.get("sort", "")
        page = arguments.get("page", "1")
        return cls(
            text=" ".join(arguments.get("q", "")[:LONGEST].split()),
            rows=tuple(_rows(arguments))[:MOST_ROWS],
            chosen=tuple(dict.fromkeys(chosen))[:MOST_CHOICES],
            years=_years(arguments),
            sort=sort if sort in SORTS else "",
            page=min(max(int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1, 1), LAST_PAGE),
        )

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.rows or self.chosen or self.years)

    def query(self) -> Query:
        """Raises BadQuery for a text that cannot be searched."""
        asked: Query | None = parse_box(self.text) if self.text else None
        for row in self.rows:
            one = term(row.access_point, row.text, HOWS[row.how][1])
            if asked is None:
                asked = Not(Everything(), one) if row.join == "not" else one
            elif row.join == "or":
                asked = Or((asked, one))
            elif row.join == "not":
                asked = Not(asked, one)
            else:
                asked = And((asked, one))
        limits: list[Query] = []
        for facet in FACETS:
            values = [value for name, value in self.chosen if name == facet.name]
            if values:
                ticked = tuple(term(facet.name, value, Relation.EXACT) for value in values)
                limits.append(ticked[0] if len(ticked) == 1 else Or(ticked))
        if self.years is not None:
            first, last = self.years
            limits.append(term("year", f"{first or 0} {last or 9999}", Relation.WITHIN))
        if asked is None and not limits:
            return Everything()
        whole = ([asked] if asked is not None else []) + limits
        return whole[0] if len(whole) == 1 else And(tuple(whole))

    def is_chosen(self, facet: str, value: str) -> bool:
        return (facet, value) in self.chosen

    def toggled(self, facet: str, value: str) -> SearchForm:
        """The same search, first page, with one facet value ticked or not."""
        pair = (facet, value)
        kept = tuple(one for one in self.chosen if one != pair)
        return replace(self, chosen=kept if pair in self.chosen else (*self.chosen, pair), page=1)

    def with_years(self, first: int | None, last: int | None) -> SearchForm:
        return replace(self, years=(first, last), page=1)

    def without_years(self) -> SearchForm:
        return replace(self, years=None, page=1)

    def sorted_by(self, sort: str) -> SearchForm:
        return replace(self, sort=sort, page=1)

    def at(self, page: int) -> SearchForm:
        return replace(self, page=page)

    def pairs(self, *, with_page: bool = True) -> list[tuple[str, str]]:
        """Arguments of the address of this search."""
        found = [("q", self.text)] if self.text else []
        for row in self.rows:
            found += [("b", row.join), ("f", row.access_point), ("m", row.how), ("t", row.text)]
        found += self.chosen
        if self.years is not None:
            first, last = self.years
            found.append(("year", f"{first if first is not None else ''}-{last if last is not None else ''}"))
        if self.sort:
            found.append(("sort", self.sort))
        if with_page and self.page > 1:
            found.append(("page", str(self.page)))
        return found

    def href(self, path: str = "/search") -> str:
        pairs = self.pairs()
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def hidden(self, *leave_out: str) -> Iterator[tuple[str, str]]:
        """Pairs for a form's hidden inputs."""
        return (pair for pair in self.pairs(with_page=False) if pair[0] not in leave_out)


def _rows(arguments: MultiDict[str, str]) -> Iterator[Row]:
    points, texts = arguments.getlist("f"), arguments.getlist("t")
    hows, joins = arguments.getlist("m"), arguments.getlist("b")
    for number, (point, text) in enumerate(zip(points, texts, strict=False)):
        how = hows[number] if number < len(hows) else "all"
        join = joins[number] if number < len(joins) else "and"
        kept = " ".join(text[:LONGEST].split())
        if kept and re.fullmatch(r"[a-z_]{1,40}", point):
            yield Row(point, kept, how if how in HOWS else "all", join if join in JOINS else "and")


def _years(arguments: MultiDict[str, str]) -> tuple[int | None, int | None] | None:
    """``year=1975-1990``, ``year=1975-``, ``year=1975``, or the form's two fields ``from`` and ``to``."""
    text = arguments.get("year", "").strip()
    if not text:
        text = f"{arguments.get('from', '').strip()}-{arguments.get('to', '').strip()}"
    found = _RANGE.match(text)
    if found is None or not (found[1] or found[2] or found[3]):
        return None
    if found[3]:
        return int(found[3]), int(found[3])
    first, last = (int(part) if part else None for part in (found[1], found[2]))
    if first is not None and last is not None and first > last:
        first, last = last, first
    return first, last
