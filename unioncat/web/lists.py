"""Lists that a reader takes along: the saved list, kept in the browser, and printable bibliographies."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from unioncat.marc.formats import ExportFormat, ExportRecord
from unioncat.model import BadRecord, ClusterId, UnionRecord, parse_public_id
from unioncat.web import downloads
from unioncat.web.parts import base_address, parts
from unioncat.web.public import listed
from unioncat.web.safe_table import csv_bytes

__all__ = ["blueprint", "records_of"]

blueprint = Blueprint("lists", __name__)

MOST = 500
TOGETHER = ("mrc", "xml", "ris", "bib", "csv")
"""Suffixes in which a whole list can be taken."""


def wanted_ids() -> list[ClusterId]:
    """``id=uc…,uc…`` (also repeated), in that order, without doubles; at most MOST."""
    given = [part for text in request.args.getlist("id") for part in text.split(",")]
    found = (parse_public_id(part.strip()) for part in given[: MOST * 2])
    return list(dict.fromkeys(one for one in found if one is not None))[:MOST]


def records_of(ids: Sequence[ClusterId]) -> list[UnionRecord]:
    """Live records; those merged away are replaced by their heirs, those gone are left out."""
    catalogue = parts().catalogue
    first = {record.id: record for record in catalogue.records(ids)}
    heirs = {one: catalogue.heir(one) for one, record in first.items() if record.deleted and record.heir is not None}
    later = {record.id: record for record in catalogue.records(list(heirs.values()))} if heirs else {}
    found: dict[ClusterId, UnionRecord] = {}
    for one in ids:
        record = later.get(heirs[one]) if one in heirs else first.get(one)
        if record is not None and not record.deleted:
            found.setdefault(record.id, record)
    return list(found.values())


@blueprint.get("/list")
def saved() -> ResponseReturnValue:
    ids = wanted_ids()
    found = listed(records_of(ids))
    return render_template(
        "list.html",
        listed=found,
        asked=bool(ids),
        ids=",".join(one.record.public_id for one in found),
        formats=[
            suffix for suffix in TOGETHER if suffix == "csv" or suffix in downloads.offered(parts().formats.export)
        ],
    )


@blueprint.get("/list.<suffix>")
def together(suffix: str) -> ResponseReturnValue:
    """The list in one file. Records that a format cannot hold are left out and counted in a header."""
    if suffix not in TOGETHER:
        abort(404)
    records = records_of(wanted_ids())
    if suffix == "csv":
        response = Response(csv_bytes(_rows(records)), content_type="text/csv; charset=utf-8")
    else:
        one = downloads.by_suffix(parts().formats.export, suffix)
        if one is None:
            abort(404)
        exports = [parts().catalogue.export(record, base_address()) for record in records]
        body, left_out = _joined(one, exports)
        response = Response(body, content_type=f"{one.media_type}; charset=utf-8")
        if left_out:
            response.headers["X-Left-Out"] = str(left_out)
    response.headers["Content-Disposition"] = f'attachment; filename="list.{suffix}"'
    return response


def _joined(one: ExportFormat, exports: Sequence[ExportRecord]) -> tuple[bytes, int]:
    bodies: list[bytes] = []
    for export in exports:
        try:
            bodies.append(one.render(export))
        except BadRecord:
            continue
    left_out = len(exports) - len(bodies)
    if one.namespace:
        opened = f'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="{one.namespace}">'.encode()
        return opened + b"\n".join(bodies) + b"</collection>\n", left_out
    joint = b"" if one.extension == "mrc" else b"\n"
    return joint.join(body if joint == b"" else body.rstrip(b"\n") + b"\n" for body in bodies), left_out


def _rows(records: Sequence[UnionRecord]) -> list[list[str]]:
    rows = [["id", "title", "author", "publisher", "year", "isbn", "libraries", "address"]]
    for one in listed(records):
        head = one.brief
        title = f"{head.title} : {head.rest}" if head.rest else head.title
        libraries = "; ".join(member.name if member else code for member, code, _copies in one.libraries)
        address = f"{base_address()}/record/{one.record.public_id}"
        rows.append(
            [one.record.public_id, title, head.author, head.publisher, head.year, head.isbn, libraries, address]
        )
    return rows
