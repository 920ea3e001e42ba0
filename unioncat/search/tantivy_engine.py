"""The default engine: Tantivy, embedded. Read side (the write side is ``tantivy_writer``)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import tantivy
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from unioncat.model import BadQuery, ClusterId, ConfigError, NotFound
from unioncat.search.access_points import BY_NAME
from unioncat.search.analysis import END, GAP, START
from unioncat.search.engine import FacetRequest, FacetValue, Hits, ScanTerm
from unioncat.search.fields import LAYOUT, facet_field, sort_field
from unioncat.search.index_files import IndexFiles, IndexState
from unioncat.search.lower import lower
from unioncat.search.plan import Plan
from unioncat.search.query import Query, SortKey
from unioncat.search.scanning import scan_fields, scan_start
from unioncat.search.tantivy_index import is_panic, open_index
from unioncat.search.tantivy_query import TantivyQueries
from unioncat.search.term_list import TermLists
from unioncat.text import tokens

__all__ = ["MAX_START", "TantivyEngine"]

MAX_START = 100_000
"""Deepest position that a page may begin at: the engine keeps all that comes before it in memory."""

_LOOK_SECONDS = 0.2
_FACET_TIES = 200
_TOO_MUCH = "invalid argument"
"""Tantivy's words for a phrase whose masked words stand for more than 16,384 terms."""
_T = TypeVar("_T")


class _Snapshot:
    """One state of the index, as some commit left it."""

    def __init__(self, folder: Path, index: tantivy.Index, state: IndexState, mark: tuple[int, int]) -> None:
        self.folder = folder
        self.index = index
        self.state = state
        self.mark = mark
        self.searcher: Any = index.searcher()
        self.queries = TantivyQueries(index)

    @property
    def generation(self) -> tuple[str, tuple[int, int]]:
        return self.folder.name, self.mark


class TantivyEngine:
    """Safe for threads; any number of processes. Sees a commit within a second.

    Raises NotFound if no index was ever built, ConfigError if it is damaged or of another layout.
    """

    def __init__(self, root: Path) -> None:
        self._files = IndexFiles(root)
        self._lock = threading.Lock()
        self._looked = 0.0
        self._now: _Snapshot | None = None
        self._terms = TermLists(self._terms_of)

    # ------------------------------------------------------------ the state that is read

    def _snapshot(self) -> _Snapshot:
        now = time.monotonic()
        current = self._now
        if current is not None and now - self._looked < _LOOK_SECONDS:
            return current
        with self._lock:
            current = self._now
            if current is None or time.monotonic() - self._looked >= _LOOK_SECONDS:
                self._now = current = self._refreshed(current)
                self._looked = time.monotonic()
            return current

    def _refreshed(self, known: _Snapshot | None) -> _Snapshot:
        folder = self._files.current()
        try:
            return self._opened(folder, known)
        except ConfigError:
            if self._files.current() == folder:
                raise
        return self._opened(self._files.current(), known)  # a rebuild went over to a new generation just then

    def _opened(self, folder: Path | None, known: _Snapshot | None) -> _Snapshot:
        if folder is None:
            raise NotFound(f"there is no index in {self._files.root}; run: unioncat index rebuild")
        try:
            mark = _mark(folder)
            if known is not None and known.folder == folder and known.mark == mark:
                return known
            state = self._files.state(folder)
            if state.layout != LAYOUT:
                raise ConfigError(
                    f"the index in {folder} has layout {state.layout}, this version reads {LAYOUT};"
                    " run: unioncat index rebuild"
                )
            if known is not None and known.folder == folder:
                index = known.index
                index.reload()
            else:
                index = open_index(folder)
                index.config_reader("manual")
                index.reload()
            return _Snapshot(folder, index, state, mark)
        except (OSError, ValueError) as error:
            raise _damaged(folder, error) from error

    def _guarded(self, work: Callable[[_Snapshot], _T]) -> _T:
        """Do `work` on the present snapshot; what Tantivy itself throws means that files are damaged."""
        snapshot = self._snapshot()
        try:
            return work(snapshot)
        except (BadQuery, ConfigError):
            raise
        except Exception as error:
            if isinstance(error, ValueError) and _TOO_MUCH in str(error).lower():
                raise BadQuery("too_complex", "masks that stand for too many words") from error
            raise _damaged(snapshot.folder, error) from error
        except BaseException as error:
            if is_panic(error):
                raise _damaged(snapshot.folder, error) from error
            raise

    def count(self) -> int:
        return int(self._snapshot().searcher.num_docs)

    def change_number(self) -> int:
        return self._snapshot().state.change

    # ------------------------------------------------------------ searching

    def search(
        self,
        query: Query,
        *,
        start: int = 0,
        count: int = 20,
        sort: Sequence[SortKey] = (),
        facets: Sequence[FacetRequest] = (),
    ) -> Hits:
        keys = _sort_keys(sort)
        if start > MAX_START:
            start, count = 0, 0
        found = lower(query, ranked=not keys and count > 0)
        return self._guarded(lambda snapshot: self._search(snapshot, found, start, count, keys, facets))

    def _search(
        self,
        snapshot: _Snapshot,
        found: Plan,
        start: int,
        count: int,
        keys: tuple[SortKey, ...],
        facets: Sequence[FacetRequest],
    ) -> Hits:
        query = snapshot.queries.build(found)
        searcher = snapshot.searcher
        addresses: list[Any]
        if count == 0:
            total, addresses = int(searcher.search(query, 1).count), []
        elif keys:
            total = int(searcher.search(query, 1).count)
            addresses = _sorted(snapshot, query, keys, start, count) if start < total else []
        else:
            result = searcher.search(query, count, True, None, start, tantivy.Order.Desc, "weight")
            total, addresses = int(result.count), [address for _, address in result.hits]
        ids = tuple(searcher.fast_field_values("id", addresses)) if addresses else ()
        versions = tuple(searcher.fast_field_values("version", addresses)) if addresses else ()
        return Hits(total, ids, versions, {each.name: _facet(searcher, query, each) for each in facets})

    # ------------------------------------------------------------ browsing

    def scan(
        self, access_point: str, start: str, *, before: int = 0, count: int = 20, whole: bool = False
    ) -> tuple[ScanTerm, ...]:
        row, fields = scan_fields(access_point, whole)
        first = scan_start(row, fields[0] in BY_NAME, start)
        return self._guarded(lambda snapshot: self._scan(snapshot, fields, first, before, count))

    def _scan(
        self, snapshot: _Snapshot, fields: tuple[str, ...], start: str, before: int, count: int
    ) -> tuple[ScanTerm, ...]:
        terms = self._terms.of(fields, snapshot.generation)
        place = terms.find(start)
        below: list[ScanTerm] = []
        back = place - 1
        while back >= 0 and len(below) < before:
            entry = _counted(snapshot, fields, terms[back])
            if entry is not None:
                below.append(entry)
            back -= 1
        found = below[::-1]
        wanted = len(found) + count
        while place < len(terms) and len(found) < wanted:
            entry = _counted(snapshot, fields, terms[place])
            if entry is not None:
                found.append(entry)
            place += 1
        return tuple(found)

    def _terms_of(self, fields: tuple[str, ...]) -> Iterable[str]:
        searcher = self._snapshot().searcher
        found = {text for field in fields for text, _ in searcher.terms_with_prefix(field, "")}
        return found - {START, END}

    def spellings(self, access_point: str, word: str, limit: int = 5) -> tuple[ScanTerm, ...]:
        _, fields = scan_fields(access_point, False)
        folded = "".join(tokens(word))
        if len(folded) < 2:
            return ()
        return self._guarded(lambda snapshot: self._spellings(snapshot, fields, folded, limit))

    def _spellings(self, snapshot: _Snapshot, fields: tuple[str, ...], word: str, limit: int) -> tuple[ScanTerm, ...]:
        """Among the words with the same first letter, and those with the first two letters changed over."""
        terms = self._terms.of(fields, snapshot.generation)
        near: dict[str, float] = {}
        furthest = 1 if len(word) < 6 else 2
        for first in dict.fromkeys((word[0], word[1])):
            low, high = terms.find(first), terms.find(first + "\U0010ffff")
            choices = [
                text
                for text in (terms[place] for place in range(low, high))
                if abs(len(text) - len(word)) <= furthest and text != word
            ]
            matches = process.extract(
                word, choices, scorer=DamerauLevenshtein.distance, score_cutoff=furthest, limit=50
            )
            near.update({text: distance for text, distance, _ in matches})
        found = [entry for text in near if (entry := _counted(snapshot, fields, text)) is not None]
        found.sort(key=lambda entry: (near[entry.text], -entry.count, entry.text))
        return tuple(found[:limit])

    def completions(self, access_point: str, prefix: str, limit: int = 10) -> tuple[ScanTerm, ...]:
        row, fields = scan_fields(access_point, True)
        start = scan_start(row, fields[0] in BY_NAME, prefix)
        if not start:
            return ()
        return self._guarded(lambda snapshot: _completions(snapshot, fields, start, limit))


def _mark(folder: Path) -> tuple[int, int]:
    """Changes with every commit: the state file is replaced after Tantivy's own."""
    found = (folder / "state.json").stat()
    return found.st_mtime_ns, found.st_ino


def _damaged(folder: Path, error: BaseException) -> ConfigError:
    return ConfigError(f"the index in {folder} is damaged ({str(error)[:200]}); run: unioncat index rebuild")


def _sort_keys(sort: Sequence[SortKey]) -> tuple[SortKey, ...]:
    """Keys up to the first "relevance", which decides among whatever is left. Raises BadQuery."""
    keys: list[SortKey] = []
    for key in sort:
        if key.access_point == "relevance":
            break
        row = BY_NAME.get(key.access_point)
        if row is None or not row.sort:
            raise BadQuery("unsupported_sort", key.access_point)
        keys.append(key)
    return tuple(keys)


def _sorted(snapshot: _Snapshot, query: Any, keys: tuple[SortKey, ...], start: int, count: int) -> list[Any]:
    """Addresses of a page in the order of `keys`, ties by id; missing values last, whichever the direction.

    Tantivy sorts by one column. Records with equal keys are therefore sorted by the next one in a search of
    their own, and only those groups that reach into the page.
    """
    searcher = snapshot.searcher
    if not keys:
        found = searcher.search(query, count, False, "id", start, tantivy.Order.Asc)
        return [address for _, address in found.hits]
    column = sort_field(BY_NAME[keys[0].access_point])
    order = tantivy.Order.Desc if keys[0].descending else tantivy.Order.Asc
    hits = _to_the_end_of_a_group(searcher, query, column, order, start + count)
    page: list[Any] = []
    place = 0
    while place < len(hits) and len(page) < count:
        value = hits[place][0]
        end = place + 1
        while end < len(hits) and hits[end][0] == value:
            end += 1
        if end > start:
            group = [address for _, address in hits[place:end]]
            skipped = max(start - place, 0)
            page += _group(snapshot, group, keys[1:], skipped, count - len(page))
        place = end
    return page


def _to_the_end_of_a_group(searcher: Any, query: Any, column: str, order: Any, wanted: int) -> list[Any]:
    """(value, address) of the first `wanted` records and of all that tie with the last of them."""
    limit = wanted + 64
    while True:
        hits: list[Any] = searcher.search(query, limit, False, column, 0, order).hits
        if len(hits) < limit or hits[-1][0] != hits[wanted - 1][0]:
            return hits
        limit *= 4


def _group(snapshot: _Snapshot, group: list[Any], keys: tuple[SortKey, ...], start: int, count: int) -> list[Any]:
    """A page of records that tie so far, in the order of the remaining keys."""
    if len(group) == 1:
        return group
    ids = snapshot.searcher.fast_field_values("id", group)
    if keys:
        chosen = tantivy.Query.term_set_query(snapshot.index.schema, "id", ids)
        return _sorted(snapshot, chosen, keys, start, count)
    in_order = sorted(zip(ids, group, strict=True), key=lambda pair: pair[0])
    return [address for _, address in in_order[start : start + count]]


def _facet(searcher: Any, query: Any, request: FacetRequest) -> tuple[FacetValue, ...]:
    row = BY_NAME.get(request.name)
    if row is None or not row.facet:
        raise BadQuery("unsupported_facet", request.name)
    terms = {"field": facet_field(row), "size": request.limit + _FACET_TIES}
    answer = searcher.aggregate(query, {"f": {"terms": terms}})
    found = [FacetValue(each["key"], each["doc_count"]) for each in answer["f"]["buckets"]]
    found = [each for each in found if each.count >= request.minimum]
    found.sort(key=lambda each: (-each.count, each.value))
    return tuple(found[: request.limit])


def _counted(snapshot: _Snapshot, fields: tuple[str, ...], text: str) -> ScanTerm | None:
    """The term with the number of live records; None if all that had it were deleted."""
    query = snapshot.queries.any_term(fields, text)
    result = snapshot.searcher.search(query, 1)
    if not result.count:
        return None
    if fields[0] in BY_NAME:
        return ScanTerm(text, text, int(result.count))
    sample = snapshot.searcher.fast_field_values("id", [result.hits[0][1]])[0]
    shown = text.replace(GAP, " ")
    return ScanTerm(shown, shown, int(result.count), ClusterId(int(sample)))


def _completions(snapshot: _Snapshot, fields: tuple[str, ...], start: str, limit: int) -> tuple[ScanTerm, ...]:
    searcher = snapshot.searcher
    frequent = {text for field in fields for text, _ in searcher.terms_with_prefix(field, start, None, limit * 2)}
    found = [entry for text in frequent if (entry := _counted(snapshot, fields, text)) is not None]
    found.sort(key=lambda entry: (-entry.count, entry.text))
    return tuple(found[:limit])
