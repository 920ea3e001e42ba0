"""Matching on the labelled sets beside Gold Rush keys and the rules of RecordManager and Open Library.

The others' rules are re-implemented here from their descriptions, for comparison only; Gold Rush is its PyPI
package. All run over the whole pool. Ours is the packaged model, which was trained on these very sets: for an
estimate elsewhere read the cross-validated figures (``scripts/train_matching.py``).

Of each method: pairwise figures with 95 % bootstrap intervals over clusters, B-cubed, the largest cluster, and its
errors by the first of our vetoes that forbids the pair ("none": no veto does).
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import goldrush
from rapidfuzz.distance import Levenshtein

from bench._corpus import feeds, shared_data
from unioncat.marc import Record
from unioncat.matching import RULESET, MatchView, candidate_pairs, cluster_views, decide, match_keys, match_view
from unioncat.matching.decision import linked
from unioncat.matching.measures import b_cubed, interval, pairs_of, pairwise
from unioncat.matching.vetoes import vetoes_of
from unioncat.model import RecordKey
from unioncat.services.evaluate import read_clusters, read_pairs
from unioncat.services.formats import Formats
from unioncat.services.match_files import read_records

SETS = {
    "cdl-goldfinch": ("records.jsonl.gz", ""),
    "swissbib-gold": ("records_marc.jsonl.gz", "disputed_pairs.csv"),
    "austen-editions": ("records.jsonl.gz", "reviewed_pairs.csv"),
    "vn-editions": ("records.jsonl.gz", "reviewed_pairs.csv"),
}
Pair = tuple[str, str]


@dataclass
class Pool:
    """A labelled set made ready."""

    records: dict[str, Record]
    views: dict[RecordKey, MatchView]
    candidates: list[tuple[RecordKey, RecordKey]]
    gold: dict[str, str]
    left_out: set[Pair]


def load(folder: Path, file: str, left_out: str) -> Pool:
    records = dict(read_records(folder / file, Formats.load(), []))
    views = {RecordKey(name): match_view(record, RULESET) for name, record in records.items()}
    keys = {key: match_keys(view) for key, view in views.items()}
    return Pool(
        records,
        views,
        list(candidate_pairs(keys, limit=RULESET.block_limit)),
        read_clusters(folder / "clusters.csv"),
        read_pairs(folder / left_out) if left_out else set(),
    )


def joined(names: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Transitive closure: what equal keys and greedy groups come to at best."""
    top = {name: name for name in names}

    def root(name: str) -> str:
        while top[name] != name:
            top[name] = top[top[name]]
            name = top[name]
        return name

    for left, right in pairs:
        top[max(root(left), root(right))] = min(root(left), root(right))
    return {name: root(name) for name in top}


def ours(pool: Pool) -> dict[str, str]:
    found = cluster_views(pool.views, RULESET)
    return {key: min(cluster) for cluster in found.partition.clusters for key in cluster}


def gold_rush(pool: Pool) -> dict[str, str]:
    """Equal keys are one record."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, record in pool.records.items():
        try:
            key = goldrush.goldrush(record)
        except (IndexError, KeyError, ValueError, TypeError, AttributeError):
            key = f"no key for {name}"
        groups[key].append(name)
    return {name: min(names) for names in groups.values() for name in names}


def record_manager(pool: Pool) -> dict[str, str]:
    """Shared ISBN at once; else year, pages within 10, series, title under 10 % and author under 20 % of edits."""

    def same(a: MatchView, b: MatchView) -> bool:
        if set(a.isbns) & set(b.isbns):
            return True
        if a.form != b.form or a.issued[:1] != b.issued[:1] or abs(a.pages - b.pages) > 10:
            return False
        if a.series[:1] != b.series[:1]:
            return False
        longest = max(len(a.title), len(b.title), 1)
        if Levenshtein.distance(a.title, b.title) / longest >= 0.1:
            return False
        one, other = "".join(a.names[:1]), "".join(b.names[:1])
        return Levenshtein.distance(one, other) / max(len(one), len(other), 1) <= 0.2

    # greedy: each record joins the group of the first record before it that matches
    return joined(pool.records, [pair for pair in pool.candidates if same(pool.views[pair[0]], pool.views[pair[1]])])


def open_library(pool: Pool) -> dict[str, str]:
    """Points for title, date, ISBN, author, publisher, pages, country; 875 make a match."""

    def points(a: MatchView, b: MatchView) -> int:
        total = 450 if a.head == b.head else 0
        if a.title == b.title:
            total += 600
        elif a.title.startswith(b.title) or b.title.startswith(a.title):
            total += 350
        else:
            words = a.title_words & b.title_words
            total += round(450 * 2 * len(words) / max(len(a.title_words) + len(b.title_words), 1)) - 200
        if a.issued and b.issued:
            apart = min(abs(x - y) for x in a.issued for y in b.issued)
            total += 200 if apart == 0 else -25 if apart <= 2 else -250
        if a.isbns and b.isbns:
            total += 85 if set(a.isbns) & set(b.isbns) else -225
        if a.names and b.names:
            total += 125 if a.names[0] == b.names[0] else -200
        if a.publishers and b.publishers:
            total += 100 if a.publishers[0] == b.publishers[0] else -51
        if a.pages and b.pages:
            total += 100 if a.pages == b.pages else 50 if abs(a.pages - b.pages) < 10 else -225
        if a.country and b.country:
            total += 40 if a.country == b.country else -205
        return total

    pairs = [pair for pair in pool.candidates if points(pool.views[pair[0]], pool.views[pair[1]]) >= 875]
    return joined(pool.records, pairs)


METHODS: Mapping[str, Callable[[Pool], dict[str, str]]] = {
    "unioncat": ours,
    "gold rush": gold_rush,
    "recordmanager": record_manager,
    "open library": open_library,
}


def errors_by_veto(pool: Pool, assignment: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """``false`` and ``missed`` → veto → pairs, the most frequent first."""
    found, wanted = (
        pairs_of(_groups({name: group for name, group in table.items() if name in pool.gold})) - pool.left_out
        for table in (assignment, pool.gold)
    )
    counted: dict[str, dict[str, int]] = {}
    for kind, wrong in (("false", found - wanted), ("missed", wanted - found)):
        counts = Counter[str]()
        for left, right in wrong:
            vetoes = vetoes_of(pool.views[RecordKey(left)], pool.views[RecordKey(right)], RULESET.vetoes)
            counts[vetoes[0] if vetoes else "none"] += 1
        counted[kind] = dict(sorted(counts.items(), key=lambda row: (-row[1], row[0])))
    return counted


def _groups(table: Mapping[str, str]) -> list[list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name, group in table.items():
        groups[group].append(name)
    return list(groups.values())


def told(errors: tuple[str, dict[str, int]]) -> str:
    kind, counts = errors
    shown = ", ".join(f"{veto} {count}" for veto, count in counts.items())
    return f"{kind} {sum(counts.values())}" + (f" ({shown})" if shown else "")


def span(low_and_high: tuple[float, float]) -> str:
    return f"{low_and_high[0]:.3f}-{low_and_high[1]:.3f}"


def speed(pool: Pool) -> dict[str, float]:
    """Processor time, not wall time: other work on the machine does not count."""
    records = list(pool.records.values())[:5000]
    begun = time.process_time()
    views = [match_view(record, RULESET) for record in records]
    viewed = time.process_time()
    for view in views:
        match_keys(view)
    keyed = time.process_time()
    couples = [(pool.views[left], pool.views[right]) for left, right in pool.candidates]
    for a, b in couples[:2000]:
        decide(a, b, RULESET)
    start = time.process_time()
    for a, b in couples:
        decide(a, b, RULESET)
    spent = time.process_time() - start
    data = [view.to_bytes() for view in views]
    stored = time.process_time()
    for one in data:
        MatchView.from_bytes(one)
    read = time.process_time()
    return {
        "view_microseconds": (viewed - begun) / len(records) * 1e6,
        "keys_microseconds": (keyed - viewed) / len(records) * 1e6,
        "read_view_microseconds": (read - stored) / len(records) * 1e6,
        "pairs_per_second": len(couples) / spent,
    }


def corpus_speed() -> dict[str, int | float]:
    """The throughput corpus as one pool: what blocking proposes, and how fast it is decided (processor time).

    Pairs are decided twice: what a view works out once for all its pairs (words, sets) is in the first figure only.
    """
    formats = Formats.load()
    views: dict[RecordKey, MatchView] = {}
    for feed in feeds():
        for path in feed.files:
            for name, record in read_records(path, formats, []):
                views[RecordKey(f"{feed.code}/{path.name}/{name}")] = match_view(record, RULESET)
    couples = list(candidate_pairs({key: match_keys(view) for key, view in views.items()}, limit=RULESET.block_limit))
    rates = []
    for _ in range(2):
        begun = time.process_time()
        found = sum(linked(views[left], views[right], RULESET) is not None for left, right in couples)
        rates.append(len(couples) / (time.process_time() - begun))
    return {
        "records": len(views),
        "pairs": len(couples),
        "linked": found,
        "pairs_per_second": rates[0],
        "pairs_per_second_again": rates[1],
    }


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench matching", description=__doc__)
    parser.add_argument("--set", choices=sorted(SETS), action="append", help="only this set; repeatable")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = []
    for name in options.set or SETS:
        file, left_out = SETS[name]
        pool = load(shared_data() / "matching" / name, file, left_out)
        if not options.json:
            print(f"{name}: {len(pool.records)} records, {len(pool.candidates)} candidate pairs")
        base = 0.0
        for method, cluster in METHODS.items():
            begun = time.process_time()
            assignment = cluster(pool)
            spent = time.process_time() - begun
            pairs, cubed = pairwise(assignment, pool.gold, pool.left_out), b_cubed(assignment, pool.gold)
            base = pairs.f1 if method == "unioncat" else base
            spans = interval(assignment, pool.gold, pool.left_out)
            errors = errors_by_veto(pool, assignment)
            largest = max(Counter(assignment.values()).values())
            row = {
                "set": name, "method": method, "precision": round(pairs.precision, 4), "recall": round(pairs.recall, 4),
                "f1": round(pairs.f1, 4), "b_cubed_f1": round(cubed.f1, 4), "seconds": round(spent, 2),
                "f1_of_ours_over_theirs": round(base / pairs.f1, 2) if pairs.f1 else None,
                "intervals": spans, "largest_cluster": largest, "errors_by_veto": errors,
            }  # fmt: skip
            rows.append(row)
            if not options.json:
                ratio = row["f1_of_ours_over_theirs"]
                print(
                    f"  {method:<14} P {pairs.precision:.3f} ({span(spans['precision'])})"
                    f"  R {pairs.recall:.3f} ({span(spans['recall'])})  F1 {pairs.f1:.3f} ({span(spans['f1'])})"
                    f"  B-cubed {cubed.f1:.3f}  {spent:6.2f} s"
                    + ("" if method == "unioncat" else f"  our F1 is {ratio} times theirs")
                )
                print(f"    largest cluster {largest}; " + "; ".join(map(told, errors.items())))
        facts = speed(pool)
        rows.append({"set": name, **{key: round(value, 1) for key, value in facts.items()}})
        if not options.json:
            print(
                f"  view {facts['view_microseconds']:.0f} µs, keys {facts['keys_microseconds']:.0f} µs,"
                f" stored view read in {facts['read_view_microseconds']:.0f} µs,"
                f" {facts['pairs_per_second']:,.0f} pairs decided per second of one core"
            )
    if not options.set:
        corpus = corpus_speed()
        rows.append({"set": "throughput corpus", **corpus})
        if not options.json:
            print(
                f"throughput corpus: {corpus['records']:,} records, {corpus['pairs']:,} candidate pairs,"
                f" {corpus['linked']:,} alike; per second of one core {corpus['pairs_per_second']:,.0f} decided,"
                f" {corpus['pairs_per_second_again']:,.0f} again"
            )
    if options.json:
        print(json.dumps(rows, indent=1))
    return 0
