"""A record in other forms: which suffix and which media type ask for which export format."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response
from werkzeug.datastructures import MIMEAccept

from unioncat.marc.formats import ExportFormat, ExportRecord

__all__ = ["by_accept", "by_suffix", "offered", "respond"]

SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "mrc": ("iso2709",),
    "xml": ("marcxml", "marc21"),
    "json": ("marcjson",),
    "mrk": ("mrk",),
    "mods": ("mods",),
    "dc": ("oai_dc", "dc"),
    "qdc": ("oai_qdc", "qdc"),
    "jsonld": ("jsonld", "schemaorg", "schema.org"),
    "ris": ("ris",),
    "bib": ("bibtex",),
    "csv": ("csv",),
}
"""Suffix of the address → names under which the format may be registered. Others are found by name or extension."""


def offered(formats: Mapping[str, ExportFormat]) -> dict[str, ExportFormat]:
    """Suffix → format, for all formats there are."""
    found: dict[str, ExportFormat] = {}
    for suffix, names in SUFFIXES.items():
        for name in names:
            if name in formats:
                found.setdefault(suffix, formats[name])
    taken = {(one.media_type, one.extension) for one in found.values()}
    for name, one in formats.items():
        if (one.media_type, one.extension) not in taken:
            suffix = one.extension.lstrip(".")
            found.setdefault(suffix if suffix not in found else name, one)
    return found


def by_suffix(formats: Mapping[str, ExportFormat], suffix: str) -> ExportFormat | None:
    return offered(formats).get(suffix.lower())


def by_accept(formats: Mapping[str, ExportFormat], accept: MIMEAccept) -> ExportFormat | None:
    """The format that the client likes better than HTML (RFC 9110 §12.5.1); None: HTML."""
    there = offered(formats)
    shorthands = (("application/xml", "xml"), ("text/xml", "xml"), ("application/json", "json"))
    types = {shorthand: there[suffix] for shorthand, suffix in shorthands if suffix in there}
    for one in there.values():
        types.setdefault(one.media_type.split(";")[0].strip(), one)
    best = accept.best_match(["text/html", *(name for name in types if name != "text/html")], default="text/html")
    if best == "text/html" or accept[best] <= accept["text/html"]:
        return None
    return types[best]


def respond(one: ExportFormat, export: ExportRecord, *, attachment: bool) -> Response:
    """The rendered record with its type, validators and a file name."""
    body = one.render(export)
    if one.namespace or one.media_type.endswith("xml"):
        body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + body
    binary = one.media_type.split(";")[0] in {"application/marc", "application/octet-stream"}
    kind = one.media_type if binary or "charset" in one.media_type else f"{one.media_type}; charset=utf-8"
    response = Response(body, content_type=kind)
    response.last_modified = export.datestamp
    suffix = one.extension.lstrip(".")
    if attachment:
        response.headers["Content-Disposition"] = f'attachment; filename="{export.public_id}.{suffix}"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
