"""Matching: match view → match keys → candidate pairs → evidence → decision → clusters. Pure: no I/O, no clock.

Everything is a function of {records, ruleset, verdicts}; see docs/decisions/0020 to 0029 for the why.
"""

from unioncat.matching.blocking import BlockingReport, candidate_pairs
from unioncat.matching.cluster import Clustering, cluster_views
from unioncat.matching.decision import Decision, ScoredPair, decide, linked
from unioncat.matching.describe import match_view
from unioncat.matching.explain import Explanation, explain
from unioncat.matching.ids import Assignment, assign_ids
from unioncat.matching.keys import is_copy_key, match_keys
from unioncat.matching.partition import Partition, fingerprint, partition, partition_in_full
from unioncat.matching.ruleset import Ruleset, load_ruleset, parse_ruleset
from unioncat.matching.verdict import Verdict
from unioncat.matching.view import MatchView

RULESET = load_ruleset()

__all__ = [
    "RULESET",
    "Assignment",
    "BlockingReport",
    "Clustering",
    "Decision",
    "Explanation",
    "MatchView",
    "Partition",
    "Ruleset",
    "ScoredPair",
    "Verdict",
    "assign_ids",
    "candidate_pairs",
    "cluster_views",
    "decide",
    "explain",
    "fingerprint",
    "is_copy_key",
    "linked",
    "load_ruleset",
    "match_keys",
    "match_view",
    "parse_ruleset",
    "partition",
    "partition_in_full",
]
