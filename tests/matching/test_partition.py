"""The partition is a pure function of records, ruleset and verdicts."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.match_records import key, view
from unioncat.matching import (
    RULESET,
    BlockingReport,
    MatchView,
    ScoredPair,
    Verdict,
    candidate_pairs,
    cluster_views,
    decide,
    fingerprint,
    is_copy_key,
    match_keys,
    partition,
    partition_in_full,
)
from unioncat.model import RecordKey

TITLES = ("Giải tích số", "Giai tich so", "Cơ học lý thuyết", "Cơ học lí thuyết", "Toán 1", "Toán 2")
AUTHORS = ("Lê Trọng Vinh", "Nguyễn Trọng Chuyển", "Nguyễn Trọng Chuyển; Nguyễn Văn Đạo", "")


@st.composite
def record_views(draw: st.DrawFn) -> MatchView:
    lines = ["245 $a" + draw(st.sampled_from(TITLES)) + draw(st.sampled_from(("", ". T. 1", ". Tập 2")))]
    author = draw(st.sampled_from(AUTHORS))
    if author:
        lines.append("100 $a" + author)
    year = draw(st.sampled_from(("1999", "2000", "")))
    lines.append("260 $bNxb. Giáo dục" + (f"$c{year}" if year else ""))
    pages = draw(st.sampled_from(("", "210 tr.", "212 tr.")))
    if pages:
        lines.append("300 $a" + pages)
    return view(*lines)


pools = st.lists(record_views(), min_size=1, max_size=14)


def named(views: Iterable[MatchView]) -> dict[RecordKey, MatchView]:
    return {key(f"s{place % 3}/{place:03d}"): one for place, one in enumerate(views)}


@settings(max_examples=60, deadline=None)
@given(views=pools, chance=st.randoms(use_true_random=False))
def test_clusters_do_not_depend_on_the_order_of_arrival(views: list[MatchView], chance: random.Random) -> None:
    pool = named(views)
    expected = cluster_views(pool, RULESET).partition.clusters
    for _ in range(20):
        order = list(pool)
        chance.shuffle(order)
        assert cluster_views({name: pool[name] for name in order}, RULESET).partition.clusters == expected


@settings(max_examples=200, deadline=None)
@given(a=record_views(), b=record_views())
def test_a_decision_is_the_same_both_ways_round(a: MatchView, b: MatchView) -> None:
    assert decide(a, b, RULESET) == decide(b, a, RULESET)
    again = MatchView.from_bytes(b.to_bytes())
    assert decide(a, again, RULESET) == decide(a, b, RULESET)
    assert again.digest == b.digest


@settings(max_examples=40, deadline=None)
@given(views=pools, extra=pools)
def test_adding_and_deleting_again_leaves_no_trace(views: list[MatchView], extra: list[MatchView]) -> None:
    pool = named(views)
    more = {key(f"x/{place}"): one for place, one in enumerate(extra)}
    both = cluster_views({**pool, **more}, RULESET)
    assert {name for cluster in both.partition.clusters for name in cluster} == pool.keys() | more.keys()
    again = {name: one for name, one in {**pool, **more}.items() if name in pool}
    assert cluster_views(again, RULESET).partition.clusters == cluster_views(pool, RULESET).partition.clusters


@settings(max_examples=60, deadline=None)
@given(views=pools, data=st.data())
def test_verdicts_always_hold(views: list[MatchView], data: st.DataObject) -> None:
    pool = named(views)
    names = sorted(pool)
    couples = [(a, b) for a in names for b in names if a < b]
    chosen = data.draw(st.lists(st.sampled_from(couples), max_size=5, unique=True)) if couples else []
    verdicts = [Verdict(a, b, data.draw(st.booleans()), number) for number, (a, b) in enumerate(chosen, 1)]
    found = cluster_views(pool, RULESET, verdicts).partition
    where = {name: place for place, cluster in enumerate(found.clusters) for name in cluster}
    for verdict in verdicts:
        if verdict not in found.overruled:
            assert (where[verdict.left] == where[verdict.right]) == verdict.same
    assert sorted(name for cluster in found.clusters for name in cluster) == names
    shuffled = data.draw(st.permutations(verdicts))
    assert cluster_views(pool, RULESET, shuffled).partition.clusters == found.clusters


def test_the_later_of_two_contradictory_verdicts_wins_and_it_is_reported() -> None:
    pool = named([view(f"245 $a{word}") for word in ("Một cuốn sách", "Hai con đường", "Ba ngọn núi")])
    a, b, c = sorted(pool)
    said = [Verdict(a, b, True, 1), Verdict(b, c, True, 2), Verdict(a, c, False, 3)]
    found = cluster_views(pool, RULESET, said).partition
    assert found.overruled == [said[0]]
    assert sorted(map(sorted, found.clusters)) == [[a], [b, c]]


def test_a_chain_of_likeness_does_not_chain_unlike_records() -> None:
    """Tập 1, no volume, Tập 2: the middle one may join one side only."""
    facts = ("100 $aNguyễn Đình Trí", "260 $bGiáo dục$c2006", "300 $a391 tr.")
    pool = {
        key("a/1"): view("245 $aToán học cao cấp. T. 1", *facts),
        key("b/1"): view("245 $aToán học cao cấp", *facts),
        key("c/1"): view("245 $aToán học cao cấp. T. 2", *facts),
    }
    pairs = [
        ScoredPair(key("a/1"), key("b/1"), 0.9, "merge"),
        ScoredPair(key("b/1"), key("c/1"), 0.95, "merge"),
    ]
    found = partition(list(pool), pairs, views=pool, ruleset=RULESET)
    assert all(len(cluster & {key("a/1"), key("c/1")}) < 2 for cluster in found)


def test_many_copies_of_one_record_cost_little() -> None:
    one = view("245 $aGiải tích số", "100 $aLê Trọng Vinh", "260 $bGiáo dục$c2000", "300 $a210 tr.")
    data = one.to_bytes()
    pool = {key(f"s/{place:05d}"): MatchView.from_bytes(data) for place in range(4000)}
    begun = time.process_time()
    found = cluster_views(pool, RULESET)
    spent = time.process_time() - begun
    assert [len(cluster) for cluster in found.partition.clusters] == [4000]
    assert found.blocking.pairs == 3999
    assert spent < 10


def test_copies_that_say_too_little_stay_apart() -> None:
    pool = {key(f"s/{place}"): view("245 $aToán 1") for place in range(50)}
    assert len(cluster_views(pool, RULESET).partition.clusters) == 50


def test_a_title_shared_by_very_many_is_bounded_and_counted() -> None:
    keys = {}
    for place in range(50_000):
        year, pages = 1950 + place % 70, 20 + place // 70
        one = view_facts(place, year, pages)
        keys[key(f"s/{place:05d}")] = one
    report = BlockingReport()
    begun = time.process_time()
    count = sum(1 for _ in candidate_pairs(keys, limit=200, report=report))
    spent = time.process_time() - begun
    assert report.large
    assert max(report.large.values()) == 50_000
    assert count < 5_000_000
    assert spent < 60


_TEMPLATE = view("245 $aReport", "260 $bMinistry$c1950", "300 $a20 p.", "110 $aMinistry of Health")


def view_facts(place: int, year: int, pages: int) -> list[int]:
    """Keys of one of very many reports; made from a template, for speed."""
    facts = dict(_TEMPLATE.__dict__)
    facts.pop("digest", None)
    facts.update(issued=(year,), pages=pages, pagination=str(pages))
    made = MatchView.__new__(MatchView)
    made.__dict__.update({name: facts[name] for name in MatchView.__dataclass_fields__})
    return match_keys(made)


def test_copy_keys_are_told_from_others() -> None:
    keys = match_keys(_TEMPLATE)
    assert [is_copy_key(number) for number in keys] == [False] * (len(keys) - 1) + [True]
    assert all(-(2**63) <= number < 2**63 for number in keys)
    assert len(set(keys)) == len(keys)


def test_guards_ask_for_more_and_make_an_entry() -> None:
    """More than three unlike records of one source join only from the stricter score."""
    views = {
        key(f"one/{place}"): view(
            f"245 $aCơ sở lý thuyết mạch điện{' ' + word if word else ''}",
            "100 $aNguyễn Bình Thành",
            "260 $bKHKT$c1977",
        )
        for place, word in enumerate(("", "tử", "tử số", "và mạng", "một chiều"))
    }
    names = sorted(views)
    pairs = [ScoredPair(a, b, 0.7, "merge") for a in names for b in names if a < b]
    found = partition_in_full(names, pairs, views=views, ruleset=RULESET, compare=lambda a, b: decide(a, a, RULESET))
    assert max(map(len, found.clusters)) == RULESET.guard_source
    assert {name for name, _ in found.guarded} == {"one source"}


def test_fingerprints_tell_partitions_apart() -> None:
    a, b, c = key("s/1"), key("s/2"), key("s/3")
    assert fingerprint([{a, b}, {c}]) == fingerprint([{c}, {b, a}])
    assert fingerprint([{a, b}, {c}]) != fingerprint([{a}, {b, c}])


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_one_record(count: int) -> None:
    pool = named([_TEMPLATE] * count)
    assert [set(cluster) for cluster in cluster_views(pool, RULESET).partition.clusters] == [{name} for name in pool]


def test_two_records_of_one_source_pay_the_penalty_and_those_of_two_do_not() -> None:
    first = view("245 $aGiải tích số", "100 $aLê Trọng Vinh", "260 $bNxb. Giáo dục$c1999", "300 $a210 tr.")
    other = view("245 $aGiải tích số", "100 $aLê Trọng Vinh", "260 $bGiáo dục$c1999", "300 $a212 tr.")
    score = decide(first, other, RULESET).score
    assert decide(first, other, RULESET).band == "merge"
    strict = replace(RULESET, same_source_penalty=math.log(score / (1 - score)))  # takes the pair to 0.5
    within = {key("dlib/1"): first, key("dlib/2"): other}
    between = {key("dlib/1"): first, key("hcmut/2"): other}
    kept_apart = cluster_views(within, strict).partition
    assert len(kept_apart.clusters) == 2
    assert [pair.band for pair in kept_apart.blocked] == ["review"]
    assert len(cluster_views(between, strict).partition.clusters) == 1
    assert len(cluster_views(within, RULESET).partition.clusters) == 1
    # a copy from another library makes it a pair of two sources
    joined = cluster_views({**within, key("hcmut/1"): first}, strict).partition
    assert len(joined.clusters) == 1
