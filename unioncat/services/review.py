"""The review queue and un-merging: a person's word on pairs of source records, asked for and taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from unioncat.marc import from_json
from unioncat.matching import Explanation, Ruleset, explain, match_view
from unioncat.model import (
    ClusterId,
    MemberCode,
    NotAllowed,
    NotFound,
    RecordKey,
    SourceId,
    SourceRecord,
    Verdict,
    WrongUse,
)
from unioncat.services.accounts import note
from unioncat.services.roles import Actor
from unioncat.store import Dirty, Links, SourceRecords, Sources, Store, Verdicts
from unioncat.store.stamping import utc_now

__all__ = ["Pair", "Place", "Review", "Side"]

PAGE = 200
Place = tuple[float, int, int]
"""Where in the queue a pair stands: score, left and right record number; the queue pages by it."""


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a pair. cluster: where it is now; None if it is not clustered yet."""

    record: SourceRecord
    member: MemberCode
    cluster: ClusterId | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, why they might be one, and what was said of them. place: None outside of the queue."""

    left: Side
    right: Side
    explanation: Explanation
    verdict: Verdict | None
    place: Place | None = None


class Review:
    """recluster: called after each verdict."""

    def __init__(
        self,
        store: Store,
        recluster: Callable[[], object],
        ruleset: Ruleset,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._recluster = recluster
        self._ruleset = ruleset
        self._clock = clock

    def next(self, actor: Actor, after: Place | None = None) -> Pair | None:
        """The first borderline pair after `after` without a live verdict; for a cataloguer, of the own library."""
        actor.require("judge")
        with self._store.read() as session:
            owner = {source.id: source.member for source in Sources(session).all()}
            while True:
                links = Links(session).review(limit=PAGE, offset_after=after)
                for link in links:
                    place = (link.score, int(link.left), int(link.right))
                    two = SourceRecords(session).many([link.left, link.right])
                    if len(two) < 2:
                        continue
                    left, right = two
                    if not any(actor.may("judge", owner[one.source]) for one in two):
                        continue
                    if Verdicts(session).live_pair(left.key, right.key) is None:
                        return self._pair(session_clusters(SourceRecords(session), two), owner, left, right, place)
                if len(links) < PAGE:
                    return None
                last = links[-1]
                after = (last.score, int(last.left), int(last.right))

    def waiting(self) -> int:
        """Borderline pairs, judged ones included."""
        with self._store.read() as session:
            return Links(session).count("review")

    def pair(self, actor: Actor, left: str, right: str) -> Pair:
        """Any two records side by side. Raises NotFound, NotAllowed."""
        actor.require("search")
        with self._store.read() as session:
            owner = {source.id: source.member for source in Sources(session).all()}
            records = SourceRecords(session)
            two = [records.by_key(left), records.by_key(right)]
            verdict = Verdicts(session).live_pair(two[0].key, two[1].key)
            return self._pair(session_clusters(records, two), owner, two[0], two[1], None, verdict)

    def _pair(
        self,
        clusters: dict[RecordKey, ClusterId],
        owner: dict[SourceId, MemberCode],
        left: SourceRecord,
        right: SourceRecord,
        place: Place | None,
        verdict: Verdict | None = None,
    ) -> Pair:
        views = [match_view(from_json(one.marc), self._ruleset) for one in (left, right)]
        return Pair(
            Side(left, owner[left.source], clusters.get(left.key)),
            Side(right, owner[right.source], clusters.get(right.key)),
            explain(views[0], views[1], self._ruleset),
            verdict,
            place,
        )

    # --- judging -------------------------------------------------------------------------------------------

    def judge(self, actor: Actor, left: str, right: str, *, same: bool, why: str = "") -> Verdict:
        """A verdict, at once in the catalogue. Raises NotAllowed, NotFound, WrongUse."""
        return self.judge_many(actor, [(left, right)], same=same, why=why)[0]

    def judge_many(self, actor: Actor, pairs: Sequence[tuple[str, str]], *, same: bool, why: str = "") -> list[Verdict]:
        """Several verdicts together, or none."""
        actor.require("judge")
        now = self._clock()
        made: list[Verdict] = []
        with self._store.write() as session:
            records, verdicts = SourceRecords(session), Verdicts(session)
            owner = {source.id: source.member for source in Sources(session).all()}
            for left, right in pairs:
                two = [records.by_key(left), records.by_key(right)]
                if not any(actor.may("judge", owner[one.source]) for one in two):
                    raise NotAllowed(f"neither {left} nor {right} is a record of {actor.member}")
                verdict = verdicts.add(two[0].key, two[1].key, same=same, who=actor.login, why=why.strip(), now=now)
                made.append(verdict)
                Dirty(session).mark([one.id for one in two])
                action = "verdict-same" if same else "verdict-different"
                note(session, now, actor.login, action, f"{left} {right}", why=why.strip(), verdict=verdict.id)
        self._recluster()
        return made

    def split(self, actor: Actor, cluster: ClusterId, keys: Sequence[str], why: str = "") -> list[Verdict]:
        """Takes records out of a merged record: each of `keys` is different from each that stays. Raises WrongUse."""
        with self._store.read() as session:
            inside = [one.key for one in SourceRecords(session).of_cluster(cluster) if not one.deleted]
        leaving = [key for key in inside if key in set(keys)]
        staying = [key for key in inside if key not in set(keys)]
        if not leaving or not staying:
            raise WrongUse("choose at least one record that leaves and at least one that stays")
        pairs = [(left, right) for left in leaving for right in staying]
        return self.judge_many(actor, pairs, same=False, why=why)

    def undo(self, actor: Actor, verdict: int) -> Verdict:
        """Takes a verdict back; it stays in the history. Raises NotFound, NotAllowed, WrongUse."""
        actor.require("judge")
        with self._store.write() as session:
            found = Verdicts(session).get(verdict)
            owner = {source.id: source.member for source in Sources(session).all()}
            records = SourceRecords(session)
            two: list[SourceRecord] = []
            for key in (found.left, found.right):
                try:
                    two.append(records.by_key(key))
                except NotFound:
                    continue
            if not any(actor.may("judge", owner[one.source]) for one in two) and actor.role != "admin":
                raise NotAllowed(f"neither {found.left} nor {found.right} is a record of {actor.member}")
            undone = Verdicts(session).undo(verdict, self._clock())
            Dirty(session).mark([one.id for one in two])
            note(session, self._clock(), actor.login, "verdict-undo", str(verdict))
        self._recluster()
        return undone

    def history(self, *, key: str = "", live: bool | None = None, limit: int = 200) -> list[Verdict]:
        """Of one record, or of all; newest first."""
        with self._store.read() as session:
            if key:
                return Verdicts(session).history(RecordKey(key))[::-1]
            found: list[Verdict] = []
            after = 0
            while page := Verdicts(session).all(live=live, after=after):
                found = [*found, *page][-limit:]
                after = page[-1].id
            return found[::-1]


def session_clusters(records: SourceRecords, two: Sequence[SourceRecord]) -> dict[RecordKey, ClusterId]:
    """Where these records are now."""
    return records.cluster_of([one.key for one in two])
