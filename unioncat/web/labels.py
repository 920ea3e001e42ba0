"""Codes → words in the page's language: our own tables in ``data/``, and the code lists of ``mappings``."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from flask import Flask

from mappings.codelists import language_name, relator_name
from unioncat.web.language import chosen, of

__all__ = ["codes", "format_name", "init", "label", "marc_label", "subfield_label"]


@cache
def _table(name: str) -> dict[str, tuple[str, str]]:
    """``data/<name>.csv`` with columns code, vi, en."""
    text = files("unioncat.web").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return {row["code"]: (row["vi"], row["en"]) for row in csv.DictReader(text.splitlines())}


def label(kind: str, code: str) -> str:
    """The word for `code` of `kind` (``type``, ``language``, ``member_kind``, ``relator``, …); the code if unknown."""
    if kind == "language":
        return language_name(code, chosen())
    if kind == "relator":
        return relator_name(code, chosen())
    found = _table(kind).get(code)
    return of(*found) if found else code


def codes(kind: str) -> tuple[str, ...]:
    """Codes of one of our own tables, in its order."""
    return tuple(_table(kind))


def format_name(suffix: str) -> str:
    """What a download with this suffix is called."""
    found = _table("suffix").get(suffix)
    return of(*found) if found else suffix


def marc_label(tag: str) -> str:
    found = _table("marc_field").get(tag)
    if found is None:
        found = _table("marc_field").get(f"{tag[:1]}xx") or ("Trường cục bộ", "Local field")
    return of(*found)


def subfield_label(tag: str, code: str) -> str:
    """What a subfield holds: the field's own word for it, else that of its hundred (``6xx$x``); "" if not known."""
    table = _table("marc_subfield")
    found = table.get(f"{tag}${code}") or table.get(f"{tag[:1]}xx${code}")
    return of(*found) if found else ""


def init(app: Flask) -> None:
    app.jinja_env.globals.update(label=label, format_name=format_name, type_icons=frozenset(codes("type")))
