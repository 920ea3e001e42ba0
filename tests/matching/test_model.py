"""The weights file is data: checked when read, and summed by the compiled function as by its nodes."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unioncat.matching import RULESET, load_ruleset, parse_ruleset
from unioncat.matching.comparators import FEATURES
from unioncat.matching.model import Model, logit, parse_model
from unioncat.model import ConfigError

values = st.lists(
    st.one_of(st.just(math.nan), st.sampled_from((0.0, 0.25, 0.5, 0.75, 1.0, -1.0)), st.floats(-1, 12)),
    min_size=len(RULESET.model.features),
    max_size=len(RULESET.model.features),
)


def walked(model: Model, vector: list[float]) -> float:
    total = model.bias
    for tree in model.trees:
        node = tree[0]
        while node[0] >= 0:
            value = vector[node[0]]
            left = node[4] if math.isnan(value) else value <= node[1]
            node = tree[node[2] if left else node[3]]
        total += node[5]
    return total


@settings(max_examples=200, deadline=None)
@given(vector=values)
def test_the_compiled_sum_is_the_sum_of_the_trees(vector: list[float]) -> None:
    model = RULESET.model
    expected = walked(model, vector)
    assert model.log_odds(vector) == pytest.approx(expected, abs=1e-9)
    assert model.base() + sum(model.shares(vector).values()) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=200, deadline=None)
@given(vector=values)
def test_stopping_early_decides_the_same(vector: list[float]) -> None:
    model = RULESET.model
    limit = RULESET.least_log_odds
    exact, quick = model.log_odds(vector), model.log_odds(vector, limit)
    assert (exact < limit) == (quick < limit)
    if exact >= limit:
        assert quick == exact


@settings(max_examples=100, deadline=None)
@given(vector=values, place=st.integers(0, len(RULESET.model.features) - 1), step=st.floats(0.01, 2))
def test_more_likeness_never_speaks_against(vector: list[float], place: int, step: float) -> None:
    name = RULESET.model.features[place]
    if not FEATURES[name].rises or math.isnan(vector[place]):
        return
    higher = list(vector)
    higher[place] += step
    assert RULESET.model.log_odds(higher) >= RULESET.model.log_odds(vector) - 1e-3  # values are rounded to 1e-5


def test_every_feature_of_the_weights_is_a_comparator() -> None:
    assert set(RULESET.model.features) <= set(FEATURES)


LEAF = [-1, 0, 0, 0, 0, 0.5]


@pytest.mark.parametrize(
    "trees",
    [
        [],
        [[]],
        [[[0, 0.5, 1, 2, 1, 0.0], LEAF]],
        [[[0, 0.5, 0, 1, 1, 0.0], LEAF]],
        [[[7, 0.5, 1, 2, 1, 0.0], LEAF, LEAF]],
        [[[0, math.inf, 1, 2, 1, 0.0], LEAF, LEAF]],
        [[[-1, 0, 0, 0, 0, math.nan]]],
        [[["__import__('os')", 0.5, 1, 2, 1, 0.0], LEAF, LEAF]],
        [[LEAF] * 300],
    ],
)
def test_weights_that_do_not_hang_together_are_refused(trees: list[Any]) -> None:
    with pytest.raises(ValueError):
        parse_model({"features": ["title"], "bias": 0.0, "trees": trees})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("thresholds", "merge"), 0.1),
        (("thresholds", "floor"), 0.9),
        (("thresholds", "evidence"), None),
        (("vetoes",), 7),
        (("weights",), "nowhere.json"),
    ],
)
def test_a_bad_ruleset_is_a_configuration_error(path: tuple[str, ...], value: object) -> None:
    facts = json.loads(RULESET.body)
    inner = facts
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(ConfigError):
        parse_ruleset(json.dumps(facts))


def test_rulesets_are_found_by_name_or_path(tmp_path: Any) -> None:
    path = tmp_path / "mine.json"
    facts = json.loads(RULESET.body)
    facts["name"] = "mine"
    path.write_text(json.dumps(facts), encoding="utf-8")
    mine = load_ruleset(str(path))
    assert (mine.name, mine.model.features) == ("mine", RULESET.model.features)
    assert mine.digest != RULESET.digest
    for name in ("nowhere", str(tmp_path / "nowhere.json")):
        with pytest.raises(ConfigError):
            load_ruleset(name)


def test_logit() -> None:
    assert logit(0.5) == 0
    assert logit(0.0) == -math.inf
    assert logit(1.0) == math.inf
