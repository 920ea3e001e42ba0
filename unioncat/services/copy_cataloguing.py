"""Copy cataloguing: one search in our own catalogue and in chosen targets, side by side, by a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from queue import Empty, SimpleQueue

from unioncat.marc import Record, from_json
from unioncat.model import BadRecord, ClusterId, ConfigError, UnionCatError, WrongUse
from unioncat.model.target import Target, TargetQuery, TargetSearcher
from unioncat.search.query import And, Query, term
from unioncat.services.find import Finder
from unioncat.services.formats import Formats
from unioncat.services.targets import Targets

__all__ = ["Column", "CopyCataloguing", "Hit", "Wish", "load_searchers"]

GROUP = "unioncat.searchers"
OWN = "own"
MAX_TARGETS = 20
MAX_RUNNING = 40
"""Searches of targets under way in this process, all users together; each ends by its own deadline."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a cataloguer looks for; fields left empty are not searched. Joined by "and"."""

    isbn: str = ""
    issn: str = ""
    title: str = ""
    author: str = ""
    year: str = ""
    anywhere: str = ""

    def parts(self) -> list[tuple[str, str]]:
        """(access point, text) of what was filled in. Raises WrongUse if nothing was."""
        found = [(name, text) for name in _FIELDS if (text := str(getattr(self, name)).strip())]
        if not found:
            raise WrongUse("fill in an ISBN, a title, an author or another field to search by")
        return found


@dataclass(frozen=True, slots=True)
class _Field:
    """How one field is asked: Bib-1 attributes for Z39.50, an index for CQL."""

    attributes: str
    index: str


_FIELDS: Mapping[str, _Field] = {
    "isbn": _Field("@attr 1=7", "bath.isbn"),
    "issn": _Field("@attr 1=8", "bath.issn"),
    "title": _Field("@attr 1=4 @attr 4=6", "dc.title"),
    "author": _Field("@attr 1=1003 @attr 4=6", "dc.creator"),
    "year": _Field("@attr 1=31", "dc.date"),
    "anywhere": _Field("@attr 1=1016 @attr 4=6", "cql.serverChoice"),
}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def target_query(wish: Wish) -> TargetQuery:
    """The wish in both notations that targets understand."""
    parts = wish.parts()
    pqf = "@and " * (len(parts) - 1) + " ".join(f"{_FIELDS[name].attributes} {_quoted(text)}" for name, text in parts)
    cql = " and ".join(
        f"{_FIELDS[name].index} {'all' if name in ('title', 'author', 'anywhere') else '='} {_quoted(text)}"
        for name, text in parts
    )
    return TargetQuery(pqf, cql)


def own_query(wish: Wish) -> Query:
    """The wish as a query of our own catalogue."""
    terms: list[Query] = [term(name, text) for name, text in wish.parts()]
    return terms[0] if len(terms) == 1 else And(tuple(terms))


@dataclass(frozen=True, slots=True)
class Hit:
    """One record of a column. cluster: in our own catalogue; None elsewhere. problem: why it cannot be read."""

    position: int
    record: Record | None
    cluster: ClusterId | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """What one catalogue answered.

    target:   None for our own
    total:    records found; None if it did not answer in time, or not rightly: `error` says why
    seconds:  it took
    """

    target: Target | None
    total: int | None
    hits: Sequence[Hit] = ()
    seconds: float = 0.0
    error: str = ""
    warnings: Sequence[str] = ()

    @property
    def code(self) -> str:
        return OWN if self.target is None else self.target.code


def load_searchers() -> dict[str, TargetSearcher]:
    """Searchers by protocol: entry points of the group ``unioncat.searchers``, made without arguments."""
    return {entry.name: entry.load()() for entry in entry_points(group=GROUP)}


class CopyCataloguing:
    """Safe for threads.

    finder:     of our own catalogue; None: only targets are searched
    searchers:  by protocol, see `load_searchers`
    """

    def __init__(
        self, finder: Finder | None, targets: Targets, searchers: Mapping[str, TargetSearcher], formats: Formats
    ) -> None:
        self._finder = finder
        self.targets = targets
        self._searchers = searchers
        self._formats = formats
        self._running = threading.BoundedSemaphore(MAX_RUNNING)

    def search(
        self, wish: Wish, codes: Sequence[str] = (), *, count: int = 10, start: int = 1, seconds: float = 10.0
    ) -> list[Column]:
        """Our own catalogue first, then the targets in the order of `codes`; returns after `seconds` at the latest.

        A target that has not answered by then has an error in its column. Raises WrongUse and NotFound.
        """
        chosen = [self.targets.get(code) for code in dict.fromkeys(codes) if code != OWN]
        if len(chosen) > MAX_TARGETS:
            raise WrongUse(f"search at most {MAX_TARGETS} targets at once")
        query = target_query(wish)
        end = time.monotonic() + seconds
        answers: SimpleQueue[Column] = SimpleQueue()
        waiting = {}
        for target in chosen:
            if not self._running.acquire(blocking=False):
                answers.put(
                    Column(target, None, error="too many searches of other catalogues are under way; try again")
                )
            else:
                thread = threading.Thread(
                    target=self._ask, args=(target, query, start, count, end, answers), name=target.code, daemon=True
                )
                thread.start()
            waiting[target.code] = target
        columns = {OWN: self._own(wish, start, count)} if self._finder is not None else {}
        while waiting:
            try:
                column = answers.get(timeout=max(end - time.monotonic(), 0.001))
            except Empty:
                break
            columns[column.code] = column
            waiting.pop(column.code, None)
        for target in waiting.values():
            columns[target.code] = Column(target, None, seconds=seconds, error=f"no answer within {seconds:g} s")
        order = [*([OWN] if self._finder is not None else []), *(target.code for target in chosen)]
        return [columns[code] for code in order]

    def search_one(
        self,
        target: Target,
        query: TargetQuery,
        *,
        start: int = 1,
        count: int = 10,
        syntax: str = "",
        seconds: float = 30.0,
    ) -> Column:
        """One target by a query of its own notation. Raises what the searcher raises (see TargetSearcher)."""
        searcher = self._searchers.get(target.protocol)
        if searcher is None:
            raise ConfigError(f"no searcher for {target.protocol} is installed")
        began = time.monotonic()
        answer = searcher.search(target, query, start=start, count=count, syntax=syntax, seconds=seconds)
        hits = []
        for raw in answer.records:
            try:
                hits.append(Hit(raw.position, self._formats.parse(raw).record))
            except BadRecord as error:
                hits.append(Hit(raw.position, None, problem=error.reason))
        return Column(target, answer.total, hits, time.monotonic() - began, warnings=answer.warnings)

    def _ask(
        self, target: Target, query: TargetQuery, start: int, count: int, end: float, answers: SimpleQueue[Column]
    ) -> None:
        began = time.monotonic()
        try:
            column = self.search_one(target, query, start=start, count=count, seconds=max(end - began, 0.1))
        except UnionCatError as error:
            column = Column(target, None, seconds=time.monotonic() - began, error=str(error))
        finally:
            self._running.release()
        answers.put(column)

    def _own(self, wish: Wish, start: int, count: int) -> Column:
        assert self._finder is not None
        began = time.monotonic()
        try:
            found = self._finder.search(own_query(wish), start=start, count=count)
        except UnionCatError as error:
            return Column(None, None, seconds=time.monotonic() - began, error=str(error))
        by_id = found.by_id
        hits = [
            Hit(position, from_json(by_id[cluster].marc), cluster)
            for position, cluster in enumerate(found.ids, start)
            if cluster in by_id
        ]
        return Column(None, found.total, hits, time.monotonic() - began)
