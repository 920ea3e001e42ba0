"""Finding: what every door (web, SRU, Z39.50) asks, over one engine and one catalogue."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from unioncat.model import ClusterId, UnionRecord
from unioncat.search import FacetRequest, FacetValue, ScanTerm, SearchEngine
from unioncat.search.access_points import BY_CQL, BY_NAME
from unioncat.search.display import display_of
from unioncat.search.normalise import isbn13
from unioncat.search.query import (
    And,
    Everything,
    Not,
    Or,
    Query,
    Relation,
    SortKey,
    Term,
    masked_words,
)
from unioncat.services.catalogue import Catalogue
from unioncat.text import tokens

__all__ = ["Finder", "Found", "parse_box"]

CACHED_RECORDS = 4000
"""Records kept in memory by (id, version): what one page showed, the next request often wants again."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search.

    total:     all matching records
    ids:       of the page, in order
    records:   the same, without those that vanished since they were indexed
    versions:  of `ids`; a rendering kept under (id, version) is good as long as that pair comes back
    """

    total: int
    ids: tuple[ClusterId, ...]
    records: list[UnionRecord]
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    versions: tuple[int, ...] = ()

    @property
    def by_id(self) -> dict[ClusterId, UnionRecord]:
        return {record.id: record for record in self.records}


class Finder:
    """Safe for threads. Raises BadQuery for what cannot be answered, NotFound without an index."""

    def __init__(self, engine: SearchEngine, catalogue: Catalogue) -> None:
        self.engine = engine
        self.catalogue = catalogue
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[ClusterId, int], UnionRecord] = OrderedDict()

    def search(
        self,
        query: Query,
        start: int = 1,
        count: int = 20,
        sort: Sequence[SortKey] = (),
        facets: Sequence[FacetRequest] = (),
    ) -> Found:
        """Records `start` (counted from 1) and following, at most `count`, with the facets of all that match."""
        hits = self.engine.search(query, start=max(start, 1) - 1, count=count, sort=sort, facets=facets)
        records = self.records(hits.ids, hits.versions)
        return Found(hits.total, hits.ids, list(records.values()), hits.facets, hits.versions)

    def ids(self, query: Query, limit: int, sort: Sequence[SortKey] = ()) -> tuple[int, tuple[ClusterId, ...]]:
        """(all matching, the first `limit` ids): what a door keeps as a result set."""
        hits = self.engine.search(query, count=limit, sort=sort)
        return hits.total, hits.ids

    def records(self, ids: Sequence[ClusterId], versions: Sequence[int] = ()) -> dict[ClusterId, UnionRecord]:
        """Live records by id, in that order; those with a version are taken from memory if they are there."""
        found: dict[ClusterId, UnionRecord] = {}
        known = dict(zip(ids, versions, strict=False))
        with self._lock:
            for cluster, version in known.items():
                record = self._kept.get((cluster, version))
                if record is not None:
                    self._kept.move_to_end((cluster, version))
                    found[cluster] = record
        missing = [cluster for cluster in ids if cluster not in found]
        if missing:
            for record in self.catalogue.records(missing):
                if not record.deleted:
                    found[record.id] = record
            with self._lock:
                for cluster in missing:
                    if cluster in found and cluster in known:
                        self._kept[cluster, known[cluster]] = found[cluster]
                while len(self._kept) > CACHED_RECORDS:
                    self._kept.popitem(last=False)
        return {cluster: found[cluster] for cluster in ids if cluster in found}

    def scan(
        self,
        access_point: str,
        start: str = "",
        *,
        before: int = 0,
        count: int = 20,
        whole: bool = False,
        display: bool = True,
    ) -> tuple[ScanTerm, ...]:
        """`before` terms below `start` and `count` from it on. display: look up whole values as they are written."""
        terms = self.engine.scan(access_point, start, before=before, count=count, whole=whole)
        row = BY_NAME[access_point]
        if not display or not (row.analysis == "phrase" or (whole and row.has_words)):
            return terms
        return self._displayed(access_point, terms)

    def _displayed(self, access_point: str, terms: Sequence[ScanTerm], *, prefix: bool = False) -> tuple[ScanTerm, ...]:
        records = self.records([term.sample for term in terms if term.sample is not None])
        shown: list[ScanTerm] = []
        for term in terms:
            record = records.get(term.sample) if term.sample is not None else None
            text = display_of(record.marc, access_point, term.text, prefix=prefix) if record is not None else None
            shown.append(ScanTerm(term.text, text, term.count, term.sample) if text else term)
        return tuple(shown)

    def suggestions(self, prefix: str, limit: int = 10) -> list[str]:
        """Titles, authors and subjects that begin like this, as they are written, the most frequent first."""
        if not tokens(prefix):
            return []
        found: dict[str, int] = {}
        for access_point in ("title", "author", "subject"):
            terms = self.engine.completions(access_point, prefix, limit)
            for term in self._displayed(access_point, terms):
                found[term.display] = max(found.get(term.display, 0), term.count)
        return sorted(found, key=lambda text: (-found[text], text))[:limit]

    def did_you_mean(self, text: str) -> str | None:
        """The words of a search, those that nothing has replaced by the nearest that something has; None: no idea."""
        words = text.replace('"', " ").split()
        changed = False
        better: list[str] = []
        for word in words:
            folded = "".join(tokens(word))
            if folded and not self.engine.search(Term("anywhere", masked_words(folded)), count=0).total:
                near = self.engine.spellings("anywhere", folded, 1)
                if near:
                    better.append(near[0].text)
                    changed = True
                    continue
            better.append(word)
        return " ".join(better) if changed else None


# ---------------------------------------------------------------- the search box

_PIECE = re.compile(r'(?P<minus>-)?(?:(?P<field>[^\s":]{2,20}):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_NUMBERS_ONLY = re.compile(r"[\d\s\-‐-―xX:()]*(?:isbn)?[\d\s\-‐-―xX:()]*", re.IGNORECASE)
_ISSN = re.compile(r"(?<!\d)\d{4}-\d{3}[\dXx](?!\d)")


def parse_box(text: str) -> Query:
    """What a person typed into the one search box, forgivingly: never raises.

    Words: all of them, anywhere. ``"…"``: side by side. ``-word``: without. ``word*``, ``w?rd``: masked.
    ``author:…`` (any CQL name): there. ``OR`` in capitals. An ISBN or ISSN is looked up as such. Nothing
    that could be searched for: everything.
    """
    text = text.replace("\x00", " ").replace("“", '"').replace("”", '"')[:1000]
    number = isbn13(text)
    if number is not None and _NUMBERS_ONLY.fullmatch(text.strip()):
        return Term("isbn", masked_words(number))
    groups = [_group(part) for part in re.split(r"\s+OR\s+", text)]
    found = [group for group in groups if group is not None]
    if not found:
        return Everything()
    return found[0] if len(found) == 1 else Or(tuple(found))


def _group(text: str) -> Query | None:
    plain: list[str] = []
    wanted: list[Query] = []
    unwanted: list[Query] = []
    for piece in _PIECE.finditer(text):
        phrase, word = piece["phrase"], piece["word"]
        name = "anywhere"
        if piece["field"] is not None:
            row = BY_CQL.get(piece["field"].lower())
            if row is not None:
                name = row.name
            elif word is not None:
                word = f"{piece['field']}:{word}"
            else:
                plain.append(piece["field"])
        if phrase is None and name == "anywhere" and not piece["minus"] and _is_plain(word or ""):
            plain.append(word or "")
            continue
        term = _term_of(name, word if phrase is None else phrase, phrase is not None)
        if term is not None:
            (unwanted if piece["minus"] else wanted).append(term)
    if any(tokens(word) for word in plain):
        wanted.insert(0, Term("anywhere", masked_words(" ".join(plain))))
    if not wanted and not unwanted:
        return None
    query: Query = _joined(wanted) if wanted else Everything()
    return Not(query, unwanted[0] if len(unwanted) == 1 else Or(tuple(unwanted))) if unwanted else query


def _is_plain(word: str) -> bool:
    """Neither an ISBN nor an ISSN, which are looked up as numbers."""
    return isbn13(word) is None and not _ISSN.fullmatch(word)


def _joined(queries: Iterable[Query]) -> Query:
    found = tuple(queries)
    return found[0] if len(found) == 1 else And(found)


def _term_of(name: str, text: str | None, phrase: bool) -> Query | None:
    text = text or ""
    number = isbn13(text)
    if name == "anywhere" and number is not None and not phrase:
        return Term("isbn", masked_words(number))
    if name == "anywhere" and _ISSN.fullmatch(text):
        return Or((Term("issn", masked_words(text)), Term("anywhere", masked_words(text))))
    words = masked_words(text)
    if not words or not (tokens(text) or "*" in text):
        return None
    if BY_NAME[name].analysis == "year" and not re.fullmatch(r"[\d?*–\-]{1,9}", text):
        return None
    if BY_NAME[name].analysis == "date":
        return None
    return Term(name, words, Relation.ADJ if phrase else Relation.EQ)
