"""The port behind which the full-text engines stand; one contract suite decides what they must do.

Shaped so that an engine sharded over machines fits: documents go in by batch, positions in results are
paged, and nothing hands out the engine's own objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from unioncat.model import ClusterId
from unioncat.search.query import Query, SortKey


@dataclass(frozen=True, slots=True)
class Document:
    """One merged record, analysed for searching.

    tokens:  engine field → its values, each a string of tokens with single spaces between them (fields of words,
             see ``unioncat.search.analysis``) or one term (``_x`` fields). Strings, not lists: they are made in a
             pool and have to be handed over
    sort:    sortable access point → sort key
    facets:  facet name → values as shown (codes for library, language, type; years as text)
    weight:  mild signal for ranking, 0.0 and up: how many libraries hold it, how new it is
    version: changes when the record does; doors keep what they rendered by (id, version)
    """

    id: ClusterId
    tokens: Mapping[str, Sequence[str]]
    sort: Mapping[str, str] = field(default_factory=dict)
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    weight: float = 0.0
    version: int = 0


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
    """total: all matching records. ids: the wanted page, in order. versions: of these records, see Document."""

    total: int
    ids: tuple[ClusterId, ...]
    versions: tuple[int, ...] = ()
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScanTerm:
    """One entry of an index.

    text:    the folded term as indexed
    display: as it stands in a record, where the door has looked; the engine says `text`
    count:   records that a search for it finds
    sample:  one of them, if the term is a whole value and not a word
    """

    text: str
    display: str
    count: int
    sample: ClusterId | None = None


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

    def scan(
        self, access_point: str, start: str, *, before: int = 0, count: int = 20, whole: bool = False
    ) -> tuple[ScanTerm, ...]:
        """`before` terms below `start` and then `count` terms from `start` on, in index order.

        whole: whole values of an access point of words, not its words.
        """
        ...

    def spellings(self, access_point: str, word: str, limit: int = 5) -> tuple[ScanTerm, ...]:
        """Words of the index that differ from `word` by one or two letters, most frequent first."""
        ...

    def completions(self, access_point: str, prefix: str, limit: int = 10) -> tuple[ScanTerm, ...]:
        """Whole values that begin with `prefix`, most frequent first."""
        ...

    def count(self) -> int: ...

    def change_number(self) -> int:
        """Number of the last change that the visible index contains."""
        ...


class IndexWriter(Protocol):
    """Write side: one at a time, held by a lock; visible to readers after `commit`."""

    def put(self, documents: Iterable[Document]) -> None:
        """Each in place of what was there under its id."""
        ...

    def put_encoded(self, ids: list[ClusterId], encoded: list[Any]) -> None:
        """The same with documents that ``index_life.encoder`` of this engine made, perhaps in another process."""
        ...

    def delete(self, ids: Iterable[ClusterId]) -> None: ...

    def commit(self, change_number: int) -> None: ...

    def close(self) -> None: ...
