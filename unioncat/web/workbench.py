"""The cataloguers' workbench: start page, search, a record with all that staff see of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from unioncat.marc import from_json
from unioncat.model import ClusterId, MemberCode, NotFound, UnionCatError, WrongUse, parse_public_id
from unioncat.services.contribute import HoldingWords
from unioncat.services.copy_cataloguing import Hit, Wish, own_query
from unioncat.services.marc_text import to_text
from unioncat.web import display
from unioncat.web.auth import acting_for, actor, log_in_again, office, user
from unioncat.web.language import chosen, of
from unioncat.web.libraries import PROFILE
from unioncat.web.messages import said
from unioncat.web.parts import base_address, parts
from unioncat.web.public import listed
from unioncat.web.records import shelves
from unioncat.web.security import limiter

__all__ = ["blueprint", "cluster_of", "member_needed"]

WISHES: Mapping[str, object] = {
    "anywhere": _l("Anywhere"),
    "isbn": "ISBN",
    "title": _l("Title"),
    "author": _l("Author"),
}
TARGET_SECONDS = 8.0
VERDICTS = 30  # shown beside a record; all are on their own page
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NUMBER = re.compile(r"\d{7}[\dX]|\d{9}[\dX]|97[89]\d{10}")

blueprint = Blueprint("workbench", __name__, url_prefix="/workbench")


@blueprint.before_request
def somebody() -> ResponseReturnValue | None:
    """Everybody here is logged in; what they may do is asked by the services."""
    if user() is None and request.endpoint == "workbench.act":
        return log_in_again()
    if user() is None:
        target = request.full_path.rstrip("?") if request.method == "GET" else url_for("workbench.home")
        return redirect(url_for("auth.login", next=target))
    return None


def member_needed() -> MemberCode:
    """The library that is acted for; WrongUse with a sentence if an administrator has chosen none."""
    member = acting_for()
    if member is None:
        raise WrongUse(_("Choose on the workbench's start page for which library you act."))
    return member


def cluster_of(public_id: str) -> ClusterId:
    cluster = parse_public_id(public_id)
    if cluster is None:
        abort(404)
    return parts().catalogue.heir(cluster)


@blueprint.get("")
def home() -> ResponseReturnValue:
    who = actor()
    member = acting_for()
    may_write = member is not None and who.may("contribute", member)
    return render_template(
        "workbench/home.html",
        member=parts().catalogue.members().get(member) if member else None,
        may_write=may_write,
        drafts=[(draft, display.title_of(draft.record)) for draft in office().drafts.all(who)],
        own=[
            (record, display.title_of(from_json(record.marc)))
            for record in (office().contribute.own_records(member, limit=10) if member else [])
        ],
        batches=office().batches.all(who, member, limit=5) if member and may_write else [],
        waiting=office().review.waiting(who) if who.may("judge") else 0,
        members=parts().catalogue.members(),
        gives_back=office().desk.gives_back,
    )


@blueprint.post("/acting-for")
def choose_member() -> ResponseReturnValue:
    """An administrator chooses the library to act for."""
    code = request.form.get("member", "")
    if actor().role != "admin" or (code and code not in parts().catalogue.members()):
        abort(403)
    session["acting_for"] = code
    return redirect(url_for(".home"), 303)


@blueprint.get("/search")
@limiter.limit("30 per minute")
def search() -> ResponseReturnValue:
    """Here and in chosen targets, side by side; a target that does not answer in time says so in its column."""
    actor().require("search")
    wish = wish_of({name: " ".join(request.args.get(name, "")[:300].split()) for name in WISHES})
    copying = office().copying
    targets = copying.targets.all() if copying is not None else []
    chosen = [target.code for target in targets if target.code in request.args.getlist("in")]
    asked = any((wish.issn, *(getattr(wish, name) for name in WISHES)))
    columns = copying.search(wish, chosen, seconds=TARGET_SECONDS) if copying is not None and asked else []
    shown = [(column, [(hit, *_shown(hit)) for hit in column.hits]) for column in columns if column.target is not None]
    here = parts().finder.search(own_query(wish), count=20) if asked else None
    return render_template(
        "workbench/search.html",
        wish=wish,
        wishes=WISHES,
        asked=asked,
        targets=targets,
        chosen=chosen,
        total=here.total if here else 0,
        listed=listed(here.records) if here else [],
        columns=shown,
        member=acting_for(),
    )


def wish_of(fields: dict[str, str]) -> Wish:
    """What was typed; a scanned ISBN or ISSN is asked for as such, so that every target understands it."""
    number = fields["anywhere"].replace("-", "").replace(" ", "").upper()
    if _NUMBER.fullmatch(number):
        if len(number) == 8:
            return Wish(**{**fields, "anywhere": ""}, issn=number)
        fields = {**fields, "anywhere": "", "isbn": fields["isbn"] or number}
    return Wish(**fields)


def _shown(hit: Hit) -> tuple[display.Brief | None, str]:
    if hit.record is None:
        return None, ""
    return display.brief(hit.record), to_text(hit.record)


@blueprint.get("/record/<public_id>")
def record(public_id: str) -> ResponseReturnValue:
    """A merged record as staff see it: fields with their origin, findings, source records, verdicts."""
    actor().require("search")
    cluster = cluster_of(public_id)
    catalogue = parts().catalogue
    found = catalogue.record(cluster)
    parsed = from_json(found.marc)
    came_from: dict[int, list[str]] = {}
    rules: dict[int, str] = {}
    for one in catalogue.provenance(cluster):
        came_from.setdefault(one.field_index, []).append(one.record_key)
        rules[one.field_index] = one.rule
    lines = [
        replace(line, sources=(*came_from.get(line.index, ()), *([rules[line.index]] if line.index in rules else [])))
        for line in display.marc_lines(parsed)
    ]
    sources = [one for one in catalogue.source_records(cluster) if not one.deleted]
    verdicts = {verdict.id: verdict for one in sources[:50] for verdict in office().review.history(key=one.key)}
    member, owners = acting_for(), office().review.owners()
    return render_template(
        "workbench/record.html",
        record=found,
        brief=display.brief(parsed),
        lines=lines,
        remarks=office().contribute.remarks(parsed),
        shelves=shelves(found),
        sources=[(one, display.brief(from_json(one.marc)), owners.get(one.source, "")) for one in sources],
        members=catalogue.members(),
        judged={code for code in owners.values() if actor().may("judge", code)},
        verdicts=office().review.standing(sorted(verdicts.values(), key=lambda one: -one.id)[:VERDICTS]),
        member=member,
        statement=office().contribute.statement(member, cluster) if member else None,
        has_it=member is not None and any(one.member == member for one in found.holdings),
    )


@blueprint.post("/record/<public_id>/have")
def have(public_id: str) -> ResponseReturnValue:
    """ "We have it", or the words about it."""
    cluster = cluster_of(public_id)
    copies = request.form.get("copies", "").strip()
    words = HoldingWords(
        call_number=request.form.get("call_number", "")[:200],
        location=request.form.get("location", "")[:200],
        copies=int(copies) if copies.isascii() and copies.isdigit() and len(copies) < 6 else None,
        note=request.form.get("note", "")[:500],
        url=request.form.get("url", "").strip()[:500],
    )
    try:
        done = office().contribute.we_have_it(actor(), member_needed(), cluster, words)
        flash(_("Noted: your library has it."), "done")
        cluster = done.cluster
    except WrongUse as error:
        flash(said(error), "error")
    return redirect(url_for(".record", public_id=parts().catalogue.record(cluster).public_id), 303)


@blueprint.post("/record/<public_id>/have/remove")
def have_not(public_id: str) -> ResponseReturnValue:
    cluster = cluster_of(public_id)
    statement = office().contribute.statement(member_needed(), cluster)
    if statement is None:
        raise NotFound(_("Your library has stated nothing here about this title."))
    office().contribute.withdraw(actor(), statement.key)
    flash(_("The statement is taken back."), "done")
    return redirect(url_for(".record", public_id=public_id), 303)


@blueprint.post("/withdraw")
def withdraw() -> ResponseReturnValue:
    """Removes a record that the library typed here."""
    try:
        office().contribute.withdraw(actor(), request.form.get("key", ""))
        flash(_("The record is withdrawn."), "done")
    except WrongUse as error:
        flash(said(error), "error")
    return redirect(url_for(".home"), 303)


@blueprint.get("/report")
def report() -> ResponseReturnValue:
    """The library's report, as a page to read and print; ``/report.xlsx`` as a workbook."""
    site = parts().site
    name = of(site.name_vi, site.name_en)
    page = office().desk.page(actor(), member_needed(), chosen(), catalogue=name, public_url=base_address())
    response = Response(page)
    response.headers["Content-Security-Policy"] = REPORT_POLICY  # it carries its own style, and no script
    return response


@blueprint.get("/report.xlsx")
def report_workbook() -> ResponseReturnValue:
    member = member_needed()
    response = Response(office().desk.workbook(actor(), member, chosen()), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="report-{member}.xlsx"'
    return response


@blueprint.get("/giveback.<suffix>")
def giveback(suffix: str) -> ResponseReturnValue:
    """The library's own records, enriched, in one file: ``mrc`` or ``xml``."""
    member = member_needed()
    records = office().desk.giveback(actor(), member, {"mrc": "iso2709", "xml": "marcxml"}.get(suffix, ""))
    if suffix == "xml":
        opened = b'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">'
        body: Iterator[bytes] = chain([opened], records, [b"</collection>\n"])
        response = Response(body, content_type="application/marcxml+xml; charset=utf-8")
    else:
        response = Response(records, content_type="application/marc")
    response.headers["Content-Disposition"] = f'attachment; filename="giveback-{member}.{suffix}"'
    return response


@blueprint.route("/library", methods=["GET", "POST"])
def library() -> ResponseReturnValue:
    """What the library says of itself on its own page."""
    code = member_needed()
    actor().require("describe", code)
    keys = [key for row in PROFILE for key in (row.key, f"{row.key}_en")]
    if request.method == "POST":
        words = {name: request.form.get(name, "")[:500] for name in ("name", "name_en", "email", "link_template")}
        profile = {key: request.form.get(key, "")[:5000].replace("\r\n", "\n") for key in keys}
        try:
            office().administration.describe(actor(), code, profile, **words)
            flash(_("Saved. The library’s page shows it in a few seconds."), "done")
            return redirect(url_for(".library"), 303)
        except UnionCatError as error:
            flash(said(error), "error")
    return render_template("workbench/library.html", member=office().administration.member(code), rows=PROFILE)
