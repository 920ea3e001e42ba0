"""New titles: as Atom feeds (RFC 4287) and as bibliographies to print, for a library, a subject or any search."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from lxml import etree

from unioncat.model import BadQuery
from unioncat.search.query import And, Everything, Query, SortKey
from unioncat.text import collation_key
from unioncat.web.language import chosen, member_name, of
from unioncat.web.libraries import held_by, member_or_404
from unioncat.web.parts import base_address, parts
from unioncat.web.public import SEARCH_LIMIT, Listed, listed
from unioncat.web.search_form import SearchForm
from unioncat.web.security import limiter

__all__ = ["ATOM", "blueprint"]

blueprint = Blueprint("feeds", __name__)

ATOM = "http://www.w3.org/2005/Atom"
NAMES = cast("dict[str, str]", {None: ATOM})  # the stub knows no default namespace
ENTRIES = 50
PRINTED = 300
NEWEST = (SortKey("created", descending=True),)


@blueprint.get("/feeds")
def index() -> ResponseReturnValue:
    members = [member for member in parts().catalogue.members().values() if member.active]
    members.sort(key=lambda one: collation_key(member_name(one)))
    return render_template("feeds.html", members=members)


@blueprint.get("/feeds/new.atom")
def newest() -> ResponseReturnValue:
    return atom(Everything(), of(parts().site.name_vi, parts().site.name_en), url_for("public.home"))


@blueprint.get("/feeds/library/<code>.atom")
def library(code: str) -> ResponseReturnValue:
    member = member_or_404(code)
    return atom(held_by(code), member_name(member), url_for("libraries.page", code=code))


@blueprint.get("/feeds/search.atom")
@limiter.limit(SEARCH_LIMIT)
def search() -> ResponseReturnValue:
    """Any search, with the arguments of its results page."""
    form = SearchForm.of(request.args)
    return atom(form.query(), _named(form), form.href())


@blueprint.get("/feeds/print")
@limiter.limit(SEARCH_LIMIT)
def bibliography() -> ResponseReturnValue:
    """A bibliography of any search, of one library with ``in=<code>``, in the order of the Vietnamese alphabet."""
    form = SearchForm.of(request.args)
    code = request.args.get("in", "")
    member = member_or_404(code) if code else None
    query: Query = form.query()
    if member is not None:
        query = And((query, held_by(code)))
    found = parts().finder.search(query, count=PRINTED, sort=NEWEST)
    rows = sorted(listed(found.records), key=_order)
    letters: dict[str, list[Listed]] = {}
    for one in rows:
        letters.setdefault(_letter(one), []).append(one)
    return render_template(
        "bibliography.html",
        title=_named(form) if not form.is_empty else _("New titles"),
        member=member,
        letters=letters,
        total=found.total,
        shown=len(rows),
        today=datetime.now(UTC),
    )


def _named(form: SearchForm) -> str:
    words = [form.text, *(row.text for row in form.rows), *(value for _facet, value in form.chosen)]
    return " · ".join(word for word in words if word) or _("All titles")


def _order(one: Listed) -> tuple[bytes, bytes]:
    return collation_key(one.brief.author or one.brief.title), collation_key(one.brief.title)


def _letter(one: Listed) -> str:
    """The letter that a title stands under: the first that counts in the order; "#" for numbers."""
    first = next((sign for sign in one.brief.author or one.brief.title if sign.isalnum()), "#")
    return first.upper() if first.isalpha() else "#"


def atom(query: Query, title: str, page: str) -> Response:
    """The ENTRIES newest titles of a query. Raises BadQuery."""
    try:
        records = parts().finder.search(query, count=ENTRIES, sort=NEWEST).records
    except BadQuery:
        abort(400)
    base = base_address()
    root = etree.Element(f"{{{ATOM}}}feed", nsmap=NAMES)
    root.set("{http://www.w3.org/XML/1998/namespace}lang", chosen())

    def add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
        element = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
        if text:
            element.text = text
        return element

    here = base + request.full_path.rstrip("?")
    updated = max((record.datestamp for record in records), default=datetime(2020, 1, 1, tzinfo=UTC))
    add(root, "id", here)
    add(root, "title", _("New titles: %(title)s", title=title))
    add(root, "updated", updated.strftime("%Y-%m-%dT%H:%M:%SZ"))
    add(root, "link", rel="self", type="application/atom+xml", href=here)
    add(root, "link", rel="alternate", type="text/html", href=base + page)
    author = add(root, "author")
    add(author, "name", of(parts().site.name_vi, parts().site.name_en))
    for one in listed(records):
        entry = add(root, "entry")
        address = f"{base}/record/{one.record.public_id}"
        head = one.brief
        add(entry, "id", address)
        add(entry, "title", f"{head.title} : {head.rest}" if head.rest else head.title)
        add(entry, "published", one.record.created.strftime("%Y-%m-%dT%H:%M:%SZ"))
        add(entry, "updated", one.record.datestamp.strftime("%Y-%m-%dT%H:%M:%SZ"))
        add(entry, "link", rel="alternate", type="text/html", href=address)
        if head.author:
            add(add(entry, "author"), "name", head.author)
        libraries = ", ".join(member_name(member, code) for member, code, _copies in one.libraries)
        add(entry, "summary", " — ".join(part for part in (head.author, head.imprint, libraries) if part))
    body = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    response = Response(body, content_type="application/atom+xml; charset=utf-8")
    response.last_modified = updated
    response.cache_control.max_age = 600
    response.make_conditional(request)
    return response
