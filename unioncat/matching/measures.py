"""How good a clustering is: pairwise and B-cubed precision and recall, with bootstrap intervals over clusters."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

__all__ = ["BCubed", "Pairwise", "b_cubed", "interval", "pairs_of", "pairwise"]

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Counts of pairs: together in both, only in ours, only in the gold clusters."""

    true: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return self.true / (self.true + self.false) if self.true + self.false else 1.0

    @property
    def recall(self) -> float:
        return self.true / (self.true + self.missed) if self.true + self.missed else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.true / (2 * self.true + self.false + self.missed) if self.true else 0.0


@dataclass(frozen=True, slots=True)
class BCubed:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def pairs_of(clusters: Iterable[Collection[str]]) -> set[Pair]:
    """All pairs inside clusters, each in its own order of names."""
    return {pair for cluster in clusters if len(cluster) > 1 for pair in combinations(sorted(cluster), 2)}


def _clusters(assignment: Mapping[str, str]) -> list[list[str]]:
    members: dict[str, list[str]] = defaultdict(list)
    for record, cluster in assignment.items():
        members[cluster].append(record)
    return list(members.values())


def pairwise(ours: Mapping[str, str], gold: Mapping[str, str], left_out: Collection[Pair] = ()) -> Pairwise:
    """record → cluster on both sides; pairs left out count on neither, records without a gold cluster not at all."""
    out = {tuple(sorted(pair)) for pair in left_out}
    found = pairs_of(_clusters({record: cluster for record, cluster in ours.items() if record in gold})) - out
    wanted = pairs_of(_clusters(gold)) - out
    true = len(found & wanted)
    return Pairwise(true, len(found) - true, len(wanted) - true)


def b_cubed(ours: Mapping[str, str], gold: Mapping[str, str]) -> BCubed:
    """Mean over records of |own gold cluster ∩ own output cluster| / size of either."""
    output = {record: set(members) for members in _clusters(ours) for record in members}
    truth = {record: set(members) for members in _clusters(gold) for record in members}
    precision = recall = 0.0
    for record, wanted in truth.items():
        given = output.get(record, {record}) & truth.keys()
        both = len(given & wanted)
        precision += both / len(given)
        recall += both / len(wanted)
    return BCubed(precision / len(truth), recall / len(truth)) if truth else BCubed(1.0, 1.0)


def interval(
    ours: Mapping[str, str],
    gold: Mapping[str, str],
    left_out: Collection[Pair] = (),
    *,
    samples: int = 500,
    seed: int = 1,
) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of precision, recall and F1; gold clusters are drawn with replacement.

    A false pair belongs half to each of the two gold clusters that it joins.
    """
    out = {tuple(sorted(pair)) for pair in left_out}
    found = pairs_of(_clusters({record: cluster for record, cluster in ours.items() if record in gold})) - out
    wanted = pairs_of(_clusters(gold)) - out
    counts: dict[str, list[float]] = {cluster: [0.0, 0.0, 0.0] for cluster in gold.values()}
    for left, right in found | wanted:
        kind = 0 if (left, right) in found and (left, right) in wanted else 1 if (left, right) in found else 2
        counts[gold[left]][kind] += 0.5
        counts[gold[right]][kind] += 0.5
    busy = [row for _, row in sorted(counts.items()) if any(row)]
    quiet = len(counts) - len(busy)
    chance = random.Random(seed)  # noqa: S311 - statistics, not secrets
    results: list[tuple[float, float, float]] = []
    for _ in range(samples):
        true = false = missed = 0.0
        for place in (
            chance.choices(range(len(busy) + quiet), k=len(busy) + quiet)
            if quiet < 3 * len(busy)
            else (chance.choices(range(len(busy)), k=_binomial(chance, len(busy) + quiet, len(busy))) if busy else ())
        ):
            if place < len(busy):
                true += busy[place][0]
                false += busy[place][1]
                missed += busy[place][2]
        results.append(
            (
                true / (true + false) if true + false else 1.0,
                true / (true + missed) if true + missed else 1.0,
                2 * true / (2 * true + false + missed) if true else 0.0,
            )
        )
    spans: dict[str, tuple[float, float]] = {}
    for column, name in enumerate(("precision", "recall", "f1")):
        ordered = sorted(row[column] for row in results)
        spans[name] = (ordered[int(0.025 * samples)], ordered[min(samples - 1, int(0.975 * samples))])
    return spans


def _binomial(chance: random.Random, total: int, wanted: int) -> int:
    """How many of `total` draws hit one of `wanted` of `total` items (normal approximation)."""
    share = wanted / total
    return max(0, min(total, round(chance.gauss(total * share, (total * share * (1 - share)) ** 0.5))))
