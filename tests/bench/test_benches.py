from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_benches_are_listed_with_what_they_measure() -> None:
    done = bench("--list")
    assert done.returncode == 0, done.stderr
    assert "whole_path" in done.stdout
    assert all(len(line.split()) > 3 for line in done.stdout.splitlines())


def test_an_unknown_bench_is_named() -> None:
    done = bench("nothing")
    assert done.returncode == 2
    assert "whole_path" in done.stderr


@pytest.mark.slow
@pytest.mark.corpus
def test_the_whole_path_is_measured(shared_data: Path, tmp_path: Path) -> None:
    done = bench("whole_path", "--limit", "300", "--json", str(tmp_path / "figures.json"))
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["records"] == 600
    assert figures["documents"] == figures["clusters"] > 300
    assert figures["peak_bytes"] > 10_000_000
    assert "records/s" in done.stdout


@pytest.mark.slow
@pytest.mark.corpus
def test_adding_to_a_small_and_a_large_catalogue_is_measured(shared_data: Path) -> None:
    done = bench("incremental", "--small", "400", "--large", "1500", "--added", "100", "--batches", "2")
    assert done.returncode in (0, 1), done.stderr
    for name in ("large", "small", "related"):
        assert sum(line.startswith(f"{name} ") for line in done.stdout.splitlines()) == 1
    assert "records touched" in done.stdout
    assert "ratio, large to small" in done.stdout
