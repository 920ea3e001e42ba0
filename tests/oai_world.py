"""A catalogue planted straight into the tables, for tests of the doors: quick, and every state can be made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, insert, select

from unioncat.marc import Field, Indicators, Leader, Record, Subfield, from_json, to_json
from unioncat.model import ClusterId, Holding, Member, MemberCode, Source, SourceId, record_key
from unioncat.services.catalogue import Catalogue
from unioncat.services.disseminate import Disseminator
from unioncat.services.oai_sets import set_specs
from unioncat.store import Members, Sources, Store
from unioncat.store.rendered import RenderedCache
from unioncat.store.tables import ClusterRow, ClusterSetRow, HoldingRow, SourceBodyRow, SourceRecordRow

START = datetime(2026, 1, 1, tzinfo=UTC)
LIBRARIES = (
    Member(MemberCode("VN-BT"), "Thư viện tỉnh Bến Tre", "public", "Ben Tre Library", "Bến Tre", "Bến Tre"),
    Member(MemberCode("VN-CD"), "Thư viện Trường Cao đẳng", "college", "", "Châu Thành", "Bến Tre"),
)


def a_book(number: int, title: str, language: str = "vie") -> Record:
    record = Record()
    record.leader = Leader("00000nam a2200000 a 4500")
    record.add_field(Field(tag="001", data=f"uc{number:08d}"))
    record.add_field(Field(tag="008", data=f"120101s2012    vm            000 1 {language} d"))
    record.add_field(Field(tag="245", indicators=Indicators("1", "0"), subfields=[Subfield("a", title)]))
    return record


@dataclass
class World:
    """clock: the second that the next change is stamped with; moves on by hand or with `tick`."""

    store: Store
    clock: datetime = START
    sources: dict[str, Source] = field(default_factory=dict)
    next_cluster: int = 1

    @classmethod
    def create(cls, folder: Path) -> World:
        world = cls(Store.create(f"sqlite:///{folder / 'world.db'}"))
        with world.store.write() as session:
            for member in LIBRARIES:
                Members(session).add(member)
                code = str(member.code).lower()
                source = Source(SourceId(0), code, member.code, "oai-pmh", f"https://{code}.example/oai")
                world.sources[member.code] = Sources(session).add(source)
        return world

    def tick(self, seconds: float = 1) -> datetime:
        self.clock += timedelta(seconds=seconds)
        return self.clock

    def add(self, title: str = "", libraries: Sequence[str] = ("VN-BT",), language: str = "vie") -> ClusterId:
        number = self.next_cluster
        self.next_cluster += 1
        return self.put(number, title or f"Sách số {number}", libraries, language)

    def put(self, number: int, title: str, libraries: Iterable[str] = ("VN-BT",), language: str = "vie") -> ClusterId:
        """The cluster with this content, new or changed, stamped now."""
        cluster, libraries = ClusterId(number), list(libraries)
        record = a_book(number, title, language)
        members = {member.code: member for member in LIBRARIES}
        held = [Holding(MemberCode(code), record_key(code.lower(), f"oai:{code}:{number}")) for code in libraries]
        sets = {"", *set_specs(record, held, members)}
        with self.store.write() as session:
            mine = select(SourceRecordRow.id).where(SourceRecordRow.cluster == cluster)
            session.execute(delete(SourceBodyRow).where(SourceBodyRow.record.in_(mine)))
            for table in (HoldingRow, SourceRecordRow):
                session.execute(delete(table).where(table.cluster == cluster))
            known = session.get(ClusterRow, cluster)
            row = known or ClusterRow(id=cluster, created=self.clock)
            row.marc, row.fingerprint, row.datestamp, row.deleted = to_json(record), title.encode(), self.clock, False
            session.add(row)
            session.flush()
            for code in libraries:
                own = from_json(to_json(record))
                own["001"].data = f"{code}-{number}"
                kept = SourceRecordRow(
                    source=self.sources[code].id,
                    identifier=f"oai:{code}:{number}",
                    format="marcxml",
                    digest=b"",
                    datestamp=self.clock,
                    cluster=cluster,
                )
                session.add(kept)
                session.flush()
                session.add(SourceBodyRow(record=kept.id, raw=b"<record/>", marc=to_json(own)))
                values = {
                    "cluster": cluster,
                    "member": code,
                    "record": kept.id,
                    "items": [],
                    "place": libraries.index(code),
                }
                session.execute(insert(HoldingRow), [values])
            self._set_rows(session, cluster, sets)
        return cluster

    def delete(self, cluster: ClusterId) -> None:
        with self.store.write() as session:
            row = session.get(ClusterRow, cluster)
            assert row is not None
            row.deleted, row.datestamp = True, self.clock
            self._set_rows(session, cluster, set())

    def _set_rows(self, session, cluster, sets):  # type: ignore[no-untyped-def]
        rows = {row.set_spec: row for row in session.query(ClusterSetRow).filter_by(cluster=cluster)}
        for spec in sets | set(rows):
            row = rows.get(spec)
            if row is None:
                session.add(ClusterSetRow(set_spec=spec, cluster=cluster, datestamp=self.clock, gone=False))
            elif spec in sets or not row.gone:
                row.datestamp, row.gone = self.clock, spec not in sets

    def disseminator(self, formats, cache: RenderedCache | None = None, **more) -> Disseminator:  # type: ignore[no-untyped-def]
        return Disseminator(
            self.store,
            Catalogue(self.store),
            formats,
            repository="mucluc.example.vn",
            base_url="https://mucluc.example.vn",
            cache=cache,
            **more,
        )
