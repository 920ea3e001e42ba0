"""The MARC editor: a table of fields or MARCMaker text, checked while typing, kept as a draft, submitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from mappings.codelists import table
from unioncat.marc import Record, from_json, to_iso2709, to_marcxml
from unioncat.model import BadRecord, ClusterId, Conflict, NotFound, parse_public_id, public_id
from unioncat.services.contribute import Likely, Remark, new_number
from unioncat.services.marc_text import FieldRow, from_rows, from_text, rows_of, to_text
from unioncat.web import display, labels
from unioncat.web.auth import actor, office
from unioncat.web.language import chosen
from unioncat.web.messages import said
from unioncat.web.parts import parts
from unioncat.web.workbench import blueprint, member_needed

__all__ = ["KINDS", "Editing", "blueprint", "new_rows"]

BLANK_LINES = 3
SHOWN_LANGUAGES = ("vie", "eng", "fre", "rus", "chi", "ger", "jpn", "kor", "khm", "lao", "tha", "spa", "mul")
MOST_LIKELY_SHOWN = 4
KINDS = ("book", "serial", "map")
"""What a new record can begin as: ``data/new_<kind>.txt``. Empty fields are left out when it is sent."""


@dataclass(frozen=True, slots=True)
class Editing:
    """What stands in the editor. identifier: of the library's own record that is edited; "": a new one.

    base:     digest of the state that the editing began with
    same_as:  merged record that this one betters
    fresh:    number that a new record will bear, however often the form is sent
    text:     MARCMaker text, when that is the view; rows: the table, otherwise
    """

    rows: tuple[FieldRow, ...] = ()
    text: str = ""
    view: str = "table"
    draft: int | None = None
    identifier: str = ""
    base: bytes = b""
    same_as: ClusterId | None = None
    fresh: str = ""


def filled(rows: list[FieldRow]) -> list[FieldRow]:
    """Rows without those that hold codes and no text."""
    kept = []
    for row in rows:
        bare = row.content
        for number in "0123456789abcdefghijklmnopqrstuvwxyz":
            bare = bare.replace(f"${number}", "")
        if bare.strip():
            kept.append(row)
    return kept


def record_in(state: Editing) -> Record:
    """Raises BadRecord."""
    if state.view == "text":
        return from_text(state.text)
    return from_rows(filled(list(state.rows)))


def from_form(form: MultiDict[str, str] | None = None) -> Editing:
    """What was sent; `form` in place of the request's own."""
    form = request.form if form is None else form
    tags, indicators, contents = form.getlist("tag"), form.getlist("ind"), form.getlist("content")
    rows = tuple(
        FieldRow(tag.strip()[:3], pair[:2], content.strip("\r\n"))
        for tag, pair, content in zip(tags, indicators, contents, strict=False)
        if tag.strip() or content.strip()
    )
    draft = form.get("draft", "")
    base = form.get("base", "")
    try:
        digest = bytes.fromhex(base)
    except ValueError:
        digest = b""
    return Editing(
        rows=rows,
        text=form.get("text", ""),
        view="text" if form.get("view") == "text" else "table",
        draft=int(draft) if draft.isascii() and draft.isdigit() else None,
        identifier=form.get("identifier", "")[:100],
        base=digest,
        same_as=parse_public_id(form.get("same_as", "")),
        fresh=form.get("fresh", "")[:40],
    )


def opened() -> Editing:
    """What the address asks to edit: ``draft``, ``key`` (own record), ``better`` or ``copy`` (merged), or ``new``."""
    who = actor()
    if request.args.get("draft", "").isdigit():
        draft = office().drafts.get(who, int(request.args["draft"]))
        rows = tuple(rows_of(draft.record))
        return Editing(rows, "", "table", draft.id, draft.identifier, draft.base, draft.same_as)
    if key := request.args.get("key", ""):
        held = office().contribute.source_record(key)
        source, _slash, identifier = key.partition("/")
        if source != f"{member_needed()}-workbench":
            raise NotFound(_("Only records typed here can be edited; make a better one of this."))
        return Editing(tuple(rows_of(from_json(held.marc))), identifier=identifier, base=held.digest)
    for name in ("better", "copy"):
        cluster = parse_public_id(request.args.get(name, ""))
        if cluster is not None:
            merged = parts().catalogue.record(parts().catalogue.heir(cluster))
            record = from_json(merged.marc)
            record.remove_fields("001", "003", "005", "883")
            return Editing(tuple(rows_of(record)), same_as=merged.id if name == "better" else None)
    kind = request.args.get("new", "book")
    return Editing(tuple(new_rows(kind if kind in KINDS else "book", datetime.now(UTC))))


def new_rows(kind: str, now: datetime) -> list[FieldRow]:
    """The lines that a new record begins with."""
    text = files("unioncat.web").joinpath("data", f"new_{kind}.txt").read_text(encoding="utf-8")
    rows = []
    for line in text.format(day=now.strftime("%y%m%d"), year=now.year).splitlines():
        tag, rest = line[1:4], line[6:]
        coded = tag == "LDR" or tag < "010"
        rows.append(FieldRow(tag, "", rest) if coded else FieldRow(tag, rest[:2], rest[2:]))
    return rows


def page(
    state: Editing,
    *,
    problem: str = "",
    remarks: list[Remark] | None = None,
    likely: list[Likely] | None = None,
    conflict: Record | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    state = state if state.identifier or state.fresh else replace(state, fresh=new_number())
    row_name = "en" if chosen() == "en" else "vi"
    rows = [*state.rows, *(FieldRow("", "\\\\", "") for _blank in range(BLANK_LINES))]
    shown = render_template(
        "workbench/edit.html",
        state=state,
        rows=rows,
        marc_label=labels.marc_label,
        problem=problem,
        remarks=remarks,
        likely=[(one, display.brief(from_json(one.record.marc))) for one in likely or []],
        conflict=to_text(conflict) if conflict is not None else "",
        same_as=public_id(state.same_as) if state.same_as is not None else "",
        language_codes=[(code, table("languages")[code][row_name]) for code in SHOWN_LANGUAGES],
        relator_codes=[(code, row[row_name]) for code, row in table("relators").items()],
        member=member_needed(),
    )
    return shown, status


@blueprint.get("/edit")
def edit() -> ResponseReturnValue:
    actor().require("contribute", member_needed())
    return page(opened())


@blueprint.post("/edit")
def act() -> ResponseReturnValue:
    """``do``: check, table, text, draft, discard, submit. What was typed is never lost: errors show it again."""
    who, member = actor(), member_needed()
    who.require("contribute", member)
    state = from_form()
    wish = request.form.get("do", "check")
    if wish == "discard":
        if state.draft is not None:
            office().drafts.discard(who, state.draft)
        return redirect(url_for("workbench.home"), 303)
    try:
        record = record_in(state)
    except BadRecord as error:
        return page(state, problem=said(error), status=422)
    if wish == "open":
        return page(_with(state, rows=tuple(rows_of(record)), view="table"))
    if wish == "text":
        return page(_with(state, text=to_text(record), view="text"))
    if wish == "table":
        return page(_with(state, rows=tuple(rows_of(record)), view="table"))
    if wish == "draft":
        number = office().drafts.save(
            who,
            member,
            record,
            draft=state.draft,
            identifier=state.identifier,
            base=state.base,
            same_as=state.same_as,
        )
        flash(_("The draft is kept."), "done")
        return redirect(url_for("workbench.edit", draft=number), 303)
    remarks, likely = office().contribute.remarks(record), office().contribute.likely(record)
    if wish != "submit":
        return page(state, remarks=remarks, likely=likely[:MOST_LIKELY_SHOWN])
    try:
        done = office().contribute.submit(
            who,
            member,
            record,
            identifier=state.identifier,
            base=state.base,
            same_as=state.same_as,
            fresh=state.fresh,
        )
    except BadRecord as error:
        return page(state, problem=said(error), remarks=remarks, likely=likely, status=422)
    except Conflict as error:
        number = office().drafts.save(
            who, member, record, draft=state.draft, identifier=state.identifier, base=state.base
        )
        newer = office().contribute.source_record(f"{member}-workbench/{state.identifier}")
        kept = _with(state, draft=number, base=newer.digest)
        return page(kept, problem=said(error), conflict=from_json(newer.marc), status=409)
    if state.draft is not None:
        office().drafts.discard(who, state.draft)
    flash(_("The record is in the catalogue."), "done")
    return redirect(url_for("workbench.record", public_id=public_id(done.cluster)), 303)


def rescued(form: MultiDict[str, str]) -> ResponseReturnValue:
    """The editor with what was typed when the session had ended, or the form was too old; a draft if it can be one."""
    who, member = actor(), member_needed()
    who.require("contribute", member)
    state = from_form(form)
    try:
        record = record_in(state)
        number = office().drafts.save(
            who, member, record, draft=state.draft, identifier=state.identifier, base=state.base, same_as=state.same_as
        )
        state = _with(state, draft=number)
    except (BadRecord, NotFound):
        pass  # it stands in the form, and the person sees it
    flash(_("You had been logged out. Nothing of what you typed is lost; look at it and send it again."), "warning")
    return page(state)


@blueprint.post("/check")
def check() -> ResponseReturnValue:
    """The same check for the script of the page: findings and likely doubles as JSON."""
    actor().require("contribute", member_needed())
    try:
        record = record_in(from_form())
    except BadRecord as error:
        return jsonify(problem=said(error), remarks=[], likely=[])
    language = chosen()
    remarks = [
        {
            "severity": one.finding.severity,
            "place": one.finding.place,
            "text": one.en if language == "en" else one.vi,
            "detail": one.finding.detail,
        }
        for one in office().contribute.remarks(record)
    ]
    likely = []
    for one in office().contribute.likely(record)[:MOST_LIKELY_SHOWN]:
        head = display.brief(from_json(one.record.marc))
        likely.append(
            {
                "id": one.record.public_id,
                "address": url_for("workbench.record", public_id=one.record.public_id),
                "title": head.title,
                "line": " · ".join(part for part in (head.author, head.imprint) if part),
                "band": one.decision.band,
            }
        )
    return jsonify(problem="", remarks=remarks, likely=likely)


@blueprint.post("/take")
def take() -> ResponseReturnValue:
    """A record found elsewhere, as a file: ``do`` is ``mrc`` or ``xml``. Raises BadRecord."""
    actor().require("search")
    record = from_text(request.form.get("text", ""))
    xml = request.form.get("do") == "xml"
    if xml:
        body, kind = b'<?xml version="1.0" encoding="UTF-8"?>\n' + to_marcxml(record), "application/marcxml+xml"
    else:
        body, kind = to_iso2709(record), "application/marc"
    response = Response(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="record.{"xml" if xml else "mrc"}"'
    return response


@blueprint.get("/labels.json")
def field_labels() -> ResponseReturnValue:
    """What each tag is called, for the script of the editor."""
    tags = [code for code in labels.codes("marc_field") if len(code) == 3]
    response = jsonify({tag: labels.marc_label(tag) for tag in tags})
    response.cache_control.max_age = 3600
    response.cache_control.private = True
    return response


def _with(state: Editing, **changes: object) -> Editing:
    return replace(state, **changes)  # type: ignore[arg-type]
