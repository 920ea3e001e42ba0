"""Help in plain words, for readers, for schools, and for those who write programs."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from unioncat.search.access_points import ACCESS_POINTS
from unioncat.web import downloads
from unioncat.web.parts import parts

__all__ = ["blueprint"]

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
def index() -> ResponseReturnValue:
    return render_template("help.html")


@blueprint.get("/help/machines")
def machines() -> ResponseReturnValue:
    return render_template(
        "machines.html",
        points=[row for row in ACCESS_POINTS if row.advanced],
        formats=downloads.offered(parts().formats.export),
    )
