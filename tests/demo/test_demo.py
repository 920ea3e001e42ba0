"""The demo is the promise of the README: it must hold from a fresh folder, again over itself, and harm nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unioncat.cli import main
from unioncat.demo.editions import editions
from unioncat.demo.libraries import LIBRARIES, tcvn3_file, workbook


def test_the_demo_checks_itself_and_ends_well(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "demo"
    arguments = ["demo", "--home", str(home), "--http", "127.0.0.1:0", "--z3950", "127.0.0.1:0", "--check", "--json"]
    for _ in range(2):  # the second makes it anew over the first
        code = main(arguments)
        summary = json.loads(capfd.readouterr().out)
        assert code == 0, [each for each in summary["checks"] if not each["ok"]]
        assert summary["ok"]
        assert len(summary["libraries"]) == 5
        assert all(each["read"] > 25 for each in summary["libraries"])
        assert [each["refused"] for each in summary["libraries"]] == [0, 0, 0, 1, 0]
        assert summary["merged_records"] == len(editions())
        assert "different volumes or parts" in summary["why_not_one"]
        assert summary["why_one"].startswith("The two records describe one publication")


def test_the_demo_leaves_a_folder_alone_that_it_did_not_make(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert main(["demo", "--home", str(tmp_path), "--check"]) == 2
    assert "not empty" in capfd.readouterr().err
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_every_library_holds_enough_and_shares_some() -> None:
    held = {
        library.letter: {each.number for each in editions() if library.letter in each.holders} for library in LIBRARIES
    }
    assert all(len(numbers) > 25 for numbers in held.values())
    assert 180 <= sum(map(len, held.values())) <= 260
    assert all(len(numbers & held["P"]) > 5 for numbers in held.values())


def test_the_district_file_is_one_byte_a_letter() -> None:
    data = tcvn3_file()
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    assert data.count(b"\x1d") == sum("D" in each.holders for each in editions())


def test_the_workbook_is_one_that_a_school_would_send() -> None:
    assert workbook().startswith(b"PK")
