"""Real clients against our SRU door: yaz-client, zoomsh, sruthi, and what Zotero sends."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
import requests
import sruthi
from lxml import etree

from tests.http_server import serving
from tests.sru_world import isbn, small_world


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    world = small_world(tmp_path_factory.mktemp("peers"))
    with serving(world.app) as address:
        yield address


def _run(command: list[str], script: str) -> str:
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@pytest.mark.peer
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_yaz_client(base: str, version: str, need_program) -> None:  # type: ignore[no-untyped-def]
    program = need_program("yaz-client")
    script = f"open {base}/sru\nsru get {version}\nfind dc.title=sach\nshow 2\nfind dc.title=\nquit\n"
    output = _run([program], script)
    assert "Number of hits: 40" in output
    assert "http://www.loc.gov/MARC21/slim" in output
    assert "uc000000" in output
    assert "Query syntax error" in output or "info:srw/diagnostic/1/10" in output


@pytest.mark.peer
def test_yaz_client_scans(base: str, need_program) -> None:  # type: ignore[no-untyped-def]
    output = _run([need_program("yaz-client")], f"open {base}/sru\nsru get 1.2\nscan year=1970\nquit\n")
    assert "1970" in output
    assert "1971" in output


@pytest.mark.peer
@pytest.mark.parametrize("sru", ["get", "post"])
def test_zoomsh(base: str, sru: str, need_program) -> None:  # type: ignore[no-untyped-def]
    program = need_program("zoomsh")
    host = base.removeprefix("http://")
    script = (
        f"set sru {sru}\nset preferredRecordSyntax xml\nconnect http://{host}/sru\n"
        'search cql:bath.isbn="978-604-000007-1"\nshow 0 1\nsearch cql:author=nguyen\nshow 20 2\nquit\n'
    ).replace("978-604-000007-1", isbn(7))
    output = _run([program], script)
    assert "1 hits" in output
    assert "40 hits" in output
    assert "uc00000007" in output


@pytest.mark.peer
def test_sruthi(base: str) -> None:
    found = sruthi.searchretrieve(f"{base}/sru", "dc.title = sach and year < 1970", maximum_records=4)
    assert found.count == 9
    titles = [record["datafield"] for record in found]
    assert len(titles) == 9
    info = sruthi.explain(f"{base}/sru")
    assert info["server"]["database"] == "sru"
    assert "dc" in info["index"]
    assert info["schema"]["marcxml"]["identifier"] == "info:srw/schema/1/marcxml-v1.1"


@pytest.mark.peer
def test_sruthi_hears_of_errors(base: str) -> None:
    with pytest.raises(sruthi.errors.SruthiError):
        len(sruthi.searchretrieve(f"{base}/sru", "dc.title = ("))


def test_what_zotero_sends(base: str) -> None:
    """No schema, one record, a bare index: its translators look for MARCXML in whatever namespace prefix."""
    url = f"{base}/sru?version=1.1&operation=searchRetrieve&query=isbn={isbn(3)}&maximumRecords=1"
    answer = requests.get(url, timeout=10)
    root = etree.fromstring(answer.content)
    spaces = {"zs": "http://www.loc.gov/zing/srw/", "marc": "http://www.loc.gov/MARC21/slim"}
    titles = root.xpath("//zs:recordData/marc:record/marc:datafield[@tag='245']/marc:subfield[@code='a']/text()",
                        namespaces=spaces)  # fmt: skip
    assert titles == ["Sách thứ ba tập 3 :"]


def test_the_address_with_a_slash_answers_too(base: str) -> None:
    assert requests.get(f"{base}/sru/", timeout=10).status_code == 200
