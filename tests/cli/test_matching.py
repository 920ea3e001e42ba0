"""Rulesets, verdicts and the review queue at the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.union_house import Book
from unioncat.cli import main
from unioncat.matching import RULESET

Run = Callable[..., tuple[int, str, str]]
ONE, SAME = Book("1", "Lục Vân Tiên"), Book("2", "Lục Vân Tiên", publisher="NXB Trẻ")
VAGUE = Book("4", "Lục Vân Tiên", author="", publisher="", pages=0, year=1998)
A, B, D = "VN-BT-file/1", "VN-BT-file/2", "VN-MC-file/4"


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """A catalogue of two records that are one, and a vague one beside them."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(["--home", str(tmp_path / "home"), *map(str, arguments)])
        out, err = capfd.readouterr()
        return code, out, err

    call("init")
    for code, books in (("VN-BT", (ONE, SAME)), ("VN-MC", (VAGUE,))):
        call("member", "add", code, code, "--kind", "public")
        path = tmp_path / f"{code}.jsonl"
        path.write_bytes(b"\n".join(book.marc() for book in books))
        assert call("load", "-m", code, path)[0] == 0
    return call


def test_rulesets_are_put_into_use_and_back(run: Run, tmp_path: Path) -> None:
    (first,) = json.loads(run("match", "rulesets", "--json")[1])
    assert (first["number"], first["in_use"], first["digest"]) == (1, True, RULESET.digest)
    code, _, err = run("match", "rehearse", "--ruleset", "previous")
    assert (code, "no other rules" in err) == (2, True)
    facts = json.loads(RULESET.body)
    facts["name"] = "strict"
    facts["thresholds"].update(merge=0.9999999, review=0.3)
    path = tmp_path / "strict.json"
    path.write_text(json.dumps(facts), encoding="utf-8")
    _, out, _ = run("match", "rehearse", "--ruleset", path, "--json")
    assert json.loads(out)["split"] == 1
    assert len(json.loads(run("match", "rulesets", "--json")[1])) == 1
    code, out, _ = run("match", "rehearse", "--ruleset", path, "--commit", "--who", "lan")
    assert (code, "part 2" in out, "is in use" in out) == (0, True, True)
    rows = json.loads(run("match", "rulesets", "--json")[1])
    assert [(row["ruleset"].split()[0], row["in_use"], row["who"], row["split"]) for row in rows] == [
        ("strict", True, "lan", 1),
        ("default", False, "", None),
    ]
    assert "strict" in run("match", "rulesets")[1]
    assert not json.loads(run("match", "explain", A, B, "--json")[1])["together"]
    for name in ("previous", "1", RULESET.digest):
        assert json.loads(run("match", "rehearse", "--ruleset", name, "--json")[1])["joined"] == 1
    assert run("match", "rehearse", "--ruleset", "previous", "--commit")[0] == 0
    assert json.loads(run("match", "explain", A, B, "--json")[1])["together"]
    assert "in use already" in run("match", "rehearse", "--ruleset", "default", "--commit")[2]
    assert run("verify")[0] == 0


def test_the_queue_is_the_one_of_the_pages(run: Run) -> None:
    (waiting,) = json.loads(run("verdict", "queue", "--json")[1])
    assert D in (waiting["left"], waiting["right"])
    assert waiting["settles"] >= 1
    assert waiting["records"] == 3
    assert json.loads(run("verdict", "queue", "--json", "--library", "VN-MC")[1]) == [waiting]
    assert json.loads(run("verdict", "queue", "--json", "--after", waiting["place"])[1]) == []
    assert run("verdict", "queue", "--library", "VN-XX")[0] == 2
    assert run("verdict", "queue", "--after", "nonsense")[0] == 2
    assert run("verdict", "different", waiting["left"], waiting["right"], "--why", "thiếu chứng cứ")[0] == 0
    assert run("verdict", "queue")[1].strip() == "none"


def test_contradictions_are_told(run: Run) -> None:
    run("verdict", "same", A, D, "--why", "một cuốn")
    code, out, err = run("verdict", "separate", D, "--why", "hai cuốn")
    assert code == 0
    assert "2 verdicts keep" in out
    assert "It replaces verdict 1" in out
    run("verdict", "same", B, D, "--why", "một cuốn")
    code, _, err = run("verdict", "same", A, B, "--why", "một cuốn")
    assert "contradicts verdict" in err
    assert run("verdict", "undo", "4")[0] == 0
    assert run("verdict", "undo", "4")[0] == 2
