"""The five steps over a set of views that is all there is: candidate pairs, decisions, clusters.

The catalogue does the same step by step over its store; the result is the same, which is tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from unioncat.matching.blocking import BlockingReport, candidate_pairs
from unioncat.matching.decision import ScoredPair, linked
from unioncat.matching.keys import match_keys
from unioncat.matching.partition import Partition, partition_in_full
from unioncat.matching.ruleset import Ruleset
from unioncat.matching.verdict import Verdict
from unioncat.matching.view import MatchView
from unioncat.model import RecordKey

__all__ = ["Clustering", "cluster_views"]


@dataclass(slots=True)
class Clustering:
    """partition: the clusters; links: pairs that merge or ask for review; blocking: counters."""

    partition: Partition
    links: list[ScoredPair] = field(default_factory=list)
    blocking: BlockingReport = field(default_factory=BlockingReport)


def cluster_views(
    views: Mapping[RecordKey, MatchView], ruleset: Ruleset, verdicts: Iterable[Verdict] = ()
) -> Clustering:
    """Clusters of these records and no others; independent of the order in which they are given."""
    report = BlockingReport()
    keys = {key: match_keys(view) for key, view in views.items()}
    links: list[ScoredPair] = []
    for left, right in candidate_pairs(keys, limit=ruleset.block_limit, report=report):
        decision = linked(views[left], views[right], ruleset)
        if decision is not None:
            links.append(ScoredPair(left, right, decision.score, decision.band))
    found = partition_in_full(list(views), links, verdicts, views=views, ruleset=ruleset)
    return Clustering(found, links, report)
