"""Verdicts of people on pairs of source records, and the queue of pairs that wait for one.

A verdict outlives re-harvest and rulesets, since it names records by their keys. It is superseded or undone, never
overwritten; everything ever said is in the history.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from unioncat.model import MemberCode, NotFound, RecordKey, Verdict, WrongUse, parse_public_id
from unioncat.store import Dirty, Session, SourceRecords, Store, Verdicts
from unioncat.store.components import Components
from unioncat.store.stamping import utc_now
from unioncat.store.waiting_pairs import Place, Waiting, WaitingPairs

__all__ = [
    "LARGEST",
    "Place",
    "Spoken",
    "VerdictDesk",
    "Waiting",
    "parse_place",
    "place_text",
    "speak",
    "take_back",
]

LARGEST = 2**63 - 1
"""The greatest number that the store knows."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a verdict did. overrules: live verdicts that it contradicts through other records; the later one wins.

    deleted: those of its two records that are deleted at present: it holds again if they come back
    """

    verdict: Verdict
    replaces: Verdict | None
    overrules: tuple[Verdict, ...] = ()
    deleted: tuple[RecordKey, ...] = ()


def speak(session: Session, left: str, right: str, *, same: bool, who: str, why: str, now: datetime) -> Spoken:
    """A verdict on two source records, named by their keys; their components are to be clustered anew.

    Raises NotFound for a record that never was, WrongUse for a record and itself.
    """
    a, b = (SourceRecords(session).by_key(key) for key in (left, right))
    verdicts = Verdicts(session)
    before = verdicts.live_pair(a.key, b.key)
    against = _contradicted(verdicts, a.key, b.key, same)
    verdict = verdicts.add(a.key, b.key, same=same, who=who, why=why.strip(), now=now)
    Dirty(session).mark([record.id for record in (a, b) if not record.deleted], linked=True)
    gone = tuple(record.key for record in (a, b) if record.deleted)
    return Spoken(verdict, before, tuple(against), gone)


def take_back(session: Session, number: int, now: datetime) -> Verdict:
    """Take a verdict back; its records' components are to be clustered anew. Raises NotFound, WrongUse."""
    verdict = Verdicts(session).undo(number, now)
    components = Components(session)
    infos = components.infos(components.ids({verdict.left, verdict.right}).values())
    Dirty(session).mark([number for number, info in infos.items() if not info.deleted], linked=True)
    return verdict


def _contradicted(verdicts: Verdicts, left: RecordKey, right: RecordKey, same: bool) -> list[Verdict]:
    """Live verdicts that this one will overrule: a chain of "same" against a "different", or the other way."""
    reached: dict[RecordKey, list[Verdict]] = {left: []}
    frontier = {left}
    apart: list[Verdict] = []
    while frontier:
        following: set[RecordKey] = set()
        for verdict in verdicts.touching(frontier):
            if {verdict.left, verdict.right} == {left, right}:
                continue
            if not verdict.same:
                apart.append(verdict)
                continue
            for here, there in ((verdict.left, verdict.right), (verdict.right, verdict.left)):
                if here in frontier and there not in reached:
                    reached[there] = [*reached[here], verdict]
                    following.add(there)
        frontier = following
    if not same:
        return sorted(reached.get(right, []), key=lambda verdict: verdict.id)
    others = {right}
    frontier = {right}
    while frontier:
        beyond = {
            side
            for verdict in verdicts.touching(frontier)
            if verdict.same and {verdict.left, verdict.right} != {left, right}
            for side in (verdict.left, verdict.right)
        }
        frontier = beyond - others
        others |= frontier
    crossing = {
        verdict.id: verdict
        for verdict in apart
        if (verdict.left in reached and verdict.right in others)
        or (verdict.right in reached and verdict.left in others)
    }
    return [crossing[number] for number in sorted(crossing)]


def place_text(place: Place) -> str:
    """A place in the queue, to go on from: letters that an address can carry."""
    return "_".join(repr(part) for part in place)


def parse_place(text: str) -> Place | None:
    """What `place_text` wrote; None for anything else."""
    try:
        weight, score, one, other = text.split("_")
        place = (int(weight), float(score), int(one), int(other))
    except ValueError:
        return None
    return place if isfinite(place[1]) and all(abs(place[part]) <= LARGEST for part in (0, 2, 3)) else None


class VerdictDesk:
    """recluster: called after each change of verdicts, so that the catalogue shows it at once; None: later."""

    def __init__(
        self,
        store: Store,
        recluster: Callable[[], object] | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._recluster = recluster
        self._clock = clock

    def say(self, left: str, right: str, *, same: bool, who: str, why: str) -> Spoken:
        """A verdict on two source records, named by key or by the id of a merged record with a single one.

        Raises NotFound for a record that never was, WrongUse for a record and itself or without a reason. A
        verdict on a deleted record is taken and reported: it holds again if the record comes back.
        """
        if not why.strip():
            raise WrongUse("a verdict needs a reason: --why")
        with self._store.write() as session:
            records = SourceRecords(session)
            one, other = self._named(records, left), self._named(records, right)
            spoken = speak(session, one, other, same=same, who=who, why=why, now=self._clock())
        self._tell()
        return spoken

    def undo(self, number: int) -> Verdict:
        """Take a verdict back. Raises NotFound, or WrongUse if it holds no more."""
        with self._store.write() as session:
            verdict = take_back(session, number, self._clock())
        self._tell()
        return verdict

    def separate(self, record: str, *, who: str, why: str) -> list[Spoken]:
        """Take one source record out of its merged record: "different" from each of the others in it.

        Raises WrongUse if it is alone there.
        """
        if not why.strip():
            raise WrongUse("a verdict needs a reason: --why")
        with self._store.write() as session:
            records, now = SourceRecords(session), self._clock()
            key = records.by_key(self._named(records, record)).key
            cluster = records.cluster_of([key]).get(key)
            inside = records.of_cluster(cluster) if cluster is not None else []
            others = [one.key for one in inside if one.key != key and not one.deleted]
            if not others or key not in {one.key for one in inside if not one.deleted}:
                raise WrongUse(f"{key} is alone in its merged record")
            spoken = [speak(session, key, other, same=False, who=who, why=why, now=now) for other in others]
        self._tell()
        return spoken

    def history(self, record: str = "", *, live: bool | None = None, limit: int = 1000) -> list[Verdict]:
        """Everything said about a record, or in the whole catalogue; live: only those that hold, or hold no more."""
        with self._store.read() as session:
            if not record:
                return Verdicts(session).all(live=live, limit=limit)
            records = SourceRecords(session)
            said = Verdicts(session).history(records.by_key(self._named(records, record)).key)
        return [verdict for verdict in said if live is None or verdict.is_live == live][:limit]

    def queue(
        self, limit: int = 50, *, member: MemberCode | None = None, after: Place | None = None
    ) -> tuple[list[Waiting], int]:
        """(pairs that wait for a verdict, one for each two merged records; how many wait in all).

        What settles most comes first. member: only pairs with a record of this library; after: pages by `place`.
        """
        with self._store.read() as session:
            return WaitingPairs(session).page(member=member, after=after, limit=limit)

    # ------------------------------------------------------------------------------------------------------

    def _named(self, records: SourceRecords, name: str) -> str:
        number = parse_public_id(name)
        if number is None:
            return name
        inside = records.of_cluster(number)
        found = [one for one in inside if not one.deleted] or inside
        if not found:
            raise NotFound(f"there is no record {name}")
        if len(found) > 1:
            keys = ", ".join(one.key for one in found[:5])
            raise WrongUse(f"{name} is made of {len(found)} source records; name one of them: {keys}")
        return found[0].key

    def _tell(self) -> None:
        if self._recluster is not None:
            self._recluster()
