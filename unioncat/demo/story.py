"""What the demo tells: what came in, what was merged and why, what was kept apart and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from unioncat.bootstrap import App
from unioncat.demo.walk import Gathered
from unioncat.marc import first, from_json
from unioncat.matching import Explanation, explain, match_view
from unioncat.model import SourceRecord, UnionRecord
from unioncat.search.query import Everything
from unioncat.text import fold

__all__ = ["Story", "tell"]

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Pair:
    """Two source records, and the account of why they are, or are not, one."""

    left: SourceRecord
    right: SourceRecord
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Story:
    """gathered: per library. merged: records with most libraries first. one, apart: explained pairs."""

    gathered: Sequence[Gathered]
    source_records: int
    records: int
    merged: Sequence[UnionRecord]
    one: Pair
    apart: Pair

    def lines(self) -> Iterable[str]:
        """For a terminal, Vietnamese first."""
        yield "Thư viện / library                              biểu ghi / records"
        for each in self.gathered:
            name = f"{each.library.member.name} ({each.way})"
            yield f"  {name:<62} {each.account}"
            for problem in each.problems:
                yield f"    từ chối / refused {problem}"
        yield ""
        yield (
            f"{self.source_records} biểu ghi của thư viện → {self.records} biểu ghi hợp nhất"
            f" / {self.source_records} source records → {self.records} merged records"
        )
        yield "Nhiều thư viện có nhất / held by most libraries:"
        for record in self.merged[:SHOWN]:
            libraries = sorted({holding.member for holding in record.holdings})
            yield f"  {record.public_id}  {title_of(record.marc)}  [{len(libraries)}: {', '.join(libraries)}]"
        yield ""
        yield from _told("Vì sao gộp / why one", self.one)
        yield from _told("Vì sao không gộp / why not one", self.apart)


def _told(heading: str, pair: Pair) -> Iterable[str]:
    yield f"{heading}:"
    for side in (pair.left, pair.right):
        yield f"  {side.key}: {title_of(side.marc)}, {_imprint(side.marc)}"
    yield f"  {pair.explanation.vi}"
    yield f"  {pair.explanation.en}"
    yield ""


def title_of(marc: bytes) -> str:
    return (first(from_json(marc), "245$abnp") or "").rstrip(" /:.")


def _imprint(marc: bytes) -> str:
    record = from_json(marc)
    parts = (first(record, "250$a"), first(record, "260$bc"), first(record, "300$a"))
    return ", ".join(part.strip(" :;,.") for part in parts if part)


def tell(app: App, gathered: Sequence[Gathered]) -> Story:
    """The story of a catalogue just made."""
    records = all_records(app)
    by_libraries = sorted(records, key=lambda each: (-len({h.member for h in each.holdings}), each.id))
    return Story(
        gathered=gathered,
        source_records=app.catalogue.counts().source_records,
        records=len(records),
        merged=by_libraries,
        one=_most_unlike_pair(app, by_libraries[0]),
        apart=_namesakes(app, records),
    )


def all_records(app: App) -> list[UnionRecord]:
    found = app.finder.search(Everything(), count=1000)
    return sorted(found.records, key=lambda each: each.id)


def _explained(app: App, left: SourceRecord, right: SourceRecord) -> Pair:
    views = [match_view(from_json(each.marc), app.ruleset) for each in (left, right)]
    return Pair(left, right, explain(views[0], views[1], app.ruleset))


def _most_unlike_pair(app: App, record: UnionRecord) -> Pair:
    """Of the pairs that were merged here, the one with the lowest score: the most to explain."""
    sources = app.catalogue.source_records(record.id)
    pairs = [_explained(app, left, right) for left, right in combinations(sources, 2)]
    return min(pairs, key=lambda pair: pair.explanation.decision.score)


def _namesakes(app: App, records: Sequence[UnionRecord]) -> Pair:
    """Two merged records of one title that were kept apart by a veto, such as two volumes."""
    by_title: dict[str, list[UnionRecord]] = defaultdict(list)
    for record in records:
        by_title[fold(first(from_json(record.marc), "245$a") or "")].append(record)
    pairs = [
        _explained(app, app.catalogue.source_records(left.id)[0], app.catalogue.source_records(right.id)[0])
        for family in by_title.values()
        for left, right in combinations(family, 2)
    ]
    return max(pairs, key=_telling)


def _telling(pair: Pair) -> tuple[bool, bool, float]:
    """Volumes of one work say best what a veto is for."""
    vetoes = pair.explanation.decision.vetoes
    return "volume" in vetoes, bool(vetoes), pair.explanation.decision.score
