"""The port behind which the full-text engines stand; one contract suite decides what they must do.

Shaped so that an engine sharded over machines fits: documents go in by batch, positions in results are
paged, and nothing hands out the engine's own objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from unioncat.model import ClusterId
from unioncat.search.query import Query, SortKey


@dataclass(frozen=True, slots=True)
class Document:
    """One merged record, analysed for searching.

    tokens:  engine field → tokens in order of the text; several values of one field are kept apart by a gap
    sort:    sortable access point → sort key
    facets:  facet name → values as shown (codes for library, language, type; years as text)
    """

    id: ClusterId
    tokens: Mapping[str, Sequence[Sequence[str]]]
    sort: Mapping[str, str] = field(default_factory=dict)
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FacetRequest:
    """The `limit` most frequent values of facet `name` (see the access-point table), each at least `minimum` times."""

    name: str
    limit: int = 10
    minimum: int = 1


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Hits:
    """total: all matching records. ids: the wanted page, in order."""

    total: int
    ids: tuple[ClusterId, ...]
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScanTerm:
    """text: the folded term as indexed; display: as it stands in a record; count: records a search for it finds."""

    text: str
    display: str
    count: int


class SearchEngine(Protocol):
    """Read side: any number of threads. Raises BadQuery for what it cannot answer."""

    def search(
        self,
        query: Query,
        *,
        start: int = 0,
        count: int = 20,
        sort: Sequence[SortKey] = (),
        facets: Sequence[FacetRequest] = (),
    ) -> Hits: ...

    def scan(self, access_point: str, start: str, *, before: int = 0, count: int = 20) -> tuple[ScanTerm, ...]:
        """`before` terms below `start` and then `count` terms from `start` on, in index order."""
        ...

    def count(self) -> int: ...

    def change_number(self) -> int:
        """Number of the last change that the visible index contains."""
        ...


class IndexWriter(Protocol):
    """Write side: one at a time, held by a lock; visible to readers after `commit`."""

    def put(self, documents: Iterable[Document]) -> None: ...

    def delete(self, ids: Iterable[ClusterId]) -> None: ...

    def commit(self, change_number: int) -> None: ...

    def close(self) -> None: ...
