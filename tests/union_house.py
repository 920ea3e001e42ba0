"""A whole house over one store, fed with made records: what tests of ingest, clustering and the store share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson

from unioncat.matching import load_ruleset
from unioncat.model import (
    ClusterId,
    HarvestedRecord,
    Member,
    MemberCode,
    RawRecord,
    RecordKey,
    Source,
    SourceId,
    UnionRecord,
    record_key,
)
from unioncat.services.catalogue import Catalogue
from unioncat.services.formats import Formats
from unioncat.services.ingest import Ingest, IngestRun
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster, Report
from unioncat.store import Members, SourceRecords, Sources, Store
from unioncat.store.fingerprints import catalogue_content, catalogue_fingerprint

LIBRARIES = (
    Member(MemberCode("VN-BT"), "Thư viện tỉnh Bến Tre", "public", "Ben Tre Library", "Bến Tre", "Bến Tre"),
    Member(MemberCode("VN-CD"), "Thư viện Trường Cao đẳng", "college", "", "Châu Thành", "Bến Tre"),
    Member(MemberCode("VN-MC"), "Thư viện huyện Mỏ Cày", "district", "", "Mỏ Cày", "Bến Tre"),
)
_formats: list[Formats] = []


def formats() -> Formats:
    if not _formats:
        _formats.append(Formats.load())
    return _formats[0]


def one_process() -> WorkPool:
    return WorkPool(load_ruleset("default"), workers=1, formats=formats())


@dataclass(frozen=True)
class Book:
    """What a made record says. number: its 001; "" gives a record without one."""

    number: str
    title: str
    author: str = "Nguyễn, Đình Chiểu"
    year: int = 1998
    pages: int = 215
    publisher: str = "Nxb. Trẻ"
    call_number: str = "895.922 LU"
    extra: Mapping[str, str] = field(default_factory=dict)

    def marc(self) -> bytes:
        fields: list[dict[str, object]] = []
        if self.number:
            fields.append({"001": self.number})
        fields.append({"008": f"980101s{self.year}    vm            000 1 vie d"})
        if self.author:
            fields.append(_field("100", "1 ", a=self.author))
        fields.append(_field("245", "10", a=self.title))
        if self.publisher or self.year:
            fields.append(_field("260", "  ", a="Tp. Hồ Chí Minh :", b=f"{self.publisher},", c=str(self.year)))
        if self.pages:
            fields.append(_field("300", "  ", a=f"{self.pages} tr. ;", c="21 cm"))
        fields.extend(_field(tag, "  ", a=value) for tag, value in self.extra.items())
        fields.append(_field("852", "  ", a="Kho mượn", h=self.call_number))
        return orjson.dumps({"leader": "00000nam a2200000 a 4500", "fields": fields})

    def harvested(self, place: int = 1, identifier: str | None = None) -> HarvestedRecord:
        return HarvestedRecord(identifier, RawRecord("marcjson", self.marc(), place))


def _field(tag: str, indicators: str, **subfields: str) -> dict[str, object]:
    pairs = [{code: value} for code, value in subfields.items()]
    return {tag: {"ind1": indicators[0], "ind2": indicators[1], "subfields": pairs}}


def books(count: int, start: int = 0, author: str = "") -> list[Book]:
    """Distinct books."""
    words = ("Lịch sử", "Địa lý", "Văn học", "Nông nghiệp", "Thủy sản", "Kiến trúc", "Dừa nước", "Truyện kể")
    return [
        Book(
            f"b{number:05d}",
            f"{words[number % 8]} {_word(number)} {_word(number * 7 + 3)}",
            author or f"{_word(number * 3)}, Văn {_word(number * 5)}",
            1950 + number % 70,
            100 + number % 400,
        )
        for number in range(start, start + count)
    ]


def _word(number: int) -> str:
    """A made syllable or two, another for each number."""
    heads, tails = "bcdghklmnprstvx", ("ang", "inh", "ong", "uyen", "ai", "em", "oc", "ut")
    text = ""
    number += 11
    while number:
        number, rest = divmod(number, 120)
        text += heads[rest % 15] + tails[rest // 15]
    return text.capitalize()


class Ticking:
    """A clock that stands still until told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, seconds: float = 1) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


class House:
    """The parts over one store, in one process unless a pool is given."""

    def __init__(self, url: str, pool: WorkPool | None = None) -> None:
        self.url = url
        self.clock = Ticking()
        self.store = Store.create(url)
        self.pool = pool or one_process()
        self.recluster = Recluster(self.store, self.pool, clock=self.clock)
        self.ingest = Ingest(self.store, self.pool, self.recluster.run, clock=self.clock)
        self.catalogue = Catalogue(self.store)
        with self.store.write() as session:
            if not Members(session).count():
                for member in LIBRARIES:
                    Members(session).add(member)
                    Sources(session).add(Source(SourceId(0), member.code.lower(), member.code, "file"))

    def source(self, code: str = "vn-bt") -> Source:
        with self.store.read() as session:
            return Sources(session).get(code)

    def load(self, records: Iterable[Book | HarvestedRecord], code: str = "vn-bt", *, full: bool = False) -> IngestRun:
        made = (each.harvested(place) if isinstance(each, Book) else each for place, each in enumerate(records, 1))
        return self.ingest.run(self.source(code), made, full=full)

    def store_only(self, records: Sequence[Book], code: str = "vn-bt") -> IngestRun:
        """Stored, and left dirty."""
        made = [each.harvested(place) for place, each in enumerate(records, 1)]
        return self.ingest.run(self.source(code), made, recluster=False)

    def cluster(self) -> Report:
        return self.recluster.run()

    def delete(self, *numbers: str, code: str = "vn-bt") -> IngestRun:
        return self.load([HarvestedRecord(number, None, deleted=True) for number in numbers], code)

    def cluster_of(self, number: str, code: str = "vn-bt") -> ClusterId:
        with self.store.read() as session:
            return SourceRecords(session).cluster_of([record_key(code, number)])[record_key(code, number)]

    def record_of(self, number: str, code: str = "vn-bt") -> UnionRecord:
        return self.catalogue.record(self.cluster_of(number, code))

    def clusters(self) -> set[frozenset[RecordKey]]:
        with self.store.read() as session:
            return {frozenset(made.keys) for made in catalogue_content(session)}

    def fingerprint(self) -> str:
        with self.store.read() as session:
            return catalogue_fingerprint(session)

    def close(self) -> None:
        self.pool.close()
        self.store.close()
