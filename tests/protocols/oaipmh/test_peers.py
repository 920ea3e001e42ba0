"""Harvesters of other people take the whole catalogue, every id once, tombstones included; every answer is valid."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest
import requests
from flask import Flask
from lxml import etree
from oaipmh_scythe import Scythe
from sickle import Sickle

from protocols.oaipmh import Provider, TokenSigner, blueprint
from tests.http_server import serving
from tests.oai_world import World
from unioncat.model import ClusterId
from unioncat.services.formats import Formats

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "xsd" / "containers.xsd"))
ALL = {f"oai:mucluc.example.vn:uc{number:08d}" for number in range(1, 61)}
GONE = {f"oai:mucluc.example.vn:uc{number:08d}" for number in (7, 8, 60)}
PERL = """
use HTTP::OAI;
my $harvester = HTTP::OAI::Harvester->new(baseURL => $ARGV[0]);
my $answer = $harvester->ListRecords(metadataPrefix => $ARGV[1], onRecord => sub {
    my $record = shift;
    my $has = $record->metadata ? 1 : 0;
    print join(" ", $record->identifier, $record->datestamp, $record->header->status || "live", $has), "\\n";
});
die $answer->message if $answer->is_error;
"""


@pytest.fixture(scope="module")
def formats():
    exports = Formats.load().export
    wanted = ("oai_dc", "marc21", "marcxml", "marc21_holdings", "mods", "oai_qdc")
    return {name: exports[name] for name in wanted if name in exports}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World.create(tmp_path_factory.mktemp("peers"))
    for number in range(1, 61):
        world.add(f"Truyện Lục Vân Tiên & <{number}>", ["VN-BT", "VN-CD"] if number % 4 else ["VN-BT"])
        world.tick(37)
    for number in (7, 8, 60):
        world.delete(ClusterId(number))
    yield world
    world.store.close()


@pytest.fixture(scope="module")
def endpoint(world, formats):
    app = Flask("provider")
    provider = Provider(
        world.disseminator(formats),
        TokenSigner(b"0" * 16),
        "Mục lục liên hợp",
        ["a@example.vn"],
        page=13,
        headers=17,
        friends=["https://friend.example.vn/oai"],
        rights="https://creativecommons.org/publicdomain/zero/1.0/",
        icon="https://mucluc.example.vn/icon.svg",
    )
    app.register_blueprint(blueprint(provider))
    with serving(app) as url:
        yield url + "/oai"


@pytest.mark.parametrize("prefix", ["oai_dc", "marc21"])
def test_sickle(endpoint, prefix):
    records = list(Sickle(endpoint).ListRecords(metadataPrefix=prefix))
    identifiers = [record.header.identifier for record in records]
    assert len(identifiers) == len(set(identifiers))
    assert set(identifiers) == ALL
    assert {record.header.identifier for record in records if record.header.deleted} == GONE
    headers = [header.identifier for header in Sickle(endpoint).ListIdentifiers(metadataPrefix=prefix)]
    assert headers == identifiers


@pytest.mark.parametrize("prefix", ["oai_dc", "marc21"])
def test_scythe(endpoint, prefix):
    with Scythe(endpoint) as scythe:
        records = list(scythe.list_records(metadata_prefix=prefix))
    identifiers = [record.header.identifier for record in records]
    assert len(identifiers) == len(set(identifiers))
    assert set(identifiers) == ALL
    assert {record.header.identifier for record in records if record.header.deleted} == GONE


@pytest.mark.peer
@pytest.mark.parametrize("prefix", ["oai_dc", "marc21"])
def test_perl_http_oai(endpoint, prefix, need_program, tmp_path):
    perl = need_program("perl")
    if subprocess.run([perl, "-MHTTP::OAI", "-e", "1"], capture_output=True, check=False).returncode:
        need_program("libhttp-oai-perl")
    done = subprocess.run([perl, "-e", PERL, endpoint, prefix], capture_output=True, text=True, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    identifiers = [line[0] for line in lines]
    assert len(identifiers) == len(set(identifiers))
    assert set(identifiers) == ALL
    assert {line[0] for line in lines if line[2] == "deleted"} == GONE
    assert {line[0] for line in lines if line[3] == "0"} == GONE


def valid(response):
    """The answer, parsed; it fits the schema and every rule that a schema cannot say."""
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    root = etree.fromstring(response.content)
    assert SCHEMA.validate(root), SCHEMA.error_log
    for record in root.iter("{*}record"):
        header = record.find("{*}header")
        if header is not None:
            assert (record.find("{http://www.openarchives.org/OAI/2.0/}metadata") is None) == (
                header.get("status") == "deleted"
            )
    return root


def test_every_answer_of_every_verb_is_valid(endpoint, formats):
    for query in ("verb=Identify", "verb=ListSets", "verb=ListMetadataFormats"):
        valid(requests.get(f"{endpoint}?{query}", timeout=10))
    sets = [each.text for each in valid(requests.get(f"{endpoint}?verb=ListSets", timeout=10)).iter("{*}setSpec")]
    for verb, prefix, spec in itertools.product(("ListRecords", "ListIdentifiers"), formats, [None, *sets]):
        if spec is not None and spec.startswith("giveback") and "marc" not in prefix:
            continue
        arguments = {"verb": verb, "metadataPrefix": prefix, **({"set": spec} if spec else {})}
        seen = 0
        while True:
            root = valid(requests.get(endpoint, params=arguments, timeout=10))
            if root.find("{*}error") is not None:
                assert spec is not None
                break
            seen += len(list(root.iter("{*}header")))
            token = next(root.iter("{*}resumptionToken"), None)
            if token is None or not token.text:
                break
            arguments = {"verb": verb, "resumptionToken": token.text}
        if spec in (None, "library", "kind", "type", "lang"):
            assert seen == 60
    identifiers = ["oai:mucluc.example.vn:uc00000001", "oai:mucluc.example.vn:uc00000007", "oai:VN-CD:1"]
    for identifier in identifiers:
        valid(requests.get(endpoint, params={"verb": "ListMetadataFormats", "identifier": identifier}, timeout=10))
        for prefix in formats:
            arguments = {"verb": "GetRecord", "metadataPrefix": prefix, "identifier": identifier}
            valid(requests.get(endpoint, params=arguments, timeout=10))


def test_errors_are_valid_too(endpoint):
    for query in (
        "",
        "verb=Nonsense",
        "verb=ListRecords",
        "verb=ListRecords&resumptionToken=x",
        "verb=ListRecords&metadataPrefix=x",
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:x:1",
        "verb=ListRecords&metadataPrefix=oai_dc&from=2090-01-01",
        "verb=Identify&x=%00%01%ff",
    ):
        assert valid(requests.get(f"{endpoint}?{query}", timeout=10)).find("{*}error") is not None


def test_what_a_repository_validator_asks(endpoint):
    """Rules that validators of OAI-PMH repositories hold: dates inclusive at both ends, lists that agree."""
    identify = valid(requests.get(f"{endpoint}?verb=Identify", timeout=10))
    earliest = identify.findtext(".//{*}earliestDatestamp")
    sickle = Sickle(endpoint)
    headers = list(sickle.ListIdentifiers(metadataPrefix="oai_dc"))
    assert min(header.datestamp for header in headers) >= earliest
    for header in (headers[0], headers[len(headers) // 2], headers[-1]):
        stamp = header.datestamp
        same = sickle.ListIdentifiers(metadataPrefix="oai_dc", **{"from": stamp, "until": stamp})
        assert header.identifier in [each.identifier for each in same]
        day = sickle.ListIdentifiers(metadataPrefix="oai_dc", **{"from": stamp[:10], "until": stamp[:10]})
        assert header.identifier in [each.identifier for each in day]
        got = sickle.GetRecord(metadataPrefix="oai_dc", identifier=header.identifier)
        assert (got.header.datestamp, sorted(got.header.setSpecs)) == (stamp, sorted(header.setSpecs))
    dates = requests.get(f"{endpoint}?verb=ListRecords&metadataPrefix=oai_dc&until=1999-01-01", timeout=10)
    assert valid(dates).find("{*}error").get("code") == "noRecordsMatch"
