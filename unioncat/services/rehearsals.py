"""Rulesets from a page: tried out beside the live catalogue, put into use, and back.

What a rehearsal found is kept in the store, so that every process shows it; the work runs in the background.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from unioncat.matching import Ruleset, load_ruleset, parse_ruleset
from unioncat.model import ConfigError, Conflict, NotFound, WrongUse
from unioncat.services.jobs import Jobs
from unioncat.services.live_ruleset import (
    Unfinished,
    body_of,
    put_live,
    ruleset_of,
    stored_ruleset,
    title_of,
    unfinished,
    versions,
)
from unioncat.services.pool import WorkPool
from unioncat.services.rehearse import rehearse
from unioncat.services.roles import Actor
from unioncat.store import Changes, Rulesets, SourceRecords, Store, Version
from unioncat.store.stamping import utc_now

__all__ = ["JOB", "Rehearsals", "Stage", "Version"]

JOB = "rehearsal"
LONGEST = 200_000  # characters of a ruleset


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the work is. name: reading, linking, comparing, live; done of `of` records."""

    name: str
    done: int
    of: int


class Rehearsals:
    """One at a time. pool: whose number of processes a rehearsal has too; rules: gives the ruleset in use."""

    def __init__(
        self,
        store: Store,
        pool: WorkPool,
        rules: Callable[[], Ruleset],
        recluster: Callable[[], object],
        jobs: Jobs,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._pool = pool
        self._rules = rules
        self._recluster = recluster
        self._jobs = jobs
        self._clock = clock
        self._stage: Stage | None = None

    # --- what there is -------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Packaged rulesets."""
        folder = files("unioncat.matching").joinpath("rulesets")
        found = (one.name for one in folder.iterdir() if one.name.endswith(".json"))
        return sorted(name.removesuffix(".json") for name in found if not name.startswith("weights"))

    def in_use(self) -> list[Version]:
        """The versions that are or were in use, newest first."""
        return [version for version in versions(self._store) if version.live_from is not None]

    @property
    def last(self) -> Version | None:
        """What was rehearsed last and is not in use, with its figures."""
        return next((version for version in versions(self._store) if version.live_from is None), None)

    def version(self, number: int) -> Version:
        """Raises NotFound."""
        if number >= 2**63:
            raise NotFound(f"there is no version {number} of the rules")
        with self._store.read() as session:
            return Rulesets(session).get(number)

    def changes_since(self, version: Version) -> int:
        """Changes of the catalogue since a version was rehearsed."""
        with self._store.read() as session:
            return max(0, Changes(session).last() - int(version.figures.get("change", 0)))

    @property
    def is_running(self) -> bool:
        return self._jobs.is_running(JOB)

    @property
    def stage(self) -> Stage | None:
        """None while nothing runs in this process."""
        return self._stage if self.is_running else None

    def unfinished(self) -> Unfinished | None:
        """What still waits to be made by the rules in use, whoever works on it."""
        return unfinished(self._store)

    @property
    def problem(self) -> str:
        return self._jobs.problem(JOB)

    # --- what can be done ----------------------------------------------------------------------------------

    def start(self, actor: Actor, *, name: str = "", text: str = "") -> None:
        """Begins to rehearse a packaged ruleset, an earlier version (by number), or the JSON text of a new one.

        Raises NotAllowed, WrongUse (no ruleset), Conflict (one is under way).
        """
        actor.require("administer")
        if len(text) > LONGEST:
            raise WrongUse(f"a ruleset has at most {LONGEST} characters")
        try:
            if text.strip():
                ruleset = parse_ruleset(text)
            else:
                ruleset = stored_ruleset(self._store, name) or load_ruleset(self._packaged(name))
        except ConfigError as error:
            raise WrongUse(str(error)) from error
        self._jobs.start(JOB, lambda: self._rehearse(ruleset, actor.login))

    def _packaged(self, name: str) -> str:
        """A page names no files of the server."""
        if name and name not in self.names():
            raise WrongUse(f"there is no ruleset {name!r}")
        return name or "default"

    def _rehearse(self, ruleset: Ruleset, who: str) -> None:
        live = self._rules()
        with self._store.read() as session:
            change, records = Changes(session).last(), SourceRecords(session).count_live()

        def told(stage: str, done: int) -> None:
            self._stage = Stage(stage, done, records)

        told("reading", 0)
        found = rehearse(self._store, ruleset, live, workers=self._pool.workers, progress=told)
        figures = {**found.as_json(), "against": live.digest, "change": change}
        with self._store.write() as session:
            Rulesets(session).add(
                title_of(ruleset), body_of(ruleset), None, digest=ruleset.digest, who=who, made=self._clock(),
                figures=figures,
            )  # fmt: skip

    def put_live(self, actor: Actor, number: int) -> None:
        """Begins to put the rehearsed version, or one that was in use before, into use.

        Raises NotAllowed, NotFound, WrongUse (it is in use), Conflict (rehearsed beside other rules than those in
        use now; one is under way).
        """
        actor.require("administer")
        version, current = self.version(number), self._rules()
        if version.digest == current.digest:
            raise WrongUse(f"{version.name} is in use already")
        if version.live_from is None and version.figures.get("against") != current.digest:
            raise Conflict("other rules have been put into use since this rehearsal; rehearse it again")
        ruleset = ruleset_of(self._store, number)
        self._jobs.start(JOB, lambda: self._put_live(ruleset, version, actor.login))

    def _put_live(self, ruleset: Ruleset, version: Version, who: str) -> None:
        self._stage = Stage("live", 0, 0)
        figures = version.figures if version.live_from is None else {}
        put_live(self._store, ruleset, self._rules(), who=who, figures=figures, clock=self._clock)
        self._recluster()
