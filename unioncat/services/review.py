"""The review queue and un-merging: a person's word on pairs of source records, asked for and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from unioncat.marc import first, from_json
from unioncat.matching import Explanation, Ruleset, explain, match_view
from unioncat.matching.vetoes import VETOES
from unioncat.model import (
    ClusterId,
    MemberCode,
    NotAllowed,
    NotFound,
    RecordKey,
    SourceId,
    SourceRecord,
    Verdict,
    WrongUse,
)
from unioncat.services.accounts import note
from unioncat.services.explain import Explainer, NearMiss
from unioncat.services.roles import Actor
from unioncat.services.verdicts import Place, Spoken, Waiting, speak, take_back
from unioncat.store import Session, SourceRecords, Sources, Store, Verdicts
from unioncat.store.components import Components
from unioncat.store.stamping import utc_now
from unioncat.store.waiting_pairs import WaitingPairs

__all__ = ["Pair", "Place", "Review", "Side", "Standing"]


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a pair. cluster: where it is now; None if it is not clustered yet."""

    record: SourceRecord
    member: MemberCode
    cluster: ClusterId | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, why they might be one, and what was said of them. waiting: None outside of the queue."""

    left: Side
    right: Side
    explanation: Explanation
    verdict: Verdict | None
    waiting: Waiting | None = None

    @property
    def vetoes(self) -> list[tuple[str, str]]:
        """The sentence of each veto, in Vietnamese and in English."""
        return [(VETOES[name][1], VETOES[name][2]) for name in self.explanation.decision.vetoes]

    @property
    def together(self) -> bool:
        """Whether they stand in one merged record."""
        return self.left.cluster is not None and self.left.cluster == self.right.cluster


@dataclass(frozen=True, slots=True)
class Standing:
    """A verdict and how it stands.

    state: ``holds``; ``overruled`` (a later verdict contradicts it); ``deleted`` (one of its records is deleted at
           present); ``superseded``, ``undone`` (it holds no more)
    titles: of both records, "" for one that is not known any more
    beside: other live verdicts of the same act, as when one record was parted from several; told once in a list
    """

    verdict: Verdict
    state: str
    titles: tuple[str, str]
    beside: int = 0


class Review:
    """recluster: called after each verdict; ruleset: gives the one in use."""

    def __init__(
        self,
        store: Store,
        recluster: Callable[[], object],
        ruleset: Callable[[], Ruleset],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._recluster = recluster
        self._ruleset = ruleset
        self._clock = clock

    # --- the queue -----------------------------------------------------------------------------------------

    def next(
        self, actor: Actor, after: Place | None = None, library: MemberCode | None = None
    ) -> tuple[Pair | None, int]:
        """(the first pair of the queue after `after`, how many wait in all); for a cataloguer, of the own library.

        library: only pairs with a record of this one. Raises NotAllowed.
        """
        actor.require("judge")
        with self._store.read() as session:
            found, total = WaitingPairs(session).page(member=_reach(actor, library), after=after, limit=1)
            if not found:
                return None, total
            return self._pair(session, found[0].left, found[0].right, found[0]), total

    def waiting(self, actor: Actor, library: MemberCode | None = None) -> int:
        """How many pairs `next` would go through."""
        with self._store.read() as session:
            return WaitingPairs(session).count(_reach(actor, library))

    def pair(self, actor: Actor, left: str, right: str) -> Pair:
        """Any two records side by side. Raises NotFound, NotAllowed, WrongUse (a record and itself)."""
        actor.require("search")
        if left == right:
            raise WrongUse(f"{left} is one record; a verdict is about two")
        with self._store.read() as session:
            return self._pair(session, left, right)

    def _pair(self, session: Session, left: str, right: str, waiting: Waiting | None = None) -> Pair:
        owner = _owners(session)
        records = SourceRecords(session)
        two = [records.by_key(left), records.by_key(right)]
        clusters = records.cluster_of([one.key for one in two])
        ruleset = self._ruleset()
        views = [match_view(from_json(one.marc), ruleset) for one in two]
        sides = [Side(one, owner[one.source], None if one.deleted else clusters.get(one.key)) for one in two]
        verdict = Verdicts(session).live_pair(two[0].key, two[1].key)
        return Pair(sides[0], sides[1], explain(views[0], views[1], ruleset), verdict, waiting)

    # --- judging -------------------------------------------------------------------------------------------

    def judge(self, actor: Actor, left: str, right: str, *, same: bool, why: str = "") -> Spoken:
        """A verdict, at once in the catalogue. Raises NotAllowed, NotFound, WrongUse."""
        return self.judge_many(actor, [(left, right)], same=same, why=why)[0]

    def judge_many(self, actor: Actor, pairs: Sequence[tuple[str, str]], *, same: bool, why: str = "") -> list[Spoken]:
        """Several verdicts together, or none."""
        actor.require("judge")
        now = self._clock()
        made: list[Spoken] = []
        with self._store.write() as session:
            owner = _owners(session)
            for left, right in pairs:
                two = [SourceRecords(session).by_key(key) for key in (left, right)]
                if not any(actor.may("judge", owner[one.source]) for one in two):
                    raise NotAllowed(f"neither {left} nor {right} is a record of {actor.member}")
                spoken = speak(session, left, right, same=same, who=actor.login, why=why, now=now)
                made.append(spoken)
                action = "verdict-same" if same else "verdict-different"
                against = {"overrules": [one.id for one in spoken.overrules]} if spoken.overrules else {}
                number = spoken.verdict.id
                note(session, now, actor.login, action, f"{left} {right}", why=why.strip(), verdict=number, **against)
        self._recluster()
        return made

    def split(self, actor: Actor, cluster: ClusterId, keys: Sequence[str], why: str = "") -> list[Spoken]:
        """Takes records out of a merged record: each of `keys` is different from each that stays. Raises WrongUse."""
        with self._store.read() as session:
            inside = [one.key for one in SourceRecords(session).of_cluster(cluster) if not one.deleted]
        leaving = [key for key in inside if key in set(keys)]
        staying = [key for key in inside if key not in set(keys)]
        if not leaving or not staying:
            raise WrongUse("choose at least one record that leaves and at least one that stays")
        pairs = [(left, right) for left in leaving for right in staying]
        return self.judge_many(actor, pairs, same=False, why=why)

    def undo(self, actor: Actor, verdict: int, *, whole_act: bool = False) -> list[Verdict]:
        """Takes a verdict back; it stays in the history. Raises NotFound, NotAllowed, WrongUse.

        whole_act: with it, whatever else the same person said in the same act and still holds.
        """
        actor.require("judge")
        now = self._clock()
        with self._store.write() as session:
            verdicts = Verdicts(session)
            found = verdicts.get(verdict)
            wanted = [found, *(one for one in verdicts.of_act(found) if whole_act and one.id != found.id)]
            owner = _owners(session)
            undone: list[Verdict] = []
            for one in wanted:
                if actor.role != "admin" and not any(
                    actor.may("judge", member) for member in _members(session, owner, one)
                ):
                    raise NotAllowed(f"neither {one.left} nor {one.right} is a record of {actor.member}")
                undone.append(take_back(session, one.id, now))
                note(session, now, actor.login, "verdict-undo", str(one.id))
        self._recluster()
        return undone

    # --- what was said -------------------------------------------------------------------------------------

    def owners(self) -> Mapping[SourceId, MemberCode]:
        """Source → the library whose records it brings."""
        with self._store.read() as session:
            return _owners(session)

    def clusters_of(self, keys: Sequence[str]) -> dict[RecordKey, ClusterId]:
        """Where source records are by now; unknown ones are left out."""
        with self._store.read() as session:
            return SourceRecords(session).cluster_of([RecordKey(key) for key in keys])

    def history(
        self, *, key: str = "", live: bool | None = None, before: int | None = None, limit: int = 200
    ) -> list[Verdict]:
        """Of one record, or of all; newest first. before: of all, those with a lower number."""
        with self._store.read() as session:
            if key:
                return Verdicts(session).history(RecordKey(key))[::-1]
            return Verdicts(session).newest(live=live, before=before, limit=limit)

    def near_misses(self, actor: Actor, key: str) -> list[NearMiss]:
        """What came near a source record without joining it, the closest first. Raises NotFound, NotAllowed."""
        actor.require("search")
        return Explainer(self._store, self._ruleset()).near_misses(key)

    def standing(self, verdicts: Sequence[Verdict]) -> list[Standing]:
        """How these verdicts stand at present, in this order."""
        with self._store.read() as session:
            components = Components(session)
            ids = components.ids({side for one in verdicts for side in (one.left, one.right)})
            infos = components.infos(ids.values())
            acts = Verdicts(session).acts(verdicts)
            marcs = components.marcs(ids.values())
        found = []
        told: set[tuple[str, datetime | None]] = set()
        for one in verdicts:
            sides = [infos[ids[side]] for side in (one.left, one.right) if side in ids]
            if one.superseded is not None:
                state = "superseded" if one.superseded_by is not None else "undone"
            elif len(sides) < 2 or any(side.deleted for side in sides):
                state = "deleted"
            else:
                state = "holds" if one.same == (sides[0].cluster == sides[1].cluster) else "overruled"
            act = (one.who, one.made)
            beside = acts.get(one.id, 1) - 1 if one.is_live and act not in told else 0
            told |= {act} if beside else set()
            titles = [_title(marcs[ids[side]]) if side in ids else "" for side in (one.left, one.right)]
            found.append(Standing(one, state, (titles[0], titles[1]), beside))
        return found


def _reach(actor: Actor, library: MemberCode | None) -> MemberCode | None:
    """The library whose pairs are gone through; None: of all libraries."""
    return library or None if actor.may("judge", "") or not actor.may("judge") else actor.member


def _title(marc: bytes) -> str:
    return (first(from_json(marc), "245$anp") or "").strip(" /:;,=")


def _owners(session: Session) -> Mapping[SourceId, MemberCode]:
    return {source.id: source.member for source in Sources(session).all()}


def _members(session: Session, owner: Mapping[SourceId, MemberCode], verdict: Verdict) -> list[MemberCode]:
    """The libraries of a verdict's records, of those that are known still."""
    found = []
    for key in (verdict.left, verdict.right):
        try:
            found.append(owner[SourceRecords(session).by_key(key).source])
        except NotFound:
            continue
    return found
