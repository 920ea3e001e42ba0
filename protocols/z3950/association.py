"""One association: what was negotiated, who signed in, which result sets there are. Used by one thread at a time."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from protocols.z3950.databases import Scope
from protocols.z3950.diagnostics import Z3950Error
from protocols.z3950.limits import Limits
from protocols.z3950.ports import Cataloguer, Contributor, Engine, Holds, ScansHeadings
from protocols.z3950.records import Exporter, RecordWriter
from unioncat.model import ClusterId
from unioncat.search.engine import Hits
from unioncat.search.query import Ids, Query, SortKey

__all__ = ["Association", "Catalogue", "Parts", "ResultSet"]

FIRST_IDS = 16
"""Positions fetched with the search itself: most clients present the first few at once."""

SMALL_SET = 1_000
"""A set of at most so many records, all known, stands as an operand for exactly those; a larger one for its query."""


ReadCql = Callable[[str], tuple[Query, tuple[SortKey, ...]]]


_GONE = 1_000


class Catalogue(Holds, Exporter, Protocol):
    """``services.catalogue.Catalogue``, as far as it is used here."""


class Results:
    """What searches found first, kept until the index changes: a popular query costs one search."""

    def __init__(self, most: int = 4_000) -> None:
        self._most = most
        self._change = -1
        self._hits: dict[tuple[Query, tuple[SortKey, ...]], Hits] = {}

    def find(self, engine: Engine, query: Query, sort: tuple[SortKey, ...]) -> Hits:
        """The first positions. Raises BadQuery."""
        change = engine.change_number()
        hits = self._hits
        if change != self._change or len(hits) >= self._most:
            hits = self._hits = {}
            self._change = change
        key = (query, sort)
        found = hits.get(key)
        if found is None:
            found = engine.search(query, start=0, count=FIRST_IDS, sort=sort)
            hits[key] = found
        return found


@dataclass(frozen=True, slots=True)
class Parts:
    """What all associations share; everything here is safe for threads.

    read_cql:     CQL text to query tree and sort keys; None: type-104 queries get diagnostic 107
    contributor:  None: no Extended Services
    name, name_en: of the catalogue, for Init and Explain
    """

    engine: Engine
    catalogue: Catalogue
    headings: ScansHeadings
    writer: RecordWriter
    limits: Limits
    read_cql: ReadCql | None = None
    contributor: Contributor | None = None
    results: Results = field(default_factory=Results)
    name: str = "UnionCat"
    name_en: str = "UnionCat"
    version: str = "0.1.0"


class ResultSet:
    """A result set: the query, how many records it finds, and the ids of the first positions, which stay as they are.

    Positions beyond `kept` are asked of the index when they are wanted, so that a set of a million costs nothing.
    records: what an Explain search found, instead of all that.
    """

    __slots__ = ("_ids", "_kept", "_versions", "query", "records", "scope", "sort", "total")

    def __init__(
        self,
        query: Query,
        scope: Scope,
        sort: tuple[SortKey, ...] = (),
        kept: int = 10_000,
        records: Sequence[bytes] = (),
    ) -> None:
        self.query = query
        self.scope = scope
        self.sort = sort
        self.records = records
        self.total = len(records)
        self._kept = kept
        self._ids = array("q")
        self._versions = array("q")

    def copy(self) -> ResultSet:
        made = ResultSet(self.query, self.scope, self.sort, self._kept, self.records)
        made.total = self.total
        made._ids, made._versions = self._ids[:], self._versions[: len(self._ids)]
        return made

    def run(self, parts: Parts) -> None:
        """The search itself. Raises BadQuery."""
        hits = parts.results.find(parts.engine, self.query, self.sort)
        self.total = hits.total
        self._keep(hits.ids, hits.versions)

    def _keep(self, ids: Sequence[ClusterId], versions: Sequence[int]) -> None:
        self._ids.extend(ids)
        self._versions.extend(versions if len(versions) == len(ids) else [0] * len(ids))

    def page(self, engine: Engine, start: int, count: int) -> list[tuple[ClusterId, int]]:
        """Ids and versions at positions `start` (from 1) and after; fewer than `count` if records went away since."""
        end = start - 1 + count
        known = len(self._ids)
        if end > known and end <= self._kept:
            wanted = min(max(end, 2 * known), self._kept, max(self.total, end))
            hits = engine.search(self.query, start=known, count=wanted - known, sort=self.sort)
            self._keep(hits.ids, hits.versions)
        if end <= len(self._ids) or end <= self._kept:
            return [
                (ClusterId(cluster), version)
                for cluster, version in zip(self._ids[start - 1 : end], self._versions[start - 1 : end], strict=True)
            ]
        hits = engine.search(self.query, start=start - 1, count=count, sort=self.sort)
        versions = hits.versions if len(hits.versions) == len(hits.ids) else (0,) * len(hits.ids)
        return list(zip(hits.ids, versions, strict=True))

    def operand(self) -> Query:
        """What stands for this set in another query. Raises Z3950Error 18."""
        if self.scope.explain:
            raise Z3950Error("result_set_operand", self.scope.name)
        if self.total == len(self._ids) <= SMALL_SET:
            return Ids(frozenset(self._ids))
        return self.query


@dataclass(slots=True)
class Association:
    """See the module.

    peer:     address of the client, for the log
    options:  numbers of the options in force
    sets:     the one used last stands last
    gone:     names of sets that had to make room, as far as they are remembered
    memo:     what was worked out of the request under way, kept with its octets: the same octets, the same outcome
    """

    parts: Parts
    peer: str = ""
    opened: bool = False
    version3: bool = False
    options: frozenset[int] = frozenset()
    message_size: int = 1_000_000
    record_size: int = 1_000_000
    utf8: bool = False
    records_utf8: bool = False
    language: str = "vi"
    who: Cataloguer | None = None
    sets: dict[str, ResultSet] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    packages: int = 0
    memo: dict[str, Any] = field(default_factory=dict)

    def result_set(self, name: str) -> ResultSet:
        """Raises Z3950Error 30, or 27 for one that had to make room."""
        found = self.sets.pop(name, None)
        if found is None:
            raise Z3950Error("result_set_gone" if name in self.gone else "no_result_set", name)
        self.sets[name] = found  # the one used last stands last
        return found

    def store(self, name: str, result_set: ResultSet) -> None:
        """Keeps a set; the one not used for longest makes room if there are too many."""
        self.sets.pop(name, None)
        self.gone.pop(name, None)
        while len(self.sets) >= self.parts.limits.result_sets:
            oldest = next(iter(self.sets))
            del self.sets[oldest]
            self.gone[oldest] = None
            if len(self.gone) > _GONE:
                del self.gone[next(iter(self.gone))]
        self.sets[name] = result_set

    def forked(self) -> Association:
        """The same association for a new thread, when one that took too long may still be writing to this one."""
        sets = {name: each.copy() for name, each in self.sets.items()}
        return replace(self, sets=sets)


Response = tuple[str, dict[str, Any]]
