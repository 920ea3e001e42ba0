"""Clusters: complete link over the scored pairs, with verdicts first.

A pure function of {records, pairs, verdicts, ruleset}: nothing depends on the order of arrival, and ties go by
RecordKey. Verdicts are laid down first, the latest first; then edges join by (score descending, keys), and only
if every pair across the two groups is free of vetoes and not below the floor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from unioncat.matching.decision import Decision, ScoredPair, decide
from unioncat.matching.model import logistic, logit
from unioncat.matching.ruleset import Ruleset
from unioncat.matching.verdict import Verdict
from unioncat.matching.view import MatchView
from unioncat.model import RecordKey

__all__ = ["Partition", "fingerprint", "partition", "partition_in_full"]


@dataclass(slots=True)
class Partition:
    """clusters: sorted by their first key. guarded: clusters that a guard held back, with the guard's name.

    overruled: verdicts that a later one contradicts. blocked: merge pairs that a third record kept apart.
    """

    clusters: list[frozenset[RecordKey]] = field(default_factory=list)
    guarded: list[tuple[str, frozenset[RecordKey]]] = field(default_factory=list)
    overruled: list[Verdict] = field(default_factory=list)
    blocked: list[ScoredPair] = field(default_factory=list)


class _Groups:
    """Records in groups that grow by joining, with the pairs of groups that must stay apart."""

    def __init__(self, keys: Iterable[RecordKey]) -> None:
        self.group: dict[RecordKey, RecordKey] = {key: key for key in keys}
        self.members: dict[RecordKey, list[RecordKey]] = {key: [key] for key in self.group}
        self.apart: dict[RecordKey, set[RecordKey]] = defaultdict(set)

    def join(self, a: RecordKey, b: RecordKey) -> None:
        if len(self.members[a]) < len(self.members[b]) or (len(self.members[a]) == len(self.members[b]) and b < a):
            a, b = b, a
        for member in self.members[b]:
            self.group[member] = a
        self.members[a].extend(self.members.pop(b))
        for other in self.apart.pop(b, ()):
            self.apart[other].discard(b)
            self.apart[other].add(a)
            self.apart[a].add(other)

    def keep_apart(self, a: RecordKey, b: RecordKey) -> None:
        self.apart[a].add(b)
        self.apart[b].add(a)


def fingerprint(clusters: Iterable[Collection[RecordKey]]) -> str:
    """Hex digest that equal partitions share, whatever the order of their clusters."""
    lines = sorted("\t".join(sorted(cluster)) for cluster in clusters)
    return blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def partition(
    keys: Collection[RecordKey],
    pairs: Iterable[ScoredPair],
    verdicts: Iterable[Verdict] = (),
    *,
    views: Mapping[RecordKey, MatchView],
    ruleset: Ruleset,
) -> list[frozenset[RecordKey]]:
    """The clusters of `keys`, sorted by their first key. See `partition_in_full`."""
    return partition_in_full(keys, pairs, verdicts, views=views, ruleset=ruleset).clusters


def partition_in_full(
    keys: Collection[RecordKey],
    pairs: Iterable[ScoredPair],
    verdicts: Iterable[Verdict] = (),
    *,
    views: Mapping[RecordKey, MatchView],
    ruleset: Ruleset,
    compare: Callable[[MatchView, MatchView], Decision] | None = None,
) -> Partition:
    """Clusters with what was noticed on the way.

    pairs:    scored pairs (either order, repeats allowed); those that touch other records are ignored
    verdicts: live verdicts; those that touch other records are ignored
    views:    of all keys; cross pairs that blocking did not propose are compared when a join needs them
    """
    result = Partition()
    known = set(keys)
    relevant = [verdict for verdict in verdicts if verdict.left in known and verdict.right in known]
    spoken = {key for verdict in relevant for key in (verdict.left, verdict.right)}
    stands_for = _copies(known, spoken, views, ruleset)
    nodes = set(stands_for.values())
    groups = _Groups(nodes)
    result.overruled = _lay_down(groups, relevant)
    weigh = _penalty(stands_for, ruleset)
    scores: dict[tuple[RecordKey, RecordKey], float] = {}
    edges: dict[tuple[RecordKey, RecordKey], float] = {}
    for pair in pairs:
        left, right = stands_for.get(pair.left), stands_for.get(pair.right)
        if left is None or right is None or left == right:
            continue
        couple = (left, right) if left < right else (right, left)
        if couple in scores:
            continue
        score = scores[couple] = weigh(*couple, pair.score)
        if pair.band == "merge" and score >= ruleset.merge_at:
            edges[couple] = score
        elif pair.band == "merge":
            result.blocked.append(ScoredPair(*couple, score, "review"))
    judge = compare or (lambda a, b: decide(a, b, ruleset))

    def score_of(left: RecordKey, right: RecordKey) -> float:
        couple = (left, right) if left < right else (right, left)
        score = scores.get(couple)
        if score is None:
            decision = judge(views[couple[0]], views[couple[1]])
            score = -1.0 if decision.vetoes else weigh(*couple, decision.score)
            scores[couple] = score
        return score

    held: dict[str, set[RecordKey]] = defaultdict(set)
    for (left, right), score in sorted(edges.items(), key=lambda edge: (-edge[1], edge[0])):
        a, b = groups.group[left], groups.group[right]
        if a == b:
            continue
        if b in groups.apart[a]:
            continue
        guard = _guard(groups.members[a] + groups.members[b], views, ruleset)
        if guard and score < ruleset.guard_merge_at:
            held[guard].add(left)
            result.blocked.append(ScoredPair(left, right, score, "review"))
            continue
        if all(score_of(x, y) >= ruleset.floor for x in groups.members[a] for y in groups.members[b]):
            groups.join(a, b)
            if guard:
                held[guard].add(left)
        else:
            result.blocked.append(ScoredPair(left, right, score, "review"))
    whole: dict[RecordKey, list[RecordKey]] = defaultdict(list)
    for key, node in stands_for.items():
        whole[groups.group[node]].append(key)
    result.clusters = sorted((frozenset(members) for members in whole.values()), key=min)
    result.guarded = sorted(
        {(name, frozenset(whole[groups.group[key]])) for name, marked in held.items() for key in marked},
        key=lambda row: (row[0], min(row[1])),
    )
    return result


def _copies(
    known: set[RecordKey], spoken: set[RecordKey], views: Mapping[RecordKey, MatchView], ruleset: Ruleset
) -> dict[RecordKey, RecordKey]:
    """Record → the first record with an equal view, if such records merge; those with verdicts stand alone."""
    first: dict[bytes, RecordKey] = {}
    stands_for: dict[RecordKey, RecordKey] = {}
    merges: dict[bytes, bool] = {}
    for key in sorted(known):
        if key in spoken:
            stands_for[key] = key
            continue
        view = views[key]
        digest = view.digest
        if digest not in first:
            first[digest] = key
            stands_for[key] = key
            continue
        if digest not in merges:
            merges[digest] = decide(view, view, ruleset).band == "merge"
        stands_for[key] = first[digest] if merges[digest] else key
    return stands_for


def _penalty(
    stands_for: Mapping[RecordKey, RecordKey], ruleset: Ruleset
) -> Callable[[RecordKey, RecordKey, float], float]:
    """(two nodes, score) → score, less the ruleset's penalty if all records of both nodes come from one source."""
    penalty = ruleset.same_source_penalty
    if not penalty:
        return lambda left, right, score: score
    sources: dict[RecordKey, set[str]] = defaultdict(set)
    for key, node in stands_for.items():
        sources[node].add(key.partition("/")[0])

    def weigh(left: RecordKey, right: RecordKey, score: float) -> float:
        if not 0.0 < score < 1.0 or len(sources[left] | sources[right]) > 1:
            return score
        return logistic(logit(score) - penalty)

    return weigh


def _lay_down(groups: _Groups, verdicts: list[Verdict]) -> list[Verdict]:
    """Apply verdicts, the latest first; gives back those that later ones contradict."""
    overruled: list[Verdict] = []
    for verdict in sorted(verdicts, key=lambda v: (-v.number, v.left, v.right)):
        a, b = groups.group[verdict.left], groups.group[verdict.right]
        if verdict.same:
            if a == b:
                continue
            if b in groups.apart[a]:
                overruled.append(verdict)
            else:
                groups.join(a, b)
        elif a == b:
            overruled.append(verdict)
        else:
            groups.keep_apart(a, b)
    return overruled


def _guard(members: list[RecordKey], views: Mapping[RecordKey, MatchView], ruleset: Ruleset) -> str:
    """Name of the guard that a cluster of these members would trip; "" for none. Copies count once."""
    if len(members) <= min(ruleset.guard_source, 2):
        return ""
    if len(members) > ruleset.guard_size:
        return "members"
    editions = {views[key].edition for key in members if views[key].edition}
    if len(editions) > 1:
        return "editions"
    if len(members) > ruleset.guard_source:
        sources: dict[str, int] = defaultdict(int)
        for key in members:
            sources[key.partition("/")[0]] += 1
        if max(sources.values()) > ruleset.guard_source:
            return "one source"
    return ""
