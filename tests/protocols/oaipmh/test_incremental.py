"""The sum of incremental harvests equals the store, whatever changed when, for every format and set."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import NoRecordsMatch as ScytheNoRecords
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

from protocols.oaipmh import Provider, TokenSigner, blueprint
from tests.http_server import serving
from tests.live_catalogue import TITLES, LiveCatalogue
from unioncat.model import public_id
from unioncat.services.disseminate import Disseminator
from unioncat.services.formats import Formats
from unioncat.store import Clusters
from unioncat.store.rendered import RenderedCache

SETS = ("", "library:VN-A", "library:VN-B", "lang:eng", "collection:diachi")
MEMBERS = ("VN-A", "VN-B", "VN-C")

changes = st.tuples(
    st.just("change"),
    st.sampled_from(MEMBERS),
    st.integers(1, 5),
    st.one_of(st.none(), st.sampled_from(TITLES)),
    st.sampled_from(["vie", "eng"]),
)
harvests = st.tuples(st.just("harvest"), st.integers(0, 20))


PERL = """
use HTTP::OAI;
use MIME::Base64;
use Encode;
my ($url, %arguments) = @ARGV;
my $answer = HTTP::OAI::Harvester->new(baseURL => $url)->ListRecords(%arguments, onRecord => sub {
    my $record = shift;
    my $dom = $record->metadata ? $record->metadata->dom : undef;
    my $text = $dom ? encode_base64(Encode::encode_utf8($dom->toString), "") : "-";
    print join(" ", $record->identifier, $record->header->status || "live", $text), "\\n";
});
"""


def perl_listed(url, arguments):
    pairs = [part for pair in arguments.items() for part in pair]
    done = subprocess.run(["perl", "-e", PERL, url, *pairs], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        identifier, status, text = line.split()
        element = None
        if text != "-":
            element = etree.Element("record")
            metadata = etree.SubElement(element, "{http://www.openarchives.org/OAI/2.0/}metadata")
            root = etree.fromstring(base64.b64decode(text))
            metadata.append(root[0] if root.tag.endswith("}metadata") else root)
        yield identifier, status == "deleted", element


class Copy:
    """What one harvester has of one set in one format, kept up to date by `harvest`."""

    def __init__(self, url, peer, prefix, set_spec, granularity):
        self.url, self.peer, self.prefix, self.set_spec = url, peer, prefix, set_spec
        self.granularity = granularity
        self.since = None
        self.records = {}

    def harvest(self, meanwhile=lambda: None):
        """One incremental run; `meanwhile` is called behind its first records."""
        arguments = {"metadataPrefix": self.prefix}
        if self.set_spec:
            arguments["set"] = self.set_spec
        if self.since:
            arguments["from"] = self.since[:10] if self.granularity == "day" else self.since
        begun = Sickle(self.url).Identify().xml.getroottree().getroot()
        following = begun.findtext("{*}responseDate")
        try:
            for place, record in enumerate(self.listed(arguments)):
                identifier, deleted, element = record
                if deleted:
                    self.records.pop(identifier, None)
                else:
                    body = element.find(".//{http://www.openarchives.org/OAI/2.0/}metadata")[0]
                    self.records[identifier] = etree.tostring(body, method="c14n", exclusive=True)
                if place == 1:
                    meanwhile()
        except (NoRecordsMatch, ScytheNoRecords):
            pass
        self.since = following

    def listed(self, arguments):
        if self.peer == "perl":
            yield from perl_listed(self.url, arguments)
            return
        if self.peer == "sickle":
            for record in Sickle(self.url).ListRecords(**arguments):
                yield record.header.identifier, record.header.deleted, record.xml
        else:
            names = {"metadataPrefix": "metadata_prefix", "from": "from_", "set": "set_"}
            with Scythe(self.url) as scythe:
                for record in scythe.list_records(**{names[name]: value for name, value in arguments.items()}):
                    yield record.header.identifier, record.header.deleted, record.xml


def expected(live, disseminator, prefix, set_spec):
    """Identifier → metadata, straight from the store."""
    with live.store.read() as session:
        records = Clusters(session).many(list(Clusters(session).ids()))
    found = {}
    for record in records:
        if not set_spec or set_spec in record.sets:
            rendered = disseminator.formats[prefix].render(live.catalogue.export(record, disseminator.base_url))
            canonical = etree.tostring(etree.fromstring(rendered), method="c14n", exclusive=True)
            found[f"oai:mucluc.example.vn:{public_id(record.id)}"] = canonical
    return found


def serve(live, folder):
    exports = Formats.load().export
    disseminator = Disseminator(
        live.store,
        live.catalogue,
        {name: exports[name] for name in ("marc21", "oai_dc")},
        repository="mucluc.example.vn",
        base_url="https://mucluc.example.vn",
        cache=RenderedCache(folder / "rendered.db", "1"),
    )
    app = Flask("live")
    app.register_blueprint(blueprint(Provider(disseminator, TokenSigner(b"0" * 16), "x", ["a@example.vn"], page=2)))
    return disseminator, app


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.one_of(changes, changes, harvests), min_size=8, max_size=25), data=st.data())
def test_incremental_harvests_add_up_to_the_store(steps, data):
    with TemporaryDirectory() as folder:
        live = LiveCatalogue.on(Path(folder))
        disseminator, app = serve(live, Path(folder))
        with serving(app) as url:
            copies = [
                Copy(url + "/oai", peer, prefix, set_spec, granularity)
                for place, set_spec in enumerate(SETS)
                for peer, prefix, granularity in [
                    ("sickle", "marc21", "second"),
                    ("scythe", "oai_dc", "day"),
                ][place % 2 :]
                + [("sickle", "oai_dc", "day")][: place % 2]
            ]
            for step in steps:
                if step[0] == "change":
                    _, member, number, title, language = step
                    live.send(member, (number, title), language=language)
                else:
                    copy = copies[step[1] % len(copies)]
                    copy.harvest(
                        lambda: live.send(
                            data.draw(st.sampled_from(MEMBERS)),
                            (data.draw(st.integers(1, 5)), data.draw(st.sampled_from(TITLES))),
                        )
                    )
            for copy in copies:
                copy.harvest()
                assert copy.records == expected(live, disseminator, copy.prefix, copy.set_spec), copy.set_spec
        live.close()


@pytest.mark.peer
@pytest.mark.parametrize("peer", ["sickle", "scythe", "perl"])
def test_merges_splits_and_set_changes_reach_a_harvester(tmp_path, peer, need_program):
    if (
        peer == "perl"
        and subprocess.run(["perl", "-MHTTP::OAI", "-e", "1"], capture_output=True, check=False).returncode
    ):
        need_program("libhttp-oai-perl")
    live = LiveCatalogue.on(tmp_path)
    disseminator, app = serve(live, tmp_path)
    with serving(app) as url:
        copies = {spec: Copy(url + "/oai", peer, "marc21", spec, "second") for spec in SETS}

        def check():
            for spec, copy in copies.items():
                copy.harvest()
                assert copy.records == expected(live, disseminator, "marc21", spec)

        live.send("VN-A", (1, TITLES[0]), (2, TITLES[3]))
        live.send("VN-B", (1, TITLES[1]))
        check()
        assert len(copies[""].records) == 3
        assert len(copies["collection:diachi"].records) == 1
        live.send("VN-B", (1, TITLES[0]))  # merges with VN-A's
        check()
        assert len(copies[""].records) == 2
        assert copies["library:VN-B"].records.keys() <= copies["library:VN-A"].records.keys()
        live.send("VN-B", (1, TITLES[2]))  # and leaves it again
        check()
        assert len(copies[""].records) == 3
        live.send("VN-A", (1, None))
        check()
        live.send("VN-A", (1, TITLES[0]))  # comes back
        check()
    live.close()
