"""A small province for the tests of the web: a real store and a real index, filled from the sample editions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.province import HOSTILE, MEMBERS, START, holdings_of, hostile_record, marc_of
from unioncat.demo.editions import editions
from unioncat.marc import Record, from_json, to_json
from unioncat.model import ClusterId, Holding, MemberCode, RecordKey
from unioncat.search.documents import document_from_json
from unioncat.search.tantivy_engine import TantivyEngine
from unioncat.search.tantivy_writer import TantivyWriter
from unioncat.services.catalogue import Catalogue
from unioncat.services.find import Finder
from unioncat.services.formats import Formats
from unioncat.services.listing import Listing
from unioncat.services.oai_sets import set_specs
from unioncat.store import Members, Store
from unioncat.store.tables import ClusterRow, HoldingRow, SourceBodyRow, SourceRecordRow, SourceRow
from unioncat.web import Site, create_app


@dataclass(frozen=True)
class Province:
    """store, index: where everything is. first: id of the first edition; hostile, merged, gone: ids of odd ones."""

    store: Store
    index: Path
    first: ClusterId
    hostile: ClusterId
    merged: ClusterId
    gone: ClusterId
    count: int


def fill(store: Store) -> Province:
    rows = list(editions())
    with store.write() as session:
        for member in MEMBERS:
            Members(session).add(member)
        session.add(SourceRow(code="bt", member="VN-BT", harvester="file", next_run=None, lease_owner=None))
        session.flush()
        ids: list[int] = []
        for place, edition in enumerate(rows):
            record = marc_of(edition)
            ids.append(add_record(session, record, holdings_of(edition, f"bt/{edition.number}"), place))
        hostile = add_record(
            session,
            hostile_record(),
            [
                Holding(
                    MemberCode("VN-BT"), RecordKey("bt/x"), call_number=HOSTILE, note=HOSTILE, url="javascript:alert(1)"
                )
            ],
            len(rows),
        )
        merged = add_record(session, marc_of(rows[0]), [], len(rows) + 1)
        gone = add_record(session, marc_of(rows[1]), [], len(rows) + 2)
        session.execute(update(ClusterRow).where(ClusterRow.id == merged).values(deleted=True, heir=ids[0]))
        session.execute(update(ClusterRow).where(ClusterRow.id == gone).values(deleted=True))
    return Province(
        store, Path(), ClusterId(ids[0]), ClusterId(hostile), ClusterId(merged), ClusterId(gone), len(ids) + 1
    )


def add_record(session, record: Record, holdings: Sequence[Holding], place: int) -> int:  # type: ignore[no-untyped-def]
    moment = START + timedelta(hours=place)
    marc = to_json(record)
    provenance = b'[[0,"bt/%d","best"]]' % (place + 1)
    row = ClusterRow(
        marc=marc,
        provenance=provenance,
        fingerprint=b"x" * 16,
        created=moment,
        datestamp=moment,
        deleted=False,
        heir=None,
    )
    session.add(row)
    session.flush()
    source = SourceRecordRow(
        source=1,
        identifier=str(place + 1),
        format="marcjson",
        digest=hashlib.sha256(marc).digest()[:16],
        datestamp=moment,
        cluster=row.id,
        harvest=None,
    )
    session.add(source)
    session.flush()
    session.add(SourceBodyRow(record=source.id, marc=marc, raw=marc))
    for number, one in enumerate(holdings):
        session.add(
            HoldingRow(
                cluster=row.id,
                place=number,
                member=one.member,
                record=source.id,
                call_number=one.call_number,
                location=one.location,
                copies=one.copies,
                summary=one.summary,
                note=one.note,
                url=one.url,
                local_id=one.local_id,
            )
        )
    return int(row.id)


def build_index(store: Store, folder: Path) -> None:
    catalogue = Catalogue(store)
    members = catalogue.members()
    writer = TantivyWriter(folder)
    with store.read() as session:
        ids = [
            ClusterId(one) for (one,) in session.execute(ClusterRow.__table__.select().with_only_columns(ClusterRow.id))
        ]
    live = [record for record in catalogue.records(ids) if not record.deleted]
    writer.put(
        document_from_json(
            record.marc,
            record.holdings,
            members,
            record.datestamp,
            cluster=record.id,
            created=record.created,
            sets=set_specs(from_json(record.marc), record.holdings, members),
            version=1,
        )
        for record in live
    )
    writer.commit(1)
    writer.close()


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """Read it only; tests that write make their own."""
    folder = tmp_path_factory.mktemp("province")
    store = Store.create(f"sqlite:///{folder / 'catalogue.db'}")
    made = fill(store)
    build_index(store, folder / "index")
    yield Province(store, folder / "index", made.first, made.hostile, made.merged, made.gone, made.count)
    store.close()


@pytest.fixture(scope="session")
def app(province: Province) -> Flask:
    catalogue = Catalogue(province.store)
    app = create_app(
        site=Site(
            secret_key="for tests only", admin_email="thuvien@bentre.example", version="0.1.0", rate_limits=False
        ),
        catalogue=catalogue,
        listing=Listing(province.store),
        finder=Finder(TantivyEngine(province.index), catalogue),
        formats=Formats.load(),
    )
    app.config.update(TESTING=True)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
