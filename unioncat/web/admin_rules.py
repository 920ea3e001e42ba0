"""Administration: the rules of matching; tried out, put into use with their figures before one's eyes, and back."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from unioncat.web.admin import attempt, blueprint
from unioncat.web.auth import actor, office

__all__ = ["blueprint"]


@blueprint.route("/rules", methods=["GET", "POST"])
def rules() -> ResponseReturnValue:
    """What is in use, what was rehearsed last, and all versions. POST begins to rehearse one."""
    desk = office().rehearsals
    if request.method == "POST":
        name, text = request.form.get("name", ""), request.form.get("text", "")
        return attempt(
            _("The rehearsal has begun."),
            back=url_for(".rules"),
            work=lambda: desk.start(actor(), name=name, text=text),
        )
    return render_template("admin/rules.html", desk=desk, ruleset=office().rules(), last=desk.last, used=desk.in_use())


@blueprint.get("/rules/<int:number>")
def ruleset(number: int) -> ResponseReturnValue:
    """One version with what its rehearsal said, and the question whether it shall be put into use."""
    actor().require("administer")
    desk = office().rehearsals
    version, current = desk.version(number), office().rules()
    used = desk.in_use()
    return render_template(
        "admin/ruleset.html",
        desk=desk,
        version=version,
        current=current,
        now=used[0] if used else None,
        since=desk.changes_since(version),
        fresh=version.live_from is not None or version.figures.get("against") == current.digest,
    )


@blueprint.post("/rules/<int:number>/live")
def put_live(number: int) -> ResponseReturnValue:
    return attempt(
        _("The rules are being put into use; the catalogue follows in the background."),
        back=url_for(".rules"),
        work=lambda: office().rehearsals.put_live(actor(), number),
    )
