"""Every command of docs/matching.md says what the page says: ``--update-golden`` writes the page anew."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from unioncat.cli import main

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDE = ROOT / "docs" / "matching.md"
RECORDS = ROOT / "tests" / "golden" / "matching" / "guide"
_BLOCK = re.compile(r"```console\n\$ unioncat (?P<command>[^\n]+)\n(?P<output>.*?)```", re.DOTALL)
_TIME = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d")
_HEAD = re.compile(r"\s*\|\s*head -(\d+)$")


@pytest.fixture
def guided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> str:
    """The page, with what its commands print now, over the catalogue of two libraries."""
    monkeypatch.chdir(RECORDS)
    home = str(tmp_path / "home")

    def run(*arguments: str) -> str:
        code = main(["--home", home, *arguments])
        out, err = capfd.readouterr()
        assert code == 0, err
        return _TIME.sub("2026-03-01 09:00", out.replace(str(tmp_path) + "/", ""))

    run("init")
    for member, file in (("VN-BT", "ben-tre.mrk"), ("VN-CT", "chau-thanh.mrk")):
        run("member", "add", member, member, "--kind", "public")
        run("load", "-m", member, file)

    def block(found: re.Match[str]) -> str:
        command = found["command"]
        head = _HEAD.search(command)
        words = shlex.split(command[: head.start()] if head else command)
        if "-o" in words:
            place = words.index("-o") + 1
            words[place] = str(tmp_path / words[place])
        lines = [line.rstrip() for line in run(*words).splitlines()]
        shown = "\n".join(lines[: int(head[1])] if head else lines)
        return f"```console\n$ unioncat {command}\n{shown}\n```"

    return _BLOCK.sub(block, GUIDE.read_text(encoding="utf-8"))


def test_the_page_shows_what_the_commands_say(guided: str, update_golden: bool) -> None:
    if update_golden:
        GUIDE.write_text(guided, encoding="utf-8")
    assert guided == GUIDE.read_text(encoding="utf-8")


def test_three_merges_and_three_refusals_stand_on_the_page_in_both_languages() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert text.count("\nHai biểu ghi là một tài liệu: ") == 3
    assert text.count("\nThe two records describe one publication: ") == 3
    refused = text.count("\nHai biểu ghi là hai tài liệu khác nhau: ") + text.count("\nCần người xem xét: ")
    assert refused >= 3
    assert refused == text.count("\nThe two records describe different publications: ") + text.count(
        "\nA person should look at this pair: "
    )
