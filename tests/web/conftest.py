"""A small province for the tests of the web: a real store and a real index, filled from the sample editions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from unioncat.services.find import Finder

from unioncat.demo.editions import Edition, editions
from unioncat.marc import Field, Indicators, Record, Subfield, to_json
from unioncat.model import ClusterId, Holding, Member, MemberCode, RecordKey
from unioncat.search.documents import document_from_json
from unioncat.search.tantivy_engine import TantivyEngine
from unioncat.search.tantivy_writer import TantivyWriter
from unioncat.services.catalogue import Catalogue
from unioncat.services.formats import Formats
from unioncat.services.listing import Listing
from unioncat.services.oai_sets import set_specs
from unioncat.store import Members, Store
from unioncat.store.tables import ClusterRow, HoldingRow, SourceBodyRow, SourceRecordRow, SourceRow
from unioncat.web import Site, create_app

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

MEMBERS = (
    Member(
        MemberCode("VN-BT"),
        "Thư viện Nguyễn Đình Chiểu tỉnh Bến Tre",
        "public",
        name_en="Nguyen Dinh Chieu Provincial Library",
        district="Thành phố Bến Tre",
        province="Tỉnh Bến Tre",
        email="thuvien@bentre.example",
        link_template="https://opac.bentre.example/record?id={id}",
        profile={
            "about": "Thư viện công cộng của tỉnh, mở cửa cho mọi người.\nThẻ bạn đọc được cấp trong ngày.",
            "about_en": "The public library of the province, open to all.",
            "hours": "Thứ hai đến thứ sáu: 7:30–17:00\nThứ bảy: 8:00–16:00",
            "address": "Số 1 đường Đồng Khởi, phường An Hội",
            "phone": "0275 3822 000",
            "map": "https://www.openstreetmap.org/?mlat=10.24&mlon=106.37",
            "website": "javascript:alert(1)",
        },
    ),
    Member(
        MemberCode("VN-BT-CDBT"),
        "Thư viện Trường Cao đẳng Bến Tre",
        "college",
        name_en="Ben Tre College Library",
        district="Thành phố Bến Tre",
        province="Tỉnh Bến Tre",
    ),
    Member(
        MemberCode("VN-BT-BATRI"),
        "Thư viện huyện Ba Tri",
        "district",
        district="Huyện Ba Tri",
        province="Tỉnh Bến Tre",
    ),
    Member(
        MemberCode("VN-BT-THPT01"),
        "Thư viện Trường THPT Phan Thanh Giản",
        "school",
        district="Huyện Ba Tri",
        province="Tỉnh Bến Tre",
    ),
    Member(
        MemberCode("VN-BT-BTANG"),
        "Thư viện Bảo tàng Bến Tre",
        "specialised",
        name_en="Ben Tre Museum Library",
        district="Thành phố Bến Tre",
        province="Tỉnh Bến Tre",
    ),
)
BY_LETTER = dict(zip("PCDSX", MEMBERS, strict=True))
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'"


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


def data(tag: str, indicators: str, *pairs: str) -> Field:
    parts = [Subfield(code, value) for code, value in zip(pairs[::2], pairs[1::2], strict=True) if value]
    return Field(tag, Indicators(*indicators), parts)


def marc_of(edition: Edition) -> Record:
    record = Record(leader="00000nam a2200000 i 4500")
    year = edition.year if edition.year.isdigit() else "    "
    record.add_field(Field("008", data=f"260101s{year}    vm            000 0 {edition.language} d"))
    if edition.isbn:
        record.add_field(data("020", "  ", "a", edition.isbn))
    if edition.ddc:
        record.add_field(data("082", "04", "a", edition.ddc))
    if edition.author:
        tag = "110" if edition.is_corporate else "100"
        record.add_field(data(tag, "0 ", "a", edition.author + ",", "d", edition.dates, "e", "tác giả"))
    title = edition.title + (" :" if edition.other_title else " /")
    rest = f"{edition.other_title} /" if edition.other_title else ""
    record.add_field(data("245", "10", "a", title, "n", edition.part, "b", rest, "c", edition.responsibility))
    if edition.edition:
        record.add_field(data("250", "  ", "a", edition.edition))
    record.add_field(data("264", " 1", "a", f"{edition.place} :", "b", f"{edition.publisher},", "c", edition.year))
    record.add_field(data("300", "  ", "a", f"{edition.pages} tr.", "c", "21 cm"))
    if edition.series:
        record.add_field(data("490", "0 ", "a", edition.series))
    for subject in edition.subjects:
        record.add_field(data("650", " 7", "a", subject, "2", "btkkhcn"))
    if edition.number % 17 == 0:
        record.add_field(data("856", "40", "u", f"https://so.bentre.example/{edition.number}", "y", "Bản số"))
    return record


def hostile_record() -> Record:
    record = Record(leader="00000nam a2200000 i 4500")
    record.add_field(Field("008", data="260101s2020    vm            000 0 vie d"))
    for tag in ("020", "100", "245", "250", "264", "300", "490", "500", "505", "520", "650", "651", "700", "773"):
        record.add_field(data(tag, " 1", "a", HOSTILE, "b", HOSTILE, "c", HOSTILE, "x", HOSTILE))
    record.add_field(data("856", "40", "u", "javascript:alert(1)", "y", HOSTILE))
    record.add_field(data("856", "40", "u", 'https://x.example/?a="><script>alert(1)</script>', "y", HOSTILE))
    return record


def holdings_of(edition: Edition, key: str) -> list[Holding]:
    found = []
    for place, letter in enumerate(edition.holders):
        member = BY_LETTER[letter].code
        found.append(
            Holding(
                member=member,
                record_key=RecordKey(key),
                call_number=f"{edition.ddc} {edition.title[:1].upper()}{edition.number:03}" if place < 3 else None,
                location="Kho địa chí" if "Địa chí" in edition.note else "Phòng mượn" if place == 0 else None,
                copies=(edition.number + place) % 4 or None,
                local_id=str(1000 + edition.number),
            )
        )
    return found


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
    from unioncat.marc import from_json

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
        site=Site(secret_key="for tests only", admin_email="thuvien@bentre.example", version="0.1.0"),
        catalogue=catalogue,
        listing=Listing(province.store),
        finder=Finder(TantivyEngine(province.index), catalogue),
        formats=Formats.load(),
    )
    app.config.update(TESTING=True, RATELIMIT_ENABLED=False)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
