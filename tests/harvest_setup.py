"""A store that harvests: what tests of harvesting share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harvesters.base import HarvesterContext
from harvesters.oai_pmh import OaiPmhHarvester
from unioncat.matching import load_ruleset
from unioncat.model import Member, MemberCode, Source, SourceId
from unioncat.services.formats import Formats
from unioncat.services.harvesting import HarvestRunner, Policy, RunResult
from unioncat.services.ingest import Ingest
from unioncat.services.pool import WorkPool
from unioncat.store import Harvests, Members, SourceRecords, Sources, Store

QUICK = {"backoff": "0.01", "timeout": "5", "retries": "2", "delay": "0"}


@dataclass
class Harvesting:
    store: Store
    ingest: Ingest
    source: Source
    runner: HarvestRunner

    @classmethod
    def create(cls, folder: Path, endpoint: str, **fields: Any) -> Harvesting:
        store = Store.create(f"sqlite:///{folder / 'harvesting.db'}")
        with store.write() as session:
            if not Members(session).all():
                Members(session).add(Member(MemberCode("VN-X"), "Thư viện X", "public"))
            fields = {"harvester": "oai-pmh", "quirks": QUICK, **fields}
            known = {source.code: source for source in Sources(session).all()}
            source = Source(SourceId(0), "x", MemberCode("VN-X"), endpoint=endpoint, **fields)
            source = known.get("x") or Sources(session).add(source)
        pool = WorkPool(load_ruleset("default"), workers=1, formats=Formats.load())
        ingest = Ingest(store, pool)
        return cls(store, ingest, source, HarvestRunner(store, ingest, policy=Policy()))

    def harvester(self) -> OaiPmhHarvester:
        return OaiPmhHarvester(HarvesterContext(contact="test@example.vn"))

    def run(self, **options: Any) -> RunResult:
        return self.runner.run(self.harvester(), self.reread(), **options)

    def reread(self) -> Source:
        with self.store.read() as session:
            self.source = Sources(session).get("x")
        return self.source

    def change(self, **fields: Any) -> None:
        with self.store.write() as session:
            Sources(session).update(replace(Sources(session).get("x"), **fields))

    def live(self) -> dict[str, bytes]:
        """Identifier → MARC of the live source records."""
        with self.store.read() as session:
            return {each.identifier: each.marc for each in SourceRecords(session).of_source(self.source.id)}

    def runs(self) -> list[Any]:
        with self.store.read() as session:
            return Harvests(session).all(self.source.id)
