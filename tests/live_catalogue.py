"""A catalogue fed through the real path (ingest, recluster), for tests of what readers see while it changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from unioncat.marc import Field, Indicators, Leader, Record, Subfield, to_json
from unioncat.matching import load_ruleset
from unioncat.model import HarvestedRecord, Member, MemberCode, RawRecord, Source, SourceId
from unioncat.services.catalogue import Catalogue
from unioncat.services.formats import Formats
from unioncat.services.ingest import Ingest
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster
from unioncat.store import Members, Sources, Store

TITLES = (
    "Truyện Lục Vân Tiên",
    "Đất rừng phương Nam",
    "Hương rừng Cà Mau",
    "Lịch sử Bến Tre kháng chiến",
    "Cây dừa trong văn hoá Nam Bộ",
    "Giáo trình kinh tế vi mô",
)


def marc(number: int, title: str, language: str = "vie") -> bytes:
    """A record as a library sends it; equal titles are one book, with its own ISBN."""
    record = Record()
    record.leader = Leader("00000nam a2200000 a 4500")
    place = TITLES.index(title) if title in TITLES else 99
    record.add_field(Field(tag="001", data=str(number)))
    record.add_field(Field(tag="008", data=f"120101s2012    vm            000 1 {language} d"))
    for tag, indicators, parts in (
        ("020", "  ", [("a", f"97860412{place:03d}5"[:13])]),
        ("100", "0 ", [("a", f"Tác giả {place}")]),
        ("245", "10", [("a", title)]),
        ("260", "  ", [("a", "Bến Tre"), ("b", "Nxb Trẻ"), ("c", "2012")]),
        ("300", "  ", [("a", f"{200 + place} tr.")]),
    ):
        subfields = [Subfield(code, value) for code, value in parts]
        record.add_field(Field(tag=tag, indicators=Indicators(*indicators), subfields=subfields))
    return to_json(record)


@dataclass
class LiveCatalogue:
    store: Store
    pool: WorkPool
    ingest: Ingest
    recluster: Recluster
    catalogue: Catalogue
    sources: dict[str, Source] = field(default_factory=dict)

    @classmethod
    def create(cls, url: str, members: tuple[str, ...] = ("VN-A", "VN-B", "VN-C")) -> LiveCatalogue:
        store = Store.create(url)
        pool = WorkPool(load_ruleset("default"), 1, Formats.load())
        made = cls(store, pool, Ingest(store, pool), Recluster(store, pool), Catalogue(store))
        kinds = ("public", "school", "college")
        with store.write() as session:
            for place, code in enumerate(members):
                member = Member(MemberCode(code), f"Thư viện {code}", kinds[place % 3], province="Bến Tre")
                Members(session).add(member)
                new = Source(SourceId(0), code.lower(), member.code, "oai-pmh", f"https://{code}.example/oai")
                made.sources[code] = Sources(session).add(new)
        return made

    @classmethod
    def on(cls, folder: Path) -> LiveCatalogue:
        return cls.create(f"sqlite:///{folder / 'live.db'}")

    def send(self, member: str, *records: tuple[int, str | None], language: str = "vie") -> None:
        """(number, title) for a new or changed record, (number, None) for a deletion."""
        harvested = [
            HarvestedRecord(f"oai:{member}:{number}", None, deleted=True)
            if title is None
            else HarvestedRecord(f"oai:{member}:{number}", RawRecord("marcjson", marc(number, title, language), 1))
            for number, title in records
        ]
        self.ingest.run(self.sources[member], harvested)
        self.recluster.run()

    def close(self) -> None:
        self.pool.close()
        self.store.close()
