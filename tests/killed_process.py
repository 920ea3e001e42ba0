"""Processes for tests that kill: ``serve FOLDER PORT`` is a provider, ``harvest FOLDER URL`` one run against it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from harvesters.base import HarvesterContext
from harvesters.oai_pmh import OaiPmhHarvester
from protocols.oaipmh import Provider, TokenSigner, blueprint
from tests.oai_world import a_book
from unioncat.marc import to_json
from unioncat.matching import load_ruleset
from unioncat.model import Member, MemberCode, Source, SourceId
from unioncat.services.catalogue import Catalogue
from unioncat.services.disseminate import Disseminator
from unioncat.services.formats import Formats
from unioncat.services.harvesting import HarvestRunner
from unioncat.services.ingest import Ingest
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster
from unioncat.store import Members, Sources, Store
from unioncat.store.bulk import db_time, insert_rows
from unioncat.store.rendered import RenderedCache
from unioncat.store.tables import ClusterRow, ClusterSetRow

QUIRKS = {"backoff": "0.2", "retries": "3", "timeout": "10", "delay": "0"}


def plant(folder: Path, count: int) -> None:
    """A provider's catalogue: `count` records, every seventh a tombstone, every tenth a copy of another."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with Store.create(f"sqlite:///{folder / 'provider.db'}") as store, store.write() as session:
        rows, sets = [], []
        for number in range(1, count + 1):
            stamp = db_time(session, start + timedelta(seconds=number // 20))
            title = f"Truyện kể miền sông nước, quyển {number - (number % 10 == 0)}"
            gone = number % 7 == 0
            rows.append((number, to_json(a_book(number, title)), b"[]", b"", stamp, stamp, gone, False))
            sets.append((number, "", stamp, gone))
        columns = ("id", "marc", "provenance", "fingerprint", "created", "datestamp", "deleted", "suppressed")
        insert_rows(session, ClusterRow, columns, rows)
        insert_rows(session, ClusterSetRow, ("cluster", "set_spec", "datestamp", "gone"), sets)


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_: object) -> None:
        """Nobody reads it."""


def serve(folder: Path, port: int) -> None:
    store = Store.open(f"sqlite:///{folder / 'provider.db'}")
    formats = {"marc21": Formats.load().export["marc21"]}
    cache = RenderedCache(folder / "rendered.db", "1")
    disseminator = Disseminator(store, Catalogue(store), formats, repository="provider.example.vn", cache=cache)
    app = Flask("provider")
    app.register_blueprint(blueprint(Provider(disseminator, TokenSigner(b"0" * 16), "x", ["a@b.vn"], page=100)))
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    print(server.server_port, flush=True)
    server.serve_forever()


def create(folder: Path, url: str) -> None:
    with Store.create(f"sqlite:///{folder / 'harvested.db'}") as store, store.write() as session:
        Members(session).add(Member(MemberCode("VN-P"), "P", "public"))
        Sources(session).add(Source(SourceId(0), "p", MemberCode("VN-P"), "oai-pmh", url, "marc21", quirks=QUIRKS))


def harvest(folder: Path, url: str) -> str:
    """One run; how it ended."""
    with Store.open(f"sqlite:///{folder / 'harvested.db'}") as store:
        with store.read() as session:
            source = Sources(session).get("p")
        pool = WorkPool(load_ruleset("default"), 1, Formats.load())
        recluster = Recluster(store, pool)
        runner = HarvestRunner(store, Ingest(store, pool), recluster.run)
        return runner.run(OaiPmhHarvester(HarvesterContext()), source).state


if __name__ == "__main__":
    what, where, rest = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if what == "serve":
        serve(where, int(rest))
    else:
        print(harvest(where, rest), flush=True)
