"""One record: its page, its MARC, its other forms, and where it went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from unioncat.marc import Record, first, from_json
from unioncat.marc.formats import ExportRecord
from unioncat.model import MEMBER_KINDS, BadQuery, Holding, Member, MemberCode, UnionRecord, parse_public_id
from unioncat.search.query import And, Position, Query, Relation, SortKey, Term, term, words
from unioncat.web import citation, display, downloads
from unioncat.web.language import member_name
from unioncat.web.parts import base_address, parts
from unioncat.web.public import Listed, listed

__all__ = ["Shelf", "blueprint", "shelves"]

blueprint = Blueprint("records", __name__)

MOST_OTHERS = 8


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one library has of a record. link: the record in that library's own catalogue, or ""."""

    code: MemberCode
    member: Member | None
    holdings: tuple[Holding, ...]
    copies: int | None
    link: str


def shelves(record: UnionRecord) -> list[Shelf]:
    """Holdings gathered by library: provincial libraries first, then by name."""
    members = parts().catalogue.members()
    gathered: dict[MemberCode, list[Holding]] = {}
    for holding in record.holdings:
        gathered.setdefault(holding.member, []).append(holding)
    found = []
    for code, holdings in gathered.items():
        member = members.get(code)
        numbers = [one.copies if one.copies is not None else len(one.items) or None for one in holdings]
        known = [number for number in numbers if number is not None]
        found.append(Shelf(code, member, tuple(holdings), sum(known) if known else None, _link(member, holdings)))
    order = {kind: place for place, kind in enumerate(MEMBER_KINDS)}
    return sorted(
        found, key=lambda one: (order.get(one.member.kind, 9) if one.member else 9, member_name(one.member, one.code))
    )


def _link(member: Member | None, holdings: list[Holding]) -> str:
    if member is None or "{id}" not in member.link_template:
        return ""
    number = next((one.local_id for one in holdings if one.local_id), "")
    return member.link_template.replace("{id}", quote(number, safe="")) if number else ""


def find(public_id: str, suffix: str = "") -> UnionRecord | Response:
    """The live record, or the redirect to its heir. Aborts with 404 or 410."""
    cluster = parse_public_id(public_id)
    if cluster is None:
        abort(404)
    catalogue = parts().catalogue
    record = catalogue.record(cluster)
    if not record.deleted:
        return record
    heir = catalogue.heir(cluster)
    if heir == cluster:
        return record
    where = url_for(".page", public_id=catalogue.record(heir).public_id) + suffix
    query = request.query_string.decode("ascii", "replace")
    response = redirect(f"{where}?{query}" if query else where, 301)
    assert isinstance(response, Response)
    return response


def gone(record: UnionRecord) -> ResponseReturnValue:
    title = display.brief(from_json(record.marc)).title if record.marc else ""
    return render_template("gone.html", record=record, title=title), 410


def others(record: UnionRecord, parsed: Record) -> list[Listed]:
    """Other records whose title begins with the same words and that have the same author: editions and volumes."""
    title = display.trim(first(parsed, "245$a") or "")
    if not title:
        return []
    asked: Query = Term("title_proper", words(title), Relation.ADJ, Position.FIRST_IN_FIELD)
    name = display.trim(first(parsed, "100$a") or first(parsed, "110$a") or "")
    if name:
        asked = And((asked, term("author", name, Relation.ALL)))
    elif len(title.split()) < 3:
        return []
    try:
        found = parts().finder.search(asked, count=MOST_OTHERS + 1, sort=(SortKey("year"),))
    except BadQuery:
        return []
    return listed(one for one in found.records if one.id != record.id)[:MOST_OTHERS]


def json_ld(export: ExportRecord) -> Markup:
    """schema.org description to stand in a script element; "" where no such format is installed."""
    one = downloads.by_suffix(parts().formats.export, "jsonld")
    if one is None:
        return Markup()
    text = one.render(export).decode("utf-8")
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704


@blueprint.get("/record/<public_id>")
def page(public_id: str) -> ResponseReturnValue:
    stem, dot, suffix = public_id.partition(".")
    formats = parts().formats.export
    wanted = downloads.by_suffix(formats, suffix) if dot else downloads.by_accept(formats, request.accept_mimetypes)
    if dot and wanted is None:
        abort(404)
    record = find(stem, dot + suffix)
    if isinstance(record, Response):
        return record
    if record.deleted:
        return gone(record)
    export = parts().catalogue.export(record, base_address())
    if wanted is not None:
        response = downloads.respond(wanted, export, attachment=bool(dot))
    else:
        marc = export.record
        head = display.brief(marc)
        response = Response(
            render_template(
                "record.html",
                record=record,
                brief=head,
                others=others(record, marc),
                json_ld=json_ld(export),
                details=display.details(marc),
                shelves=shelves(record),
                formats=downloads.offered(formats),
            )
        )
    response.vary.update(("Accept", "Cookie"))
    return response


@blueprint.get("/record/<public_id>/cite")
def cite(public_id: str) -> ResponseReturnValue:
    record = find(public_id, "/cite")
    if isinstance(record, Response):
        return record
    if record.deleted:
        return gone(record)
    parsed = from_json(record.marc)
    address = base_address() + url_for(".page", public_id=record.public_id)
    return render_template(
        "cite.html",
        record=record,
        brief=display.brief(parsed),
        styles=citation.styles(parsed, address),
        formats=downloads.offered(parts().formats.export),
    )


@blueprint.get("/record/<public_id>/marc")
def marc(public_id: str) -> ResponseReturnValue:
    record = find(public_id, "/marc")
    if isinstance(record, Response):
        return record
    if record.deleted:
        return gone(record)
    parsed = from_json(record.marc)
    came_from: dict[int, list[str]] = {}
    for one in parts().catalogue.provenance(record.id):
        came_from.setdefault(one.field_index, []).append(one.record_key)
    lines = [replace(line, sources=tuple(came_from.get(line.index, ()))) for line in display.marc_lines(parsed)]
    return render_template(
        "marc.html",
        record=record,
        brief=display.brief(parsed),
        lines=lines,
        sources=parts().catalogue.source_records(record.id),
        formats=downloads.offered(parts().formats.export),
    )
