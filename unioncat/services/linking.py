"""Linking: from the match keys of changed records to scored links.

The links are a pure function of the records that are there: every pair that some block proposes, decided. So a
changed record is taken out of the index of keys and put in anew; and where that changes what a block proposes to
others (it grew over the limit or shrank below it, or the first of a row of copies changed) those others are
linked anew as well.

Copies, records with equal views, are linked along a chain in the order of their record keys; only the first of
them stands in all its blocks (see `unioncat.matching.blocking`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from unioncat.matching import is_copy_key
from unioncat.model import RecordId
from unioncat.model.packing import pack_numbers, unpack_numbers
from unioncat.store import Link, Links, MatchKeys, Session
from unioncat.store.components import Components
from unioncat.store.dirty import Dirty

__all__ = ["Candidates", "index_keys", "write_links"]

Keys = tuple[int, ...]
Scored = tuple[RecordId, RecordId, float, str]


@dataclass(slots=True)
class Candidates:
    """Whom the records of one batch meet.

    marks:      record → its dirty mark when it was read
    keys:       record → the keys under which it stands in the index now; deleted ones are left out
    blocks:     key → the records under it, for blocks up to the limit
    neighbours: copies beside a record in its row
    large:      keys of blocks above the limit: passed over, and counted
    parted:     neighbours outside the batch that are none any more
    void:       pairs that a later batch parted, before the links of this one were written
    """

    marks: Mapping[RecordId, int]
    keys: dict[RecordId, Keys] = field(default_factory=dict)
    blocks: dict[int, set[RecordId]] = field(default_factory=dict)
    neighbours: dict[RecordId, set[RecordId]] = field(default_factory=dict)
    large: set[int] = field(default_factory=set)
    parted: set[tuple[RecordId, RecordId]] = field(default_factory=set)
    void: set[tuple[RecordId, RecordId]] = field(default_factory=set)

    def pairs(self) -> Iterator[tuple[RecordId, RecordId]]:
        """Every pair once, left < right; never more in memory than one record's candidates."""
        blocks, mine = self.blocks, self.keys
        for record, keys in mine.items():
            met: set[RecordId] = set(self.neighbours.get(record, ()))
            for key in keys:
                block = blocks.get(key)
                if block is not None and len(block) > 1:
                    met |= block
            met.discard(record)
            for other in sorted(met):
                if other > record:
                    yield record, other
                elif other not in mine:
                    yield other, record


def index_keys(session: Session, batch: Sequence[tuple[RecordId, int]], limit: int) -> Candidates:
    """Bring the index of keys up to date for these records; whom they meet.

    batch: (record, dirty mark). Others whose blocks change are made dirty in the same transaction.
    """
    index, components = MatchKeys(session), Components(session)
    marks = dict(batch)
    fresh = {record: unpack_numbers(packed) for record, (_, packed) in components.keys(marks).items()}
    before = index.indexed(marks)
    rows = _Rows(index, components, marks, before, fresh)
    moves = _moves(marks, before, rows)
    wanted = {key for _, old, new in moves for key in (*_plain(old), *_plain(new))}
    blocks, large = index.blocks(wanted, limit)
    found = {key: set(members) for key, members in blocks.items()}
    drops: list[tuple[int, RecordId]] = []
    adds: list[tuple[int, RecordId]] = []
    for record, old, new in moves:
        if old != new:
            drops.extend((key, record) for key in set(old).difference(new))
            adds.extend((key, record) for key in set(new).difference(old))
    shrunk = {key for key, _ in drops if key in large}
    for key, record in drops:
        if key in found:
            found[key].discard(record)
    adds.sort()
    _arrive(found, large, adds)
    restless = set(rows.others) | rows.beside
    for key in [key for key, members in found.items() if len(members) > limit]:
        restless |= found.pop(key)
        large.add(key)
    index.drop(drops)
    index.put(adds)
    index.set_indexed((record, pack_numbers(new)) for record, old, new in moves if new and old != new)
    index.forget(record for record, _, new in moves if not new)
    if shrunk:
        again, _ = index.blocks(shrunk, limit)
        for key, block in again.items():
            found[key] = set(block)
            large.discard(key)
            restless |= found[key]
    parted = {(min(pair), max(pair)) for pair in rows.parted}
    Links(session).drop(parted)
    Dirty(session).mark(restless - marks.keys())
    return Candidates(marks, rows.effective, found, rows.neighbours, large, parted)


def _moves(
    marks: Mapping[RecordId, int], before: Mapping[RecordId, Keys], rows: _Rows
) -> list[tuple[RecordId, Keys, Keys]]:
    """(record, keys it stood under, keys it stands under from now on); of deleted records the latter are ()."""
    moves = [(record, before.get(record, ()), rows.effective.get(record, ())) for record in marks]
    moves.extend((record, old, new) for record, (old, new) in rows.others.items())
    return moves


def _plain(keys: Keys) -> Keys:
    """All but the copy key, which comes last."""
    return keys[:-1] if keys and is_copy_key(keys[-1]) else keys


def _arrive(found: dict[int, set[RecordId]], large: set[int], adds: Sequence[tuple[int, RecordId]]) -> None:
    """Put new rows (sorted) into the blocks; a key that one record has to itself makes no block."""
    last, first = None, RecordId(0)
    for key, record in adds:
        if key in found:
            found[key].add(record)
        elif key != last:
            last, first = key, record
        elif key not in large and not is_copy_key(key):
            found[key] = {first, record}


class _Rows:
    """Rows of copies, as they were and as they are with this batch.

    effective:  live record of the batch → the keys it stands under from now on
    others:     record outside the batch that became, or ceased to be, the first of its row → (old, new) keys
    beside:     records outside the batch that are new neighbours, for one between them went
    parted:     neighbours outside the batch that are none any more, for one came between them
    neighbours: live record of the batch → its neighbours
    """

    def __init__(
        self,
        index: MatchKeys,
        components: Components,
        batch: Mapping[RecordId, int],
        before: Mapping[RecordId, Keys],
        fresh: Mapping[RecordId, Keys],
    ) -> None:
        self.effective: dict[RecordId, Keys] = dict(fresh)
        self.others: dict[RecordId, tuple[Keys, Keys]] = {}
        self.beside: set[RecordId] = set()
        self.parted: set[tuple[RecordId, RecordId]] = set()
        self.neighbours: dict[RecordId, set[RecordId]] = {}
        copy_before = {record: _copy_key(keys) for record, keys in before.items()}
        copy_after = {record: _copy_key(keys) for record, keys in fresh.items()}
        wanted = {key for key in (*copy_before.values(), *copy_after.values()) if key is not None}
        rows_before = index.whole_blocks(wanted)
        arriving: dict[int, list[RecordId]] = {}
        for record, key in copy_after.items():
            if key is not None:
                arriving.setdefault(key, []).append(record)
        for key in wanted:
            old = rows_before.get(key, [])
            new = [record for record in old if record not in batch] + arriving.get(key, [])
            if len(old) > 1 or len(new) > 1:
                self._row(key, old, new, batch, before, index, components)

    def _row(
        self,
        key: int,
        old: list[RecordId],
        new: list[RecordId],
        batch: Mapping[RecordId, int],
        before: Mapping[RecordId, Keys],
        index: MatchKeys,
        components: Components,
    ) -> None:
        infos = components.infos({*old, *new})
        was = sorted(old, key=lambda record: infos[record].key)
        row = sorted(new, key=lambda record: infos[record].key)
        first_was = next((record for record in was if len(before.get(record, ())) > 1), None)
        if first_was is None:  # outside the batch, or a record without other keys
            first_was = next((record for record in was if record not in batch), None)
        for place, record in enumerate(row):
            if record in batch:
                if place:
                    self.effective[record] = (key,)
                self.neighbours[record] = {*row[max(place - 1, 0) : place], *row[place + 1 : place + 2]}
        pairs_was = {pair for pair in pairwise(was) if batch.keys().isdisjoint(pair)}
        pairs_now = {pair for pair in pairwise(row) if batch.keys().isdisjoint(pair)}
        self.parted |= pairs_was - pairs_now
        self.beside |= {record for pair in pairs_now - pairs_was for record in pair}
        first = row[0] if row else None
        if first == first_was or first_was is None:
            return
        # copies have the same keys: what the first stood under is known, whatever was stored of them meanwhile
        full = before.get(first_was) or index.indexed([first_was]).get(first_was, (key,))
        if first is not None and first not in batch:
            self.others[first] = ((key,), full)
        if first_was not in batch:
            self.others[first_was] = (full, (key,))


def _copy_key(keys: Keys) -> int | None:
    return keys[-1] if keys and is_copy_key(keys[-1]) else None


def write_links(session: Session, candidates: Candidates, scored: Sequence[Scored]) -> None:
    """Make these the links of the batch, and note that they are made."""
    links = Links(session)
    new = {
        (left, right): Link(left, right, score, band)
        for left, right, score, band in scored
        if (left, right) not in candidates.void
    }
    old = {(link.left, link.right): link for link in links.of(candidates.marks)}
    links.drop(pair for pair in old if pair not in new)
    links.put(link for pair, link in new.items() if old.get(pair) != link)
    Dirty(session).set_linked(candidates.marks.items())
