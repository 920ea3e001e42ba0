"""The engine for machines where no compiled wheel can be installed: Whoosh, pure Python.

Whoosh keeps the inverted index; the plan is answered here, set by set, on its postings. So it finds exactly
what Tantivy finds (one contract suite holds both), some fifty times slower.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein
from whoosh import index as whoosh_index
from whoosh.reading import TermNotFound

from unioncat.model import BadQuery, ClusterId, ConfigError, NotFound
from unioncat.search import plan
from unioncat.search.access_points import BY_NAME
from unioncat.search.analysis import END, GAP, START
from unioncat.search.engine import FacetRequest, FacetValue, Hits, ScanTerm
from unioncat.search.fields import FIELDS, LAYOUT
from unioncat.search.index_files import IndexFiles, IndexState
from unioncat.search.lower import lower
from unioncat.search.plan import Plan, regex_of
from unioncat.search.query import Query, SortKey
from unioncat.search.scanning import scan_fields, scan_start
from unioncat.text import tokens

__all__ = ["WhooshEngine"]

_LOOK_SECONDS = 0.2
_B, _K1 = 0.75, 1.2
_index: Any = whoosh_index  # Whoosh has no annotations
_WORDS = frozenset(field.name for field in FIELDS if field.kind == "words")
_KNOWN = frozenset(field.name for field in FIELDS)
Scores = dict[int, float]


class _Snapshot:
    """One state of the index: answers plans with {document number: score}."""

    def __init__(self, folder: Path, state: IndexState, mark: tuple[int, int]) -> None:
        self.folder, self.state, self.mark = folder, state, mark
        self.reader: Any = _index.open_dir(str(folder)).reader()
        self.documents = max(self.reader.doc_count(), 1)

    def answer(self, node: Plan) -> Scores:
        match node:
            case plan.Token(field, text):
                return self._token(field, text)
            case plan.All(children):
                return self._all([self.answer(child) for child in children])
            case plan.AnyOf(children):
                return _sum(self.answer(child) for child in children)
            case plan.Without(left, right):
                unwanted = self.answer(right)
                return {number: score for number, score in self.answer(left).items() if number not in unwanted}
            case plan.Preferred(must, bonuses):
                found = dict(self.answer(must))
                for bonus in bonuses:
                    for number, score in self.answer(bonus).items():
                        if number in found:
                            found[number] += score
                return found
            case plan.Constant(child, score):
                return dict.fromkeys(self.answer(child), score)
            case plan.Pattern(field, shapes):
                return dict.fromkeys(
                    (number for text in self._like(field, shapes) for number in self._ids(field, text)), 1.0
                )
            case plan.Sequence(field, steps):
                return self._sequence(field, steps)
            case plan.Span():
                return dict.fromkeys(
                    (number for text in self._between(node) for number in self._ids(node.field, text)), 1.0
                )
            case plan.HasId(ids):
                found_ids = (self._ids("id", str(cluster)) for cluster in ids)
                return dict.fromkeys((number for numbers in found_ids for number in numbers), 1.0)
            case plan.Every():
                return dict.fromkeys(self.reader.all_doc_ids(), 1.0)
            case plan.Nothing():
                return {}

    def _any_of(self, field: str, texts: Iterable[str]) -> Scores:
        return dict.fromkeys((number for text in texts for number in self._ids(field, text)), 1.0)

    def _matcher(self, field: str, text: str) -> Any | None:
        try:
            return self.reader.postings(field, text)
        except TermNotFound:
            return None

    def _ids(self, field: str, text: str) -> list[int]:
        matcher = self._matcher(field, text)
        return [] if matcher is None else list(matcher.all_ids())

    def _token(self, field: str, text: str) -> Scores:
        """BM25, as Tantivy reckons it."""
        if field not in _WORDS:
            return dict.fromkeys(self._ids(field, text), 1.0)
        matcher = self._matcher(field, text)
        if matcher is None:
            return {}
        frequencies: Scores = {}
        while matcher.is_active():
            frequencies[matcher.id()] = matcher.weight()
            matcher.next()
        idf = math.log(1 + (self.documents - len(frequencies) + 0.5) / (len(frequencies) + 0.5))
        average = max(self.reader.field_length(field) / self.documents, 1.0)
        length = self.reader.doc_field_length
        return {
            number: idf * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length(number, field, 1) / average))
            for number, count in frequencies.items()
        }

    def _all(self, parts: list[Scores]) -> Scores:
        parts.sort(key=len)
        first, *rest = parts
        return {
            number: score + sum(part[number] for part in rest)
            for number, score in first.items()
            if all(number in part for part in rest)
        }

    def terms(self, field: str, start: str = "") -> Iterator[str]:
        """Terms of a field in order, from `start` on."""
        for name, term in self.reader.terms_from(field, start.encode()):
            if name != field:
                return
            yield term.decode() if isinstance(term, bytes) else term

    def _like(self, field: str, shapes: tuple[plan.Shape, ...]) -> Iterator[str]:
        pattern = re.compile(regex_of(shapes), re.DOTALL)
        return (text for text in self.terms(field) if pattern.fullmatch(text) and text not in (START, END))

    def _between(self, span: plan.Span) -> Iterator[str]:
        for text in self.terms(span.field, span.low or ""):
            if span.high is not None and (text > span.high or (text == span.high and not span.include_high)):
                return
            if text != span.low or span.include_low:
                yield text

    def _positions(self, field: str, step: str | tuple[plan.Shape, ...]) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for text in [step] if isinstance(step, str) else self._like(field, step):
            matcher = self._matcher(field, text)
            while matcher is not None and matcher.is_active():
                found.setdefault(matcher.id(), set()).update(matcher.value_as("positions"))
                matcher.next()
        return found

    def _sequence(self, field: str, steps: Sequence[tuple[int, str | tuple[plan.Shape, ...]]]) -> Scores:
        beginnings: dict[int, set[int]] | None = None
        for offset, step in steps:
            places = self._positions(field, step)
            shifted = {number: {place - offset for place in found} for number, found in places.items()}
            if beginnings is None:
                beginnings = shifted
            else:
                beginnings = {
                    number: both for number, found in beginnings.items() if (both := found & shifted.get(number, set()))
                }
        return dict.fromkeys(beginnings or {}, float(len(steps)))

    def data(self, number: int) -> tuple[int, int, float, dict[str, str], dict[str, tuple[str, ...]]]:
        """(id, version, weight, sort keys, facets)."""
        stored = self.reader.stored_fields(number)
        version, weight, sort, facets = stored["data"]
        return int(stored["id"]), version, weight, sort, facets


def _sum(parts: Iterable[Scores]) -> Scores:
    found: Scores = {}
    for part in parts:
        for number, score in part.items():
            found[number] = found.get(number, 0.0) + score
    return found


class WhooshEngine:
    """Read side. Raises NotFound if no index was ever built, ConfigError if it is damaged or of another layout."""

    def __init__(self, root: Path) -> None:
        self._files = IndexFiles(root)
        self._lock = threading.Lock()
        self._looked = 0.0
        self._now: _Snapshot | None = None

    def _snapshot(self) -> _Snapshot:
        with self._lock:
            if self._now is None or time.monotonic() - self._looked >= _LOOK_SECONDS:
                self._now = self._refreshed(self._now)
                self._looked = time.monotonic()
            return self._now

    def _refreshed(self, known: _Snapshot | None) -> _Snapshot:
        folder = self._files.current()
        if folder is None:
            raise NotFound(f"there is no index in {self._files.root}; run: unioncat index rebuild")
        try:
            found = (folder / "state.json").stat()
            mark = found.st_mtime_ns, found.st_ino
            if known is not None and known.folder == folder and known.mark == mark:
                return known
            state = self._files.state(folder)
            if state.layout != LAYOUT:
                raise ConfigError(f"the index in {folder} has another layout; run: unioncat index rebuild")
            return _Snapshot(folder, state, mark)
        except (OSError, whoosh_index.IndexError, ValueError, EOFError) as error:
            raise ConfigError(f"the index in {folder} is damaged ({error}); run: unioncat index rebuild") from error

    def count(self) -> int:
        return int(self._snapshot().reader.doc_count())

    def change_number(self) -> int:
        return self._snapshot().state.change

    def search(
        self,
        query: Query,
        *,
        start: int = 0,
        count: int = 20,
        sort: Sequence[SortKey] = (),
        facets: Sequence[FacetRequest] = (),
    ) -> Hits:
        for key in sort:
            row = BY_NAME.get(key.access_point)
            if key.access_point != "relevance" and (row is None or not row.sort):
                raise BadQuery("unsupported_sort", key.access_point)
        for request in facets:
            facet_row = BY_NAME.get(request.name)
            if facet_row is None or not facet_row.facet:
                raise BadQuery("unsupported_facet", request.name)
        snapshot = self._snapshot()
        found = snapshot.answer(lower(query, ranked=not sort and count > 0))
        if count == 0 and not facets:
            return Hits(len(found), ())
        rows = [(score, *snapshot.data(number)) for number, score in found.items()]
        counted = {request.name: _facet(rows, request) for request in facets}
        rows.sort(key=lambda row: row[1])
        rows.sort(key=lambda row: row[0] * math.log2(2 + row[3]), reverse=True)
        if sort and sort[0].access_point != "relevance":
            rows = _sorted(rows, sort)
        page = rows[start : start + count]
        return Hits(len(found), tuple(ClusterId(row[1]) for row in page), tuple(row[2] for row in page), counted)

    def scan(
        self, access_point: str, start: str, *, before: int = 0, count: int = 20, whole: bool = False
    ) -> tuple[ScanTerm, ...]:
        row, fields = scan_fields(access_point, whole)
        snapshot = self._snapshot()
        first = scan_start(row, fields[0] in BY_NAME, start)
        terms = sorted({text for field in fields for text in snapshot.terms(field)} - {START, END})
        below: list[ScanTerm] = []
        for text in reversed([text for text in terms if text < first]):
            if len(below) == before:
                break
            below += _counted(snapshot, fields, text)
        found: list[ScanTerm] = []
        for text in (text for text in terms if text >= first):
            if len(found) == count:
                break
            found += _counted(snapshot, fields, text)
        return (*reversed(below), *found)

    def spellings(self, access_point: str, word: str, limit: int = 5) -> tuple[ScanTerm, ...]:
        _, fields = scan_fields(access_point, False)
        folded = "".join(tokens(word))
        if len(folded) < 2:
            return ()
        snapshot = self._snapshot()
        furthest = 1 if len(folded) < 6 else 2
        near: dict[str, int] = {}
        for field in fields:
            for text in snapshot.terms(field):
                if text[:1] in folded[:2] and text != folded:
                    distance = DamerauLevenshtein.distance(folded, text, score_cutoff=furthest)
                    if distance <= furthest:
                        near[text] = distance
        found = [entry for text in near for entry in _counted(snapshot, fields, text)]
        found.sort(key=lambda entry: (near[entry.text], -entry.count, entry.text))
        return tuple(found[:limit])

    def completions(self, access_point: str, prefix: str, limit: int = 10) -> tuple[ScanTerm, ...]:
        row, fields = scan_fields(access_point, True)
        start = scan_start(row, fields[0] in BY_NAME, prefix)
        if not start:
            return ()
        snapshot = self._snapshot()
        texts = {text for field in fields for text in snapshot.terms(field, start) if text.startswith(start)}
        found = [entry for text in texts for entry in _counted(snapshot, fields, text)]
        found.sort(key=lambda entry: (-entry.count, entry.text))
        return tuple(found[:limit])


def _counted(snapshot: _Snapshot, fields: tuple[str, ...], text: str) -> list[ScanTerm]:
    numbers = _sum(snapshot.answer(plan.Token(field, text)) for field in fields)
    if not numbers:
        return []
    shown = text.replace(GAP, " ")
    return [ScanTerm(shown, shown, len(numbers), ClusterId(snapshot.data(min(numbers))[0]))]


def _sorted(rows: list[Any], sort: Sequence[SortKey]) -> list[Any]:
    """By the keys, ties by id; missing values last, whichever the direction."""
    keys = []
    for key in sort:
        if key.access_point == "relevance":
            break
        keys.append(key)
    rows.sort(key=lambda row: row[1])
    for key in reversed(keys):
        present = [row for row in rows if key.access_point in row[4]]
        missing = [row for row in rows if key.access_point not in row[4]]
        name = key.access_point
        present.sort(key=lambda row: row[4][name], reverse=key.descending)
        rows = present + missing
    return rows


def _facet(rows: Iterable[Any], request: FacetRequest) -> tuple[FacetValue, ...]:
    counter = Counter(value for row in rows for value in row[5].get(request.name, ()))
    found = [FacetValue(value, count) for value, count in counter.items() if count >= request.minimum]
    found.sort(key=lambda each: (-each.count, each.value))
    return tuple(found[: request.limit])
