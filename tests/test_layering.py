"""Imports point down the floors of the house (docs/architecture.md); read with ast, so nothing is run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MODEL, TEXT, MARC = "unioncat.model", "unioncat.text", "unioncat.marc"
PURE = {MODEL, TEXT, MARC}
QUERY = "unioncat.search"
MAY_IMPORT: dict[str, set[str]] = {
    MODEL: set(),
    TEXT: set(),
    "unioncat.settings": {MODEL},
    MARC: {MODEL, TEXT},
    "unioncat.matching": PURE,
    "unioncat.merging": PURE | {"unioncat.matching"},
    "unioncat.quality": PURE,
    "unioncat.store": {MODEL},
    QUERY: PURE,
    "mappings": PURE,
    "unioncat.services": PURE
    | {"unioncat.matching", "unioncat.merging", "unioncat.quality", "unioncat.store", QUERY, "mappings"},
    "harvesters": PURE | {"protocols.z3950", "protocols.cql"},
    "protocols.cql": PURE | {QUERY},
    "protocols.sru": PURE | {QUERY, "unioncat.services", "protocols.cql"},
    "protocols.oaipmh": PURE | {QUERY, "unioncat.services"},
    "protocols.z3950": PURE | {QUERY, "unioncat.services", "protocols.cql"},
    "unioncat.web": PURE | {QUERY, "unioncat.services", "mappings"},
    "unioncat.cli": PURE
    | {QUERY, "unioncat.services", "unioncat.settings", "unioncat.bootstrap", "unioncat.demo", "unioncat.serving"},
}
FREE = {"unioncat.bootstrap", "unioncat.demo", "unioncat.serving", "unioncat.wsgi"}
"""Entry points' wiring: may import everything."""

ONLY_HERE = {
    "sqlalchemy": {"unioncat.store"},
    "alembic": {"unioncat.store"},
    "pymarc": {MARC},
    "tantivy": {QUERY},
    "whoosh": {QUERY},
    "flask": {
        "unioncat.web",
        "protocols.sru",
        "protocols.oaipmh",
        "unioncat.bootstrap",
        "unioncat.demo",
        "unioncat.serving",
    },
    "sickle": {"harvesters"},
    "click": {"unioncat.cli"},
    "rich": {"unioncat.cli"},
}
"""Libraries that have one door."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(name: str) -> str | None:
    rooms = [room for room in (*MAY_IMPORT, *FREE) if name == room or name.startswith(room + ".")]
    return max(rooms, key=len, default=None)


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found.add(stem)
            found.update(f"{stem}.{alias.name}" for alias in node.names if room_of(f"{stem}.{alias.name}") is not None)
    return found


SOURCES = sorted(
    path for package in ("unioncat", "harvesters", "protocols", "mappings") for path in (ROOT / package).rglob("*.py")
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    name = module_name(path)
    room = room_of(name)
    if room in FREE or room is None:
        assert room is not None or name in {"unioncat", "harvesters", "protocols", "mappings", "unioncat.__main__"}, (
            f"{name} stands in no room: add it to MAY_IMPORT"
        )
        return
    for imported in imports_of(path):
        other = room_of(imported)
        if other is not None and other != room:
            allowed = {target for target in MAY_IMPORT[room] if target == other}
            assert allowed, f"{name} ({room}) imports {imported} ({other}), which is not below it"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_library_has_one_door(path: Path) -> None:
    room = room_of(module_name(path))
    for imported in imports_of(path):
        top = imported.split(".")[0]
        assert top not in ONLY_HERE or room in ONLY_HERE[top], f"{path} imports {top}: its door is {ONLY_HERE[top]}"
