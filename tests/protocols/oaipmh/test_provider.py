"""The provider's answers, request by request."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from flask import Flask
from lxml import etree

from protocols.oaipmh import Provider, RateLimit, TokenSigner, blueprint
from tests.oai_world import START, World
from unioncat.marc import to_marcxml
from unioncat.model import ConfigError
from unioncat.store.rendered import RenderedCache

OAI = "{http://www.openarchives.org/OAI/2.0/}"


class Marc:
    """The export format alone, so that the provider is tested without the crosswalks."""

    name, media_type, extension = "marcxml", "application/marcxml+xml", "xml"
    namespace = "http://www.loc.gov/MARC21/slim"
    schema = "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"

    def render(self, export):
        return to_marcxml(export.record)


class Dc(Marc):
    name, namespace = "oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"

    def render(self, export):
        return b'<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"/>'


@pytest.fixture(params=[True, False], ids=["cached", "uncached"])
def world(tmp_path, request):
    world = World.create(tmp_path)
    for number in range(1, 31):
        world.add(f"Truyện {number}", ["VN-BT"] if number % 3 else ["VN-BT", "VN-CD"], "vie" if number % 2 else "fre")
        if number % 4 == 0:
            world.tick(3600)
    world.cache = RenderedCache(tmp_path / "cache.db", "1") if request.param else None
    yield world
    world.store.close()


@pytest.fixture
def ask(world):
    disseminator = world.disseminator({"oai_dc": Dc(), "marc21": Marc()}, world.cache)
    provider = Provider(disseminator, TokenSigner(b"0123456789abcdef"), "Mục lục", ["a@example.vn"], page=7, headers=9)
    app = Flask("test")
    app.register_blueprint(blueprint(provider))
    client = app.test_client()

    def ask(query="", post=False, **arguments):
        response = (
            client.post("/oai", data=arguments) if post else client.get("/oai" + query, query_string=arguments or None)
        )
        assert response.status_code == 200
        assert response.content_type == "text/xml; charset=utf-8"
        return etree.fromstring(response.data)

    ask.client = client
    ask.provider = provider
    return ask


def code_of(root):
    error = root.find(OAI + "error")
    return None if error is None else error.get("code")


def headers_of(root):
    return [
        (each.findtext(OAI + "identifier"), each.findtext(OAI + "datestamp"), each.get("status"))
        for each in root.iter(OAI + "header")
    ]


def harvest(ask, verb="ListRecords", **arguments):
    """All headers of a list, with what every page must keep to."""
    found, root = [], ask(verb=verb, **arguments)
    if code_of(root) == "noRecordsMatch":
        return []
    while True:
        assert code_of(root) is None, etree.tostring(root)
        page = headers_of(root)
        assert page
        token = root.find(f".//{OAI}resumptionToken")
        if token is not None:
            assert int(token.get("cursor")) == len(found)
        found += page
        if token is None or not token.text:
            if token is not None:
                assert int(token.get("completeListSize")) == len(found)
            stamps = [stamp for _, stamp, _ in found]
            assert stamps == sorted(stamps)
            return found
        assert datetime.fromisoformat(token.get("expirationDate")) > datetime.now(UTC) + timedelta(hours=24)
        root = ask(verb=verb, resumptionToken=token.text)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"),
        ("?verb=", "badVerb"),
        ("?verb=listrecords", "badVerb"),
        ("?verb=Identify&verb=Identify", "badVerb"),
        ("?verb=Identify&metadataPrefix=oai_dc", "badArgument"),
        ("?verb=ListRecords", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&colour=red", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&from=yesterday", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-02&until=2026-01-01", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01&until=2026-01-02T00:00:00Z", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01T00:00:00.5Z", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&set=a%20b", "badArgument"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&from=2090-01-01", "noRecordsMatch"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&set=library:nowhere", "noRecordsMatch"),
        ("?verb=ListRecords&metadataPrefix=nonsense", "cannotDisseminateFormat"),
        ("?verb=ListRecords&metadataPrefix=oai_dc&set=giveback:VN-BT", "cannotDisseminateFormat"),
        ("?verb=ListRecords&resumptionToken=junk", "badResumptionToken"),
        ("?verb=ListRecords&resumptionToken=%F0%9F%93%9A" + "A" * 50, "badResumptionToken"),
        ("?verb=ListSets&resumptionToken=junk", "badResumptionToken"),
        ("?verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
        ("?verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:mucluc.example.vn:uc99999999", "idDoesNotExist"),
        ("?verb=GetRecord&metadataPrefix=oai_dc&identifier=%00", "idDoesNotExist"),
        ("?verb=GetRecord&metadataPrefix=mods&identifier=oai:mucluc.example.vn:uc00000001", "cannotDisseminateFormat"),
        ("?verb=ListMetadataFormats&identifier=junk", "idDoesNotExist"),
    ],
)
def test_errors_by_their_code(ask, query, code):
    root = ask(query)
    assert code_of(root) == code
    attributes = root.find(OAI + "request").attrib
    assert bool(attributes) is (code not in ("badVerb", "badArgument"))


def test_a_repository_without_sets_says_so(ask):
    provider = Provider(ask.provider.disseminator, ask.provider.signer, "x", ["a@example.vn"], with_sets=False)
    app = Flask("bare")
    app.register_blueprint(blueprint(provider))
    for query in ("verb=ListSets", "verb=ListRecords&metadataPrefix=oai_dc&set=library"):
        root = etree.fromstring(app.test_client().get("/oai?" + query).data)
        assert code_of(root) == "noSetHierarchy"


def test_an_item_without_any_format_says_so(world):
    provider = Provider(world.disseminator({"oai_dc": Dc()}), TokenSigner(b"0" * 16), "x", ["a@example.vn"])
    app = Flask("dc")
    app.register_blueprint(blueprint(provider))
    answer = app.test_client().get("/oai?verb=ListMetadataFormats&identifier=oai:VN-BT:1")
    assert code_of(etree.fromstring(answer.data)) == "noMetadataFormats"


def test_get_and_post_answer_alike(ask):
    by_get = ask(verb="ListIdentifiers", metadataPrefix="oai_dc")
    by_post = ask(post=True, verb="ListIdentifiers", metadataPrefix="oai_dc")
    assert headers_of(by_get) == headers_of(by_post)
    assert dict(by_post.find(OAI + "request").attrib) == {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"}


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
@pytest.mark.parametrize("prefix", ["oai_dc", "marc21"])
def test_a_whole_harvest_lists_every_id_once(ask, world, verb, prefix):
    world.delete(5)
    ids = [identifier for identifier, _, _ in harvest(ask, verb, metadataPrefix=prefix)]
    assert sorted(ids) == [f"oai:mucluc.example.vn:uc{number:08d}" for number in range(1, 31)]
    gone = [identifier for identifier, _, status in harvest(ask, verb, metadataPrefix=prefix) if status == "deleted"]
    assert gone == ["oai:mucluc.example.vn:uc00000005"]


def test_the_same_token_gives_the_same_page(ask):
    first = ask(verb="ListRecords", metadataPrefix="marc21")
    token = first.findtext(f".//{OAI}resumptionToken")
    assert re.fullmatch(r"[A-Za-z0-9_\-]+", token)
    assert headers_of(ask(verb="ListRecords", resumptionToken=token)) == headers_of(
        ask(verb="ListRecords", resumptionToken=token)
    )
    assert code_of(ask(verb="ListIdentifiers", resumptionToken=token)) == "badResumptionToken"


def test_a_forged_or_cut_token_is_refused(ask):
    token = ask(verb="ListRecords", metadataPrefix="marc21").findtext(f".//{OAI}resumptionToken")
    for place in range(0, len(token), 5):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert code_of(ask(verb="ListRecords", resumptionToken=forged)) == "badResumptionToken"
    assert code_of(ask(verb="ListRecords", resumptionToken=token[:-1])) == "badResumptionToken"
    assert code_of(ask(verb="ListRecords", resumptionToken=token + "A")) == "badResumptionToken"


def test_a_record_that_changes_during_a_harvest_waits_for_the_next(ask, world):
    world.clock = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5)
    root = ask(verb="ListRecords", metadataPrefix="marc21")
    seen = [identifier for identifier, _, _ in headers_of(root)]
    world.put(30, "Changed meanwhile")
    while (token := root.findtext(f".//{OAI}resumptionToken")) is not None and token:
        root = ask(verb="ListRecords", resumptionToken=token)
        seen += [identifier for identifier, _, _ in headers_of(root)]
    assert sorted(seen) == [f"oai:mucluc.example.vn:uc{number:08d}" for number in range(1, 30)]


def test_a_page_is_never_empty_even_if_all_of_it_changed_meanwhile(ask, world):
    world.clock = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    root = ask(verb="ListRecords", metadataPrefix="marc21", set="lang:fre")  # 15 records: 7 + 7 + 1
    root = ask(verb="ListRecords", resumptionToken=root.findtext(f".//{OAI}resumptionToken"))
    world.clock += timedelta(seconds=1)
    world.put(30, "Changed", ["VN-BT"], "fre")
    root = ask(verb="ListRecords", resumptionToken=root.findtext(f".//{OAI}resumptionToken"))
    assert [identifier for identifier, _, _ in headers_of(root)] == ["oai:mucluc.example.vn:uc00000030"]


@pytest.mark.parametrize(
    ("from_", "until", "count"),
    [
        ("2026-01-01T01:00:00Z", "2026-01-01T01:59:59Z", 4),
        ("2026-01-01T01:00:00Z", "2026-01-01T01:00:00Z", 4),
        ("2026-01-01", "2026-01-01", 30),
        ("2025-12-31", "2025-12-31", 0),
        (None, "2026-01-01T00:59:59Z", 4),
        ("2026-01-01T07:00:00Z", None, 2),
    ],
)
def test_bounds_are_inclusive_in_both_granularities(ask, from_, until, count):
    given = {"from": from_, "until": until}
    found = harvest(ask, metadataPrefix="oai_dc", **{name: value for name, value in given.items() if value})
    assert len(found) == count


def test_sets_hold_what_their_names_say(ask):
    listed = [each.findtext(OAI + "setSpec") for each in ask(verb="ListSets").iter(OAI + "set")]
    assert listed == sorted(listed)
    records = harvest(ask, metadataPrefix="oai_dc")
    for spec in ("library", "kind", "type", "lang", "library:VN-BT", "type:book"):
        assert harvest(ask, metadataPrefix="oai_dc", set=spec) == records
    college = harvest(ask, metadataPrefix="oai_dc", set="kind:college")
    assert len(college) == 10
    assert college == harvest(ask, metadataPrefix="oai_dc", set="library:VN-CD")
    used = {each.text for each in ask(verb="ListIdentifiers", metadataPrefix="oai_dc").iter(OAI + "setSpec")}
    assert used <= set(listed)


def test_a_record_that_left_a_set_is_a_tombstone_there_and_alive_elsewhere(ask, world):
    world.tick()
    world.put(3, "Truyện 3", ["VN-BT"])  # the college gave it away
    there = {identifier: status for identifier, _, status in harvest(ask, metadataPrefix="oai_dc", set="library:VN-CD")}
    assert there["oai:mucluc.example.vn:uc00000003"] == "deleted"
    root = ask(verb="GetRecord", metadataPrefix="oai_dc", identifier="oai:mucluc.example.vn:uc00000003")
    assert headers_of(root)[0][2] is None
    assert "library:VN-CD" not in [each.text for each in root.iter(OAI + "setSpec")]


def test_tombstones_keep_their_sets_and_have_no_metadata(ask, world):
    world.delete(3)
    root = ask(verb="GetRecord", metadataPrefix="marc21", identifier="oai:mucluc.example.vn:uc00000003")
    assert headers_of(root)[0][2] == "deleted"
    assert root.find(f".//{OAI}metadata") is None
    assert "library:VN-CD" in [each.text for each in root.iter(OAI + "setSpec")]


def test_a_live_record_is_whole_and_says_where_it_came_from(ask):
    root = ask(verb="GetRecord", metadataPrefix="marc21", identifier="oai:mucluc.example.vn:uc00000003")
    marc = root.find(f".//{OAI}metadata")[0]
    assert marc.tag == "{http://www.loc.gov/MARC21/slim}record"
    assert "Truyện 3" in "".join(marc.itertext())
    provenance = "{http://www.openarchives.org/OAI/2.0/provenance}"
    assert sorted(each.text for each in root.iter(provenance + "identifier")) == ["oai:VN-BT:3", "oai:VN-CD:3"]


def test_giveback_delivers_a_librarys_own_records_under_its_own_ids(ask, world):
    found = harvest(ask, metadataPrefix="marc21", set="giveback:VN-CD")
    assert [identifier for identifier, _, _ in found] == [f"oai:VN-CD:{number}" for number in range(3, 31, 3)]
    root = ask(verb="GetRecord", metadataPrefix="marc21", identifier="oai:VN-CD:3")
    assert root.find(".//{*}controlfield[@tag='001']").text == "VN-CD-3"
    everybody = harvest_unordered(ask, metadataPrefix="marc21", set="giveback")
    assert len(everybody) == len(set(everybody)) == 40


def harvest_unordered(ask, **arguments):
    found, root = [], ask(verb="ListRecords", **arguments)
    while True:
        found += [identifier for identifier, _, _ in headers_of(root)]
        token = root.findtext(f".//{OAI}resumptionToken")
        if not token:
            return found
        root = ask(verb="ListRecords", resumptionToken=token)


def test_gzip_is_sent_to_those_who_take_it(ask):
    query = "/oai?verb=ListRecords&metadataPrefix=marc21"
    plain = ask.client.get(query)
    packed = ask.client.get(query, headers={"Accept-Encoding": "gzip"})
    refused = ask.client.get(query, headers={"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in refused.headers
    assert headers_of(etree.fromstring(gzip.decompress(packed.data))) == headers_of(etree.fromstring(plain.data))
    assert int(plain.headers["Content-Length"]) == len(plain.data)


def test_a_known_record_is_not_sent_again(ask, world):
    query = "/oai?verb=GetRecord&metadataPrefix=marc21&identifier=oai:mucluc.example.vn:uc00000001"
    first = ask.client.get(query)
    assert first.headers["Last-Modified"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    again = ask.client.get(query, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    world.tick()
    world.put(1, "Changed")
    assert ask.client.get(query, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_cache_never_shows_an_older_state(ask, world):
    identifier = "oai:mucluc.example.vn:uc00000002"
    for title in ("Một", "Hai", "Ba"):
        world.clock = datetime.now(UTC).replace(microsecond=0)
        world.put(2, title)  # within the same second, twice
        world.put(2, title + "!")
        root = ask(verb="GetRecord", metadataPrefix="marc21", identifier=identifier)
        assert f"{title}!" in "".join(root.itertext())


def test_a_client_that_asks_too_fast_is_told_when_to_come_again(world):
    provider = Provider(world.disseminator({"oai_dc": Dc()}), TokenSigner(b"0" * 16), "x", ["a@example.vn"])
    now = [0.0]
    app = Flask("limited")
    app.register_blueprint(blueprint(provider, limit=RateLimit(2, 3, clock=lambda: now[0])))
    client = app.test_client()
    assert [client.get("/oai?verb=Identify").status_code for _ in range(4)] == [200, 200, 200, 503]
    late = client.get("/oai?verb=Identify")
    assert late.headers["Retry-After"] == "1"
    now[0] = 0.6
    assert client.get("/oai?verb=Identify").status_code == 200


def test_a_store_that_is_gone_is_503_and_not_an_answer(ask, world, monkeypatch):
    def gone(*_, **__):
        raise ConfigError("the store cannot be used")

    monkeypatch.setattr(ask.provider.disseminator.__class__, "page", gone)
    late = ask.client.get("/oai?verb=ListRecords&metadataPrefix=marc21")
    assert (late.status_code, late.headers["Retry-After"]) == (503, "60")


def test_identify_says_what_the_protocol_asks(ask):
    root = ask(verb="Identify")
    assert [each.tag.removeprefix(OAI) for each in root.find(OAI + "Identify")][:8] == [
        "repositoryName",
        "baseURL",
        "protocolVersion",
        "adminEmail",
        "earliestDatestamp",
        "deletedRecord",
        "granularity",
        "compression",
    ]
    assert root.findtext(f".//{OAI}earliestDatestamp") == "2026-01-01T00:00:00Z"
    assert root.findtext(f".//{OAI}baseURL") == "https://mucluc.example.vn/oai"


def test_warming_renders_each_change_once(world, tmp_path):
    if world.cache is None:
        return
    rendered = []
    disseminator = world.disseminator({"marc21": Marc()}, world.cache)

    def render(item):
        rendered.append(item.identifier)
        return b"<record/>"

    assert sum(disseminator.warm("marc21", render, limit=8)) == 30
    assert sum(disseminator.warm("marc21", render, limit=8)) == 0
    world.tick()
    world.put(4, "Changed")
    assert sum(disseminator.warm("marc21", render)) == 1
    assert len(rendered) == 31
    assert all(first <= second for first, second in pairwise([START, world.clock]))
