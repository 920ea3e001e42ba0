"""Uploads: choose a file, see what it would do, commit or discard, undo."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mappings.spreadsheet import ROLES, Column, ColumnMapping
from unioncat.model import Conflict, UnionCatError, UnreadableInput, WrongUse
from unioncat.web.auth import actor, office
from unioncat.web.language import chosen
from unioncat.web.messages import said
from unioncat.web.workbench import XLSX, blueprint, member_needed

__all__ = ["blueprint"]

COLUMNS = 80
ENCODINGS = ("utf-8", "tcvn3", "vni", "viscii", "vps", "viqr", "cp1258", "marc8")


def hints_of_form() -> dict[str, str]:
    """How to read the file: the encoding, and for a spreadsheet which column is what. Raises WrongUse."""
    form = request.form
    encoding = form.get("encoding", "").strip()[:40]
    columns = []
    for number in form.getlist("column")[:COLUMNS]:
        if number.isascii() and number.isdigit():
            heading, role = form.get(f"heading-{number}", "")[:500], form.get(f"role-{number}", "")[:40]
            columns.append(Column(heading, int(number[:6]), role))
    if not columns:
        return {"encoding": encoding} if encoding else {}
    row = form.get("heading_row", "1")
    mapping = ColumnMapping(
        tuple(columns),
        form.get("sheet", "")[:200],
        int(row[:6]) if row.isascii() and row.isdigit() else 1,
        {"language": form["language"][:8]} if form.get("language") else {},
        encoding,
    )
    return {"mapping": ColumnMapping.from_json(mapping.to_json()).to_json()}


@blueprint.route("/upload", methods=["GET", "POST"])
def upload() -> ResponseReturnValue:
    member = member_needed()
    actor().require("contribute", member)
    problem = ""
    if request.method == "POST":
        sent = request.files.get("file")
        try:
            if sent is None or not sent.filename:
                raise WrongUse(_("Choose a file first."))
            number = office().batches.upload(
                actor(),
                member,
                sent.filename,
                sent.stream.read(),
                format=request.form.get("format", ""),
                hints=hints_of_form(),
            )
            return redirect(url_for(".batch", number=number), 303)
        except (UnreadableInput, WrongUse) as error:
            problem = said(error)
    return render_template(
        "workbench/upload.html",
        formats=office().batches.readable,
        batches=office().batches.all(actor(), member),
        problem=problem,
    ), 422 if problem else 200


@blueprint.get("/batch/<int:number>")
def batch(number: int) -> ResponseReturnValue:
    found = office().batches.get(actor(), number)
    preview, sheet, problem = None, None, office().jobs.problem(f"batch {number}")
    running = office().jobs.is_running(f"batch {number}")
    if found.state == "preview" and not running:
        try:
            sheet = office().batches.sheet(actor(), number)
            preview = office().batches.preview(actor(), number)
        except UnreadableInput as error:
            problem = said(error)
    return render_template(
        "workbench/batch.html",
        batch=found,
        preview=preview,
        problem=problem,
        running=running,
        run=office().batches.account(found),
        formats=office().batches.readable,
        sheet=sheet,
        roles=list(ROLES.values()),
        encodings=ENCODINGS,
    )


@blueprint.get("/batch/<int:number>/result.xlsx")
def batch_result(number: int) -> ResponseReturnValue:
    """The spreadsheet that was uploaded, with what became of every row."""
    body = office().batches.annotated(actor(), number, chosen())
    response = Response(body, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="result-{number}.xlsx"'
    return response


@blueprint.post("/batch/<int:number>")
def batch_act(number: int) -> ResponseReturnValue:
    """``do``: commit, discard, undo, change (how to read it). Commit and undo go on in the background."""
    who, batches, jobs = actor(), office().batches, office().jobs
    found = batches.get(who, number)
    try:
        match request.form.get("do"):
            case "commit":
                if found.state != "preview":
                    raise Conflict(_("This upload is settled already."))
                jobs.start(f"batch {number}", lambda: batches.commit(who, number))
                jobs.wait(f"batch {number}", 2.0)
            case "undo":
                if found.state != "committed":
                    raise Conflict(_("This upload is settled already."))
                jobs.start(f"batch {number}", lambda: batches.undo(who, number))
                jobs.wait(f"batch {number}", 2.0)
            case "discard":
                batches.discard(who, number)
                flash(_("The upload is discarded."), "done")
            case "change":
                batches.change(who, number, format=request.form.get("format", ""), hints=hints_of_form())
            case _:
                raise WrongUse(_("Choose what to do."))
    except TimeoutError:
        flash(_("This takes a while. The page shows how it stands."), "done")
    except UnionCatError as error:
        flash(said(error), "error")
    return redirect(url_for(".batch", number=number), 303)
