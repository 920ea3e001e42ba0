"""Components: the records that a change touches, and no others.

From the dirty records along merge links, verdicts "same" and the clusters they were in, until nothing new is met.
What is reached is closed: no cluster has records both inside and outside of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from unioncat.matching import Verdict as Spoken
from unioncat.model import ClusterId, RecordId, RecordKey, Verdict
from unioncat.services.pipeline import Component
from unioncat.store import Session, Verdicts
from unioncat.store.components import Components, RecordInfo
from unioncat.store.dirty import Dirty

__all__ = ["Chunk", "load_chunk"]

Pair = tuple[RecordKey, RecordKey, float, str]


@dataclass(slots=True)
class Chunk:
    """What is to be clustered together.

    marks:    dirty mark of each touched record that has one
    infos:    of every touched record, the deleted ones too, by key
    single:   live records that nothing holds to another
    joined:   components of two and more live records
    old:      clusters that touched records are in, or were in when they were deleted
    """

    marks: dict[RecordId, int]
    infos: dict[RecordKey, RecordInfo] = field(default_factory=dict)
    single: list[RecordKey] = field(default_factory=list)
    joined: list[Component] = field(default_factory=list)
    old: set[ClusterId] = field(default_factory=set)


def load_chunk(session: Session, seeds: Sequence[RecordId], *, with_verdicts: bool) -> Chunk:
    """The chunk around `seeds`. with_verdicts: False if the store has no live verdict at all, which spares asking."""
    reader = Components(session)
    infos: dict[RecordId, RecordInfo] = {}
    links: dict[tuple[RecordId, RecordId], float] = {}
    spoken: dict[int, Verdict] = {}
    clusters: set[ClusterId] = set()
    frontier = set(seeds)
    while frontier:
        found = reader.infos(frontier)
        infos.update(found)
        reached: set[RecordId] = set()
        for left, right, score in reader.merge_links(frontier):
            links[left, right] = score
            reached |= {left, right}
        met = {info.cluster for info in found.values() if info.cluster is not None} - clusters
        clusters |= met
        reached |= reader.members(met)
        if with_verdicts:
            verdicts = Verdicts(session).touching({info.key for info in found.values()})
            spoken.update((verdict.id, verdict) for verdict in verdicts)
            sides = {side for verdict in verdicts if verdict.same for side in (verdict.left, verdict.right)}
            reached |= set(reader.ids(sides).values())
        frontier = reached - infos.keys()
    chunk = Chunk(Dirty(session).marks(infos), {info.key: info for info in infos.values()}, old=clusters)
    _divide(chunk, infos, links, list(spoken.values()), reader)
    return chunk


def _divide(
    chunk: Chunk,
    infos: dict[RecordId, RecordInfo],
    links: dict[tuple[RecordId, RecordId], float],
    verdicts: list[Verdict],
    reader: Components,
) -> None:
    """Cut the live records of the chunk into components."""
    group: dict[RecordId, RecordId] = {}

    def root(record: RecordId) -> RecordId:
        top = record
        while (above := group.get(top, top)) != top:
            top = above
        while (above := group.get(record, record)) != top:
            group[record], record = top, above
        return top

    live = {record for record, info in infos.items() if not info.deleted}
    number = {info.key: record for record, info in infos.items()}
    for left, right in links:
        if left in live and right in live:
            group[max(root(left), root(right))] = min(root(left), root(right))
    for verdict in verdicts:
        one, other = number.get(verdict.left), number.get(verdict.right)
        if verdict.same and one in live and other in live and one is not None and other is not None:
            group[max(root(one), root(other))] = min(root(one), root(other))
    together: dict[RecordId, list[RecordId]] = {}
    for record in live:
        together.setdefault(root(record), []).append(record)
    joined = {top: records for top, records in together.items() if len(records) > 1}
    chunk.single = sorted(infos[top].key for top, records in together.items() if len(records) == 1)
    views = reader.views([record for records in joined.values() for record in records])
    pairs: dict[RecordId, list[Pair]] = {}
    for (left, right), score in links.items():
        if left in live and right in live:
            one_key, other_key = sorted((infos[left].key, infos[right].key))
            pairs.setdefault(root(left), []).append((one_key, other_key, score, "merge"))
    said: dict[RecordId, list[Spoken]] = {}
    for verdict in verdicts:
        one, other = number.get(verdict.left), number.get(verdict.right)
        if one in live and other in live and one is not None and other is not None and root(one) == root(other):
            said.setdefault(root(one), []).append(Spoken(verdict.left, verdict.right, verdict.same, verdict.id))
    for top, records in joined.items():
        chunk.joined.append(
            Component({infos[record].key: views[record] for record in records}, pairs.get(top, ()), said.get(top, ()))
        )
