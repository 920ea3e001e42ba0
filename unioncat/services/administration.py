"""Members, sources and runs for those who steer: every act asks the role and leaves a line in the audit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from unioncat.marc import first
from unioncat.model import BadRecord, Harvest, Member, NotFound, Refusal, Source, SourceId, UnionCatError, WrongUse
from unioncat.model.harvest import Probe
from unioncat.services.accounts import note
from unioncat.services.address_guard import check_address, public_only
from unioncat.services.formats import Formats
from unioncat.services.harvesters import Harvesters
from unioncat.services.harvesting import HarvestRunner
from unioncat.services.ingest import Ingest
from unioncat.services.jobs import Jobs
from unioncat.services.members import MemberDesk
from unioncat.services.roles import Actor
from unioncat.services.schedule import check_schedule
from unioncat.services.source_desk import SourceDesk, SourceState
from unioncat.store import Harvests, Members, Refusals, Sources, Store
from unioncat.store.stamping import utc_now

__all__ = ["Administration", "Tried"]

_OWN_WORDS = ("name", "name_en", "email", "link_template", "district", "language")


@dataclass(frozen=True, slots=True)
class Tried:
    """One record of a trial. problem: why it would be refused; ""."""

    identifier: str
    title: str
    problem: str = ""
    deleted: bool = False


class Administration:
    """allow_private: whether the probe may ask private addresses."""

    def __init__(
        self,
        store: Store,
        members: MemberDesk,
        sources: SourceDesk,
        harvesters: Harvesters,
        runner: HarvestRunner,
        ingest: Ingest,
        formats: Formats,
        jobs: Jobs,
        recluster: Callable[[], object],
        *,
        allow_private: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._members = members
        self._sources = sources
        self._harvesters = harvesters
        self._runner = runner
        self._ingest = ingest
        self._formats = formats
        self._jobs = jobs
        self._recluster = recluster
        self._allow_private = allow_private
        self._clock = clock

    def _note(self, actor: Actor, action: str, target: str, **details: object) -> None:
        with self._store.write() as session:
            note(session, self._clock(), actor.login, action, target, **details)

    # --- members -------------------------------------------------------------------------------------------

    def member(self, code: str) -> Member:
        """Raises NotFound."""
        with self._store.read() as session:
            return Members(session).get(code)

    def add_member(self, actor: Actor, member: Member) -> None:
        """Raises NotAllowed, WrongUse, Conflict."""
        actor.require("administer")
        self._members.add_member(member)
        self._note(actor, "member-add", member.code)

    def update_member(self, actor: Actor, member: Member) -> None:
        """Raises NotAllowed, WrongUse, NotFound."""
        actor.require("administer")
        self._members.update_member(member)
        self._note(actor, "member-change", member.code)

    def describe(self, actor: Actor, code: str, profile: Mapping[str, str], **words: str) -> Member:
        """What a library says of itself; `words` are among _OWN_WORDS. Raises NotAllowed, NotFound, WrongUse."""
        actor.require("describe", code)
        before = self.member(code)
        changed = {name: " ".join(text.split()) for name, text in words.items() if name in _OWN_WORDS}
        kept = {key: text.strip() for key, text in profile.items() if text.strip()}
        member = replace(before, profile=kept, **changed)  # type: ignore[arg-type]
        self._members.update_member(member)
        self._note(actor, "member-describe", code)
        return member

    # --- sources -------------------------------------------------------------------------------------------

    def harvesters(self) -> list[str]:
        return self._harvesters.names()

    def sources(self, member: str | None = None) -> list[SourceState]:
        return self._sources.states(member)

    def source(self, code: str) -> Source:
        """Raises NotFound."""
        return self._sources.get(code)

    def probe(self, actor: Actor, endpoint: str, harvester: str = "", credentials: str = "") -> Probe:
        """What an address offers. Raises NotAllowed, WrongUse (an address that may not be asked), SourceUnavailable."""
        actor.require("administer")
        self._check(endpoint, credentials)
        with self._guard():
            return self._harvesters.probe(endpoint, harvester, credentials)

    def try_records(self, actor: Actor, source: Source, count: int = 10) -> list[Tried]:
        """The first records of a source that need not exist yet, read and not stored."""
        actor.require("administer")
        self._check(source.endpoint, source.credentials)
        harvester = self._harvesters.get(source.harvester)
        rows: list[Tried] = []
        with self._guard():
            pages = harvester.harvest(source, None)
            records = (record for page in pages for record in page.records)
            for each in islice(records, count):
                rows.append(self._tried(each.identifier or "", each.raw, each.refused, each.deleted))
            if hasattr(pages, "close"):
                pages.close()
        return rows

    def _tried(self, identifier: str, raw: object, refused: str | None, deleted: bool) -> Tried:
        from unioncat.model import RawRecord

        if deleted or not isinstance(raw, RawRecord):
            return Tried(identifier, "", refused or "", deleted)
        if refused is not None:
            return Tried(identifier, "", refused)
        try:
            parsed = self._formats.parse(raw)
        except BadRecord as error:
            return Tried(identifier, "", error.reason)
        return Tried(identifier or parsed.identifier or "", first(parsed.record, "245$abnp") or "")

    def add_source(self, actor: Actor, source: Source) -> Source:
        """Raises NotAllowed, NotFound (member), Conflict, ConfigError (harvester, schedule), WrongUse."""
        actor.require("administer")
        self._check_source(source)
        made = self._sources.add(replace(source, id=SourceId(0)))
        self._note(actor, "source-add", source.code, endpoint=source.endpoint)
        return made

    def update_source(self, actor: Actor, source: Source) -> None:
        """Raises NotAllowed, NotFound, Conflict, ConfigError, WrongUse."""
        actor.require("administer")
        self._check_source(source)
        self._members.update_source(source)
        self._sources.replan(source)
        self._note(actor, "source-change", source.code, endpoint=source.endpoint)

    def set_paused(self, actor: Actor, code: str, paused: bool) -> None:
        actor.require("administer")
        self._sources.set_paused(code, paused)
        self._note(actor, "source-pause" if paused else "source-resume", code)

    def remove_source(self, actor: Actor, code: str) -> None:
        """Takes a source and all its records out of the catalogue; in the background."""
        actor.require("administer")
        self._sources.get(code)
        self._note(actor, "source-remove", code)
        self._jobs.start(f"source {code}", lambda: self._members.remove_source(code))

    # --- runs ----------------------------------------------------------------------------------------------

    def run(self, actor: Actor, code: str, *, full: bool = False) -> None:
        """Begins a harvest in the background. Raises NotAllowed, NotFound, Conflict (one is under way), WrongUse."""
        actor.require("administer")
        source = self._sources.get(code)
        if not source.endpoint:
            raise WrongUse(f"{code} has no address to harvest from; its files are loaded by hand")
        self._check(source.endpoint, source.credentials)
        harvester = self._harvesters.get(source.harvester)

        def work() -> object:
            with self._guard():
                result = self._runner.run(harvester, source, full=full)
            if result.state == "failed" and result.error is not None:
                raise result.error
            return result

        self._jobs.start(f"source {code}", work)
        self._note(actor, "harvest-start", code, full=full)

    def is_running(self, code: str) -> bool:
        """Whether this process is at work on the source."""
        return self._jobs.is_running(f"source {code}")

    def problem(self, code: str) -> str:
        """Why the last work on the source in this process failed; ""."""
        return self._jobs.problem(f"source {code}")

    def wait(self, code: str, seconds: float = 60.0) -> None:
        self._jobs.wait(f"source {code}", seconds)

    def runs(
        self, code: str = "", *, before: int | None = None, limit: int = 50
    ) -> list[tuple[Harvest, Source | None]]:
        """Newest first; of one source, or of all."""
        with self._store.read() as session:
            sources = Sources(session)
            of = sources.get(code).id if code else None
            found = Harvests(session).all(of, limit=limit, before=before)
            known = {source.id: source for source in sources.all()}
        return [(harvest, known.get(harvest.source)) for harvest in found]

    def run_of(self, number: int) -> tuple[Harvest, Source, list[Refusal]]:
        """A run, its source and its first refused records. Raises NotFound."""
        with self._store.read() as session:
            harvest = Harvests(session).get(number)
            refused = Refusals(session).page(harvest=number, settled=None, limit=100)
            return harvest, Sources(session).by_id(harvest.source), refused

    def refusal(self, number: int) -> Refusal:
        """Raises NotFound."""
        with self._store.read() as session:
            return Refusals(session).get(number)

    def release(self, actor: Actor, number: int) -> None:
        """A held run is right: it goes on, in the background. Raises NotAllowed, NotFound, WrongUse, Conflict."""
        actor.require("administer")
        harvest, source, _refused = self.run_of(number)
        if harvest.state != "held":
            raise WrongUse(f"run {number} is not held")

        def work() -> object:
            if source.harvester in self._harvesters.names() and source.endpoint:
                with self._guard():
                    return self._runner.release(self._harvesters.get(source.harvester), source, number)
            made = self._ingest.release(source, number)
            self._recluster()
            return made

        self._jobs.start(f"source {source.code}", work)
        self._note(actor, "harvest-release", source.code, run=number)

    def discard(self, actor: Actor, number: int) -> None:
        """A held run is wrong: nothing of what it held is applied. Raises NotAllowed, NotFound, WrongUse."""
        actor.require("administer")
        _harvest, source, _refused = self.run_of(number)
        self._runner.discard(source, number)
        self._note(actor, "harvest-discard", source.code, run=number)

    def retry(self, actor: Actor, code: str) -> None:
        """Tries the refused records of a source again, in the background."""
        actor.require("administer")
        source = self._sources.get(code)

        def work() -> object:
            account = self._ingest.retry(source)
            self._recluster()
            return account

        self._jobs.start(f"source {code}", work)
        self._note(actor, "harvest-retry", code)

    # --- inside --------------------------------------------------------------------------------------------

    def _guard(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext() if self._allow_private else public_only()

    def _check(self, endpoint: str, credentials: str) -> None:
        if not endpoint.strip():
            raise WrongUse("an address is needed, such as https://library.example/oai")
        if credentials and not credentials.startswith("env:UNIONCAT_"):
            raise WrongUse("credentials are named here as env:UNIONCAT_…; other places are for the operator")
        if endpoint.startswith(("/", ".", "file:")):
            raise WrongUse("a folder of this server is harvested at the command line, not from here")
        if not self._allow_private:
            check_address(endpoint)

    def _check_source(self, source: Source) -> None:
        if source.harvester not in self._harvesters.names():
            raise WrongUse(f"there is no harvester {source.harvester!r}")
        if not source.code or not all(c.isascii() and (c.isalnum() or c in "-_.:") for c in source.code):
            raise WrongUse("the code of a source is made of A-Z a-z 0-9 - _ . :")
        if not 0 <= source.rank <= 100:
            raise WrongUse("the rank of a source is between 0 (trusted most) and 100")
        check_schedule(source.schedule, dict(source.quirks))
        if source.endpoint:
            self._check(source.endpoint, source.credentials)

    def still_refused(self, source: Source) -> int:
        return self._sources.still_refused(source)

    def member_of(self, code: str) -> Member | None:
        try:
            return self.member(code)
        except NotFound:
            return None


def problem_of(error: UnionCatError) -> str:
    """A sentence for a page."""
    return str(error)
