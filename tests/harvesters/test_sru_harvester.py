"""The SRU harvester against our own server, and against servers with other manners."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from flask import Flask, Response, request

from harvesters.base import HarvesterContext
from harvesters.sru import SruHarvester
from tests.http_server import serving
from tests.sru_world import World, small_world
from unioncat.model import ConfigError, MemberCode, Source, SourceId, SourceUnavailable
from unioncat.services.formats import Formats

QUICK = {"delay": "0", "retries": "0", "backoff": "0.01"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return small_world(tmp_path_factory.mktemp("harvest"))


def source(endpoint: str, format: str = "", **quirks: str) -> Source:
    return Source(SourceId(1), "there", MemberCode("X"), "sru", endpoint, format, quirks={**QUICK, **quirks})


def harvester() -> SruHarvester:
    return SruHarvester(HarvesterContext(contact="a@example.org"))


@pytest.mark.parametrize("version", ["1.1", "1.2", "2.0"])
def test_harvests_our_own_server_whole(world: World, version: str) -> None:
    with serving(world.app) as base:
        pages = list(harvester().harvest(source(f"{base}/sru", "marcxml", page="7", version=version), None))
    records = [record for page in pages for record in page.records]
    assert len(pages) == 6
    assert {page.complete_size for page in pages} == {40}
    assert pages[-1].resume == ""
    formats = Formats.load()
    parsed = [formats.parse(record.raw).record for record in records if record.raw is not None]
    assert sorted(str(each["001"].data) for each in parsed) == [f"uc{number:08d}" for number in range(1, 41)]
    if version != "1.1":
        assert records[0].identifier is not None


def test_goes_on_where_it_broke_off(world: World) -> None:
    with serving(world.app) as base:
        where = source(f"{base}/sru", "marcxml", page="15", sort="rec.lastModificationDate")
        first = next(harvester().harvest(where, None))
        rest = list(harvester().harvest(where, None, first.resume))
        whole = list(harvester().harvest(where, None))
    seen = [record.raw.data for page in (first, *rest) for record in page.records if record.raw]
    assert len(seen) == len(set(seen)) == 40
    assert seen == [record.raw.data for page in whole for record in page.records if record.raw]


def test_later_runs_ask_for_changes_only(world: World) -> None:
    with serving(world.app) as base:
        where = source(f"{base}/sru", changed_index="rec.lastModificationDate")
        later = list(harvester().harvest(where, datetime(2026, 12, 1, tzinfo=UTC)))
        same = list(harvester().harvest(where, datetime(2026, 11, 22, 23, tzinfo=UTC)))
    assert [len(page.records) for page in later] == [0]
    assert sum(len(page.records) for page in same) == 40


def test_probe_suggests_a_source(world: World) -> None:
    with serving(world.app) as base:
        probe = harvester().probe(f"{base}/sru")
    assert probe.name == "Mục lục liên hợp Bến Tre"
    assert probe.count == 40
    assert probe.suggested["format"] == "marcxml"
    assert dict(probe.suggested["quirks"])["changed_index"] == "rec.lastModificationDate"  # type: ignore[call-overload]
    assert ("marcxml", "marcxml") in [(each.prefix, each.reads_as) for each in probe.formats]


RECORD = (
    '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>'
    '<controlfield tag="001">{number}</controlfield></record>'
)


def odd_server(answer: Callable[[int, int], str]) -> Flask:
    """A server that answers searches with what `answer` makes of (startRecord, maximumRecords)."""
    app = Flask("odd")

    @app.get("/")
    def sru() -> Response:
        start, count = int(request.args.get("startRecord", 1)), int(request.args.get("maximumRecords", 10))
        body = answer(start, count)
        return Response(
            f'<searchRetrieveResponse xmlns="http://www.loc.gov/zing/srw/">{body}</searchRetrieveResponse>',
            content_type="text/xml",
        )

    return app


def listed(numbers: range, total: int, following: str = "", packing: str = "xml") -> str:
    records = "".join(
        "<record><recordData>"
        f"{RECORD.format(number=number) if packing == 'xml' else escape(RECORD.format(number=number))}"
        "</recordData></record>"
        for number in numbers
    )
    return f"<version>1.2</version><numberOfRecords>{total}</numberOfRecords><records>{records}</records>{following}"


def numbers_of(app: Flask, **quirks: str) -> list[str]:
    with serving(app) as base:
        pages = list(harvester().harvest(source(base + "/", **quirks), None))
    formats = Formats.load()
    return [
        str(formats.parse(record.raw).record["001"].data) for page in pages for record in page.records if record.raw
    ]


WHOLE = [str(number) for number in range(1, 26)]


def test_counts_where_there_is_no_next_position() -> None:
    app = odd_server(lambda start, count: listed(range(start, min(start + count, 26)), 25))
    assert numbers_of(app, page="10") == WHOLE


def test_takes_fewer_than_it_asked_for() -> None:
    app = odd_server(lambda start, count: listed(range(start, min(start + 4, 26)), 25))
    assert numbers_of(app, page="10") == WHOLE


@pytest.mark.parametrize("following", ["1", "0", "999", "abc", "-5"])
def test_is_not_led_astray_by_a_wrong_next_position(following: str) -> None:
    element = f"<nextRecordPosition>{following}</nextRecordPosition>"
    app = odd_server(lambda start, count: listed(range(start, min(start + count, 26)), 25, element))
    assert numbers_of(app, page="10") == WHOLE


def test_reads_records_packed_as_text() -> None:
    app = odd_server(lambda start, count: listed(range(start, min(start + count, 26)), 25, packing="string"))
    assert numbers_of(app, page="10") == WHOLE


def test_notices_a_server_that_ignores_start_record() -> None:
    app = odd_server(lambda start, count: listed(range(1, 11), 25))
    with pytest.raises(SourceUnavailable, match="same page"):
        numbers_of(app, page="10")


def test_a_list_that_breaks_off_is_no_success() -> None:
    app = odd_server(lambda start, count: listed(range(start, 11), 25) if start < 11 else listed(range(0), 25))
    with pytest.raises(SourceUnavailable, match="position 11 of 25"):
        numbers_of(app, page="10")


def diagnosed(number: int) -> str:
    return (
        "<numberOfRecords>0</numberOfRecords><diagnostics>"
        '<diagnostic xmlns="http://www.loc.gov/zing/srw/diagnostic/">'
        f"<uri>info:srw/diagnostic/1/{number}</uri><message>no</message></diagnostic></diagnostics>"
    )


def test_a_refused_query_must_be_mended_by_somebody() -> None:
    with pytest.raises(ConfigError, match="16 no"):
        numbers_of(odd_server(lambda start, count: diagnosed(16)))


def test_a_system_error_may_pass() -> None:
    with pytest.raises(SourceUnavailable):
        numbers_of(odd_server(lambda start, count: diagnosed(2)))


def test_no_records_are_an_empty_success() -> None:
    assert numbers_of(odd_server(lambda start, count: listed(range(0), 0))) == []


def test_a_surrogate_diagnostic_is_a_refused_record() -> None:
    body = (
        "<numberOfRecords>1</numberOfRecords><records><record><recordData>"
        '<diagnostic xmlns="http://www.loc.gov/zing/srw/diagnostic/"><uri>info:srw/diagnostic/1/64</uri>'
        "<message>unavailable</message></diagnostic></recordData></record></records>"
    )
    with serving(odd_server(lambda start, count: body)) as base:
        (page,) = harvester().harvest(source(base + "/"), None)
    assert page.records[0].refused == "the server says: unavailable"


@pytest.mark.parametrize("name", ["sru-bibsys.xml", "sru-kth.xml", "sru-zdb.xml"])
def test_reads_answers_of_real_servers(shared_data: Path, name: str) -> None:
    body = (shared_data / "records" / "sru" / name).read_bytes()
    app = Flask("real")

    @app.get("/")
    def sru() -> Response:
        return Response(body, content_type="text/xml")

    with serving(app) as base:
        page = next(harvester().harvest(source(base + "/"), None))
    formats = Formats.load()
    assert len(page.records) > 0
    for record in page.records:
        assert record.refused is None
        assert record.raw is not None
        assert formats.parse(record.raw).record.fields


@pytest.mark.parametrize("endpoint", ["", "example.org/sru", "ftp://example.org/"])
def test_what_is_no_address(endpoint: str) -> None:
    with pytest.raises(ConfigError):
        next(harvester().harvest(source(endpoint), None))
