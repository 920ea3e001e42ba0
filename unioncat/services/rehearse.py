"""Rehearse a changed ruleset beside the live one: ``unioncat match rehearse --ruleset NEW [--commit]``.

Nothing is written until the operator commits: all views, keys, links and clusters of the new ruleset are made in
memory and compared with the clusters that stand.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from unioncat.matching import MatchView, Ruleset, cluster_views, fingerprint, parse_ruleset
from unioncat.matching import Verdict as Spoken
from unioncat.model import ClusterId, RecordId, RecordKey, public_id
from unioncat.services.pipeline import Input, Stages
from unioncat.store import Dirty, Members, RecordWriting, Rulesets, SourceRecords, Store, Verdicts
from unioncat.store.components import Components
from unioncat.store.stamping import utc_now

__all__ = ["Rehearsal", "Sample", "commit_ruleset", "live_ruleset", "rehearse"]

PAGE = 2000
SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """One change that would be seen. kind: join or split. records: those concerned, with their present public ids."""

    kind: str
    records: tuple[tuple[RecordKey, str], ...]
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
            keys = ", ".join(f"{key} ({old})" for key, old in one.records[:6])
            lines.append(f"  {one.kind}: {one.title[:60]}: {keys}")
        return "\n".join(lines)


@dataclass(slots=True)
class _Live:
    """Every live source record, as it stands."""

    ids: dict[RecordKey, RecordId] = field(default_factory=dict)
    clusters: dict[RecordKey, ClusterId] = field(default_factory=dict)
    views: dict[RecordKey, MatchView] = field(default_factory=dict)


def rehearse(
    store: Store, ruleset: Ruleset, live: Ruleset, *, progress: Callable[[int], None] | None = None
) -> Rehearsal:
    """What `ruleset` would make of the catalogue that `live` made. Writes nothing. progress: told the records read."""
    now = _read(store, ruleset, progress)
    found = cluster_views(now.views, ruleset, _verdicts(store))
    result = Rehearsal(
        ruleset=f"{ruleset.name} {ruleset.version}",
        records=len(now.views),
        clusters_then=len(found.partition.clusters),
        large_blocks=len(found.blocking.large),
    )
    before: dict[ClusterId, set[RecordKey]] = defaultdict(set)
    for key, cluster in now.clusters.items():
        before[cluster].add(key)
    result.clusters_now = len(before)
    result.fingerprint_now = fingerprint(before.values())
    result.fingerprint_then = fingerprint(found.partition.clusters)
    touched: set[ClusterId] = set()
    fresh = 0
    pieces: dict[ClusterId, int] = defaultdict(int)
    for members in found.partition.clusters:
        old = {now.clusters[key] for key in members if key in now.clusters}
        for cluster in old:
            pieces[cluster] += 1
        same = len(old) == 1 and before[next(iter(old))] == members
        if same:
            continue
        touched |= old
        if len(old) > 1:
            result.joined += 1
            _sample(result, "join", members, now)
        if not old:
            fresh += 1
    for cluster, count in pieces.items():
        if count > 1:
            result.split += 1
            fresh += count - 1
            _sample(result, "split", before[cluster], now)
    result.vanish = max(0, len(touched) + fresh - _changed_then(found.partition.clusters, before, now))
    result.moved_records = sum(len(before[cluster]) for cluster in touched)
    rebuilt = _merged_otherwise(store, ruleset, live, found.partition.clusters, before, now)
    result.reharvested = len(touched) + fresh + rebuilt
    return result


def _changed_then(clusters: list[frozenset[RecordKey]], before: Mapping[ClusterId, set[RecordKey]], now: _Live) -> int:
    """Merged records to be that are not as they stand."""
    count = 0
    for members in clusters:
        old = {now.clusters[key] for key in members if key in now.clusters}
        if not (len(old) == 1 and before[next(iter(old))] == members):
            count += 1
    return count


def _merged_otherwise(
    store: Store,
    ruleset: Ruleset,
    live: Ruleset,
    clusters: list[frozenset[RecordKey]],
    before: Mapping[ClusterId, set[RecordKey]],
    now: _Live,
) -> int:
    """Merged records of unchanged membership whose content a changed field-merge table would change."""
    if ruleset.merge == live.merge:
        return 0
    then, today = Stages(ruleset), Stages(live)
    changed = 0
    with store.read() as session:
        members = {member.code: member for member in Members(session).all()}
        reader = Components(session)
        for keys in clusters:
            old = {now.clusters[key] for key in keys if key in now.clusters}
            if len(old) != 1 or before[next(iter(old))] != keys:
                continue
            numbers = [now.ids[key] for key in sorted(keys)]
            infos, marcs = reader.infos(numbers), reader.marcs(numbers)
            inputs = [Input(n, infos[n].key, infos[n].member, infos[n].rank, marcs[n]) for n in numbers]
            task = [(int(next(iter(old))), inputs)]
            if then.unite(task, members)[0].fingerprint != today.unite(task, members)[0].fingerprint:
                changed += 1
    return changed


def _sample(result: Rehearsal, kind: str, members: frozenset[RecordKey] | set[RecordKey], now: _Live) -> None:
    if sum(one.kind == kind for one in result.samples) >= SAMPLES:
        return
    rows = tuple((key, public_id(now.clusters[key]) if key in now.clusters else "new") for key in sorted(members))
    result.samples.append(Sample(kind, rows, now.views[rows[0][0]].title))


def _read(store: Store, ruleset: Ruleset, progress: Callable[[int], None] | None) -> _Live:
    live = _Live()
    stages = Stages(ruleset)
    for numbers in _pages(store):
        with store.read() as session:
            reader = Components(session)
            infos, marcs = reader.infos(numbers), reader.marcs(numbers)
        for number, (view, _) in zip(numbers, stages.review([marcs[number] for number in numbers]), strict=True):
            info = infos[number]
            live.ids[info.key] = number
            live.views[info.key] = MatchView.from_bytes(view)
            if info.cluster is not None:
                live.clusters[info.key] = info.cluster
        if progress is not None:
            progress(len(live.ids))
    return live


def _pages(store: Store) -> Iterator[list[RecordId]]:
    """Numbers of all live source records."""
    after = 0
    while True:
        with store.read() as session:
            page = SourceRecords(session).live_ids(after=after, limit=PAGE)
        if not page:
            return
        yield page
        after = page[-1]


def _verdicts(store: Store) -> list[Spoken]:
    said: list[Spoken] = []
    after = 0
    with store.read() as session:
        while page := Verdicts(session).all(live=True, after=after):
            said.extend(Spoken(one.left, one.right, one.same, one.id) for one in page)
            after = page[-1].id
    return said


def commit_ruleset(store: Store, ruleset: Ruleset, *, clock: Callable[[], datetime] = utc_now) -> int:
    """Make a ruleset the live one: views and keys of all records anew, all of them to be clustered again.

    Gives the number of records; then run `Recluster` with a pool of this ruleset. A crash in between loses nothing:
    run it again. Clusters that come out as they were are not written, so aggregators do not see them.
    """
    stages = Stages(ruleset)
    count = 0
    for numbers in _pages(store):
        with store.read() as session:
            marcs = Components(session).marcs(numbers)
        made = stages.review([marcs[number] for number in numbers])
        with store.write() as session:
            RecordWriting(session).rematch(
                (number, view, keys) for number, (view, keys) in zip(numbers, made, strict=True)
            )
            Dirty(session).mark(numbers)
        count += len(numbers)
    with store.write() as session:
        body = json.dumps({"ruleset": ruleset.body, "weights": ruleset.weights})
        Rulesets(session).add(f"{ruleset.name} {ruleset.version}", body, clock())
    return count


def live_ruleset(store: Store) -> Ruleset | None:
    """The ruleset that was last committed; None if none ever was: then the settings name it."""
    with store.read() as session:
        body = Rulesets(session).live()
    if body is None:
        return None
    facts = json.loads(body)
    return parse_ruleset(facts["ruleset"], facts["weights"])
