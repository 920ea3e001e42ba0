"""The review queue: two records side by side, differences marked, judged by keys."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from unioncat.marc import Record, from_json
from unioncat.model import UnionCatError
from unioncat.services.marc_text import FieldRow, rows_of
from unioncat.services.review import Pair, Place
from unioncat.text import fold
from unioncat.web import display, labels
from unioncat.web.auth import actor, office
from unioncat.web.messages import said
from unioncat.web.workbench import blueprint

__all__ = ["Compared", "blueprint", "compared"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the comparison. alike: equal, folded (but for marks, case and punctuation), different, alone."""

    tag: str
    label: str
    left: str
    right: str
    alike: str


def compared(left: Record, right: Record) -> list[Compared]:
    """Fields of both by tag, equal ones beside each other; 001-005 and local fields left out."""
    tags: dict[str, tuple[list[FieldRow], list[FieldRow]]] = {}
    for side, record in enumerate((left, right)):
        for row in rows_of(record):
            if row.tag not in {"001", "003", "005", "LDR"} and row.tag < "900":
                tags.setdefault(row.tag, ([], []))[side].append(row)
    lines: list[Compared] = []
    for tag in sorted(tags):
        ours, theirs = ([row.content for row in side] for side in tags[tag])
        for text in list(ours):
            match = next((other for other in theirs if fold(other) == fold(text)), None)
            if match is not None:
                ours.remove(text)
                theirs.remove(match)
                alike = "equal" if match == text else "folded"
                lines.append(Compared(tag, labels.marc_label(tag), text, match, alike))
        for number in range(max(len(ours), len(theirs))):
            one = ours[number] if number < len(ours) else ""
            other = theirs[number] if number < len(theirs) else ""
            lines.append(Compared(tag, labels.marc_label(tag), one, other, "different" if one and other else "alone"))
    return lines


def place_of(text: str) -> Place | None:
    parts = text.split("_")
    try:
        return float(parts[0]), int(parts[1]), int(parts[2])
    except (IndexError, ValueError):
        return None


def place_text(place: Place | None) -> str:
    return "_".join(repr(part) for part in place) if place is not None else ""


def show(pair: Pair | None, *, queue: bool) -> str:
    if pair is None:
        return render_template("workbench/review.html", pair=None, queue=queue, waiting=office().review.waiting())
    left, right = from_json(pair.left.record.marc), from_json(pair.right.record.marc)
    return render_template(
        "workbench/review.html",
        pair=pair,
        queue=queue,
        waiting=office().review.waiting(),
        heads=(display.brief(left), display.brief(right)),
        lines=compared(left, right),
        place=place_text(pair.place),
    )


@blueprint.get("/review")
def review() -> ResponseReturnValue:
    return show(office().review.next(actor(), place_of(request.args.get("after", ""))), queue=True)


@blueprint.get("/pair")
def pair() -> ResponseReturnValue:
    """Any two source records: ``left`` and ``right`` are record keys."""
    found = office().review.pair(actor(), request.args.get("left", ""), request.args.get("right", ""))
    return show(found, queue=False)


@blueprint.post("/review")
def judge() -> ResponseReturnValue:
    """``do``: same, different; then the next pair behind ``place``."""
    form = request.form
    try:
        if form.get("do") in {"same", "different"}:
            office().review.judge(
                actor(),
                form.get("left", ""),
                form.get("right", ""),
                same=form["do"] == "same",
                why=form.get("why", "")[:500],
            )
            flash(_("One publication.") if form["do"] == "same" else _("Two publications."), "done")
    except UnionCatError as error:
        flash(said(error), "error")
    if form.get("queue") == "yes":
        return redirect(url_for(".review", after=form.get("place", "")), 303)
    return redirect(url_for(".pair", left=form.get("left", ""), right=form.get("right", "")), 303)


@blueprint.get("/verdicts")
def verdicts() -> ResponseReturnValue:
    actor().require("search")
    return render_template("workbench/verdicts.html", verdicts=office().review.history(key=request.args.get("key", "")))


@blueprint.post("/verdicts/<int:number>/undo")
def undo_verdict(number: int) -> ResponseReturnValue:
    try:
        office().review.undo(actor(), number)
        flash(_("The verdict is taken back."), "done")
    except UnionCatError as error:
        flash(said(error), "error")
    return redirect(url_for(".verdicts"), 303)
