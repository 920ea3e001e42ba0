"""Cluster ids live on, and every lost id has an heir while a record of it is left."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.match_records import key
from unioncat.matching import assign_ids
from unioncat.model import ClusterId, RecordKey

records = st.integers(min_value=0, max_value=14).map(lambda number: key(f"s/{number:02d}"))
partitions = st.dictionaries(records, st.integers(min_value=0, max_value=5), min_size=1)


def clusters_of(where: dict[RecordKey, int]) -> list[frozenset[RecordKey]]:
    return sorted(
        (frozenset(name for name, place in where.items() if place == wanted) for wanted in set(where.values())), key=min
    )


@settings(max_examples=200)
@given(before=partitions, after=partitions)
def test_ids_are_kept_once_and_lost_ones_redirect(before: dict[RecordKey, int], after: dict[RecordKey, int]) -> None:
    previous = {name: ClusterId(place + 100) for name, place in before.items()}
    clusters = clusters_of(after)
    found = assign_ids(clusters, previous, {ClusterId(999)})
    kept = [number for number in found.ids if number is not None]
    assert len(kept) == len(set(kept))
    assert set(kept) <= set(previous.values())
    for place, number in enumerate(found.ids):
        if number is not None:
            assert any(previous.get(name) == number for name in clusters[place])
    lost = set(previous.values()) - set(kept)
    for number in lost:
        left = {name for name, old in previous.items() if old == number} & after.keys()
        assert (found.heirs.get(number) is None) == (not left)
        if left:
            heir = found.heirs[number]
            assert heir is not None
            assert left & clusters[heir]
    assert found.heirs[ClusterId(999)] is None


@settings(max_examples=100)
@given(before=partitions)
def test_nothing_changes_where_nothing_changed(before: dict[RecordKey, int]) -> None:
    previous = {name: ClusterId(place + 100) for name, place in before.items()}
    clusters = clusters_of(before)
    found = assign_ids(clusters, previous)
    assert found.heirs == {}
    assert [previous[min(cluster)] for cluster in clusters] == list(found.ids)


def test_the_greatest_overlap_takes_the_id_and_ties_go_to_the_lowest() -> None:
    previous = {key("s/1"): ClusterId(7), key("s/2"): ClusterId(7), key("s/3"): ClusterId(7), key("s/4"): ClusterId(9)}
    found = assign_ids([{key("s/1")}, {key("s/2"), key("s/3"), key("s/4")}], previous)
    assert found.ids == (None, ClusterId(7))
    assert found.heirs == {ClusterId(9): 1}
    joined = assign_ids([{key("s/1"), key("s/4")}], {key("s/1"): ClusterId(9), key("s/4"): ClusterId(7)})
    assert joined.ids == (ClusterId(7),)
    assert joined.heirs == {ClusterId(9): 0}
