"""Administration: figures, members, sources and their runs, accounts, audit, rules, state of store and index."""

from __future__ import annotations

import io
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

__all__ = ["ROOMS", "attempt", "blueprint"]

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


@blueprint.post("/state/rebuild")
def rebuild() -> ResponseReturnValue:
    actor().require("administer")
    return attempt(
        _("The index is being built anew; readers keep the old one until then."),
        back=url_for(".state"),
        work=lambda: office().jobs.start("index rebuild", office().indexer.rebuild),
    )
