"""Everything behind the workbench, built for real: store, pipeline, index, services, over three libraries' records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Blueprint, Flask

from harvesters.base import HarvesterContext
from tests.province import MEMBERS, marc_of
from unioncat.demo.editions import editions
from unioncat.marc import Field, to_json
from unioncat.matching import RULESET
from unioncat.model import HarvestedRecord, MemberCode, RawRecord, Source, SourceId
from unioncat.search import open_engine, tantivy_engine
from unioncat.services.accounts import Accounts
from unioncat.services.batches import Batches
from unioncat.services.catalogue import Catalogue
from unioncat.services.contribute import Contribute
from unioncat.services.copy_cataloguing import CopyCataloguing
from unioncat.services.drafts import Drafts
from unioncat.services.find import Finder
from unioncat.services.formats import Formats
from unioncat.services.harvesters import Harvesters
from unioncat.services.harvesting import HarvestRunner
from unioncat.services.indexing import Indexer
from unioncat.services.ingest import Ingest
from unioncat.services.listing import Listing
from unioncat.services.office import Office
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster
from unioncat.services.review import Review
from unioncat.services.roles import Actor
from unioncat.services.targets import Targets
from unioncat.store import Members, Sources, Store
from unioncat.web import Site, create_app

ADMIN = Actor(1, "quantri", "admin")
LAN = Actor(2, "lan", "cataloguer", MemberCode("VN-BT"))
MINH = Actor(3, "minh", "cataloguer", MemberCode("VN-BT-BATRI"))
VIEWER = Actor(4, "xem", "viewer")
PASSWORD = "con đường sáng"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
SOURCES = {"P": "VN-BT", "D": "VN-BT-BATRI", "S": "VN-BT-THPT01"}


@dataclass
class Workroom:
    store: Store
    index_url: str
    catalogue: Catalogue
    finder: Finder
    formats: Formats
    pool: WorkPool
    ingest: Ingest
    accounts: Accounts
    contribute: Contribute
    drafts: Drafts
    batches: Batches
    review: Review
    indexer: Indexer

    def update(self) -> None:
        """Cluster and index: what is called after every change here, so that tests see it at once."""
        Recluster(self.store, self.pool).run()
        self.indexer.catch_up()


def harvested(letter: str, limit: int = 40) -> list[HarvestedRecord]:
    """Records of one library as it would send them."""
    found = []
    for edition in editions():
        if letter in edition.holders and len(found) < limit:
            record = marc_of(edition)
            record.fields.insert(0, Field("001", data=f"{letter}{edition.number:04}"))
            found.append(HarvestedRecord(None, RawRecord("marcjson", to_json(record), edition.number)))
    return found


@contextmanager
def workroom(folder: Path, *, limit: int = 40) -> Iterator[Workroom]:
    """A province with the records of three libraries, harvested, merged and indexed; four accounts."""
    store = Store.create(f"sqlite:///{folder / 'catalogue.db'}")
    index_url = f"tantivy://{folder / 'index'}"
    formats = Formats.load()
    pool = WorkPool(RULESET, 1, formats)
    recluster = Recluster(store, pool)
    indexer = Indexer(store, index_url)
    ingest = Ingest(store, pool)
    catalogue = Catalogue(store)
    finder = Finder(open_engine(index_url), catalogue)

    def update() -> None:
        recluster.run()
        indexer.catch_up()

    with store.write() as session:
        for member in MEMBERS:
            Members(session).add(member)
        sources = [
            Sources(session).add(Source(SourceId(0), f"{code}-file", MemberCode(code), "file"))
            for code in SOURCES.values()
        ]
    for source, letter in zip(sources, SOURCES, strict=True):
        ingest.run(source, harvested(letter, limit))
    update()
    accounts = Accounts(store, hasher=QUICK)
    for actor in (ADMIN, LAN, MINH, VIEWER):
        made = accounts.add(actor.login, PASSWORD, actor.role, member=actor.member, name=actor.login.title())
        assert made.id == actor.account
    look, tantivy_engine._LOOK_SECONDS = tantivy_engine._LOOK_SECONDS, 0.0  # tests look at once
    try:
        yield Workroom(
            store=store,
            index_url=index_url,
            catalogue=catalogue,
            finder=finder,
            formats=formats,
            pool=pool,
            ingest=ingest,
            accounts=accounts,
            contribute=Contribute(store, catalogue, finder, ingest, update, lambda: RULESET),
            drafts=Drafts(store),
            batches=Batches(store, formats, ingest, pool, update),
            review=Review(store, update, lambda: RULESET),
            indexer=indexer,
        )
    finally:
        tantivy_engine._LOOK_SECONDS = look
        pool.close()
        store.close()


def staff_app(
    room: Workroom,
    *,
    blueprints: Sequence[tuple[Blueprint, str]] = (),
    rate_limits: bool = False,
    copying: CopyCataloguing | None = None,
    **site: Any,
) -> tuple[Flask, Office]:
    """The whole web face over a workroom, with the office behind it. Rate limits are off."""
    recluster = room.update
    runner = HarvestRunner(room.store, room.ingest, recluster)
    context = HarvesterContext(
        contact="a@example.org", formats=frozenset(room.formats.read), open_file=room.formats.open
    )
    office = Office.build(
        store=room.store,
        catalogue=room.catalogue,
        finder=room.finder,
        formats=room.formats,
        pool=room.pool,
        ingest=room.ingest,
        recluster=recluster,
        runner=runner,
        harvesters=Harvesters.load(context),
        indexer=room.indexer,
        allow_private_sources=True,
        copying=copying or CopyCataloguing(room.finder, Targets([]), {}, room.formats),
        hasher=QUICK,
    )
    app = create_app(
        site=Site(secret_key="for tests only", admin_email="thuvien@bentre.example", rate_limits=rate_limits, **site),
        catalogue=room.catalogue,
        listing=Listing(room.store),
        finder=room.finder,
        formats=room.formats,
        office=office,
        blueprints=blueprints,
    )
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app, office
