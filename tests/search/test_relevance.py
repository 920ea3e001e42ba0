"""Ranking against judged answers: mean reciprocal rank over queries as people type them."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sru_world import marc
from unioncat.marc import from_json
from unioncat.model import ClusterId, Holding, MemberCode, RecordKey
from unioncat.search import SearchEngine, document, open_engine, open_writer
from unioncat.services.find import parse_box

FOLDER = Path(__file__).parent / "relevance"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


RECORDS = rows("records.tsv")
QUERIES = rows("queries.tsv")


@pytest.fixture(scope="module", params=["tantivy", "whoosh"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    url = f"{request.param}://{tmp_path_factory.mktemp('relevance')}"
    writer = open_writer(url)
    documents = []
    for number, row in enumerate(RECORDS, 1):
        parts = row["title"].split(" : ")
        title = f"10$a{parts[0]}" + (f" :$b{parts[1]}" if len(parts) > 1 else "")
        fields = [
            ("008", f"000101s{row['year']}    vm            000 0 vie d"),
            ("100", f"1_$a{row['author']}"),
            ("245", title),
            ("260", f"__$b{row['publisher']},$c{row['year']}"),
            ("650", "_4$a" + "$x".join(row["subject"].split("--"))),
        ]
        if row["isbn"]:
            fields.insert(1, ("020", f"__$a{row['isbn']}"))
        holdings = [
            Holding(MemberCode(f"L{each}"), RecordKey(f"l{each}/{number}")) for each in range(int(row["libraries"]))
        ]
        documents.append(
            document(from_json(marc(*fields)), holdings, {}, NOW, cluster=ClusterId(number), sets=("type:book",))
        )
    writer.put(documents)
    writer.commit(1)
    writer.close()
    return open_engine(url)


def reciprocal_rank(engine: SearchEngine, query: str, best: str) -> float:
    wanted = set(best.split(","))
    for place, number in enumerate(engine.search(parse_box(query), count=20).ids, 1):
        if RECORDS[number - 1]["key"] in wanted:
            return 1 / place
    return 0.0


def test_the_set_is_large_enough_and_names_its_records() -> None:
    keys = {row["key"] for row in RECORDS}
    assert len(QUERIES) >= 60
    assert len(keys) == len(RECORDS)
    for row in QUERIES:
        assert set(row["best"].split(",")) <= keys
        assert row["why"]


def test_mean_reciprocal_rank(engine: SearchEngine) -> None:
    ranks = {row["query"]: reciprocal_rank(engine, row["query"], row["best"]) for row in QUERIES}
    mean = sum(ranks.values()) / len(ranks)
    missed = {query: rank for query, rank in ranks.items() if rank < 1}
    print(f"\nmean reciprocal rank {mean:.3f} over {len(ranks)} queries; not first: {missed}")
    assert mean >= 0.9, missed
    assert min(ranks.values()) > 0, missed
