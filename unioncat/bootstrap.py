"""The wiring: from settings to the parts. Only entry points (web, cli, server mains, demo) import it.

`App` makes each part when it is first asked for, so that a short command opens no more than it needs.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask

from harvesters.asking import SruAsker, Z3950Asker
from harvesters.base import HarvesterContext
from mappings import codelists
from protocols import oaipmh, sru
from protocols.oaipmh import Provider, TokenSigner
from protocols.z3950.association import Parts as Z3950Parts
from protocols.z3950.limits import Limits
from protocols.z3950.wiring import make_parts
from protocols.z3950.workbench import WorkbenchContributor
from unioncat import __version__
from unioncat.marc import first
from unioncat.matching import Ruleset, load_ruleset
from unioncat.matching.ruleset import parse_ruleset
from unioncat.model import BadRecord, ConfigError, Conflict, Source
from unioncat.search import open_engine
from unioncat.services.accounts import Accounts
from unioncat.services.catalogue import Catalogue
from unioncat.services.copy_cataloguing import CopyCataloguing, load_searchers
from unioncat.services.dcat import Publication
from unioncat.services.disseminate import Disseminator, repository_identifier, token_secret
from unioncat.services.doctor import Asker, Doctor
from unioncat.services.dump import Dumps
from unioncat.services.explain import Explainer
from unioncat.services.find import Finder
from unioncat.services.formats import Formats
from unioncat.services.harvest_rehearsal import Rehearsal, rehearse
from unioncat.services.harvesters import Harvesters
from unioncat.services.harvesting import HarvestRunner, Policy, RunResult
from unioncat.services.index_feed import IndexFeed
from unioncat.services.indexing import Indexer
from unioncat.services.ingest import Ingest
from unioncat.services.listing import Listing
from unioncat.services.live_ruleset import first_version, live_ruleset
from unioncat.services.members import MemberDesk
from unioncat.services.notices import Notices, Sender, smtp_sender, webhook_sender
from unioncat.services.office import Office
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster
from unioncat.services.report import Reports
from unioncat.services.schedule import Scheduler
from unioncat.services.source_desk import SourceDesk
from unioncat.services.targets import Targets
from unioncat.services.verdicts import VerdictDesk
from unioncat.settings import Settings
from unioncat.store import Settings as StoredSettings
from unioncat.store import Store
from unioncat.store.rendered import RenderedCache
from unioncat.web import Site, create_app, open_data

log = logging.getLogger(__name__)

OAI_FORMATS = ("oai_dc", "marc21", "marcxml", "marc21_holdings", "mods", "oai_qdc")
"""metadataPrefix, each the name of an export format."""


def ruleset_named(name: str) -> Ruleset:
    """A packaged ruleset by name, or a file by path. Raises ConfigError."""
    return load_ruleset(name)


def z3950_limits(given: Mapping[str, float]) -> Limits:
    """The bounds of the Z39.50 server with those that the operator set. Raises ConfigError for an unknown name."""
    usual = asdict(Limits())
    if unknown := sorted(set(given) - set(usual)):
        raise ConfigError(f"z3950_limits: {', '.join(unknown)} is no bound; there are {', '.join(sorted(usual))}")
    return Limits(**{name: type(usual[name])(value) for name, value in given.items()})


class App:
    """The parts over one store; a context manager that closes what was opened."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __enter__(self) -> App:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @classmethod
    def create(cls, settings: Settings) -> App:
        """The parts over a new store, or over the one that is there."""
        settings.home.mkdir(parents=True, exist_ok=True)
        with Store.create(settings.store_url) as store:
            first_version(store, load_ruleset(settings.ruleset))
        return cls(settings)

    @staticmethod
    def upgrade(settings: Settings) -> str:
        """Bring the store of an older version up to date; the schema reached."""
        return Store.upgrade(settings.store_url)

    def close(self) -> None:
        for name in ("office", "pool", "store"):
            if name in self.__dict__:
                getattr(self, name).close()

    # --- truth and rules -----------------------------------------------------------------------------------

    @cached_property
    def store(self) -> Store:
        return Store.open(self.settings.store_url)

    @cached_property
    def formats(self) -> Formats:
        return Formats.load()

    @cached_property
    def ruleset(self) -> Ruleset:
        """The ruleset in use: the last one put live, else the one that the settings name."""
        return live_ruleset(self.store) or load_ruleset(self.settings.ruleset)

    @cached_property
    def secret_key(self) -> str:
        """Signs sessions: from the settings, else made once and kept in the store."""
        if self.settings.secret_key:
            return self.settings.secret_key
        with self.store.write() as session:
            stored = StoredSettings(session)
            key = stored.get("secret_key")
            if not key:
                key = secrets.token_hex(32)
                stored.set("secret_key", key)
            return key

    # --- in ------------------------------------------------------------------------------------------------

    @cached_property
    def pool(self) -> WorkPool:
        return self.pool_of(self.ruleset)

    def pool_of(self, ruleset: Ruleset) -> WorkPool:
        """A pool that works by `ruleset`."""
        load = partial(parse_ruleset, ruleset.body, ruleset.weights)
        return WorkPool(ruleset, self.settings.process_count, self.formats, load)

    @cached_property
    def recluster(self) -> Recluster:
        feed = IndexFeed(self.store, self.settings.search_url, self.pool)
        return Recluster(self.store, self.pool, feed=feed)

    @cached_property
    def ingest(self) -> Ingest:
        return Ingest(self.store, self.pool, self.recluster.run)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.store)

    @cached_property
    def members(self) -> MemberDesk:
        return MemberDesk(self.store, self.ingest, self.recluster.run)

    @cached_property
    def sources(self) -> SourceDesk:
        return SourceDesk(self.store)

    @cached_property
    def harvesters(self) -> Harvesters:
        context = HarvesterContext(
            contact=self.settings.admin_email,
            formats=frozenset(self.formats.read),
            open_file=self.formats.open,
            spool=self.settings.home / "spool",
        )
        return Harvesters.load(context)

    @cached_property
    def verdicts(self) -> VerdictDesk:
        return VerdictDesk(self.store, self.recluster.run)

    @cached_property
    def explainer(self) -> Explainer:
        return Explainer(self.store, self.ruleset)

    @cached_property
    def harvesting(self) -> HarvestRunner:
        policy = Policy(most_deleted=self.settings.held_deletion_share)
        return HarvestRunner(self.store, self.ingest, self.recluster.run, policy=policy)

    def rehearse_harvest(self, source: Source, full: bool) -> Rehearsal:
        """What a harvest would change; nothing is stored."""
        harvester = self.harvesters.get(source.harvester)
        return rehearse(self.store, harvester, source, full=full, parse=self.formats.parse)

    @cached_property
    def notices(self) -> Notices:
        senders: dict[str, Sender] = {}
        if self.settings.smtp_url:
            senders["smtp"] = smtp_sender(self.settings.smtp_url, self.settings.admin_email)
        if self.settings.webhook_url:
            senders["webhook"] = webhook_sender(self.settings.webhook_url)
        return Notices(
            self.store,
            senders,
            catalogue_vi=self.settings.name_vi,
            catalogue_en=self.settings.name_en,
            contact=self.settings.admin_email,
        )

    @cached_property
    def reports(self) -> Reports:
        return Reports(self.store)

    def after_run(self, source: Source, result: RunResult) -> None:
        """What every run is followed by: the report's trend, then notices to those who asked for them."""
        self.reports.remember(source.id)
        self.notices.after_run(source, result)

    @cached_property
    def scheduler(self) -> Scheduler:
        return Scheduler(self.store, self.harvesting, self.harvesters.get, self.zone, after_run=self.after_run)

    def try_source(self, code: str, count: int) -> list[dict[str, str]]:
        """The first records of a feed, read but not stored: identifier, title, problem."""
        source = self.sources.get(code)
        harvester = self.harvesters.get(source.harvester)
        records = (each for page in harvester.harvest(source, None, "") for each in page.records)
        rows = []
        for each in islice(records, count):
            row = {"identifier": each.identifier or "", "title": "", "problem": each.refused or ""}
            if each.deleted:
                row["title"] = "(deleted)"
            elif each.raw is not None and not each.refused:
                try:
                    parsed = self.formats.parse(each.raw)
                    row["identifier"] = row["identifier"] or parsed.identifier or ""
                    row["title"] = first(parsed.record, "245$abnp") or ""
                except BadRecord as error:
                    row["problem"] = str(error)
            rows.append(row)
        return rows

    # --- out -----------------------------------------------------------------------------------------------

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.store)

    @cached_property
    def indexer(self) -> Indexer:
        return Indexer(self.store, self.settings.search_url, self.settings.process_count)

    def refresh_index(self) -> None:
        """Bring the index up to date, unless a server or worker follows the changes already."""
        try:
            self.indexer.catch_up()
        except Conflict:
            log.debug("another process follows the changes; it brings the index up to date")

    @cached_property
    def finder(self) -> Finder:
        return Finder(open_engine(self.settings.search_url), self.catalogue)

    @cached_property
    def disseminator(self) -> Disseminator:
        """The read side of OAI-PMH, with its cache of serialisations in the home folder."""
        repository = repository_identifier(self.settings.public_url, self.settings.repository_id)
        exports = {name: self.formats.export[name] for name in OAI_FORMATS if name in self.formats.export}
        generation = "|".join((__version__, repository, self.settings.public_url, *exports))
        return Disseminator(
            self.store,
            self.catalogue,
            exports,
            repository=repository,
            base_url=self.settings.public_url,
            agency=self.settings.name_en or self.settings.name_vi,
            cache=RenderedCache(self.settings.home / "cache" / "rendered.db", generation),
        )

    @cached_property
    def dumps(self) -> Dumps:
        publication = Publication(
            self.settings.name_vi,
            self.settings.name_en,
            self.settings.name_vi,
            self.settings.admin_email,
            self.settings.public_url,
            self.settings.data_licence,
        )
        return Dumps(self.store, self.catalogue, self.formats.export, self.path("data"), publication)

    @cached_property
    def provider(self) -> Provider:
        return Provider(
            self.disseminator,
            TokenSigner(token_secret(self.store)),
            name=self.settings.name_vi or self.settings.name_en,
            emails=[self.settings.admin_email],
            page=self.settings.oai_page,
            lifetime=timedelta(hours=self.settings.token_hours),
            rights=self.settings.data_licence,
            language_names={code: (row["vi"], row["en"]) for code, row in codelists.table("languages").items()},
        )

    @cached_property
    def sru(self) -> sru.SruServer:
        return sru.SruServer(
            self.finder,
            self.formats.export,
            sru.Identity(self.settings.name_vi, self.settings.name_en, self.settings.admin_email),
            self.path("cache") / "result-sets",
            self.settings.public_url,
        )

    @cached_property
    def z3950_parts(self) -> Z3950Parts:
        """What all Z39.50 associations share."""
        return make_parts(
            self.finder,
            self.formats.export,
            contributor=WorkbenchContributor(self.office.accounts, self.office.contribute, self.catalogue),
            name=self.settings.name_vi,
            name_en=self.settings.name_en,
            version=__version__,
            base_url=self.settings.public_url,
            limits=z3950_limits(self.settings.z3950_limits),
        )

    def doctor(self, http_url: str, z3950: str = "") -> Doctor:
        """Asks the doors served at these addresses. z3950: ``host:port``, "" if it is not served."""
        askers: list[Asker] = [SruAsker(f"{http_url.rstrip('/')}/sru")]
        if z3950:
            host, _, port = z3950.rpartition(":")
            askers.append(Z3950Asker(host, int(port)))
        return Doctor(
            self.store,
            oai_url=f"{http_url.rstrip('/')}/oai",
            harvester=self.harvesters.get("oai-pmh"),
            askers=askers,
            indexed=self.finder.engine.change_number,
        )

    @cached_property
    def copying(self) -> CopyCataloguing:
        """Search in other libraries' catalogues; nothing is asked unless a person asks."""
        targets = Targets.load(self.settings.home)
        return CopyCataloguing(self.finder, targets, load_searchers(), self.formats)

    @cached_property
    def office(self) -> Office:
        """The services behind the doors that need a login."""
        return Office.build(
            store=self.store,
            catalogue=self.catalogue,
            finder=self.finder,
            formats=self.formats,
            pool=self.pool,
            ingest=self.ingest,
            recluster=self.recluster.run,
            runner=self.harvesting,
            harvesters=self.harvesters,
            indexer=self.indexer,
            max_upload_mb=self.settings.max_upload_mb,
            allow_private_sources=self.settings.allow_private_sources,
            copying=self.copying,
            disseminator=self.disseminator,
        )

    @cached_property
    def web(self) -> Flask:
        """Everything that is served over HTTP."""
        site = Site(
            secret_key=self.secret_key,
            name_vi=self.settings.name_vi,
            name_en=self.settings.name_en,
            public_url=self.settings.public_url,
            admin_email=self.settings.admin_email,
            time_zone=self.settings.time_zone,
            trusted_proxies=self.settings.trusted_proxies,
            max_upload_mb=self.settings.max_upload_mb,
            version=__version__,
        )
        return create_app(
            site=site,
            catalogue=self.catalogue,
            listing=Listing(self.store),
            finder=self.finder,
            formats=self.formats,
            office=self.office,
            blueprints=[
                (oaipmh.blueprint(self.provider, limit=oaipmh.RateLimit()), ""),
                (sru.blueprint(self.sru, base_url=self.settings.public_url), ""),
                (open_data.blueprint(self.path("data")), ""),
            ],
        )

    @cached_property
    def zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.settings.time_zone)
        except (KeyError, ValueError) as error:
            raise ConfigError(f"time_zone {self.settings.time_zone!r} is not a name of the tz database") from error

    @property
    def public_host(self) -> str:
        return urlsplit(self.settings.public_url).hostname or ""

    def path(self, name: str) -> Path:
        """A folder in the home folder, made when needed."""
        folder = self.settings.home / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder
