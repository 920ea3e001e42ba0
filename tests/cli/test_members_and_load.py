"""The commands that operators type first, run as they run them: output, JSON, exit status, sentences for mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from unioncat.cli import main
from unioncat.demo import libraries

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(["--home", str(tmp_path / "home"), *map(str, arguments)])
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture
def catalogue(run: Run) -> Run:
    run("init")
    run("member", "add", "VN-BTBT", "Thư viện Bảo tàng Bến Tre", "--kind", "specialised")
    return run


@pytest.fixture
def nfd_file(tmp_path: Path) -> Path:
    path = tmp_path / "museum.mrc"
    path.write_bytes(libraries.nfd_file())
    return path


def test_a_missing_store_is_a_sentence(run: Run) -> None:
    code, _, err = run("member", "list")
    assert code == 2
    assert "unioncat init" in err


def test_members_are_listed_for_people_and_scripts(catalogue: Run) -> None:
    assert "Thư viện Bảo tàng Bến Tre" in catalogue("member", "list")[1]
    (row,) = json.loads(catalogue("member", "list", "--json")[1])
    assert (row["code"], row["kind"], row["records"]) == ("VN-BTBT", "specialised", 0)


def test_a_code_is_taken_once(catalogue: Run) -> None:
    code, _, err = catalogue("member", "add", "VN-BTBT", "Another", "--kind", "public")
    assert code == 2
    assert "already" in err


@pytest.mark.parametrize("bad", ["a/b", "", "VN BT", "thư-viện", "x" * 41])
def test_a_code_that_cannot_stand_in_an_address_is_refused(catalogue: Run, bad: str) -> None:
    assert catalogue("member", "add", bad, "Name", "--kind", "public")[0] == 2


def test_members_come_from_a_csv_file_row_by_row(catalogue: Run, tmp_path: Path) -> None:
    table = tmp_path / "members.csv"
    table.write_text(
        "code,name,kind,district\nVN-A,Thư viện A,public,Ba Tri\nVN-BTBT,,,Bến Tre\nVN-B,,school,\n,Không mã,public,\n",
        encoding="utf-8",
    )
    code, out, _ = catalogue("member", "import", table)
    assert code == 1
    assert "added 1, updated 1, refused 2" in out
    rows = {row["code"]: row for row in json.loads(catalogue("member", "list", "--json")[1])}
    assert rows["VN-A"]["district"] == "Ba Tri"
    assert rows["VN-BTBT"]["name"] == "Thư viện Bảo tàng Bến Tre"


def test_a_load_ends_with_its_account_and_a_second_one_changes_nothing(catalogue: Run, nfd_file: Path) -> None:
    count = len(libraries.marc_records("X"))
    code, out, _ = catalogue("load", nfd_file, "--member", "VN-BTBT")
    assert code == 0
    assert out.splitlines()[-1] == f"read {count} = stored {count} + unchanged 0 + deleted 0 + refused 0"
    _, out, _ = catalogue("load", nfd_file, "--member", "VN-BTBT")
    assert out.splitlines()[-1] == f"read {count} = stored 0 + unchanged {count} + deleted 0 + refused 0"


def test_a_broken_record_is_refused_and_named_and_the_rest_is_stored(
    catalogue: Run, nfd_file: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mrc"
    broken.write_bytes(nfd_file.read_bytes() + b"\n00050nam a22000370  4500\x1d")
    code, out, err = catalogue("load", broken, "--member", "VN-BTBT")
    assert code == 1
    assert out.splitlines()[-1].endswith("refused 1")
    assert "refused VN-BTBT-file#" in err


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("missing.mrc", None, "there is no file"),
        ("empty.mrc", b"", "is empty"),
        ("photo.mrc", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "photo.mrc"),
    ],
)
def test_a_file_that_is_none_is_a_sentence(
    catalogue: Run, tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    code, _, err = catalogue("load", path, "--member", "VN-BTBT")
    assert code == 2
    assert sentence in err
    assert "Traceback" not in err


def test_an_unknown_library_is_a_sentence(catalogue: Run, nfd_file: Path) -> None:
    code, _, err = catalogue("load", nfd_file, "--member", "VN-NOBODY")
    assert code == 2
    assert "unioncat member" in err


def test_an_endpoint_that_does_not_answer_is_a_sentence(catalogue: Run) -> None:
    catalogue("source", "add", "VN-BTBT", "http://127.0.0.1:9/oai", "--code", "dead", "--quirk", "retries=0")
    code, _, err = catalogue("harvest", "dead")
    assert code == 1
    assert "127.0.0.1:9" in err
    assert "Traceback" not in err


def test_wrong_use_of_source_add_is_said(catalogue: Run) -> None:
    for extra in (["--harvester", "carrier-pigeon"], ["--schedule", "sometimes"], ["--quirk", "no-equals"]):
        code, _, err = catalogue("source", "add", "VN-BTBT", "http://127.0.0.1:9/oai", *extra)
        assert code == 2, extra
        assert err.startswith("unioncat: ")
