"""Why two records are (not) one, and what a record nearly matched: ``unioncat match explain ID [ID]``."""

from __future__ import annotations

from dataclasses import dataclass

from unioncat.marc import from_json
from unioncat.matching import Explanation, MatchView, Ruleset, explain, is_copy_key, match_keys, match_view
from unioncat.matching.decision import decide
from unioncat.model import ClusterId, NotFound, RecordKey, SourceRecord, Verdict, WrongUse, parse_public_id
from unioncat.store import MatchKeys, SourceRecords, Store, Verdicts
from unioncat.store.components import Components

__all__ = ["Explained", "Explainer", "NearMiss"]

CANDIDATES = 5000
"""Records looked at for near misses; larger blocks than the ruleset allows are passed over anyway."""


@dataclass(frozen=True, slots=True)
class Explained:
    """Two source records, the account of the decision, and what people said of the pair."""

    left: RecordKey
    right: RecordKey
    clusters: tuple[ClusterId | None, ClusterId | None]
    explanation: Explanation
    verdict: Verdict | None

    @property
    def together(self) -> bool:
        return self.clusters[0] is not None and self.clusters[0] == self.clusters[1]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A record that blocking proposes beside another, and that is not in its merged record."""

    key: RecordKey
    cluster: ClusterId | None
    explanation: Explanation


class Explainer:
    def __init__(self, store: Store, ruleset: Ruleset) -> None:
        self._store = store
        self._ruleset = ruleset

    def pair(self, left: str, right: str) -> Explained:
        """left, right: source record keys, or public ids of merged records (the nearest pair of their records).

        Raises NotFound, or WrongUse for a record and itself.
        """
        with self._store.read() as session:
            records = SourceRecords(session)
            ours, theirs = self._named(records, left), self._named(records, right)
            views = {one.key: self._view(one) for one in (*ours, *theirs)}
            couples = [(a.key, b.key) for a in ours for b in theirs if a.key != b.key]
            if not couples:
                raise WrongUse(f"{left} and {right} are one and the same record")
            best = max(couples, key=lambda two: (decide(views[two[0]], views[two[1]], self._ruleset).score, two))
            clusters = records.cluster_of(list(best))
            verdict = Verdicts(session).live_pair(*best)
        return Explained(
            best[0],
            best[1],
            (clusters.get(best[0]), clusters.get(best[1])),
            explain(views[best[0]], views[best[1]], self._ruleset),
            verdict,
        )

    def near_misses(self, record: str, limit: int = 10) -> list[NearMiss]:
        """Records that came closest to one source record without joining it, the closest first.

        Order: fewer vetoes, then the score, then the likeness of the titles. Raises NotFound.
        """
        with self._store.read() as session:
            records = SourceRecords(session)
            own = self._named(records, record)[0]
            view = self._view(own)
            cluster = records.cluster_of([own.key]).get(own.key)
            keys = [key for key in match_keys(view) if not is_copy_key(key)]
            blocks, _ = MatchKeys(session).blocks(keys, self._ruleset.block_limit)
            met = {number for members in blocks.values() for number in members if number != own.id}
            met = set(sorted(met)[:CANDIDATES])
            reader = Components(session)
            infos = reader.infos(met)
            views = {
                number: match_view(from_json(marc), self._ruleset)
                for number, marc in reader.marcs(
                    [number for number in met if not infos[number].deleted and infos[number].cluster != cluster]
                ).items()
            }
        ranked = []
        for number, other in views.items():
            explanation = explain(view, other, self._ruleset)
            decision = explanation.decision
            likeness = next((one.value or 0.0 for one in explanation.features if one.name == "head"), 0.0)
            ranked.append(((len(decision.vetoes), -decision.score, -likeness, infos[number].key), number, explanation))
        ranked.sort(key=lambda row: row[0])
        return [
            NearMiss(infos[number].key, infos[number].cluster, explanation) for _, number, explanation in ranked[:limit]
        ]

    @staticmethod
    def _named(records: SourceRecords, name: str) -> list[SourceRecord]:
        number = parse_public_id(name)
        if number is None:
            return [records.by_key(name)]
        found = records.of_cluster(number)
        if not found:
            raise NotFound(f"there is no record {name}")
        return found

    def _view(self, record: SourceRecord) -> MatchView:
        return match_view(from_json(record.marc), self._ruleset)
