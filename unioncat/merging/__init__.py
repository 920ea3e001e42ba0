"""Merging: one record and a list of holdings out of a cluster. Pure, deterministic, idempotent."""

from unioncat.merging.contribution import Contribution, Merged
from unioncat.merging.holdings import holdings_of
from unioncat.merging.merge import merge, with_provenance

__all__ = ["Contribution", "Merged", "holdings_of", "merge", "with_provenance"]
