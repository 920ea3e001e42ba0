"""Candidate pairs from match keys, bounded however large a block is.

A block is all records that share a key. A block up to the limit proposes all its pairs. A larger one proposes
none: the compound keys that its records also carry stand in for it, and it is counted and shown. Copy blocks
(equal views) are chained whatever their size, since any member speaks for all.

Whether a pair is proposed depends only on the records that are there, never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from unioncat.matching.keys import is_copy_key
from unioncat.model import RecordKey

__all__ = ["BlockingReport", "block_pairs", "blocks_of", "candidate_pairs"]


@dataclass(slots=True)
class BlockingReport:
    """blocks: keys shared by two or more; pairs: distinct proposals; large: key → size of the blocks passed over."""

    blocks: int = 0
    pairs: int = 0
    large: dict[int, int] = field(default_factory=dict)

    def __str__(self) -> str:
        passed = f", {len(self.large)} large blocks left to their compound keys" if self.large else ""
        return f"{self.pairs} candidate pairs from {self.blocks} blocks{passed}"


def blocks_of(keys: Mapping[RecordKey, Iterable[int]]) -> dict[int, list[RecordKey]]:
    """Key → its records (two or more), sorted."""
    blocks: dict[int, list[RecordKey]] = {}
    for record, numbers in keys.items():
        for number in numbers:
            blocks.setdefault(number, []).append(record)
    return {number: sorted(members) for number, members in blocks.items() if len(members) > 1}


def block_pairs(key: int, members: list[RecordKey], limit: int) -> Iterator[tuple[RecordKey, RecordKey]]:
    """The pairs that one block (sorted) proposes."""
    if is_copy_key(key):
        yield from pairwise(members)
    elif len(members) <= limit:
        for place, left in enumerate(members):
            for right in members[place + 1 :]:
                yield left, right


def candidate_pairs(
    keys: Mapping[RecordKey, Iterable[int]], *, limit: int = 200, report: BlockingReport | None = None
) -> Iterator[tuple[RecordKey, RecordKey]]:
    """Every proposed pair once, left < right, in a fixed order; copies of one record are taken once.

    Records with the same copy key are paired along a chain; only the first of them stands in other blocks.
    """
    report = report if report is not None else BlockingReport()
    blocks = blocks_of(keys)
    report.blocks = len(blocks)
    copies = {member for key, members in blocks.items() if is_copy_key(key) for member in members[1:]}
    seen: set[tuple[RecordKey, RecordKey]] = set()
    for key in sorted(blocks):
        members = blocks[key]
        if not is_copy_key(key):
            if copies:
                members = [member for member in members if member not in copies]
            if len(members) > limit:
                report.large[key] = len(members)
                continue
        for pair in block_pairs(key, members, limit):
            if pair not in seen:
                seen.add(pair)
                yield pair
    report.pairs = len(seen)
