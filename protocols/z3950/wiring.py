"""From the services of a catalogue to what a `Z3950Server` needs."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.cql import parse, to_query
from protocols.z3950.association import Parts
from protocols.z3950.limits import Limits
from protocols.z3950.ports import Contributor
from protocols.z3950.records import RecordWriter
from unioncat.marc.formats import ExportFormat
from unioncat.search.query import Query, SortKey
from unioncat.services.find import Finder

__all__ = ["make_parts", "read_cql"]


def read_cql(text: str) -> tuple[Query, tuple[SortKey, ...]]:
    """Query tree and sort keys of a CQL text. Raises BadQuery."""
    interpreted = to_query(parse(text))
    return interpreted.query, interpreted.sort


def make_parts(
    finder: Finder,
    exports: Mapping[str, ExportFormat],
    *,
    contributor: Contributor | None = None,
    name: str = "UnionCat",
    name_en: str = "",
    version: str = "0.1.0",
    base_url: str = "",
    limits: Limits | None = None,
    cache_size: int = 64_000_000,
) -> Parts:
    """exports: ``services.formats.Formats.export``. name, name_en: of the catalogue. See `Parts` for the rest.

    cache_size: octets of rendered records kept
    """
    writer = RecordWriter(finder.catalogue, exports, base_url=base_url, cache_size=cache_size)
    return Parts(
        finder.engine,
        finder.catalogue,
        finder,
        writer,
        limits or Limits(),
        read_cql=read_cql,
        contributor=contributor,
        name=name,
        name_en=name_en or name,
        version=version,
    )
