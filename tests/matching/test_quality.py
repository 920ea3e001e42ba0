"""Matching quality on the labelled sets: the committed weights must not fall below this baseline.

These are figures of the model on the sets it was trained on, a guard against accidents; the estimates of what it
does elsewhere are the cross-validated ones in docs/decisions/0020-boosted-trees.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import pytest

from unioncat.marc import Record, Subfield, from_json, to_json
from unioncat.matching import RULESET, MatchView, cluster_views, match_view
from unioncat.matching.measures import b_cubed, interval, pairwise
from unioncat.model import RecordKey
from unioncat.services.evaluate import read_clusters, read_pairs
from unioncat.services.formats import Formats
from unioncat.services.match_files import read_records

BASELINE = {
    # set: file, pairs to leave out, precision, recall, B-cubed F
    "swissbib-gold": ("records_marc.jsonl.gz", "disputed_pairs.csv", 0.88, 0.64, 0.89),
    "austen-editions": ("records.jsonl.gz", "reviewed_pairs.csv", 0.95, 0.85, 0.985),
    "vn-editions": ("records.jsonl.gz", "reviewed_pairs.csv", 0.965, 0.93, 0.97),
}


@lru_cache(maxsize=4)
def records_of(path: Path) -> dict[str, Record]:
    return dict(read_records(path, Formats.load(), []))


def clustered(records: dict[str, Record], change: Callable[[str], str] | None = None) -> dict[str, str]:
    views: dict[RecordKey, MatchView] = {}
    for name, record in records.items():
        views[RecordKey(name)] = match_view(changed(record, change) if change else record, RULESET)
    return {key: min(group) for group in cluster_views(views, RULESET).partition.clusters for key in group}


def changed(record: Record, change: Callable[[str], str]) -> Record:
    copy = from_json(to_json(record))
    for field in copy.fields:
        if field.tag >= "010":
            field.subfields = [Subfield(code, change(value)) for code, value in field.subfields]
    return copy


@pytest.mark.corpus
@pytest.mark.parametrize("name", sorted(BASELINE))
def test_no_worse_than_the_baseline(shared_data: Path, name: str) -> None:
    file, left_out, precision, recall, cubed = BASELINE[name]
    folder = shared_data / "matching" / name
    ours = clustered(records_of(folder / file))
    gold, out = read_clusters(folder / "clusters.csv"), read_pairs(folder / left_out)
    found = pairwise(ours, gold, out)
    assert found.precision >= precision
    assert found.recall >= recall
    assert b_cubed(ours, gold).f1 >= cubed
    spans = interval(ours, gold, out, samples=50)
    assert spans["precision"][0] <= found.precision <= spans["precision"][1] + 1e-9


def pairs(assignment: dict[str, str]) -> set[tuple[str, str]]:
    together: dict[str, list[str]] = {}
    for name, cluster in assignment.items():
        together.setdefault(cluster, []).append(name)
    return {pair for names in together.values() for pair in combinations(sorted(names), 2)}


def unmarked(text: str) -> str:
    bare = "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))
    return bare.replace("đ", "d").replace("Đ", "D")


SAME_PARTITION: dict[str, Callable[[str], str]] = {
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "NFC": lambda text: unicodedata.normalize("NFC", text),
    "capitals": str.upper,
    "small letters": str.lower,
    "closing full stop": lambda text: text if text[-1:] in ".,/:;)" else text + ".",
    "no closing punctuation": lambda text: text.rstrip(" .,/:;"),
    "typographic quotes and dashes": lambda text: text.replace('"', "“").replace("'", "’").replace(" - ", " – "),
    "wide spaces": lambda text: text.replace(" ", "  ") + " ",
}


@pytest.mark.corpus
@pytest.mark.parametrize("name", SAME_PARTITION)
def test_another_dress_gives_the_same_partition(shared_data: Path, name: str) -> None:
    records = records_of(shared_data / "matching" / "vn-editions" / "records.jsonl.gz")
    assert clustered(records, SAME_PARTITION[name]) == clustered(records)


@pytest.mark.corpus
def test_stripping_all_marks_changes_hardly_a_pair(shared_data: Path) -> None:
    records = records_of(shared_data / "matching" / "vn-editions" / "records.jsonl.gz")
    before, after = pairs(clustered(records)), pairs(clustered(records, unmarked))
    assert len(before ^ after) <= 0.006 * len(before)


@pytest.mark.corpus
def test_variants_join_the_records_that_they_were_made_of(shared_data: Path) -> None:
    """Marks stripped, other normal form, other tone placement, other name order, other ISBN form."""
    folder = shared_data / "matching" / "vn-editions"
    records = {**records_of(folder / "records.jsonl.gz"), **records_of(folder / "variants.jsonl.gz")}
    gold = {**read_clusters(folder / "clusters.csv"), **read_clusters(folder / "variant_clusters.csv")}
    ours = clustered(records)
    apart = [name for name in gold if "~" in name and ours[name] != ours[name.partition("~")[0]]]
    assert len(apart) <= 0.06 * sum("~" in name for name in gold)
    assert pairwise(ours, gold).precision >= 0.93  # doubtful pairs are not left out here
