"""What operators ask of sources: what there is, how each last ran, what was refused; add and change them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from unioncat.model import Conflict, Harvest, NotFound, Refusal, Source, SourceId, WrongUse
from unioncat.store import Harvests, Members, Refusals, Sources, Store

__all__ = ["SourceDesk", "SourceState"]


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source with its last run, if it had one, and when its schedule wants the next, UTC."""

    source: Source
    last: Harvest | None
    next_run: datetime | None


class SourceDesk:
    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, code: str) -> Source:
        """Raises NotFound."""
        with self._store.read() as session:
            return Sources(session).get(code)

    def add(self, source: Source) -> Source:
        """Raises NotFound (member), Conflict (code taken)."""
        with self._store.write() as session:
            return Sources(session).add(source)

    def replan(self, source: Source) -> None:
        """Let the schedule count the next run anew, after a change."""
        with self._store.write() as session:
            Sources(session).set_next_run(source.id, None)

    def set_paused(self, code: str, paused: bool) -> None:
        """Raises NotFound."""
        with self._store.write() as session:
            sources = Sources(session)
            sources.update(replace(sources.get(code), paused=paused))

    def states(self, member: str | None = None) -> list[SourceState]:
        """All sources, or those of one member, by code."""
        with self._store.read() as session:
            sources, harvests = Sources(session), Harvests(session)
            return [
                SourceState(each, harvests.last(each.id), sources.next_run(each.code)) for each in sources.all(member)
            ]

    def harvestable(self) -> list[Source]:
        """Sources with an endpoint that are not paused."""
        with self._store.read() as session:
            return [each for each in Sources(session).all() if each.endpoint and not each.paused]

    def file_source(self, member: str, code: str = "") -> Source:
        """The source under which a library's files are loaded by hand; made when it is first needed.

        Raises NotFound for an unknown library, WrongUse for the source of another one.
        """
        wanted = code or f"{member}-file"
        with self._store.write() as session:
            known = Members(session).get(member)
            sources = Sources(session)
            try:
                found = sources.get(wanted)
            except NotFound:
                return sources.add(Source(SourceId(0), wanted, known.code, "file"))
        if found.member != known.code:
            raise WrongUse(f"source {wanted!r} belongs to {found.member}, not to {member}")
        return found

    def held(self, source: Source) -> Harvest:
        """The run that waits for a person. Raises Conflict if there is none."""
        with self._store.read() as session:
            last = Harvests(session).last(source.id)
        if last is None or last.state != "held":
            raise Conflict(f"{source.code} has no held run")
        return last

    def refused(self, harvest: int, limit: int = 20) -> list[Refusal]:
        """The first refused records of a run."""
        with self._store.read() as session:
            return Refusals(session).page(harvest=harvest, limit=limit)

    def still_refused(self, source: Source) -> int:
        """How many refused records of a source wait for a retry."""
        with self._store.read() as session:
            return Refusals(session).count(source=source.id)
