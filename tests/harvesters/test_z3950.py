from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from z_faulty_target import FaultyTarget, marc, running

from harvesters.base import HarvesterContext
from harvesters.z3950 import Z3950Harvester, Z3950Searcher
from harvesters.z3950_client import Diagnosed, Z3950Client, parse_address
from harvesters.z3950_windows import WindowPlan, split_window
from protocols.z3950.apdu import encode_pdu
from protocols.z3950.pqf import parse_pqf
from unioncat.marc.iso2709 import Iso2709
from unioncat.model import (
    BadQuery,
    ConfigError,
    HarvestedRecord,
    MemberCode,
    RawRecord,
    Source,
    SourceId,
    SourceUnavailable,
)
from unioncat.model.harvest import Harvester, Page
from unioncat.model.target import Target, TargetQuery


def source(endpoint: str, **quirks: str) -> Source:
    quirks.setdefault("query", "@attr 1=4 x")
    return Source(SourceId(1), "z", MemberCode("VN-BT"), "z3950", endpoint, quirks={"pause": "0", **quirks})


def harvested(feed: Source, since: datetime | None = None, resume: str = "") -> list[HarvestedRecord]:
    pages = Z3950Harvester(HarvesterContext()).harvest(feed, since, resume)
    return [record for page in pages for record in page.records]


def numbers(records: list[HarvestedRecord]) -> list[int]:
    return [
        int(record.raw.data.split(b"Title ")[1].split(b"\x1e")[0])
        for record in records
        if record.raw and not record.refused
    ]


def test_the_fake_target_sends_real_records() -> None:
    assert Iso2709().parse(RawRecord("iso2709", marc(7), 1)).record["245"]["a"] == "Title 7"
    assert isinstance(Z3950Harvester(HarvesterContext()), Harvester)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("z.example", ("z.example", 210, ("Default",))),
        ("z.example:2100", ("z.example", 2100, ("Default",))),
        ("tcp:z.example:2100/VOYAGER", ("z.example", 2100, ("VOYAGER",))),
        ("z3950://z.example/a+b", ("z.example", 210, ("a", "b"))),
        ("[::1]:99/x", ("::1", 99, ("x",))),
    ],
)
def test_addresses(text: str, expected: tuple[str, int, tuple[str, ...]]) -> None:
    address = parse_address(text)
    assert (address.host, address.port, address.databases) == expected


@pytest.mark.parametrize("text", ["", ":210", "host:notaport", "host:0", "host:99999/x", "/x"])
def test_no_addresses(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_address(text)


def test_all_records_in_batches() -> None:
    target = FaultyTarget(hits=123)
    with running(target) as endpoint:
        records = harvested(source(endpoint, batch="50"))
    assert numbers(records) == list(range(1, 124))
    assert [record.raw.position for record in records if record.raw] == list(range(1, 124))
    presents = [value["numberOfRecordsRequested"] for name, value in target.asked if name == "presentRequest"]
    assert presents == [50, 50, 23]


def test_smaller_presents_where_large_ones_fail() -> None:
    target = FaultyTarget(hits=40, cap=7)
    with running(target) as endpoint:
        assert numbers(harvested(source(endpoint, batch="50"))) == list(range(1, 41))


def test_another_syntax_where_one_fails_and_a_refusal_where_all_do() -> None:
    target = FaultyTarget(hits=6, only_xml=frozenset({2}), broken=frozenset({4}))
    with running(target) as endpoint:
        records = harvested(source(endpoint))
    assert [record.raw.format for record in records if record.raw] == ["iso2709", "marcxml", *["iso2709"] * 4]
    assert [bool(record.refused) for record in records] == [False, False, False, True, False, False]
    assert "238" in (records[3].refused or "")


def test_a_target_that_finds_records_and_sends_none_is_reported() -> None:
    with running(FaultyTarget(hits=40, cap=0)) as endpoint, pytest.raises(SourceUnavailable, match="sends none"):
        harvested(source(endpoint, retries="0"))


def test_a_broken_association_is_taken_up_again_where_it_was() -> None:
    target = FaultyTarget(hits=60, hang_up_after=4)
    with running(target) as endpoint:
        assert numbers(harvested(source(endpoint, batch="10", retries="9"))) == list(range(1, 61))
    with running(FaultyTarget(hits=60, hang_up_after=2)) as endpoint, pytest.raises(SourceUnavailable):
        harvested(source(endpoint, batch="10", retries="2"))


def test_a_run_resumes_behind_any_page() -> None:
    with running(FaultyTarget(hits=25)) as endpoint:
        feed = source(endpoint, batch="10", query="", windows="1990-1992")
        harvester = Z3950Harvester(HarvesterContext())
        pages: list[Page] = list(harvester.harvest(feed, None))
        assert pages[-1].resume == ""
        assert all(page.resume for page in pages[:-1])
        for place, page in enumerate(pages[:-1]):
            rest = list(harvester.harvest(feed, None, page.resume))
            # without the memory of what came before, duplicates come again; nothing is missing
            expected = {number for later in pages[place + 1 :] for number in numbers(list(later.records))}
            assert expected <= {number for later in rest for number in numbers(list(later.records))}
    with pytest.raises(ConfigError, match="resume"):
        list(harvester.harvest(feed, None, "nonsense"))


def test_windows_overlap_and_duplicates_are_dropped() -> None:
    target = FaultyTarget(by_term={"1990": 5, "1991": 8, "1992": 0})
    with running(target) as endpoint:
        records = harvested(source(endpoint, query="", windows="1990-1992"))
    assert numbers(records) == list(range(1, 9))
    searches = [value for name, value in target.asked if name == "searchRequest"]
    assert len(searches) == 3


def test_a_window_that_finds_too_much_is_split() -> None:
    target = FaultyTarget(hits=30)
    with running(target) as endpoint:
        records = harvested(source(endpoint, query="", windows="1990-1990", max_hits="20"))
    assert numbers(records) == list(range(1, 31))
    searches = [value for name, value in target.asked if name == "searchRequest"]
    assert len(searches) == 1 + 37
    parts = split_window("@attr 1=31 1990")
    assert len(parts) == 37
    for part in parts:
        parse_pqf(part)


def test_windows_as_settings_have_them() -> None:
    today = datetime(2026, 5, 22, tzinfo=UTC)
    plan = WindowPlan.of({"windows": "2024-now", "rest_query": "@attr 1=4 x"}, None, today)
    assert plan.queries == ('@attr 1=31 "2024"', '@attr 1=31 "2025"', '@attr 1=31 "2026"', "@attr 1=4 x")
    plan = WindowPlan.of({"windows": "a b", "window_use": "4", "query": "@attr 1=54 vie"}, None, today)
    assert plan.queries == ('@and @attr 1=4 "a" @attr 1=54 vie', '@and @attr 1=4 "b" @attr 1=54 vie')
    since = datetime(2026, 5, 20, 23, 30, tzinfo=UTC)
    plan = WindowPlan.of({"windows": "2024-now", "changed_use": "1012"}, since, today)
    assert plan.queries == ("@attr 1=1012 20260520", "@attr 1=1012 20260521", "@attr 1=1012 20260522")
    for wrong in ({}, {"windows": "1000-9999"}, {"windows": "1999-1998"}):
        with pytest.raises(ConfigError):
            WindowPlan.of(wrong, None, today)


@pytest.mark.parametrize(
    ("quirks", "error"),
    [
        ({"query": "@attr x"}, ConfigError),
        ({"syntax": "nonsense"}, ConfigError),
        ({"batch": "many"}, ConfigError),
    ],
)
def test_settings_that_make_no_sense(quirks: dict[str, str], error: type[Exception]) -> None:
    with running(FaultyTarget()) as endpoint, pytest.raises(error):
        harvested(source(endpoint, **quirks))


def test_a_query_that_the_target_does_not_take() -> None:
    with running(FaultyTarget(refuse_query=114)) as endpoint:
        with pytest.raises(ConfigError, match="114"):
            harvested(source(endpoint))
        with Z3950Client(parse_address(endpoint)) as client, pytest.raises(BadQuery):
            client.search(("type-1", parse_pqf("x")))
    with running(FaultyTarget(refuse_query=2)) as endpoint, pytest.raises(Diagnosed, match="2"):
        harvested(source(endpoint))


BROKEN_ANSWERS = (
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\xb5\x03\x80\x05a",
    b"\xb5\x84\x7f\xff\xff\xff",
    encode_pdu("close", {"closeReason": 4}),
)


@pytest.mark.parametrize("octets", BROKEN_ANSWERS)
def test_what_is_no_answer(octets: bytes) -> None:
    target = FaultyTarget(before_answer=lambda name, value: octets)
    with running(target) as endpoint, pytest.raises(SourceUnavailable, match=re.escape(endpoint)):
        Z3950Client(parse_address(endpoint), seconds=5)


def test_no_answer_in_time() -> None:
    with running(FaultyTarget(silent=True)) as endpoint:
        began = time.monotonic()
        with pytest.raises(SourceUnavailable, match="no answer"):
            Z3950Client(parse_address(endpoint), seconds=0.3)
        assert time.monotonic() - began < 3
    with pytest.raises(SourceUnavailable):
        Z3950Client(parse_address("127.0.0.1:1/x"), seconds=1)


def test_names_of_strangers_are_made_harmless() -> None:
    with running(FaultyTarget()) as endpoint, Z3950Client(parse_address(endpoint)) as client:
        assert client.name == "faulty\\x0a\\x1b[31m"


def test_credentials_by_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    target = FaultyTarget(hits=1)
    monkeypatch.setenv("Z_SECRET", "group/user/pass/word")
    with running(target) as endpoint:
        searcher = Z3950Searcher()
        searcher.search(Target("t", "t", "z3950", endpoint, credentials="env:Z_SECRET"), TargetQuery("x"))
    assert target.asked[0][1]["idAuthentication"] == (
        "idPass",
        {"groupId": "group", "userId": "user", "password": "pass/word"},
    )


def test_searching_one_target() -> None:
    with running(FaultyTarget(hits=30, broken=frozenset({12}))) as endpoint:
        found = Z3950Searcher().search(
            Target("t", "t", "z3950", endpoint, charset="marc8"), TargetQuery("x"), start=11, count=5
        )
    assert found.total == 30
    assert [record.position for record in found.records] == [11, 13, 14, 15]
    assert found.records[0].hints == {"encoding": "marc8"}
    assert found.warnings[0].startswith("12: ")


def test_probe() -> None:
    with running(FaultyTarget(hits=3)) as endpoint:
        probe = Z3950Harvester(HarvesterContext()).probe(endpoint)
    assert [(each.prefix, each.reads_as) for each in probe.formats] == [("usmarc", "iso2709"), ("xml", "marcxml")]
    assert probe.suggested["harvester"] == "z3950"
    with running(FaultyTarget(hits=0)) as endpoint:
        probe = Z3950Harvester(HarvesterContext()).probe(endpoint)
    assert probe.formats == []
    assert "SRU" in probe.remarks[-1][1]


# ---------------------------------------------------------------- real targets


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(command: list[str], port: int, folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            Z3950Client(parse_address(f"127.0.0.1:{port}/Default"), seconds=2).close()
        except SourceUnavailable:
            time.sleep(0.1)
        else:
            return process
    process.kill()
    raise AssertionError("the target does not start")


@pytest.fixture(scope="module")
def ztest(need_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    command = [need_program("yaz-ztest"), "-v", "none", f"tcp:127.0.0.1:{port}"]
    process = started(command, port, tmp_path_factory.mktemp("ztest"))
    yield f"127.0.0.1:{port}/Default"
    process.terminate()
    process.wait(10)


@pytest.mark.peer
def test_against_yaz_ztest(ztest: str) -> None:
    """Its database Default has 24 records in MARC-8 and pretends to find any number of them."""
    with Z3950Client(parse_address(ztest)) as client:
        assert "GFS" in client.name or "YAZ" in client.name or client.name
        hits = client.search(("type-1", parse_pqf("@attr 1=4 computer")))
        assert hits.total > 0
        records = client.present(1, min(hits.total, 5))
        parsed = [Iso2709().parse(RawRecord("iso2709", record.data, 1)).record for record in records]
        assert all(record["245"]["a"] for record in parsed)
        with pytest.raises(Diagnosed, match="13"):
            client.present(hits.total + 1, 1)
        client.say_goodbye()
    records_ = harvested(source(ztest, query="@attr 1=4 computer", batch="7"))
    assert 0 < len(records_) <= hits.total  # it sends the same few records over and over
    assert all(record.refused is None for record in records_)


@pytest.fixture(scope="module")
def zebra(need_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("zebra")
    indexer, server = need_program("zebraidx"), need_program("zebrasrv")
    modules = next(Path("/usr/lib").glob("*/idzebra-2.0/modules"))
    for name in ("register", "lock", "tmp", "marc"):
        (folder / name).mkdir()
    (folder / "marc" / "all.mrc").write_bytes(b"".join(marc(number) for number in range(1, 31)))
    (folder / "zebra.cfg").write_text(
        f"profilePath: {folder}:/usr/share/idzebra-2.0/tab\nmodulePath: {modules}\nregister: {folder}/register:1G\n"
        f"lockDir: {folder}/lock\nkeyTmpDir: {folder}/tmp\nattset: bib1.att\nrecordType: grs.marcxml.marc21\n"
        "database: Default\nstoreData: 1\nstoreKeys: 1\n"
    )
    for command in (["init"], ["update", "marc"], ["commit"]):
        subprocess.run([indexer, "-c", "zebra.cfg", *command], cwd=folder, check=True, capture_output=True)
    port = free_port()
    process = started([server, "-v", "none", "-c", "zebra.cfg", f"tcp:127.0.0.1:{port}"], port, folder)
    yield f"127.0.0.1:{port}/Default"
    process.terminate()
    process.wait(10)


@pytest.mark.peer
def test_against_zebra(zebra: str) -> None:
    records = harvested(source(zebra, query="@attr 1=4 title", batch="7"))
    assert sorted(numbers(records)) == list(range(1, 31))
    found = Z3950Searcher().search(
        Target("z", "z", "z3950", zebra, syntax="xml"), TargetQuery("@attr 1=4 title"), count=3
    )
    assert found.total == 30
    assert [record.format for record in found.records] == ["marcxml"] * 3
    with pytest.raises(BadQuery, match="114"):
        Z3950Searcher().search(Target("z", "z", "z3950", zebra), TargetQuery("@attr 1=9999 x"))
    probe: Any = Z3950Harvester(HarvesterContext()).probe(zebra)
    assert probe.suggested["endpoint"] == zebra
