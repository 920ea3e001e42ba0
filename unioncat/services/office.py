"""All services behind the doors that need a login, built together: the workbench, the administration, the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher

from unioncat.services.accounts import Accounts
from unioncat.services.administration import Administration
from unioncat.services.batches import Batches
from unioncat.services.catalogue import Catalogue
from unioncat.services.contribute import Contribute
from unioncat.services.copy_cataloguing import CopyCataloguing
from unioncat.services.disseminate import Disseminator
from unioncat.services.drafts import Drafts
from unioncat.services.find import Finder
from unioncat.services.formats import Formats
from unioncat.services.harvesters import Harvesters
from unioncat.services.harvesting import HarvestRunner
from unioncat.services.indexing import Indexer
from unioncat.services.ingest import Ingest
from unioncat.services.jobs import Jobs
from unioncat.services.library_desk import LibraryDesk
from unioncat.services.live_ruleset import Rules
from unioncat.services.members import MemberDesk
from unioncat.services.pool import WorkPool
from unioncat.services.rehearsals import Rehearsals
from unioncat.services.review import Review
from unioncat.services.source_desk import SourceDesk
from unioncat.services.statistics import Statistics
from unioncat.store import Store

__all__ = ["Office"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the pages and the API for staff call. `close` it when the server ends."""

    accounts: Accounts
    contribute: Contribute
    drafts: Drafts
    batches: Batches
    review: Review
    administration: Administration
    statistics: Statistics
    jobs: Jobs
    indexer: Indexer
    rules: Rules
    desk: LibraryDesk
    rehearsals: Rehearsals
    copying: CopyCataloguing | None = None

    @classmethod
    def build(
        cls,
        *,
        store: Store,
        catalogue: Catalogue,
        finder: Finder,
        formats: Formats,
        pool: WorkPool,
        ingest: Ingest,
        recluster: Callable[[], object],
        runner: HarvestRunner,
        harvesters: Harvesters,
        indexer: Indexer,
        max_upload_mb: int = 64,
        allow_private_sources: bool = False,
        copying: CopyCataloguing | None = None,
        disseminator: Disseminator | None = None,
        hasher: PasswordHasher | None = None,
    ) -> Office:
        """recluster: called after every change; what it does is in the catalogue when a page comes back.

        copying: search in other libraries' catalogues; None: only here
        disseminator: makes the give-back file of a library; None: no such file
        runner:  its own recluster is used after harvests.
        """
        jobs = Jobs()
        rules = Rules(store, pool)
        return cls(
            accounts=Accounts(store, hasher=hasher),
            contribute=Contribute(store, catalogue, finder, ingest, recluster, rules),
            drafts=Drafts(store),
            batches=Batches(store, formats, ingest, pool, recluster, limit=max_upload_mb * 1024 * 1024),
            review=Review(store, recluster, rules),
            administration=Administration(
                store,
                MemberDesk(store, ingest, recluster),
                SourceDesk(store),
                harvesters,
                runner,
                ingest,
                formats,
                jobs,
                recluster,
                allow_private=allow_private_sources,
            ),
            statistics=Statistics(store),
            jobs=jobs,
            indexer=indexer,
            rules=rules,
            desk=LibraryDesk(store, formats, disseminator),
            rehearsals=Rehearsals(store, pool, rules, recluster, jobs),
            copying=copying,
        )

    def close(self) -> None:
        self.jobs.close()
