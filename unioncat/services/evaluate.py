"""Compare a clustering with gold clusters: ``unioncat match evaluate RECORDS CLUSTERS [--leave-out PAIRS]``."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unioncat.matching import MatchView, Ruleset, decide
from unioncat.matching.measures import BCubed, Pairwise, b_cubed, interval, pairs_of, pairwise
from unioncat.model import RecordKey, UnreadableInput
from unioncat.services.formats import Formats
from unioncat.services.match_files import ClusteredFiles, cluster_files

__all__ = ["Evaluation", "WorstCluster", "evaluate_files", "evaluate_views", "read_clusters", "read_pairs"]

Pair = tuple[str, str]
WORST = 20


@dataclass(frozen=True, slots=True)
class WorstCluster:
    """A cluster of ours with false pairs, or a gold cluster with missed ones."""

    cluster: str
    kind: str
    wrong_pairs: int
    records: tuple[str, ...]


@dataclass(slots=True)
class Evaluation:
    """intervals: 95 % bootstrap over gold clusters. missed, false: reason → pairs. largest: our largest cluster.

    Reasons of missed pairs: the veto (``veto volume``), the floor (``floor evidence``), ``grey band``, ``score``,
    ``complete link`` (the pair itself would merge), ``not proposed``. False pairs: ``joined directly`` or
    ``joined through others``.
    """

    records: int
    pairs: Pairwise
    cubed: BCubed
    intervals: dict[str, tuple[float, float]]
    largest: int
    missed: dict[str, int] = field(default_factory=dict)
    false: dict[str, int] = field(default_factory=dict)
    worst: list[WorstCluster] = field(default_factory=list)
    unknown: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "records": self.records,
            "pairwise": {
                "precision": round(self.pairs.precision, 4),
                "recall": round(self.pairs.recall, 4),
                "f1": round(self.pairs.f1, 4),
                "true": self.pairs.true,
                "false": self.pairs.false,
                "missed": self.pairs.missed,
            },
            "b_cubed": {
                "precision": round(self.cubed.precision, 4),
                "recall": round(self.cubed.recall, 4),
                "f1": round(self.cubed.f1, 4),
            },
            "intervals": {name: [round(low, 4), round(high, 4)] for name, (low, high) in self.intervals.items()},
            "largest_cluster": self.largest,
            "missed_by_reason": self.missed,
            "false_by_reason": self.false,
            "worst": [
                {"cluster": one.cluster, "kind": one.kind, "wrong_pairs": one.wrong_pairs, "records": list(one.records)}
                for one in self.worst
            ],
            "records_not_in_gold": self.unknown,
        }

    def __str__(self) -> str:
        low = {name: f"{span[0]:.3f}-{span[1]:.3f}" for name, span in self.intervals.items()}
        lines = [
            f"records {self.records}, largest cluster {self.largest}",
            f"pairwise  precision {self.pairs.precision:.4f} ({low['precision']})  recall {self.pairs.recall:.4f}"
            f" ({low['recall']})  F1 {self.pairs.f1:.4f} ({low['f1']})",
            f"          {self.pairs.true} true, {self.pairs.false} false, {self.pairs.missed} missed",
            f"B-cubed   precision {self.cubed.precision:.4f}  recall {self.cubed.recall:.4f}  F {self.cubed.f1:.4f}",
        ]
        if self.missed:
            lines.append("missed by " + ", ".join(f"{reason} {count}" for reason, count in self.missed.items()))
        if self.false:
            lines.append("false, " + ", ".join(f"{reason} {count}" for reason, count in self.false.items()))
        lines.extend(
            f"worst: {one.kind} {one.cluster}, {one.wrong_pairs} wrong pairs: {' '.join(one.records[:8])}"
            for one in self.worst[:10]
        )
        return "\n".join(lines)


def read_clusters(path: Path) -> dict[str, str]:
    """record → cluster of a CSV with a header; the first column names the record, the second the cluster."""
    with open(path, encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    if not rows or len(rows[0]) < 2:
        raise UnreadableInput(f"{path.name} is no table of clusters: it needs the columns record_id,cluster_id")
    return {row[0]: row[1] for row in rows[1:] if len(row) >= 2}


def read_pairs(path: Path) -> set[Pair]:
    """Pairs to leave out: two columns of record ids; where there is a column ``label``, only its ``?`` rows."""
    with open(path, encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        names = reader.fieldnames or []
        if len(names) < 2:
            raise UnreadableInput(f"{path.name} is no table of pairs: it needs two columns of record ids")
        return {
            (min(row[names[0]], row[names[1]]), max(row[names[0]], row[names[1]]))
            for row in reader
            if "label" not in names or row["label"] == "?"
        }


def evaluate_files(
    records: Path,
    clusters: Path,
    ruleset: Ruleset,
    formats: Formats,
    *,
    leave_out: Path | None = None,
    ours: Path | None = None,
) -> Evaluation:
    """Cluster a file and compare. ours: a clusters.csv made before, to be judged instead of clustering anew."""
    found = cluster_files([records], ruleset, formats)
    gold = read_clusters(clusters)
    out = read_pairs(leave_out) if leave_out is not None else set()
    return evaluate_views(found, gold, out, ruleset, read_clusters(ours) if ours is not None else None)


def evaluate_views(
    found: ClusteredFiles,
    gold: Mapping[str, str],
    left_out: set[Pair],
    ruleset: Ruleset,
    assignment: Mapping[str, str] | None = None,
) -> Evaluation:
    ours = dict(assignment) if assignment is not None else found.assignment()
    sizes = Counter(ours.values())
    result = Evaluation(
        records=len(found.views),
        pairs=pairwise(ours, gold, left_out),
        cubed=b_cubed(ours, gold),
        intervals=interval(ours, gold, left_out),
        largest=max(sizes.values(), default=0),
        unknown=len(found.views.keys() - gold.keys()),
    )
    ours_by, gold_by = defaultdict(list), defaultdict(list)
    for record, cluster in ours.items():
        if record in gold:
            ours_by[cluster].append(record)
    for record, cluster in gold.items():
        gold_by[cluster].append(record)
    got, wanted = pairs_of(ours_by.values()) - left_out, pairs_of(gold_by.values()) - left_out
    proposed = {(pair.left, pair.right) for pair in found.clustering.links} if found.clustering else set()
    missed, false = Counter[str](), Counter[str]()
    worst: Counter[tuple[str, str]] = Counter()
    for left, right in sorted(wanted - got):
        missed[_why_missed(found.views, left, right, proposed, ruleset)] += 1
        worst["split", gold[left]] += 1
    for left, right in sorted(got - wanted):
        a, b = found.views.get(RecordKey(left)), found.views.get(RecordKey(right))
        direct = a is not None and b is not None and decide(a, b, ruleset).band == "merge"
        false["joined directly" if direct else "joined through others"] += 1
        worst["mixed", ours[left]] += 1
    result.missed, result.false = dict(missed.most_common()), dict(false.most_common())
    for (kind, cluster), count in sorted(worst.items(), key=lambda row: (-row[1], row[0]))[:WORST]:
        members = ours_by[cluster] if kind == "mixed" else gold_by[cluster]
        result.worst.append(WorstCluster(cluster, kind, count, tuple(sorted(members))))
    return result


def _why_missed(
    views: Mapping[RecordKey, MatchView],
    left: str,
    right: str,
    proposed: set[tuple[RecordKey, RecordKey]],
    ruleset: Ruleset,
) -> str:
    a, b = views.get(RecordKey(left)), views.get(RecordKey(right))
    if a is None or b is None:
        return "not in the file"
    decision = decide(a, b, ruleset)
    if decision.vetoes:
        return f"veto {decision.vetoes[0]}"
    if decision.floors:
        return f"floor {decision.floors[0]}"
    if decision.band == "different":
        return "score"
    if decision.band == "review":
        return "grey band"
    return "complete link" if (left, right) in proposed else "not proposed"
