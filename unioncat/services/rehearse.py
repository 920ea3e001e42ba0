"""Rehearse a changed ruleset beside the live one: ``unioncat match rehearse --ruleset NEW [--commit]``.

Nothing of the catalogue is written. Views, keys and links of the new ruleset are made in a scratch store on disk by
the same machinery that clusters the catalogue, and its clusters are compared, chunk by chunk, with those that stand:
memory does not grow with the catalogue, and what is foretold is what comes.
"""

from __future__ import annotations

import heapq
import json
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from unioncat.marc import first, from_json
from unioncat.matching import Ruleset, is_copy_key, parse_ruleset
from unioncat.model import ClusterId, Member, MemberCode, RecordId, RecordKey, public_id
from unioncat.services.live_ruleset import title_of
from unioncat.services.pipeline import Input, Stages
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster, Report
from unioncat.store import Dirty, MatchKeys, Members, SourceRecords, Store
from unioncat.store.components import Components, RecordInfo
from unioncat.store.scratch import Scratch

__all__ = ["Progress", "Rehearsal", "Sample", "rehearse"]

PAGE = 1000
SAMPLES = 20
LINES = 50_000  # of a fingerprint that are sorted in memory
Progress = Callable[[str, int], None]
"""Told the stage (reading, linking, comparing) and how many records have come through it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One change that would be seen.

    kind: join or split. records: those concerned: key, present public id, number (from 1) of the part that each
    would be in.
    """

    kind: str
    records: tuple[tuple[RecordKey, str, int], ...]
    title: str


@dataclass(slots=True)
class Rehearsal:
    """What would change. joined, split: merged records that would be made of, or fall into, several.

    vanish:      public ids that would become redirects
    reharvested: merged records that aggregators would fetch again (new, changed or deleted ones)
    """

    ruleset: str
    records: int = 0
    clusters_now: int = 0
    clusters_then: int = 0
    joined: int = 0
    split: int = 0
    moved_records: int = 0
    vanish: int = 0
    reharvested: int = 0
    fingerprint_now: str = ""
    fingerprint_then: str = ""
    large_blocks: int = 0
    samples: list[Sample] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        return self.reharvested == 0

    def as_json(self) -> dict[str, Any]:
        facts: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "samples"}
        facts["samples"] = [
            {"kind": one.kind, "title": one.title, "records": [list(row) for row in one.records]}
            for one in self.samples
        ]
        return facts

    def __str__(self) -> str:
        lines = [
            f"ruleset {self.ruleset}: {self.records} source records,"
            f" {self.clusters_now} merged records now, {self.clusters_then} then",
            f"would join {self.joined}, split {self.split}, move {self.moved_records} source records;"
            f" {self.vanish} ids would become redirects",
            f"aggregators would harvest {self.reharvested} records again",
        ]
        for one in self.samples:
            keys = ", ".join(f"{key} ({old}, part {part})" for key, old, part in one.records[:6])
            lines.append(f"  {one.kind}: {one.title[:60]}: {keys}")
        return "\n".join(lines)


def rehearse(
    store: Store, ruleset: Ruleset, live: Ruleset, *, workers: int = 1, progress: Progress | None = None
) -> Rehearsal:
    """What `ruleset` would make of the catalogue that `live` made. workers: processes, as of a `WorkPool`."""
    told = progress or (lambda stage, done: None)
    load = partial(parse_ruleset, ruleset.body, ruleset.weights)
    with (
        tempfile.TemporaryDirectory(prefix="unioncat-rehearsal-") as folder,
        Store.create(str(Path(folder) / "scratch.db")) as scratch,
        WorkPool(ruleset, workers, load=load) as pool,
    ):
        _fill(store, scratch, pool, told)
        comparison = _Comparison(store, ruleset, live)

        def linked(report: Report) -> None:
            told("linking", report.linked)

        for clusters, infos in Recluster(scratch, pool).trial(linked):
            comparison.take(clusters, infos)
            told("comparing", comparison.result.records)
        with scratch.read() as session:
            large = MatchKeys(session).large(ruleset.block_limit, show=1_000_000)
            comparison.result.large_blocks = sum(not is_copy_key(key) for key, _ in large)
        return comparison.settled()


def _fill(store: Store, scratch: Store, pool: WorkPool, told: Progress) -> None:
    """Every live source record, with the view and keys that the new ruleset makes of it."""
    with store.read() as session, scratch.write() as writing:
        Scratch(writing).frame(session)
    waiting: deque[Mapping[RecordId, RecordInfo]] = deque()
    done = 0
    for _, made in pool.map("review", _pages(store, waiting)):
        infos = waiting.popleft()
        with scratch.write() as writing:
            Scratch(writing).put(
                (info.id, info.key, info.cluster, view, keys)
                for info, (view, keys) in zip(infos.values(), made, strict=True)
            )
            Dirty(writing).mark(list(infos))
        done += len(infos)
        told("reading", done)


def _pages(store: Store, waiting: deque[Mapping[RecordId, RecordInfo]]) -> Iterator[tuple[list[bytes]]]:
    """MARC of all live source records, as tasks for the pool; what they are goes into `waiting`, in the same order."""
    after = RecordId(0)
    while True:
        with store.read() as session:
            numbers = SourceRecords(session).live_ids(after=after, limit=PAGE)
            infos, marcs = Components(session).infos(numbers), Components(session).marcs(numbers)
        if not numbers:
            return
        after = numbers[-1]
        waiting.append({number: infos[number] for number in numbers})
        yield ([marcs[number] for number in numbers],)


class _Comparison:
    """The clusters that would be, beside those that stand; both come in chunks that hold whole ones."""

    def __init__(self, store: Store, ruleset: Ruleset, live: Ruleset) -> None:
        self.result = Rehearsal(title_of(ruleset))
        self._store = store
        self._then, self._now = Stages(ruleset), Stages(live)
        self._merges_alike = ruleset.merge == live.merge
        self._members: Mapping[MemberCode, Member] = {}
        self._lines_now, self._lines_then = _SortedLines(), _SortedLines()
        self._samples: dict[str, _First] = {"join": _First(), "split": _First()}
        self._vanish = 0
        with store.read() as session:
            self._members = {member.code: member for member in Members(session).all()}

    def take(self, clusters: Iterable[frozenset[RecordKey]], infos: Mapping[RecordKey, RecordInfo]) -> None:
        result = self.result
        result.records += len(infos)
        before: dict[ClusterId, set[RecordKey]] = defaultdict(set)
        for key, info in infos.items():
            if info.cluster is not None:
                before[info.cluster].add(key)
        result.clusters_now += len(before)
        for keys in before.values():
            self._lines_now.add(keys)
        touched: set[ClusterId] = set()
        pieces: Counter[ClusterId] = Counter()
        as_they_are: list[tuple[ClusterId, list[RecordInfo]]] = []
        fresh = otherwise = 0
        place_of: dict[RecordKey, int] = {}
        for place, members in enumerate(clusters):
            result.clusters_then += 1
            self._lines_then.add(members)
            old = {cluster for key in members if (cluster := infos[key].cluster) is not None}
            pieces.update(old)
            if len(old) == 1 and before[next(iter(old))] == members:
                as_they_are.append((next(iter(old)), [infos[key] for key in sorted(members)]))
                continue
            otherwise += 1
            place_of.update(dict.fromkeys(members, place))
            touched |= old
            if len(old) > 1:
                result.joined += 1
                self._samples["join"].add([(infos[key], 1) for key in sorted(members)])
            if not old:
                fresh += 1
        for cluster, count in pieces.items():
            if count > 1:
                result.split += 1
                fresh += count - 1
                apart = sorted(before[cluster])
                parts = {place: number for number, place in enumerate(dict.fromkeys(place_of[key] for key in apart), 1)}
                self._samples["split"].add([(infos[key], parts[place_of[key]]) for key in apart])
        self._vanish += len(touched) + fresh - otherwise
        result.moved_records += sum(len(before[cluster]) for cluster in touched)
        result.reharvested += len(touched) + fresh
        if not self._merges_alike:
            result.reharvested += self._merged_otherwise(as_they_are)

    def _merged_otherwise(self, clusters: list[tuple[ClusterId, list[RecordInfo]]]) -> int:
        """How many of these clusters of unchanged membership a changed field-merge table would change."""
        with self._store.read() as session:
            marcs = Components(session).marcs([info.id for _, infos in clusters for info in infos])
        tasks = [
            (int(cluster), [Input(info.id, info.key, info.member, info.rank, marcs[info.id]) for info in infos])
            for cluster, infos in clusters
        ]
        pairs = zip(self._then.unite(tasks, self._members), self._now.unite(tasks, self._members), strict=True)
        return sum(one.fingerprint != other.fingerprint for one, other in pairs)

    def _title(self, record: RecordId) -> str:
        with self._store.read() as session:
            marc = Components(session).marcs([record])[record]
        return (first(from_json(marc), "245$abnp") or "").strip(" /:;,=")

    def settled(self) -> Rehearsal:
        """The result, when everything was taken."""
        result = self.result
        result.vanish = max(0, self._vanish)
        result.fingerprint_now, result.fingerprint_then = self._lines_now.digest(), self._lines_then.digest()
        for kind, kept in self._samples.items():
            for concerned in kept.all():
                rows = tuple(
                    (info.key, public_id(info.cluster) if info.cluster is not None else "new", part)
                    for info, part in concerned
                )
                result.samples.append(Sample(kind, rows, self._title(concerned[0][0].id)))
        return result


Concerned = list[tuple[RecordInfo, int]]
"""Records by key, with the number of the part that each would be in."""


class _First:
    """The first few lists of records by the key of their first one, whatever the order in which they are added."""

    def __init__(self, most: int = SAMPLES) -> None:
        self._most = most
        self._kept: dict[RecordKey, Concerned] = {}

    def add(self, concerned: Concerned) -> None:
        self._kept[concerned[0][0].key] = concerned
        if len(self._kept) > self._most:
            del self._kept[max(self._kept)]

    def all(self) -> list[Concerned]:
        return [self._kept[key] for key in sorted(self._kept)]


class _SortedLines:
    """`unioncat.matching.fingerprint` of clusters too many to hold: sorted in runs on disk."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._runs: list[Path] = []

    def add(self, cluster: Iterable[RecordKey]) -> None:
        self._lines.append("\t".join(sorted(cluster)))
        if len(self._lines) == LINES:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="unioncat-lines-")
            run = Path(self._folder.name) / str(len(self._runs))
            with run.open("w", encoding="utf-8") as file:
                file.writelines(f"{json.dumps(line)}\n" for line in sorted(self._lines))
            self._runs.append(run)
            self._lines = []

    def digest(self) -> str:
        made = blake2b(digest_size=16)
        for place, line in enumerate(heapq.merge(sorted(self._lines), *map(_read, self._runs))):
            made.update(("\n" + line if place else line).encode())
        if self._folder is not None:
            self._folder.cleanup()
        return made.hexdigest()


def _read(run: Path) -> Iterator[str]:
    with run.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
