"""The parameter sortKeys of SRU 1.1 (``path,schema,ascending,caseSensitive,missingValue``, keys parted by spaces)."""

from __future__ import annotations

from protocols.cql.context_sets import access_point_of
from unioncat.model import BadQuery
from unioncat.search.query import SortKey

__all__ = ["sort_keys"]

_SCHEMAS = frozenset({"", "dc", "marcxml", "cql", "bib", "bath", "rec", "info:srw/schema/1/dc-v1.1"})
_MAX_KEYS = 8


def sort_keys(text: str) -> tuple[SortKey, ...]:
    """Raises BadQuery with the diagnostic's kind for what we cannot do."""
    found: list[SortKey] = []
    for key in text.split():
        path, schema, ascending, case, missing = [*key.split(","), "", "", "", ""][:5]
        if schema.lower() not in _SCHEMAS:
            raise BadQuery("unsupported_sort_schema", schema)
        if ascending not in ("", "0", "1", "true", "false"):
            raise BadQuery("unsupported_direction", ascending)
        if case not in ("", "0", "false"):
            raise BadQuery("unsupported_case", case)
        if missing.lower() not in ("", "highvalue"):
            raise BadQuery("unsupported_missing_value", missing)
        found.append(SortKey(_access_point(path), ascending in ("0", "false")))
    names = [key.access_point for key in found]
    if len(set(names)) < len(names):
        raise BadQuery("duplicate_sort_key", next(name for name in names if names.count(name) > 1))
    if len(found) > _MAX_KEYS:
        raise BadQuery("too_many_sort_keys", str(_MAX_KEYS))
    return tuple(found)


def _access_point(path: str) -> str:
    """A path is an index name here, also behind a slash or with an XPath's predicates left out: ``/dc/title``."""
    name = path.rsplit("/", 1)[-1].split("[", 1)[0]
    if name.lower() in ("relevance", "score"):
        return "relevance"
    try:
        row = access_point_of(name, {})
    except BadQuery as error:
        raise BadQuery("unsupported_sort", path) from error
    if not row.sort:
        raise BadQuery("unsupported_sort", path)
    return row.name
