"""Administration: figures, members, sources and their runs, accounts, audit, rules, state of store and index."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from openpyxl import Workbook

from unioncat.model import (
    MEMBER_KINDS,
    Member,
    MemberCode,
    NotFound,
    Source,
    SourceId,
    UnionCatError,
    WrongUse,
)
from unioncat.services.roles import ROLES
from unioncat.services.statistics import Figures, Target
from unioncat.web import labels
from unioncat.web.auth import actor, office, user
from unioncat.web.charts import bars, curve
from unioncat.web.language import of
from unioncat.web.messages import said
from unioncat.web.parts import parts
from unioncat.web.safe_table import csv_bytes, safe_cell

__all__ = ["ROOMS", "blueprint"]

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

ROOMS = (
    ("admin.home", _l("Overview")),
    ("admin.members", _l("Libraries")),
    ("admin.sources", _l("Sources")),
    ("admin.runs", _l("Runs")),
    ("admin.accounts", _l("Accounts")),
    ("admin.audit", _l("Audit")),
    ("admin.rules", _l("Rules of matching")),
    ("admin.state", _l("State")),
)
LEAGUE = ("member", "name", "kind", "district", "titles", "unique", "records", "findings", "last_run", "state")
QUIRK_LINES = 30
LONGEST_LABEL = 32


@blueprint.before_request
def who_may() -> ResponseReturnValue | None:
    if user() is None:
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    actor().require("watch")
    return None


def attempt(done: str, *, back: str, work: object) -> ResponseReturnValue:
    """Runs `work`, says `done` or what went wrong, and goes to `back`."""
    assert callable(work)
    try:
        work()
        flash(done, "done")
    except UnionCatError as error:
        flash(said(error), "error")
    return redirect(back, 303)


# --- figures -----------------------------------------------------------------------------------------------


@blueprint.get("")
def home() -> ResponseReturnValue:
    figures = office().statistics.figures(actor())
    connected = bars(
        [
            (
                labels.label("member_kind", one.kind),
                f"{one.connected} / {max(one.members, one.target.of if one.target else 0)}",
                one.share,
                one.target.percent / 100 if one.target else None,
            )
            for one in figures.connected
        ]
    )
    months = figures.months
    growth = curve([(one.month, one.titles) for one in months])
    quality = curve([(one.month, one.findings) for one in months if one.findings is not None])
    league = bars(
        [
            (
                shortened(of(one.name, one.name_en)),
                format_decimal(one.titles),
                one.titles / max(1, figures.titles),
                None,
            )
            for one in figures.league[:12]
        ]
    )
    return render_template(
        "admin/home.html",
        figures=figures,
        connected=connected,
        growth=growth,
        quality=quality,
        league=league,
        targets=office().statistics.targets(),
        kinds=MEMBER_KINDS,
    )


def shortened(name: str) -> str:
    """A name that fits beside a bar."""
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1].rstrip() + "…"


@blueprint.post("/targets")
def targets() -> ResponseReturnValue:
    wanted: dict[str, Target] = {}
    for kind in MEMBER_KINDS:
        whole, percent = request.form.get(f"of-{kind}", ""), request.form.get(f"percent-{kind}", "")
        if whole.isascii() and whole.isdigit() and percent.isascii() and percent.isdigit():
            wanted[kind] = Target(int(whole[:7]), int(percent[:4]))
    return attempt(
        _("The targets are saved."),
        back=url_for(".home"),
        work=lambda: office().statistics.set_targets(actor(), wanted),
    )


def league_rows(figures: Figures) -> list[list[object]]:
    rows: list[list[object]] = [list(LEAGUE)]
    for one in figures.league:
        last = one.last_run.isoformat() if one.last_run else ""
        kind = labels.label("member_kind", one.kind)
        state = labels.label("harvest_state", one.state) if one.state else ""
        rows.append(
            [one.member, of(one.name, one.name_en), kind, one.district, one.titles, one.unique, one.records,
             one.findings if one.findings is not None else "", last, state]
        )  # fmt: skip
    return rows


@blueprint.get("/league.<suffix>")
def league(suffix: str) -> ResponseReturnValue:
    """The table of libraries as CSV or XLSX; no cell can become a formula."""
    rows = league_rows(office().statistics.figures(actor()))
    if suffix == "csv":
        response = Response(csv_bytes(rows), content_type="text/csv; charset=utf-8")
    elif suffix == "xlsx":
        book = Workbook(write_only=True)
        sheet = book.create_sheet("libraries")
        for row in rows:
            sheet.append([cell if isinstance(cell, (int, float)) else safe_cell(cell) for cell in row])
        stream = io.BytesIO()
        book.save(stream)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        response = Response(stream.getvalue(), content_type=kind)
    else:
        raise NotFound(_("There is no such page"))
    response.headers["Content-Disposition"] = f'attachment; filename="libraries.{suffix}"'
    return response


# --- members -----------------------------------------------------------------------------------------------


@blueprint.get("/members")
def members() -> ResponseReturnValue:
    return render_template("admin/members.html", members=parts().catalogue.members(), counts=parts().tallies())


@blueprint.route("/members/<code>", methods=["GET", "POST"])
def member(code: str) -> ResponseReturnValue:
    """Edit a library; the code ``+`` is a new one."""
    desk = office().administration
    new = code == "+"
    found = Member(MemberCode(""), "", "district") if new else desk.member(code)
    if request.method == "POST":
        actor().require("administer")
        form = request.form
        texts = ("name", "name_en", "kind", "district", "province", "email", "language", "link_template")
        words = {name: form.get(name, "").strip()[:500] for name in texts}
        wanted = replace(found, active=bool(form.get("active")), **words)  # type: ignore[arg-type]
        try:
            if new:
                wanted = replace(wanted, code=MemberCode(form.get("code", "").strip()))
                desk.add_member(actor(), wanted)
            else:
                desk.update_member(actor(), wanted)
            flash(_("Saved."), "done")
            return redirect(url_for(".members"), 303)
        except UnionCatError as error:
            flash(said(error), "error")
            found = wanted
    return render_template(
        "admin/member.html",
        member=found,
        new=new,
        kinds=[(kind, labels.label("member_kind", kind)) for kind in MEMBER_KINDS],
    )


# --- sources -----------------------------------------------------------------------------------------------


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


# --- people ------------------------------------------------------------------------------------------------


@blueprint.get("/accounts")
def accounts() -> ResponseReturnValue:
    actor().require("administer")
    return render_template(
        "admin/accounts.html",
        people=office().accounts.all(),
        tokens=office().accounts.tokens(),
        members=parts().catalogue.members(),
        roles=[(role, labels.label("role", role)) for role in ROLES],
    )


@blueprint.post("/accounts")
def account_do() -> ResponseReturnValue:
    """``do``: add, change, password, revoke."""
    who, desk, form = actor(), office().accounts, request.form
    who.require("administer")
    number = form.get("account", "")
    target = int(number) if number.isascii() and number.isdigit() else 0
    back = url_for(".accounts")
    match form.get("do"):
        case "add":
            login, password = form.get("login", ""), form.get("password", "")
            role, member, name = form.get("role", ""), form.get("member") or None, form.get("name", "")[:200]
            return attempt(
                _("The account is made."),
                back=back,
                work=lambda: desk.add(login, password, role, member=member, name=name, by=who),
            )
        case "change":
            role, member, active = form.get("role", ""), form.get("member") or None, bool(form.get("active"))
            return attempt(
                _("Saved."),
                back=back,
                work=lambda: desk.change(target, by=who, role=role, member=member, active=active),
            )
        case "password":
            new = form.get("password", "")
            if target == who.account:
                flash(_("Change your own password on your account’s page."), "error")
                return redirect(back, 303)
            return attempt(
                _("The password is changed."), back=back, work=lambda: desk.set_password(target, new, by=who)
            )
        case "revoke":
            token = form.get("token", "")
            return attempt(
                _("The token is revoked."),
                back=back,
                work=lambda: desk.revoke(int(token) if token.isdigit() else 0, by=who),
            )
    raise WrongUse(_("Choose what to do."))


@blueprint.get("/audit")
def audit() -> ResponseReturnValue:
    before = request.args.get("before", "")
    entries = office().accounts.audit(
        before=int(before) if before.isascii() and before.isdigit() else None,
        action=request.args.get("action", "")[:40],
    )
    return render_template("admin/audit.html", entries=entries, more=entries[-1].id if len(entries) == 100 else None)


# --- state -------------------------------------------------------------------------------------------------


@blueprint.get("/state")
def state() -> ResponseReturnValue:
    return render_template(
        "admin/state.html", counts=parts().catalogue.counts(), index=office().indexer.status(),
        rebuilding=office().jobs.is_running("index rebuild"), problem=office().jobs.problem("index rebuild"),
    )  # fmt: skip


@blueprint.route("/rules", methods=["GET", "POST"])
def rules() -> ResponseReturnValue:
    """Rehearse a ruleset: what it would join and split. The live one is changed by the operator, not from here."""
    desk = office().rehearsals
    if request.method == "POST":
        name, text = request.form.get("name", ""), request.form.get("text", "")
        return attempt(
            _("The rehearsal has begun."),
            back=url_for(".rules"),
            work=lambda: desk.start(actor(), name=name, text=text),
        )
    return render_template("admin/rules.html", desk=desk, ruleset=office().ruleset)


@blueprint.post("/state/rebuild")
def rebuild() -> ResponseReturnValue:
    actor().require("administer")
    return attempt(
        _("The index is being built anew; readers keep the old one until then."),
        back=url_for(".state"),
        work=lambda: office().jobs.start("index rebuild", office().indexer.rebuild),
    )
