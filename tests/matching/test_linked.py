"""The quick ways give what the long ones do: linked and decide, is_vetoed and vetoes_of, hopeless and the whole sum."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unioncat.matching import RULESET, MatchView, candidate_pairs, decide, linked, match_keys, match_view
from unioncat.matching.bounds import FIRST
from unioncat.matching.vetoes import VETOES, is_vetoed, vetoes_of
from unioncat.model import RecordKey
from unioncat.services.formats import Formats
from unioncat.services.match_files import read_records

FEATURES = RULESET.model.features
LEVEL = st.one_of(st.just(math.nan), st.sampled_from((0.0, 0.25, 0.5, 0.75, 0.9, 1.0, -1.0)), st.floats(-1, 12))
VECTOR = st.lists(LEVEL, min_size=len(FEATURES), max_size=len(FEATURES))


@settings(max_examples=300, deadline=None)
@given(vector=VECTOR, other=VECTOR, limit=st.sampled_from((-4.0, -2.0, RULESET.review_log_odds, 0.0, 2.0)))
def test_a_hopeless_pair_stays_below_whatever_the_other_features_are(
    vector: list[float], other: list[float], limit: float
) -> None:
    some = [value if name in FIRST else math.nan for name, value in zip(FEATURES, vector, strict=True)]
    mixed = [ours if name in FIRST else more for name, ours, more in zip(FEATURES, vector, other, strict=True)]
    hopeless = RULESET.hopeless(some, limit)
    assert RULESET.hopeless(mixed, limit) == hopeless
    if hopeless:
        assert RULESET.model.log_odds(mixed) < limit
        assert RULESET.model.log_odds(vector) < limit


def views_of(folder: Path) -> dict[RecordKey, MatchView]:
    found = read_records(folder / "records.jsonl.gz", Formats.load(), [])
    return {RecordKey(name): match_view(record, RULESET) for name, record in found}


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["austen-editions", "vn-editions"])
def test_links_are_the_decisions_that_are_not_different(shared_data: Path, name: str) -> None:
    views = views_of(shared_data / "matching" / name)
    pairs = list(candidate_pairs({key: match_keys(view) for key, view in views.items()}, limit=RULESET.block_limit))
    for left, right in [*pairs, *pairwise(views)]:
        a, b = views[left], views[right]
        decision = decide(a, b, RULESET)
        assert linked(a, b, RULESET) == (None if decision.band == "different" else decision)
        assert linked(b, a, RULESET) == linked(a, b, RULESET)
        for names in (RULESET.vetoes, frozenset(VETOES), frozenset({"carrier", "number"})):
            assert is_vetoed(a, b, names) == bool(vetoes_of(a, b, names))


@pytest.mark.corpus
def test_views_from_bytes_are_those_that_were_packed(shared_data: Path) -> None:
    for view in views_of(shared_data / "matching" / "austen-editions").values():
        again = MatchView.from_bytes(view.to_bytes())
        assert again == view
        assert (again.digest, again.nature, again.to_bytes()) == (view.digest, view.nature, view.to_bytes())
