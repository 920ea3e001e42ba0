"""Clustering and judging record files without a catalogue."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.union_house import Book, formats
from unioncat.matching import RULESET
from unioncat.model import UnreadableInput
from unioncat.services.evaluate import evaluate_files, evaluate_views, read_clusters, read_pairs
from unioncat.services.match_files import cluster_files, write_clusters

BOOKS = [
    Book("a1", "Lục Vân Tiên", pages=215),
    Book("a2", "Lục Vân Tiên /", author="Nguyễn Đình Chiểu", pages=215, publisher="NXB Trẻ"),
    Book("a3", "Ngư tiều y thuật vấn đáp", pages=300),
    Book("a4", "Dương Từ Hà Mậu", pages=300),
]


def write(path: Path, *, wrapped: bool = False, books: list[Book] = BOOKS) -> Path:
    lines = []
    for book in books:
        facts: dict[str, Any] = json.loads(book.marc())
        lines.append(json.dumps({"id": "w" + book.number, "source": "x", "marc": facts} if wrapped else facts))
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def test_the_table_names_every_record_once(tmp_path: Path) -> None:
    found = cluster_files([write(tmp_path / "r.jsonl.gz")], RULESET, formats())
    stream = io.StringIO()
    assert write_clusters(found, stream) == 4
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert {row["record_id"]: row["cluster_id"] for row in rows} == {"a1": "a1", "a2": "a1", "a3": "a3", "a4": "a4"}


def test_json_lines_may_wrap_their_records(tmp_path: Path) -> None:
    found = cluster_files([write(tmp_path / "r.jsonl", wrapped=True)], RULESET, formats())
    assert dict(found.rows()) == {"wa1": "wa1", "wa2": "wa1", "wa3": "wa3", "wa4": "wa4"}


def test_the_order_of_files_and_records_changes_nothing(tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", books=BOOKS[:2])
    two = write(tmp_path / "two.jsonl", books=BOOKS[2:])
    back = write(tmp_path / "back.jsonl", books=BOOKS[::-1])
    expected = sorted(cluster_files([one, two], RULESET, formats()).rows())
    assert sorted(cluster_files([two, one], RULESET, formats()).rows()) == expected
    assert sorted(cluster_files([back], RULESET, formats()).rows()) == expected


def test_a_repeated_record_id_loses_no_record(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", books=[BOOKS[0], Book("a1", "Sách khác hẳn", year=2010), BOOKS[0]])
    found = cluster_files([path], RULESET, formats())
    assert [name for name, _ in found.rows()] == ["a1"] * 3
    assert sorted(map(len, found.clusters)) == [1, 2]


def test_bad_records_are_listed_with_their_reason(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(BOOKS[0].marc() + b'\n{"leader": "x"}\n' + BOOKS[2].marc() + b"\n")
    found = cluster_files([path], RULESET, formats())
    assert len(found.views) == 2
    assert [(one.file, one.position) for one in found.refused] == [("r.jsonl", 2)]
    assert found.refused[0].reason


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "nothing.bin"
    path.write_bytes(b"\x00\x01\x02")
    with pytest.raises(UnreadableInput):
        cluster_files([path], RULESET, formats())


def test_evaluation_counts_and_gives_reasons(tmp_path: Path) -> None:
    records = write(tmp_path / "r.jsonl")
    gold = tmp_path / "gold.csv"
    gold.write_text("id,cluster\na1,x\na2,x\na3,y\na4,y\n", encoding="utf-8")
    found = evaluate_files(records, gold, RULESET, formats())
    assert (found.pairs.true, found.pairs.false, found.pairs.missed) == (1, 0, 1)
    assert found.missed == {"floor title": 1}
    assert found.worst[0].cluster == "y"
    assert "pairwise" in str(found)
    assert found.as_json()["pairwise"]["recall"] == 0.5
    out = tmp_path / "out.csv"
    out.write_text("id1,id2,label\na4,a3,?\na1,a2,1\n", encoding="utf-8")
    assert read_pairs(out) == {("a3", "a4")}
    assert evaluate_files(records, gold, RULESET, formats(), leave_out=out).pairs.recall == 1.0


def test_a_clustering_made_elsewhere_can_be_judged(tmp_path: Path) -> None:
    records = write(tmp_path / "r.jsonl")
    gold, ours = tmp_path / "gold.csv", tmp_path / "ours.csv"
    gold.write_text("id,cluster\na1,x\na2,x\na3,y\na4,z\n", encoding="utf-8")
    ours.write_text("record_id,cluster_id\na1,1\na2,1\na3,1\na4,2\n", encoding="utf-8")
    found = evaluate_files(records, gold, RULESET, formats(), ours=ours)
    assert (found.pairs.true, found.pairs.false) == (1, 2)
    assert found.false == {"joined through others": 2}
    assert found.largest == 3


def test_a_table_without_columns_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("", encoding="utf-8")
    for read in (read_clusters, read_pairs):
        with pytest.raises(UnreadableInput):
            read(empty)


def test_records_that_nobody_labelled_are_counted_and_ignored(tmp_path: Path) -> None:
    found = cluster_files([write(tmp_path / "r.jsonl")], RULESET, formats())
    judged = evaluate_views(found, {"a1": "x", "a3": "y"}, set(), RULESET)
    assert (judged.unknown, judged.pairs.true, judged.pairs.false) == (2, 0, 0)


@pytest.mark.corpus
@pytest.mark.slow
def test_copies_of_one_library_gather(shared_data: Path) -> None:
    """One record per title and shelving location: 10,000 of them, with running numbers for ISBNs."""
    path = shared_data / "records" / "vn_hcmut" / "book3part0final.mrc.gz"
    found = cluster_files([path], RULESET, formats())
    assert len(found.views) == 10_000
    assert 5_000 < len(found.clusters) < 7_500
    assert max(map(len, found.clusters)) < 40
    assert not any(view.isbns for view in found.views.values() if len(view.isbns) > 5)
