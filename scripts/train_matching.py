"""Train the matching score on the labelled sets and write its weights file.

    python scripts/train_matching.py --data ../shared/data/matching --out unioncat/matching/rulesets/weights-NAME.json

Every pair that blocking proposes over a whole pool, and that neither a veto nor the title floor settles, is a
case: those of one gold cluster are matches, all others are negatives, most of them hard (like titles in one
family). Pairs that the labels call doubtful are left out. Cross-validation never splits a gold cluster: a pair
is scored by a model that has seen no pair of either record's fold. The report, and the choice of thresholds,
rest on whole pools: blocking, vetoes, complete link and all. Folds are drawn four times, and figures are means,
since one draw moves F1 of the small sets by .03. They are told twice: with folds of gold clusters, and with folds of
whole title families, where a model has seen nothing of "Sense and sensibility" when it judges it: what to expect of
material that is not in the sets.

One thread, sorted input and fixed seeds: the same data and library give the same file, to the digit.
"""

from __future__ import annotations

import argparse
import os

os.environ["OMP_NUM_THREADS"] = "1"

import csv
import gzip
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier

from unioncat.marc import from_json
from unioncat.matching import MatchView, ScoredPair, candidate_pairs, load_ruleset, match_keys, match_view
from unioncat.matching.comparators import FEATURES
from unioncat.matching.comparators.title import titles_agree
from unioncat.matching.decision import Decision, banded, decide_by, feature_values, in_order
from unioncat.matching.measures import b_cubed, interval, pairwise
from unioncat.matching.model import Model, parse_model
from unioncat.matching.partition import partition_in_full
from unioncat.matching.ruleset import Ruleset
from unioncat.matching.vetoes import vetoes_of
from unioncat.model import RecordKey

FOLDS = 5
DRAWS = ("", "a", "b", "c")
SCANNED = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
LEFT_OUT = frozenset(
    ("part", "set", "reissue", "revised", "reprint", "minutes", "series", "others", "score", "statement")
)
"""Comparators that are told in explanations of other rulesets but moved no decision here, and cost time."""
NAMES = tuple(name for name in FEATURES if name not in LEFT_OUT)
PARAMETERS: dict[str, Any] = {
    "max_iter": 80,
    "learning_rate": 0.16,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 15,
    "l2_regularization": 4.0,
    "early_stopping": False,
    "random_state": 7,
}


@dataclass(frozen=True)
class Pool:
    """One labelled set. weight: of each of its cases; against: extra weight of its negatives.

    cdl-goldfinch has many cases and clean labels, and asks for the highest precision; the small sets stand for
    kinds of material that must not drown in it.
    """

    name: str
    records: str
    weight: float
    against: float
    left_out: str = ""


POOLS = (
    Pool("cdl-goldfinch", "records.jsonl.gz", 1.0, 3.0),
    Pool("swissbib-gold", "records_marc.jsonl.gz", 4.0, 1.1, "disputed_pairs.csv"),
    Pool("austen-editions", "records.jsonl.gz", 3.0, 2.0, "reviewed_pairs.csv"),
    Pool("vn-editions", "records.jsonl.gz", 2.0, 1.0, "reviewed_pairs.csv"),
)


@dataclass
class Cases:
    """A pool made ready: views, gold clusters, and the value vectors of its open pairs."""

    pool: Pool
    views: dict[RecordKey, MatchView]
    gold: dict[str, str]
    left_out: set[tuple[str, str]]
    pairs: list[tuple[RecordKey, RecordKey]] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)
    folds: dict[str, int] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)

    def draw(self, salt: str, *, by_family: bool = False) -> None:
        """Put each record into a fold: with its gold cluster, or with its whole title family."""
        groups = self.families if by_family else self.gold
        self.folds = {
            name: int(hashlib.sha1((self.pool.name + groups[name] + salt).encode()).hexdigest(), 16) % FOLDS
            for name in self.gold
        }


def families_of(views: dict[RecordKey, MatchView], gold: dict[str, str]) -> dict[str, str]:
    """Record → title family: what hangs together by gold clusters or by the first two words of the title."""
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            name = above[name]
        return name

    for key, view in views.items():
        cluster, title = root("cluster " + gold[key]), root("title " + " ".join(view.head.split()[:2]))
        if cluster != title:
            above[max(cluster, title)] = min(cluster, title)
    return {key: root("cluster " + gold[key]) for key in views}


def load_pool(pool: Pool, folder: Path, ruleset: Ruleset) -> Cases:
    with open(folder / "clusters.csv", encoding="utf-8", newline="") as stream:
        gold = {row["id"]: row["cluster"] for row in csv.DictReader(stream)}
    left_out: set[tuple[str, str]] = set()
    if pool.left_out:
        with open(folder / pool.left_out, encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row.get("label", "?") == "?":
                    left_out.add((min(row["id1"], row["id2"]), max(row["id1"], row["id2"])))
    views: dict[RecordKey, MatchView] = {}
    with gzip.open(folder / pool.records, "rt", encoding="utf-8") as stream:
        for line in stream:
            facts = json.loads(line)
            body = facts.get("marc", facts)
            name = facts.get("id") or next(entry["001"] for entry in body["fields"] if "001" in entry)
            views[RecordKey(name)] = match_view(from_json(json.dumps(body).encode()), ruleset)
    cases = Cases(pool, dict(sorted(views.items())), gold, left_out)
    keys = {key: match_keys(view) for key, view in cases.views.items()}
    for left, right in sorted(candidate_pairs(keys, limit=ruleset.block_limit)):
        a, b = cases.views[left], cases.views[right]
        if vetoes_of(a, b, ruleset.vetoes) or not titles_agree(a, b, ruleset.title_floor, ruleset.title_clear):
            continue
        cases.pairs.append((left, right))
        cases.values.append(feature_values(*in_order(a, b), NAMES))
    cases.families = families_of(cases.views, gold)
    cases.draw(DRAWS[0])
    return cases


def train(everything: Sequence[Cases], without_fold: int | None = None) -> Model:
    """The model of all pools, or of all pairs that do not touch one fold."""
    rows: list[list[float]] = []
    labels: list[bool] = []
    weights: list[float] = []
    for cases in everything:
        pool = cases.pool
        for pair, values in zip(cases.pairs, cases.values, strict=True):
            left, right = pair
            if (left, right) in cases.left_out or (right, left) in cases.left_out:
                continue
            if without_fold is not None and without_fold in (cases.folds[left], cases.folds[right]):
                continue
            same = cases.gold[left] == cases.gold[right]
            rows.append(values)
            labels.append(same)
            weights.append(pool.weight * (1.0 if same else pool.against))
    rises = [1 if FEATURES[name].rises else 0 for name in NAMES]
    learner = HistGradientBoostingClassifier(monotonic_cst=rises, **PARAMETERS)
    learner.fit(np.array(rows), np.array(labels), sample_weight=np.array(weights))
    return parse_model(export(learner))


def export(learner: HistGradientBoostingClassifier) -> dict[str, Any]:
    """The trees as plain numbers: nodes in pre-order, leaf values rounded to 1e-5, thresholds to 1e-6."""
    trees = []
    for (predictor,) in learner._predictors:
        raw = predictor.nodes
        nodes: list[list[Any]] = []

        def visit(index: int, raw: Any = raw, nodes: list[list[Any]] = nodes) -> tuple[float, int]:
            here = raw[index]
            place = len(nodes)
            nodes.append([])
            if here["is_leaf"]:
                value = round(float(here["value"]), 5)
                nodes[place] = [-1, 0, 0, 0, 0, value]
                return value, int(here["count"])
            left = len(nodes)
            left_value, left_count = visit(int(here["left"]))
            right = len(nodes)
            right_value, right_count = visit(int(here["right"]))
            count = left_count + right_count
            mean = (left_value * left_count + right_value * right_count) / max(count, 1)
            nodes[place] = [
                int(here["feature_idx"]),
                round(min(float(here["num_threshold"]), 1e9), 6),  # infinite: only missing values go right
                left,
                right,
                int(here["missing_go_to_left"]),
                round(mean, 5),
            ]
            return mean, count

        visit(0)
        trees.append(nodes)
    return {"features": list(NAMES), "bias": round(float(learner._baseline_prediction.ravel()[0]), 6), "trees": trees}


def cluster(cases: Cases, models: Sequence[Model], ruleset: Ruleset) -> dict[str, str]:
    """record → cluster of the whole pool, each pair scored by the model of its left record's fold."""
    names = {id(view): key for key, view in cases.views.items()}
    pairs: list[ScoredPair] = []
    for (left, right), values in zip(cases.pairs, cases.values, strict=True):
        a, b = cases.views[left], cases.views[right]
        model = models[cases.folds[left] % len(models)]
        if a.standards and a.standards == b.standards:
            decision = decide_by(a, b, ruleset, model)
        else:
            decision = banded(*in_order(a, b), model.score(values), ruleset)
        pairs.append(ScoredPair(left, right, decision.score, decision.band))

    def compare(a: MatchView, b: MatchView) -> Decision:
        return decide_by(a, b, ruleset, models[cases.folds[names[id(a)]] % len(models)])

    found = partition_in_full(list(cases.views), pairs, views=cases.views, ruleset=ruleset, compare=compare)
    return {key: min(members) for members in found.clusters for key in members}


def report(
    everything: Sequence[Cases], models: Sequence[Model], ruleset: Ruleset, intervals: bool = False
) -> list[dict[str, Any]]:
    rows = []
    for cases in everything:
        ours = cluster(cases, models, ruleset)
        pairs = pairwise(ours, cases.gold, cases.left_out)
        cubed = b_cubed(ours, cases.gold)
        sizes: dict[str, int] = {}
        for name in ours.values():
            sizes[name] = sizes.get(name, 0) + 1
        row: dict[str, Any] = {
            "set": cases.pool.name,
            "precision": round(pairs.precision, 4),
            "recall": round(pairs.recall, 4),
            "f1": round(pairs.f1, 4),
            "b_cubed_f1": round(cubed.f1, 4),
            "largest": max(sizes.values()),
        }
        if intervals:
            spans = interval(ours, cases.gold, cases.left_out)
            row["intervals"] = {name: [round(low, 4), round(high, 4)] for name, (low, high) in spans.items()}
        rows.append(row)
    return rows


def validated(
    everything: Sequence[Cases], ruleset: Ruleset, thresholds: Sequence[float], *, by_family: bool
) -> dict[float, list[dict[str, Any]]]:
    """Threshold → rows of means over all draws of folds; intervals are those of the first draw."""
    drawn: dict[float, list[list[dict[str, Any]]]] = {threshold: [] for threshold in thresholds}
    for number, salt in enumerate(DRAWS):
        for cases in everything:
            cases.draw(salt, by_family=by_family)
        models = [train(everything, fold) for fold in range(FOLDS)]
        for threshold in thresholds:
            changed = replace(ruleset, merge_at=threshold, guard_merge_at=max(threshold, ruleset.guard_merge_at))
            drawn[threshold].append(report(everything, models, changed, intervals=not number))
    means: dict[float, list[dict[str, Any]]] = {}
    for threshold, rounds in drawn.items():
        means[threshold] = []
        for rows in zip(*rounds, strict=True):
            row = dict(rows[0])
            for name in ("precision", "recall", "f1", "b_cubed_f1"):
                row[name] = round(sum(one[name] for one in rows) / len(rows), 4)
            row["largest"] = max(one["largest"] for one in rows)
            means[threshold].append(row)
    return means


def show(rows: Sequence[dict[str, Any]], title: str) -> None:
    sys.stdout.write(f"{title}\n")
    for row in rows:
        spans = row.get("intervals", {})
        extra = "".join(f"  {name} {low:.3f}-{high:.3f}" for name, (low, high) in spans.items())
        sys.stdout.write(
            f"  {row['set']:<16} P {row['precision']:.4f}  R {row['recall']:.4f}  F1 {row['f1']:.4f}"
            f"  B-cubed {row['b_cubed_f1']:.4f}  largest {row['largest']}{extra}\n"
        )
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    parser.add_argument("--ruleset", default="default", help="ruleset whose vetoes, floors and thresholds are used")
    parser.add_argument("--out", type=Path, help="weights file to write; without it only the report is made")
    parser.add_argument("--scan", action="store_true", help="show other merge thresholds too")
    options = parser.parse_args(arguments)
    ruleset = load_ruleset(options.ruleset)
    everything = [load_pool(pool, options.data / pool.name, ruleset) for pool in POOLS]
    for cases in everything:
        same = sum(cases.gold[left] == cases.gold[right] for left, right in cases.pairs)
        sys.stdout.write(
            f"{cases.pool.name}: {len(cases.views)} records, {len(cases.pairs)} open pairs, {same} of them matches\n"
        )
    thresholds = SCANNED if options.scan else (ruleset.merge_at,)
    figures: dict[str, list[dict[str, Any]]] = {}
    for name, by_family in (("gold cluster", False), ("title family", True)):
        found = validated(everything, ruleset, sorted({*thresholds, ruleset.merge_at}), by_family=by_family)
        figures[name] = found[ruleset.merge_at]
        for threshold in sorted(found):
            show(found[threshold], f"{FOLDS} folds by {name}, mean of {len(DRAWS)} draws, merge at {threshold}")
    if options.out:
        whole = train(everything)
        show(report(everything, [whole], ruleset), "the model written, on the sets it was trained on (no estimate)")
        facts: dict[str, Any] = {
            "trained_by": "scripts/train_matching.py",
            "library": f"scikit-learn {sklearn.__version__}",
            "parameters": PARAMETERS,
            "pools": [
                {"name": one.pool.name, "weight": one.pool.weight, "against": one.pool.against, "pairs": len(one.pairs)}
                for one in everything
            ],
            "cross_validation": figures,
            "features": list(whole.features),
            "bias": whole.bias,
        }
        trees = ",\n".join(
            json.dumps([[f, t, le, r, int(m), v] for f, t, le, r, m, v in tree], separators=(",", ":"))
            for tree in whole.trees
        )
        options.out.write_text(json.dumps(facts, indent=1)[:-2] + f',\n "trees": [\n{trees}\n]\n}}\n', encoding="utf-8")
        sys.stdout.write(f"wrote {options.out} ({options.out.stat().st_size} bytes, {len(whole.trees)} trees)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
