"""Recluster: from what is dirty to merged records, touching only the components that changed.

    dirty record ─ linking ─► links ─ components ─► clusters with ids ─ merging ─► record, holdings, sets, changes

Every step is a function of what is stored; `dirty_record` says what is left to do, and is cleared in the same
transaction that writes the result, so a crash anywhere costs only the repetition. One process clusters at a
time (`unioncat.store.locks`); others wait, and find their records done.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from unioncat.matching import assign_ids
from unioncat.model import ClusterId, Member, MemberCode, RecordId, RecordKey
from unioncat.services.components import Chunk, load_chunk
from unioncat.services.index_feed import IndexFeed
from unioncat.services.linking import Candidates, Scored, index_keys, write_links
from unioncat.services.live_ruleset import follow, rematch
from unioncat.services.pipeline import VIEWS_KEPT, Component, Grouped, Indexed, Input, United
from unioncat.services.pool import WorkPool, calm_collector
from unioncat.store import Members, Store, Verdicts
from unioncat.store.cluster_writing import ClusterState, ClusterWriting, NewCluster, Stamped
from unioncat.store.components import Components, RecordInfo
from unioncat.store.dirty import Dirty
from unioncat.store.locks import alone
from unioncat.store.stamping import second_of, settle, settle_left_behind, utc_now

__all__ = ["Recluster", "Report"]

LINK_BATCH = 2000  # records a transaction of links
FIRST_LINKS = 500  # of the first; each later one has twice as many, so that the pool has work while we read on
PAIRS_AT_ONCE = 1000  # pairs a task of the pool
CHUNK = 500  # dirty records a transaction of clusters
FIRST_CHUNK = 250
RECORDS_AT_ONCE = 250  # records to merge, a task of the pool


@dataclass(slots=True)
class Report:
    """What a run touched.

    linked:    records whose links were made; pairs: pairs decided; links: accepted or borderline ones
    large:     keys of blocks above the ruleset's limit, whose compound keys stood in for them
    touched:   records in the touched components; components: of two and more records
    created, changed, deleted, unchanged: clusters
    guarded, blocked, overruled: see `unioncat.matching.partition`; overruled holds verdict numbers
    seconds:   processor time of this process by stage
    """

    linked: int = 0
    pairs: int = 0
    links: int = 0
    large: set[int] = field(default_factory=set)
    touched: int = 0
    components: int = 0
    created: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    guarded: int = 0
    blocked: int = 0
    overruled: set[int] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)

    def spent(self, stage: str, since: float) -> float:
        """Add the time since `since` to `stage`; now."""
        now = time.thread_time()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - since
        return now


@dataclass(slots=True)
class _Plan:
    """A chunk cut into clusters: ids, whose they are, and what has gone."""

    chunk: Chunk
    clusters: list[tuple[ClusterId, frozenset[RecordKey]]]
    new: set[ClusterId]
    tombstones: dict[ClusterId, ClusterId | None]


class Recluster:
    """Brings clusters up to date with the source records.

    feed: where merged records go on to the search index at once; None: the indexer reads them from the store
    """

    def __init__(
        self,
        store: Store,
        pool: WorkPool,
        *,
        clock: Callable[[], datetime] = utc_now,
        feed: IndexFeed | None = None,
    ) -> None:
        self._store = store
        self._pool = pool
        self._clock = clock
        self._feed = feed
        self._next_id = ClusterId(0)

    def run(self, progress: Callable[[Report], None] | None = None) -> Report:
        """Work until nothing is dirty; what was done."""
        report = Report()
        with alone(self._store, "cluster"), calm_collector():
            with self._store.read() as session:
                follow(session, self._pool)
            rematch(self._store, self._pool)
            settle_left_behind(self._store, self._clock)
            if self._feed is not None:
                self._feed.begin()
            try:
                while self._link(report, progress) + self._cluster(report, progress):
                    pass
                if self._feed is not None:
                    self._feed.finish()
            finally:
                if self._feed is not None:
                    self._feed.abandon()
        return report

    def trial(
        self, linked: Callable[[Report], None] | None = None
    ) -> Iterator[tuple[list[frozenset[RecordKey]], Mapping[RecordKey, RecordInfo]]]:
        """The clusters that would be made, and all records that were looked at for them, chunk by chunk.

        Makes and stores links, but no clusters: for a scratch store. A chunk holds whole the clusters that its
        records are in. linked: told how far the links have come.
        """
        report = Report()
        with calm_collector():
            while self._link(report, linked):
                pass
            with self._store.read() as session:
                with_verdicts = bool(Verdicts(session).all(limit=1))
            for chunk, grouped in self._grouped(with_verdicts, report):
                joined = [cluster for each in grouped for cluster in each.clusters]
                yield [*(frozenset((key,)) for key in chunk.single), *joined], chunk.infos

    def waiting(self) -> int:
        """Records that wait to be clustered."""
        with self._store.read() as session:
            return Dirty(session).count()

    # linking ------------------------------------------------------------------------------------------------

    def _link(self, report: Report, progress: Callable[[Report], None] | None) -> int:
        """Make the links of all records that wait for them; how many."""
        before = report.linked
        waiting: deque[tuple[Candidates, list[tuple[RecordId, RecordId]], bool]] = deque()
        scored: list[Scored] = []
        begun = time.thread_time()
        for _, decided in self._pool.map("compare", self._pairs(waiting, report)):
            begun = report.spent("compare", begun)
            candidates, pairs, is_last = waiting.popleft()
            report.pairs += len(pairs)
            scored.extend((*pairs[place], score, band) for place, score, band in decided)
            if is_last:
                with self._store.write() as session:
                    write_links(session, candidates, scored)
                report.linked += len(candidates.marks)
                report.links += len(scored)
                scored = []
                if progress is not None:
                    progress(report)
            begun = report.spent("link", begun)
        return report.linked - before

    def _pairs(
        self, waiting: deque[tuple[Candidates, list[tuple[RecordId, RecordId]], bool]], report: Report
    ) -> Iterator[tuple[list[bytes], list[tuple[int, int]]]]:
        """Tasks for the pool; what they are about goes into `waiting`, in the same order."""
        cursor, size = 0, FIRST_LINKS
        while True:
            begun = time.thread_time()
            with self._store.write() as session:
                batch = Dirty(session).page(linked=False, after=cursor, limit=size)
                if not batch:
                    return
                candidates = index_keys(session, batch, self._pool.ruleset.block_limit)
            if candidates.parted:
                for earlier, _, _ in waiting:  # their links are not written yet
                    earlier.void |= candidates.parted
            cursor, size = batch[-1][0], min(2 * size, LINK_BATCH)
            report.large |= candidates.large
            report.spent("block", begun)
            views: dict[RecordId, bytes] = {}
            some: list[tuple[RecordId, RecordId]] = []
            for pair in candidates.pairs():
                some.append(pair)
                if len(some) == PAIRS_AT_ONCE:
                    task = self._comparison(some, views)
                    waiting.append((candidates, some, False))
                    yield task
                    some = []
            task = self._comparison(some, views)
            waiting.append((candidates, some, True))
            yield task

    def _comparison(
        self, pairs: list[tuple[RecordId, RecordId]], views: dict[RecordId, bytes]
    ) -> tuple[list[bytes], list[tuple[int, int]]]:
        """A task of the pool. views: those read before, to which the new ones are added."""
        records = sorted({record for pair in pairs for record in pair})
        place = {record: number for number, record in enumerate(records)}
        if len(views) > VIEWS_KEPT:
            views.clear()
        missing = [record for record in records if record not in views]
        if missing:
            with self._store.read() as session:
                views.update(Components(session).views(missing))
        return [views[record] for record in records], [(place[left], place[right]) for left, right in pairs]

    # clustering ---------------------------------------------------------------------------------------------

    def _cluster(self, report: Report, progress: Callable[[Report], None] | None) -> int:
        """Cluster and merge everything whose links are made; how many records were touched."""
        before = report.touched
        with self._store.read() as session:
            members = {member.code: member for member in Members(session).all()}
            with_verdicts = bool(Verdicts(session).all(limit=1))
            self._next_id = ClusterWriting(session).next_id()
        plans: deque[_Plan] = deque()
        begun = time.thread_time()
        united: list[United] = []
        for _, some in self._pool.map("unite", self._merges(plans, with_verdicts, members, report)):
            begun = report.spent("unite", begun)
            united.extend(some)
            if len(united) == len(plans[0].clusters):
                self._write(plans.popleft(), united, members, report)
                united = []
                if progress is not None:
                    progress(report)
            begun = report.spent("write", begun)
        return report.touched - before

    def _chunks(self, with_verdicts: bool, report: Report) -> Iterator[Chunk]:
        cursor, size = 0, FIRST_CHUNK
        done: set[RecordId] = set()
        while True:
            begun = time.thread_time()
            with self._store.read() as session:
                page = Dirty(session).page(linked=True, after=cursor, limit=size)
                if not page:
                    return
                cursor, size = page[-1][0], min(2 * size, CHUNK)
                seeds = [record for record, _ in page if record not in done]
                chunk = load_chunk(session, seeds, with_verdicts=with_verdicts) if seeds else None
            done = {record for record in done if record > cursor}
            report.spent("components", begun)
            if chunk is not None:
                done |= {record for record in chunk.marks if record > cursor}
                yield chunk

    def _grouped(self, with_verdicts: bool, report: Report) -> Iterator[tuple[Chunk, list[Grouped]]]:
        chunks: deque[Chunk] = deque()

        def tasks() -> Iterator[tuple[list[Component]]]:
            for chunk in self._chunks(with_verdicts, report):
                chunks.append(chunk)
                yield (chunk.joined,)

        for _, grouped in self._pool.map("group", tasks()):
            yield chunks.popleft(), grouped

    def _merges(
        self, plans: deque[_Plan], with_verdicts: bool, members: Mapping[MemberCode, Member], report: Report
    ) -> Iterator[tuple[list[tuple[int, list[Input]]], Mapping[MemberCode, Member]]]:
        """Tasks for the pool, one or several a plan; their plans go into `plans`, in the same order."""
        for chunk, grouped in self._grouped(with_verdicts, report):
            begun = time.thread_time()
            plan = self._plan(chunk, grouped, report)
            plans.append(plan)
            with self._store.read() as session:
                wanted = [chunk.infos[key].id for _, keys in plan.clusters for key in keys]
                marcs = Components(session).marcs(wanted)
            task: list[tuple[int, list[Input]]] = []
            size = 0
            for cluster, keys in plan.clusters:
                if size >= RECORDS_AT_ONCE:
                    report.spent("plan", begun)
                    yield task, members
                    begun = time.thread_time()
                    task, size = [], 0
                infos = [chunk.infos[key] for key in keys]
                inputs = [Input(info.id, info.key, info.member, info.rank, marcs[info.id]) for info in infos]
                task.append((int(cluster), inputs))
                size += len(inputs)
            report.spent("plan", begun)
            yield task, members

    def _plan(self, chunk: Chunk, grouped: Sequence[Grouped], report: Report) -> _Plan:
        """Give ids to the clusters of a chunk."""
        clusters = [frozenset((key,)) for key in chunk.single]
        for each in grouped:
            clusters.extend(each.clusters)
            report.guarded += each.guarded
            report.blocked += each.blocked
            report.overruled.update(each.overruled)
        clusters.sort(key=min)  # ids are given in the order of record keys, not of hashes
        report.components += len(grouped)
        previous = {
            key: info.cluster for key, info in chunk.infos.items() if info.cluster is not None and not info.deleted
        }
        if previous or chunk.old:
            assignment = assign_ids(clusters, previous, chunk.old)
            kept: Sequence[ClusterId | None] = assignment.ids
            heirs = assignment.heirs
        else:
            kept, heirs = [None] * len(clusters), {}
        ids: list[ClusterId] = []
        new: set[ClusterId] = set()
        for old in kept:
            if old is None:
                old = self._next_id
                self._next_id = ClusterId(old + 1)
                new.add(old)
            ids.append(old)
        tombstones = {lost: None if heir is None else ids[heir] for lost, heir in heirs.items()}
        return _Plan(chunk, list(zip(ids, clusters, strict=True)), new, tombstones)

    def _write(
        self, plan: _Plan, united: Sequence[United], members: Mapping[MemberCode, Member], report: Report
    ) -> None:
        chunk = plan.chunk
        with self._store.write() as session:
            writing = ClusterWriting(session)
            states = writing.states(
                [cluster for cluster, _ in plan.clusters if cluster not in plan.new] + list(plan.tombstones)
            )
            clusters = []
            for each in united:
                number = ClusterId(each.cluster)
                state = states.get(number)
                if (
                    state is not None
                    and not state.deleted
                    and state.fingerprint == each.fingerprint
                    and state.sets == set(each.sets)
                ):
                    report.unchanged += 1
                    continue
                clusters.append(
                    NewCluster(
                        number, each.marc, each.provenance, each.fingerprint, each.holdings, each.sets, state is None
                    )
                )
            moved = [
                (cluster, chunk.infos[key].id)
                for cluster, keys in plan.clusters
                for key in keys
                if chunk.infos[key].cluster != cluster
            ]
            tombstones = {lost: heir for lost, heir in plan.tombstones.items() if not states[lost].deleted}
            writing.assign(moved)
            Dirty(session).clear(chunk.marks.items())
            stamped = writing.write(clusters, tombstones, states, second_of(self._clock()))
        if stamped.first <= stamped.last:
            settled = settle(self._store, stamped.first, stamped.last, stamped.stamp, self._clock)
            begun = time.thread_time()
            self._hand_over(replace(stamped, stamp=settled), clusters, tombstones, states, members)
            report.spent("index", begun)
        report.touched += len(chunk.infos)
        report.created += len(plan.new)
        report.changed += len(clusters) - len(plan.new)
        report.deleted += len(tombstones)

    def _hand_over(
        self,
        stamped: Stamped,
        clusters: Sequence[NewCluster],
        tombstones: Mapping[ClusterId, ClusterId | None],
        states: Mapping[ClusterId, ClusterState],
        members: Mapping[MemberCode, Member],
    ) -> None:
        """Give what was written to the index feed."""
        if self._feed is None:
            return
        shown, gone = [], list(tombstones)
        for each in clusters:
            state = states.get(each.id)
            if state is not None and state.suppressed:
                gone.append(each.id)
                continue
            created = stamped.stamp if state is None else state.created
            shown.append(Indexed(each.id, each.marc, each.fingerprint, each.holdings, each.sets, created))
        self._feed.take(stamped, shown, gone, members)
