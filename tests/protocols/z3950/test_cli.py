"""`unioncat z3950` against our own server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))
from z_catalogue import make_parts, served

from unioncat.cli import cli


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(make_parts(tmp_path_factory.mktemp("index"))) as (host, port):
        yield f"{host}:{port}/Default"


def run(home: Path, *arguments: str) -> str:
    done = CliRunner().invoke(cli, ["--home", str(home), "z3950", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_search(target: str, tmp_path: Path) -> None:
    assert "2 records" in run(tmp_path, "search", target, "@attr 1=4 kiều", "--pqf")
    shown = run(tmp_path, "search", target, "title=kiều", "--cql", "--count", "1", "--start", "2")
    assert "[2]" in shown
    assert "[1]" not in shown
    assert "=245  10$aTruyện Kiều" in run(tmp_path, "search", target, "9786049123450", "--isbn")
    assert '<subfield code="a">Nguyễn Du' in run(
        tmp_path, "search", target, "nguyễn du", "--author", "--format", "marcxml"
    )
    assert "1 record in" in run(tmp_path, "search", target, "dừa lư", "--syntax", "xml")
    found = json.loads(run(tmp_path, "search", target, "kiều", "--title", "--json"))
    assert found["total"] == 2
    assert [record["position"] for record in found["records"]] == [1, 2]


def test_targets(tmp_path: Path) -> None:
    assert "loc" in run(tmp_path, "targets")
    assert {"nlv", "loc"} <= {row["code"] for row in json.loads(run(tmp_path, "targets", "--json"))}
