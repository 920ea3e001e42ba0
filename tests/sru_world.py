"""A small catalogue with an index and an SRU door, for the tests of finding and of SRU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask
from lxml import etree

from mappings.entry_points import EXPORTS
from protocols.sru import Identity, SruServer, blueprint
from unioncat.marc import from_json
from unioncat.marc.formats import ExportRecord
from unioncat.model import ClusterId, Holding, Member, MemberCode, RecordKey, UnionRecord
from unioncat.search import document, open_engine, open_writer
from unioncat.services.find import Finder
from unioncat.services.indexing import record_version

BT, CL = MemberCode("VN-BT"), MemberCode("VN-CL")
MEMBERS = {
    BT: Member(BT, "Thư viện tỉnh Bến Tre", "public", "Ben Tre Provincial Library", district="Bến Tre"),
    CL: Member(CL, "Thư viện Chợ Lách", "district", "Cho Lach Library", district="Chợ Lách"),
}
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def marc(*fields: tuple[str, str], leader: str = "00000nam a2200000 a 4500") -> bytes:
    """MARC-in-JSON of fields like ("245", "10$aTitle$bRest") and ("001", "data")."""
    import orjson

    rows: list[dict[str, Any]] = []
    for tag, text in fields:
        if "$" not in text:
            rows.append({tag: text})
            continue
        indicators, *parts = text.split("$")
        rows.append(
            {
                tag: {
                    "ind1": indicators[:1].replace("_", " ") or " ",
                    "ind2": indicators[1:2].replace("_", " ") or " ",
                    "subfields": [{part[0]: part[1:]} for part in parts],
                }
            }
        )
    return orjson.dumps({"leader": leader, "fields": rows})


@dataclass
class FakeCatalogue:
    """The read side that Finder and SRU use, over a dict."""

    by_id: dict[ClusterId, UnionRecord]
    by_code: Mapping[MemberCode, Member]

    def records(self, clusters: Sequence[ClusterId]) -> list[UnionRecord]:
        return [self.by_id[cluster] for cluster in clusters if cluster in self.by_id]

    def bodies(self, clusters: Sequence[ClusterId]) -> dict[ClusterId, tuple[bytes, datetime]]:
        return {cluster: (self.by_id[cluster].marc, NOW) for cluster in clusters if cluster in self.by_id}

    def members(self) -> Mapping[MemberCode, Member]:
        return self.by_code

    def export(self, record: UnionRecord, base_url: str = "") -> ExportRecord:
        return ExportRecord(
            record.public_id, from_json(record.marc), record.datestamp, record.holdings, self.by_code, base_url
        )


def union_record(number: int, body: bytes, libraries: Sequence[MemberCode], sets: Sequence[str]) -> UnionRecord:
    holdings = tuple(
        Holding(code, RecordKey(f"{code}/{number}"), call_number=f"{number}.5 X", local_id=f"L{number}")
        for code in libraries
    )
    return UnionRecord(
        ClusterId(number), body, sha256(body).digest()[:16], NOW, NOW, holdings=holdings, sets=tuple(sets)
    )


class World:
    """records: as `union_record` makes them; the index is built in `folder`."""

    def __init__(self, folder: Path, records: Sequence[UnionRecord], engine: str = "tantivy") -> None:
        self.folder = folder
        self.url = f"{engine}://{folder}/index"
        self.catalogue = FakeCatalogue({record.id: record for record in records}, MEMBERS)
        writer = open_writer(self.url)
        writer.put(
            document(
                from_json(record.marc),
                record.holdings,
                MEMBERS,
                record.datestamp,
                cluster=record.id,
                created=record.created,
                sets=record.sets,
                version=record_version(record),
            )
            for record in records
        )
        writer.commit(1)
        writer.close()
        self.finder = Finder(open_engine(self.url), self.catalogue)  # type: ignore[arg-type]
        self.formats = {each.name: each for each in EXPORTS}
        self.server = SruServer(
            self.finder,
            self.formats,
            Identity("Mục lục liên hợp Bến Tre", "Ben Tre union catalogue", "admin@example.org"),
            folder / "sets",
            "http://catalogue.example.org",
        )
        self.app = Flask("sru-test")
        self.app.register_blueprint(blueprint(self.server))
        self.client = self.app.test_client()

    def ask(self, _method: str = "GET", **parameters: str) -> etree._Element:
        """The parsed answer; underscores at the end of names are left out (``from_``)."""
        if _method == "POST":
            answer = self.client.post("/sru", data=parameters)
        else:
            answer = self.client.get("/sru", query_string=parameters)
        assert answer.status_code == 200
        assert answer.content_type == "text/xml; charset=utf-8"
        return etree.fromstring(answer.data)

    def search(self, query: str, version: str = "1.2", **more: str) -> etree._Element:
        if version == "2.0":
            return self.ask(query=query, **more)
        return self.ask(version=version, operation="searchRetrieve", query=query, **more)


def total(answer: etree._Element) -> int:
    return int(answer.findtext("{*}numberOfRecords") or -1)


def numbers(answer: etree._Element) -> list[int]:
    """Numbers of the diagnostics of an answer, surrogate ones left out."""
    return [int((each.text or "").rsplit("/", 1)[-1]) for each in answer.findall("{*}diagnostics/{*}diagnostic/{*}uri")]


def small_world(folder: Path, engine: str = "tantivy") -> World:
    """Forty records of everything that the access points of the table read."""
    records = []
    for number in range(1, 41):
        body = marc(
            ("001", f"uc{number:08d}"),
            ("008", f"000101s{1960 + number}    vm a   j      000 0 vie d"),
            ("010", f"__$a  {2000 + number}012345"),
            ("020", f"__$a{isbn(number)} :$c50000đ"),
            ("022", f"__$a0868-{number:03d}X"),
            ("024", f"3_$a89345{number:08d}"),
            ("035", f"__$a(OCoLC)ocn{number:09d}"),
            ("041", "1_$avie$hfre"),
            ("050", f"_4$aPL4378.9 .N{number}"),
            ("082", f"04$a895.922{number}"),
            ("084", f"__$aV{number}$2bbk"),
            ("100", f"1_$aNguyễn Văn {WORDS[number % 10]},$d1822-1888"),
            ("130", "_0$aTruyện Kiều."),
            ("222", f"_0$aTập san số {number}"),
            ("245", f"10$aSách thứ {WORDS[number % 10]} tập {number} :$bphần phụ /$cNguyễn Văn {WORDS[number % 10]}"),
            ("250", "__$aIn lần thứ hai"),
            ("260", f"__$aBến Tre :$bNxb. Văn nghệ,$c{1960 + number}"),
            ("300", "__$a120 tr. ;$c21 cm"),
            ("490", f"0_$aTủ sách tuổi trẻ ;$v{number}"),
            ("500", "__$aPhụ chú chung"),
            ("505", "0_$aChương một -- Chương hai"),
            ("520", "__$aTóm tắt nội dung cuốn sách"),
            ("540", "__$aĐược dùng tự do"),
            ("600", "14$aNguyễn, Du$tTruyện Kiều"),
            ("630", "04$aKinh Thi"),
            ("650", "_4$aVăn học$zViệt Nam"),
            ("651", "_4$aBến Tre"),
            ("655", "_7$aThơ$2local"),
            ("710", "2_$aHội Nhà văn"),
            ("711", "2_$aHội nghị Văn học"),
            ("773", "0_$tTạp chí Văn"),
            ("856", f"40$uhttp://example.org/b{number}"),
        )
        libraries = (BT, CL) if number % 2 else (BT,)
        sets = ("lang:vie", "type:book", "collection:diachi", "digital", "kind:public")
        record = union_record(number, body, libraries, sets)
        with_place = tuple(replace(each, location="Kho mở") for each in record.holdings)
        records.append(replace(record, holdings=with_place))
    return World(folder, records, engine)


WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def isbn(number: int) -> str:
    """A valid ISBN-13."""
    first = f"978604{number:06d}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(first)) % 10
    return f"{first}{check}"
