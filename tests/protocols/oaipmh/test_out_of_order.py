"""Two writers that commit late and out of order: a harvester that goes on from responseDate misses no record."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

from protocols.oaipmh import Provider, TokenSigner, blueprint
from tests.http_server import serving
from tests.live_catalogue import LiveCatalogue
from tests.oai_world import a_book
from tests.postgres_cluster import PostgresCluster
from unioncat.marc import to_json
from unioncat.model import ClusterId, public_id
from unioncat.services.disseminate import Disseminator
from unioncat.services.formats import Formats
from unioncat.store.cluster_writing import ClusterWriting, NewCluster
from unioncat.store.stamping import second_of, settle, utc_now


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveCatalogue]:
    if request.param == "sqlite":
        live = LiveCatalogue.on(tmp_path)
        yield live
        live.close()
    else:
        with PostgresCluster.start(tmp_path) as cluster:
            live = LiveCatalogue.create(cluster.new_database("outoforder"))
            yield live
            live.close()


def write(live: LiveCatalogue, first: int, held: float) -> None:
    """Five records, stamped at once and committed only after `held` seconds."""
    new = [
        NewCluster(ClusterId(number), to_json(a_book(number, f"Sách {number}")), b"[]", b"x", (), ("type:book",), True)
        for number in range(first, first + 5)
    ]
    with live.store.write() as session:
        stamped = ClusterWriting(session).write(new, {}, {}, second_of(utc_now()))
        time.sleep(held)
    settle(live.store, stamped.first, stamped.last, stamped.stamp)


@pytest.mark.slow
@pytest.mark.parametrize("granularity", ["second", "day"])
def test_two_writers_that_commit_out_of_order_lose_no_record_for_a_harvester(live, granularity):
    formats = {"marc21": Formats.load().export["marc21"]}
    disseminator = Disseminator(live.store, live.catalogue, formats, repository="x.example.vn")
    app = Flask("x")
    app.register_blueprint(blueprint(Provider(disseminator, TokenSigner(b"0" * 16), "x", ["a@example.vn"], page=3)))
    seen: list[str] = []
    end = threading.Event()

    def harvest(url: str, since: str | None) -> str:
        """One incremental harvest; the next one's `from`, as the first answer's date."""
        following = Sickle(url).Identify().xml.getroottree().getroot().findtext("{*}responseDate")
        lower = {} if since is None else {"from": since[:10] if granularity == "day" else since}
        try:
            seen.extend(r.header.identifier for r in Sickle(url).ListRecords(metadataPrefix="marc21", **lower))
        except NoRecordsMatch:
            pass
        return following

    with serving(app) as url:

        def keep_harvesting() -> None:
            since = None
            while not end.is_set():
                since = harvest(url + "/oai", since)
                time.sleep(0.05)
            harvest(url + "/oai", since)

        harvester = threading.Thread(target=keep_harvesting)
        harvester.start()
        writers = []
        for place in range(6):
            held = 1.3 if place % 3 == 0 else 0.0
            writers.append(threading.Thread(target=write, args=(live, 1 + 5 * place, held)))
            writers[-1].start()
            time.sleep(0.2)
        for writer in writers:
            writer.join()
        end.set()
        harvester.join()
    assert set(seen) == {f"oai:x.example.vn:{public_id(ClusterId(number))}" for number in range(1, 31)}
