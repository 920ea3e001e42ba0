"""The protocol-neutral query tree, the access-point table, and the full-text engines behind one port.

``open_engine`` and ``open_writer`` take an index URL: ``tantivy:///path/to/index`` or ``whoosh:///path``.
"""

from __future__ import annotations

from pathlib import Path

from unioncat.model import ConfigError
from unioncat.search.documents import document, document_from_json
from unioncat.search.engine import (
    Document,
    FacetRequest,
    FacetValue,
    Hits,
    IndexWriter,
    ScanTerm,
    SearchEngine,
)

__all__ = [
    "Document",
    "FacetRequest",
    "FacetValue",
    "Hits",
    "IndexWriter",
    "ScanTerm",
    "SearchEngine",
    "document",
    "document_from_json",
    "index_path",
    "open_engine",
    "open_writer",
]

ENGINES = ("tantivy", "whoosh")


def index_path(url: str) -> tuple[str, Path]:
    """(engine, folder) of an index URL. Raises ConfigError."""
    engine, separator, path = url.partition("://")
    if not separator or engine not in ENGINES or not path:
        raise ConfigError(
            f"{url!r} is no index URL: it begins with one of {', '.join(f'{name}://' for name in ENGINES)}"
            " and goes on with the path of a folder"
        )
    return engine, Path(path)


def open_engine(url: str) -> SearchEngine:
    """The read side of the index at `url`; the index need not be there yet. Raises ConfigError."""
    engine, path = index_path(url)
    if engine == "whoosh":
        from unioncat.search.whoosh_engine import WhooshEngine

        return WhooshEngine(path)
    from unioncat.search.tantivy_engine import TantivyEngine

    return TantivyEngine(path)


def open_writer(url: str, *, fresh: bool = False) -> IndexWriter:
    """The write side. fresh: a new generation beside the one that is read, which it replaces at the first commit.

    Raises Conflict if another process writes this index, ConfigError if it is damaged.
    """
    engine, path = index_path(url)
    if engine == "whoosh":
        from unioncat.search.whoosh_writer import WhooshWriter

        return WhooshWriter(path, fresh=fresh)
    from unioncat.search.tantivy_writer import TantivyWriter

    return TantivyWriter(path, fresh=fresh)
