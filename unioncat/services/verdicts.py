"""Verdicts of people on pairs of source records, and the queue of pairs that wait for one.

A verdict outlives re-harvest and rulesets, since it names records by their keys. It is superseded or undone, never
overwritten; everything ever said is in the history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from unioncat.model import ClusterId, NotFound, RecordId, RecordKey, Verdict, WrongUse, parse_public_id
from unioncat.store import Dirty, Links, SourceRecords, Store, Verdicts
from unioncat.store.components import Components
from unioncat.store.stamping import utc_now

__all__ = ["Spoken", "VerdictDesk", "Waiting"]

PAGE = 1000
QUEUE_LINKS = 20_000
"""Borderline pairs looked at, the likeliest first, when the queue is ordered."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a verdict did. overrules: live verdicts that it contradicts through other records; the later one wins."""

    verdict: Verdict
    replaces: Verdict | None
    overrules: tuple[Verdict, ...] = ()
    deleted: tuple[RecordKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pair that waits for a verdict, for the two merged records that it would join or part for good.

    settles: borderline pairs between the two merged records, all decided by one verdict
    records: source records in both of them
    """

    left: RecordKey
    right: RecordKey
    score: float
    clusters: tuple[ClusterId | None, ClusterId | None]
    settles: int
    records: int


class VerdictDesk:
    """recluster: called after each change of verdicts, so that the catalogue shows it at once; None: later."""

    def __init__(
        self,
        store: Store,
        recluster: Callable[[], object] | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._recluster = recluster
        self._clock = clock

    def say(self, left: str, right: str, *, same: bool, who: str, why: str) -> Spoken:
        """A verdict on two source records, named by key or by the id of a merged record with a single one.

        Raises NotFound for a record that never was, WrongUse for a record and itself or without a reason. A
        verdict on a deleted record is taken and reported: it holds again if the record comes back.
        """
        if not why.strip():
            raise WrongUse("a verdict needs a reason: --why")
        with self._store.write() as session:
            records = SourceRecords(session)
            one, other = self._named(records, left), self._named(records, right)
            a, b = records.by_key(one), records.by_key(other)
            before = Verdicts(session).live_pair(a.key, b.key)
            against = self._contradicted(Verdicts(session), a.key, b.key, same)
            verdict = Verdicts(session).add(a.key, b.key, same=same, who=who, why=why.strip(), now=self._clock())
            live = [record.id for record in (a, b) if not record.deleted]
            Dirty(session).mark(live, linked=True)
            gone = tuple(record.key for record in (a, b) if record.deleted)
        self._tell()
        return Spoken(verdict, before, tuple(against), gone)

    def undo(self, number: int) -> Verdict:
        """Take a verdict back. Raises NotFound, or WrongUse if it holds no more."""
        with self._store.write() as session:
            verdict = Verdicts(session).undo(number, self._clock())
            self._mark(Dirty(session), Components(session), verdict)
        self._tell()
        return verdict

    def separate(self, record: str, *, who: str, why: str) -> list[Spoken]:
        """Take one source record out of its merged record: "different" from each of the others in it.

        Raises WrongUse if it is alone there.
        """
        with self._store.read() as session:
            records = SourceRecords(session)
            key = records.by_key(self._named(records, record)).key
            cluster = records.cluster_of([key]).get(key)
            others = [one.key for one in records.of_cluster(cluster) if one.key != key] if cluster is not None else []
        if not others:
            raise WrongUse(f"{key} is alone in its merged record")
        desk = VerdictDesk(self._store, clock=self._clock)
        spoken = [desk.say(key, other, same=False, who=who, why=why) for other in others]
        self._tell()
        return spoken

    def history(self, record: str = "", *, live: bool | None = None, limit: int = 1000) -> list[Verdict]:
        """Everything said about a record, or in the whole catalogue; live: only those that hold, or hold no more."""
        with self._store.read() as session:
            if not record:
                return Verdicts(session).all(live=live, limit=limit)
            records = SourceRecords(session)
            said = Verdicts(session).history(records.by_key(self._named(records, record)).key)
        return [verdict for verdict in said if live is None or verdict.is_live == live][:limit]

    def queue(self, limit: int = 50) -> list[Waiting]:
        """Pairs that wait for a verdict, one for each two merged records; what settles most comes first.

        Ties: the higher score, then the record keys. Pairs inside one merged record, and pairs already judged,
        wait for nothing.
        """
        with self._store.read() as session:
            judged = self._judged(Verdicts(session))
            groups: dict[tuple[ClusterId, ClusterId], list[tuple[float, RecordKey, RecordKey]]] = defaultdict(list)
            members: dict[ClusterId, int] = {}
            after: tuple[float, int, int] | None = None
            seen = 0
            while seen < QUEUE_LINKS:
                links = Links(session).review(limit=PAGE, offset_after=after)
                infos = Components(session).infos({record for link in links for record in (link.left, link.right)})
                for link in links:
                    left, right = infos.get(link.left), infos.get(link.right)
                    if left is None or right is None or left.cluster is None or right.cluster is None:
                        continue
                    pair = (min(left.key, right.key), max(left.key, right.key))
                    if left.cluster == right.cluster or pair in judged:
                        continue
                    if left.key > right.key:
                        left, right = right, left
                    assert left.cluster is not None
                    assert right.cluster is not None
                    both = (min(left.cluster, right.cluster), max(left.cluster, right.cluster))
                    groups[both].append((-link.score, *pair))
                seen += len(links)
                if len(links) < PAGE:
                    break
                after = (links[-1].score, int(links[-1].left), int(links[-1].right))
            wanted = {cluster for both in groups for cluster in both}
            for cluster in wanted:
                members[cluster] = len(Components(session).members([cluster]))
        waiting = [
            Waiting(best[1], best[2], -best[0], both, len(pairs), members[both[0]] + members[both[1]])
            for both, pairs in groups.items()
            for best in (min(pairs),)
        ]
        waiting.sort(key=lambda one: (-one.settles * one.records, -one.score, one.left, one.right))
        return waiting[:limit]

    # ------------------------------------------------------------------------------------------------------

    def _named(self, records: SourceRecords, name: str) -> str:
        number = parse_public_id(name)
        if number is None:
            return name
        found = records.of_cluster(number)
        if not found:
            raise NotFound(f"there is no record {name}")
        if len(found) > 1:
            keys = ", ".join(one.key for one in found[:5])
            raise WrongUse(f"{name} is made of {len(found)} source records; name one of them: {keys}")
        return found[0].key

    @staticmethod
    def _judged(verdicts: Verdicts) -> set[tuple[RecordKey, RecordKey]]:
        judged: set[tuple[RecordKey, RecordKey]] = set()
        after = 0
        while page := verdicts.all(live=True, after=after, limit=PAGE):
            judged.update((verdict.left, verdict.right) for verdict in page)
            after = page[-1].id
        return judged

    @staticmethod
    def _contradicted(verdicts: Verdicts, left: RecordKey, right: RecordKey, same: bool) -> list[Verdict]:
        """Live verdicts that this one will overrule: a chain of "same" against a "different", or the other way."""
        reached: dict[RecordKey, list[Verdict]] = {left: []}
        frontier = {left}
        apart: list[Verdict] = []
        while frontier:
            following: set[RecordKey] = set()
            for verdict in verdicts.touching(frontier):
                if {verdict.left, verdict.right} == {left, right}:
                    continue
                if not verdict.same:
                    apart.append(verdict)
                    continue
                for here, there in ((verdict.left, verdict.right), (verdict.right, verdict.left)):
                    if here in frontier and there not in reached:
                        reached[there] = [*reached[here], verdict]
                        following.add(there)
            frontier = following
        if not same:
            return sorted(reached.get(right, []), key=lambda verdict: verdict.id)
        others = {right}
        frontier = {right}
        while frontier:
            beyond = {
                side
                for verdict in verdicts.touching(frontier)
                if verdict.same and {verdict.left, verdict.right} != {left, right}
                for side in (verdict.left, verdict.right)
            }
            frontier = beyond - others
            others |= frontier
        crossing = {
            verdict.id: verdict
            for verdict in apart
            if (verdict.left in reached and verdict.right in others)
            or (verdict.right in reached and verdict.left in others)
        }
        return [crossing[number] for number in sorted(crossing)]

    @staticmethod
    def _mark(dirty: Dirty, components: Components, verdict: Verdict) -> None:
        ids: dict[RecordKey, RecordId] = components.ids({verdict.left, verdict.right})
        infos = components.infos(set(ids.values()))
        dirty.mark([number for number, info in infos.items() if not info.deleted], linked=True)

    def _tell(self) -> None:
        if self._recluster is not None:
            self._recluster()
