"""The review queue: two records side by side, differences marked, judged by keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from unioncat.marc import Record, from_json
from unioncat.model import MemberCode, NotFound, UnionCatError, parse_public_id
from unioncat.services.marc_text import FieldRow, plain_text, rows_of
from unioncat.services.review import Pair
from unioncat.services.verdicts import LARGEST, Spoken, parse_place, place_text
from unioncat.text import fold
from unioncat.web import display, labels
from unioncat.web.auth import actor, office
from unioncat.web.messages import said
from unioncat.web.parts import parts as catalogue_parts
from unioncat.web.workbench import blueprint, cluster_of

__all__ = ["Compared", "blueprint", "compared"]

_CODE = re.compile(r"(\$[a-z0-9])")
PAGE = 50  # verdicts
MOST_OF_ONE = 500  # verdicts on one record that are shown
TOLD = 5  # of a kind, on the next page


Piece = tuple[str, str]
"""(kind, text) of what is shown of a field: ``code`` of a subfield, ``differs`` (words that the other side has not),
``same``."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the comparison. alike: equal, folded (but for marks, case and punctuation), different, alone."""

    tag: str
    label: str
    left: str
    right: str
    alike: str

    @property
    def sides(self) -> tuple[list[Piece], list[Piece]]:
        """Both contents in pieces."""
        return pieces(self.left, self.right, self.tag), pieces(self.right, self.left, self.tag)


def pieces(text: str, other: str, tag: str) -> list[Piece]:
    """A field's content (as in `marc_text`) to show beside `other`."""
    if tag < "010":
        return [("same", text.replace("\\", "\u2423"))]
    theirs = set(fold(plain_text(_CODE.sub(" ", other))).split())
    found: list[Piece] = []
    for part in _CODE.split(text):
        if _CODE.fullmatch(part):
            found.append(("code", part))
            continue
        for word in plain_text(part).split():
            kind = "same" if not theirs or set(fold(word).split()) <= theirs else "differs"
            if found and found[-1][0] == kind:
                found[-1] = (kind, f"{found[-1][1]} {word}")
            else:
                found.append((kind, word))
    return found


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


def library_of(values: Mapping[str, str]) -> MemberCode | None:
    """The library whose pairs somebody who may judge all wants to see."""
    code = values.get("library", "")
    return MemberCode(code) if code in catalogue_parts().catalogue.members() else None


def show(pair: Pair | None, *, waiting: int = 0, library: MemberCode | None = None, queue: bool = False) -> str:
    known = {
        "pair": pair,
        "queue": queue,
        "waiting": waiting,
        "library": library,
        "members": catalogue_parts().catalogue.members(),
    }
    if pair is None:
        return render_template("workbench/review.html", **known)
    left, right = from_json(pair.left.record.marc), from_json(pair.right.record.marc)
    return render_template(
        "workbench/review.html",
        **known,
        heads=(display.brief(left), display.brief(right)),
        lines=compared(left, right),
        told=[one for one in pair.explanation.features if one.left or one.right],
        untold=[one for one in pair.explanation.features if not one.left and not one.right],
        place=place_text(pair.waiting.place) if pair.waiting is not None else "",
    )


def tell(spoken: Sequence[Spoken]) -> None:
    """What verdicts did besides what they say, for the next page."""
    for one in spoken[:TOLD]:
        if one.replaces is not None:
            number, who = one.replaces.id, one.replaces.who
            flash(_("It takes the place of verdict %(number)s by %(who)s.", number=number, who=who), "warning")
    against = {other.id: other for one in spoken for other in one.overrules}
    for other in list(against.values())[:TOLD]:
        flash(
            _(
                "It contradicts verdict %(number)s by %(who)s (%(left)s / %(right)s). The later verdict wins.",
                number=other.id,
                who=other.who,
                left=other.left,
                right=other.right,
            ),
            "warning",
        )
    if len(against) > TOLD:
        flash(_("It contradicts %(number)s verdicts in all.", number=len(against)), "warning")
    for key in sorted({key for one in spoken for key in one.deleted})[:TOLD]:
        flash(_("%(key)s is deleted at present; the verdict holds again if it comes back.", key=key), "warning")


@blueprint.get("/review")
def review() -> ResponseReturnValue:
    library = library_of(request.args)
    found, waiting = office().review.next(actor(), parse_place(request.args.get("after", "")), library)
    return show(found, waiting=waiting, library=library, queue=True)


@blueprint.get("/pair")
def pair() -> ResponseReturnValue:
    """Any two source records: ``left`` and ``right`` are record keys."""
    return show(office().review.pair(actor(), request.args.get("left", ""), request.args.get("right", "")))


@blueprint.get("/near")
def near() -> ResponseReturnValue:
    """What came near the source record ``key`` without joining it."""
    key = request.args.get("key", "")
    record = office().contribute.source_record(key)
    found = office().review.near_misses(actor(), key)
    others = {one.key: from_json(office().contribute.source_record(one.key).marc) for one in found}
    return render_template(
        "workbench/near.html",
        record=record,
        brief=display.brief(from_json(record.marc)),
        found=[(one, display.brief(others[one.key])) for one in found],
    )


@blueprint.post("/review")
def judge() -> ResponseReturnValue:
    """``do``: same, different; then the next pair behind ``place``."""
    form = request.form
    try:
        if form.get("do") in {"same", "different"}:
            spoken = office().review.judge(
                actor(),
                form.get("left", ""),
                form.get("right", ""),
                same=form["do"] == "same",
                why=form.get("why", "")[:500],
            )
            number, where = spoken.verdict.id, ", ".join(whereabouts([spoken.verdict.left, spoken.verdict.right]))
            flash(
                _("One publication (verdict %(number)s), now in %(where)s.", number=number, where=where)
                if form["do"] == "same"
                else _("Two publications (verdict %(number)s), now in %(where)s.", number=number, where=where),
                "done",
            )
            tell([spoken])
    except UnionCatError as error:
        flash(said(error), "error")
    if form.get("queue") == "yes":
        library = library_of(form)
        return redirect(url_for(".review", after=form.get("place", ""), library=library), 303)
    return redirect(url_for(".pair", left=form.get("left", ""), right=form.get("right", "")), 303)


@blueprint.post("/record/<public_id>/split")
def split(public_id: str) -> ResponseReturnValue:
    """Takes the ticked source records out of the merged one."""
    cluster = cluster_of(public_id)
    keys = request.form.getlist("key")
    try:
        spoken = office().review.split(actor(), cluster, keys, request.form.get("why", "")[:500])
        where, count = ", ".join(whereabouts(keys)), len(spoken)
        flash(
            ngettext(
                "Taken apart by one verdict; now in %(where)s.",
                "Taken apart by %(num)s verdicts; now in %(where)s.",
                count,
                where=where,
            ),
            "done",
        )
        tell(spoken)
    except UnionCatError as error:
        flash(said(error), "error")
    return redirect(url_for(".record", public_id=public_id), 303)


def whereabouts(keys: Sequence[str]) -> list[str]:
    """Public ids of the merged records that these source records are in by now."""
    catalogue = catalogue_parts().catalogue
    clusters = office().review.clusters_of(keys)
    return [catalogue.record(cluster).public_id for cluster in sorted(set(clusters.values()))]


@blueprint.get("/verdicts")
def verdicts() -> ResponseReturnValue:
    """All, newest first, or those about the source record ``key``."""
    actor().require("search")
    key, before = request.args.get("key", "").strip(), request.args.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    found = office().review.history(key=key, before=number, limit=PAGE)
    return render_template(
        "workbench/verdicts.html",
        verdicts=office().review.standing(found[:MOST_OF_ONE]),
        key=key,
        more=found[-1].id if not key and len(found) == PAGE else None,
    )


@blueprint.post("/verdicts/<int:number>/undo")
def undo_verdict(number: int) -> ResponseReturnValue:
    """``act``: with everything that was said in the same act. Then back to ``record``, or to the list."""
    if number > LARGEST:
        raise NotFound(f"there is no verdict number {number}")
    try:
        undone = office().review.undo(actor(), number, whole_act=bool(request.form.get("act")))
        count = len(undone)
        flash(ngettext("The verdict is taken back.", "%(num)s verdicts are taken back.", count), "done")
    except UnionCatError as error:
        flash(said(error), "error")
    record = request.form.get("record", "")
    if parse_public_id(record) is not None:
        return redirect(url_for(".record", public_id=record), 303)
    return redirect(url_for(".verdicts"), 303)
