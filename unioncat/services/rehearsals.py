"""Rulesets tried out from a page: what one would join and split, computed beside the live catalogue."""

from __future__ import annotations

from importlib.resources import files
from threading import Lock

from unioncat.matching import Ruleset, load_ruleset, parse_ruleset
from unioncat.model import ConfigError, WrongUse
from unioncat.services.jobs import Jobs
from unioncat.services.rehearse import Rehearsal, rehearse
from unioncat.services.roles import Actor
from unioncat.store import Store

__all__ = ["JOB", "Rehearsals"]

JOB = "rehearsal"
LONGEST = 200_000  # characters of a ruleset


class Rehearsals:
    """One at a time, in the background; the last result is kept in this process."""

    def __init__(self, store: Store, live: Ruleset, jobs: Jobs) -> None:
        self._store = store
        self._live = live
        self._jobs = jobs
        self._lock = Lock()
        self._last: Rehearsal | None = None

    def names(self) -> list[str]:
        """Packaged rulesets."""
        folder = files("unioncat.matching").joinpath("rulesets")
        found = (one.name for one in folder.iterdir() if one.name.endswith(".json"))
        return sorted(name.removesuffix(".json") for name in found if not name.startswith("weights"))

    @property
    def last(self) -> Rehearsal | None:
        with self._lock:
            return self._last

    @property
    def is_running(self) -> bool:
        return self._jobs.is_running(JOB)

    @property
    def problem(self) -> str:
        return self._jobs.problem(JOB)

    def start(self, actor: Actor, *, name: str = "", text: str = "") -> None:
        """Begins with a packaged ruleset, or with the JSON text of a new one.

        Raises NotAllowed, WrongUse (no ruleset), Conflict (one is under way).
        """
        actor.require("administer")
        if len(text) > LONGEST:
            raise WrongUse(f"a ruleset has at most {LONGEST} characters")
        try:
            ruleset = parse_ruleset(text) if text.strip() else load_ruleset(name or "default")
        except ConfigError as error:
            raise WrongUse(str(error)) from error

        def work() -> object:
            found = rehearse(self._store, ruleset, self._live)
            with self._lock:
                self._last = found
            return found

        self._jobs.start(JOB, work)
