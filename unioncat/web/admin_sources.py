"""Administration: sources with their wizard, runs, and what they refused."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from unioncat.model import MemberCode, Source, SourceId, UnionCatError, WrongUse
from unioncat.web.admin import attempt, blueprint
from unioncat.web.auth import actor, office
from unioncat.web.messages import said
from unioncat.web.parts import parts

__all__ = ["blueprint"]

QUIRK_LINES = 30


@blueprint.get("/sources")
def sources() -> ResponseReturnValue:
    desk = office().administration
    states = desk.sources()
    return render_template(
        "admin/sources.html",
        states=states,
        refused={state.source.code: desk.still_refused(state.source) for state in states},
        running={state.source.code for state in states if desk.is_running(state.source.code)},
        problems={state.source.code: desk.problem(state.source.code) for state in states},
        members=parts().catalogue.members(),
    )


def quirks_of(text: str) -> dict[str, str]:
    """Lines ``name = value``."""
    pairs = (line.partition("=") for line in text.splitlines()[:QUIRK_LINES])
    return {name.strip(): value.strip() for name, sign, value in pairs if sign and name.strip()}


def source_of_form(before: Source | None = None) -> Source:
    form = request.form
    rank = form.get("rank", "50").strip()
    if not (rank.isascii() and rank.isdigit()):
        raise WrongUse(_("The rank is a number between 0 and 100."))
    return Source(
        id=before.id if before is not None else SourceId(0),
        code=before.code if before is not None else form.get("code", "").strip(),
        member=MemberCode(form.get("member", "").strip()),
        harvester=form.get("harvester", "").strip(),
        endpoint=form.get("endpoint", "").strip()[:1000],
        format=form.get("format", "").strip()[:40],
        set_spec=form.get("set_spec", "").strip()[:500],
        schedule=form.get("schedule", "").strip()[:120],
        quirks=quirks_of(form.get("quirks", "")),
        credentials=form.get("credentials", "").strip()[:200],
        rank=int(rank[:4]),
        cursor=before.cursor if before is not None else None,
        paused=before.paused if before is not None else False,
    )


@blueprint.route("/sources/new", methods=["GET", "POST"])
def new_source() -> ResponseReturnValue:
    """The wizard: paste an address, see what it offers, try ten records, save."""
    desk = office().administration
    actor().require("administer")
    probe, tried, problem, source = None, None, "", None
    if request.method == "POST":
        wish = request.form.get("do", "probe")
        try:
            if wish == "probe":
                endpoint = request.form.get("endpoint", "").strip()[:1000]
                credentials = request.form.get("credentials", "").strip()[:200]
                probe = desk.probe(actor(), endpoint, request.form.get("harvester", ""), credentials)
                source = suggested(probe.suggested, request.form.get("member", ""), endpoint)
            else:
                source = source_of_form()
                if wish == "try":
                    tried = desk.try_records(actor(), source)
                else:
                    desk.add_source(actor(), source)
                    flash(_("The source is saved."), "done")
                    return redirect(url_for(".source", code=source.code), 303)
        except UnionCatError as error:
            problem = said(error)
    return render_template(
        "admin/new_source.html",
        probe=probe,
        tried=tried,
        problem=problem,
        source=source,
        endpoint=request.form.get("endpoint", ""),
        members=parts().catalogue.members(),
        harvesters=desk.harvesters(),
    ), 422 if problem else 200


def suggested(fields: Mapping[str, object], member: str, endpoint: str) -> Source:
    """What a probe found, as a source to be looked at."""
    quirks = fields.get("quirks")
    return Source(
        id=SourceId(0),
        code=f"{member}-1" if member else "",
        member=MemberCode(member),
        harvester=str(fields.get("harvester", "")),
        endpoint=str(fields.get("endpoint", endpoint)),
        format=str(fields.get("format", "")),
        set_spec=str(fields.get("set_spec", "")),
        schedule="30 2 * * *",
        quirks={str(key): str(value) for key, value in quirks.items()} if isinstance(quirks, Mapping) else {},
    )


@blueprint.route("/sources/<code>", methods=["GET", "POST"])
def source(code: str) -> ResponseReturnValue:
    desk = office().administration
    found = desk.source(code)
    if request.method == "POST":
        actor().require("administer")
        try:
            desk.update_source(actor(), source_of_form(found))
            flash(_("Saved."), "done")
            return redirect(url_for(".source", code=code), 303)
        except UnionCatError as error:
            flash(said(error), "error")
    return render_template(
        "admin/source.html",
        source=found,
        runs=desk.runs(code, limit=20),
        refused=desk.still_refused(found),
        running=desk.is_running(code),
        problem=desk.problem(code),
        members=parts().catalogue.members(),
        harvesters=sorted({*desk.harvesters(), found.harvester}),
    )


@blueprint.post("/sources/<code>/do")
def source_do(code: str) -> ResponseReturnValue:
    """``do``: run, full, pause, resume, retry, remove."""
    desk, who, back = office().administration, actor(), url_for(".source", code=code)
    match request.form.get("do"):
        case "run":
            return attempt(_("The harvest has begun."), back=back, work=lambda: desk.run(who, code))
        case "full":
            return attempt(_("The harvest has begun."), back=back, work=lambda: desk.run(who, code, full=True))
        case "pause":
            return attempt(_("Paused."), back=back, work=lambda: desk.set_paused(who, code, True))
        case "resume":
            return attempt(_("Goes on."), back=back, work=lambda: desk.set_paused(who, code, False))
        case "retry":
            return attempt(_("The refused records are tried again."), back=back, work=lambda: desk.retry(who, code))
        case "remove":
            if request.form.get("sure") != code:
                flash(_("Type the code of the source to remove it with all its records."), "error")
                return redirect(back, 303)
            done = _("The source and its records are being removed.")
            return attempt(done, back=url_for(".sources"), work=lambda: desk.remove_source(who, code))
    raise WrongUse(_("Choose what to do."))


# --- runs --------------------------------------------------------------------------------------------------


@blueprint.get("/runs")
def runs() -> ResponseReturnValue:
    before = request.args.get("before", "")
    found = office().administration.runs(before=int(before) if before.isascii() and before.isdigit() else None)
    return render_template("admin/runs.html", runs=found, more=found[-1][0].id if len(found) == 50 else None)


@blueprint.get("/runs/<int:number>")
def run(number: int) -> ResponseReturnValue:
    harvest, of_source, refused = office().administration.run_of(number)
    return render_template("admin/run.html", run=harvest, source=of_source, refused=refused)


@blueprint.post("/runs/<int:number>")
def run_do(number: int) -> ResponseReturnValue:
    """``do``: release or discard a held run."""
    desk, who, back = office().administration, actor(), url_for(".run", number=number)
    if request.form.get("do") == "release":
        return attempt(_("The run goes on."), back=back, work=lambda: desk.release(who, number))
    if request.form.get("do") == "discard":
        return attempt(_("The run is discarded."), back=back, work=lambda: desk.discard(who, number))
    raise WrongUse(_("Choose what to do."))


@blueprint.get("/refused/<int:number>")
def refused(number: int) -> ResponseReturnValue:
    """The bytes of a refused record, as they came."""
    actor().require("administer")
    found = office().administration.refusal(number)
    response = Response(found.raw, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{number}.bin"'
    return response
