"""Cluster ids that live on: a new cluster takes over the old id with which it shares most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from unioncat.model import ClusterId, RecordKey

__all__ = ["Assignment", "assign_ids"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """ids: for each cluster the id it keeps, or None for a new one.

    heirs: lost id → index of the cluster that has most of its records (ties: the cluster with the lower kept id,
    then the earlier one); None if no record of it is left.
    """

    ids: tuple[ClusterId | None, ...]
    heirs: Mapping[ClusterId, int | None] = field(default_factory=dict)


def assign_ids(
    clusters: Sequence[Collection[RecordKey]],
    previous: Mapping[RecordKey, ClusterId],
    lost: Collection[ClusterId] = (),
) -> Assignment:
    """Greatest overlap first; ties: the lowest id, then the cluster with the lowest record key.

    previous: cluster id of each record before; records without one are new
    lost:     further ids whose records have all gone, for which an heir is wanted too (None)
    """
    overlaps: list[tuple[int, ClusterId, RecordKey, int]] = []
    shares: dict[ClusterId, Counter[int]] = {}
    for index, cluster in enumerate(clusters):
        found = Counter(previous[key] for key in cluster if key in previous)
        for cluster_id, count in found.items():
            overlaps.append((-count, cluster_id, min(cluster), index))
            shares.setdefault(cluster_id, Counter())[index] = count
    ids: list[ClusterId | None] = [None] * len(clusters)
    taken: set[ClusterId] = set()
    for _, cluster_id, _, index in sorted(overlaps):
        if ids[index] is None and cluster_id not in taken:
            ids[index] = cluster_id
            taken.add(cluster_id)
    heirs: dict[ClusterId, int | None] = {}
    for cluster_id, counts in shares.items():
        if cluster_id not in taken:
            heirs[cluster_id] = min(counts, key=lambda index: (-counts[index], ids[index] or 0, min(clusters[index])))
    for cluster_id in lost:
        if cluster_id not in taken and cluster_id not in heirs:
            heirs[cluster_id] = None
    return Assignment(tuple(ids), heirs)
