"""The score: boosted trees (or a linear sum) over comparator values, read from a weights data file.

Training is `scripts/train_matching.py`; nothing of it is needed here. A value that is not known (NaN) takes the
branch that training found for missing values.

Weights file: {"kind": "trees", "features": [names], "bias": b, "trees": [[nodes]], …} where a node is
[feature, threshold, left, right, missing_left, value]; feature -1 is a leaf. A value ≤ threshold goes left.
`value` of an inner node is the mean log-odds below it, by which shares are told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Model", "parse_model"]

Node = tuple[int, float, int, int, bool, float]
Tree = tuple[Node, ...]
Nested = Any
"""A leaf is a float; an inner node (feature, threshold, left, right, missing goes left)."""


@dataclass(frozen=True)
class Model:
    """features: names in the order of the value vector. log_odds: vector → log-odds of "same"."""

    features: tuple[str, ...]
    bias: float
    trees: tuple[Tree, ...]
    linear: tuple[float, ...]
    calibration: tuple[float, float]
    log_odds: Callable[[Sequence[float]], float]

    def score(self, values: Sequence[float]) -> float:
        """Probability-like score, 0-1."""
        return _logistic(self.calibration[0] * self.log_odds(values) + self.calibration[1])

    def shares(self, values: Sequence[float]) -> dict[str, float]:
        """What each feature added to (or took from) the log-odds; with the bias they sum up to `log_odds`."""
        out = dict.fromkeys(self.features, 0.0)
        for weight, name, value in zip(self.linear, self.features, values, strict=False):
            if value == value:
                out[name] += weight * value
        for tree in self.trees:
            node = tree[0]
            while node[0] >= 0:
                value = values[node[0]]
                left = node[4] if value != value else value <= node[1]
                after = tree[node[2] if left else node[3]]
                out[self.features[node[0]]] += after[5] - node[5]
                node = after
        return out

    def base(self) -> float:
        """Log-odds before any feature is looked at."""
        return self.bias + sum(tree[0][5] for tree in self.trees)


def _logistic(x: float) -> float:
    if x < -40:
        return 0.0
    return 1.0 / (1.0 + math.exp(-x))


def _nest(tree: Tree, index: int) -> Nested:
    feature, threshold, left, right, missing_left, value = tree[index]
    if feature < 0:
        return value
    return (feature, threshold, _nest(tree, left), _nest(tree, right), missing_left)


def _tree_sum(trees: tuple[Tree, ...], bias: float) -> Callable[[Sequence[float]], float]:
    roots = [_nest(tree, 0) for tree in trees]

    def log_odds(values: Sequence[float]) -> float:
        total = bias
        for node in roots:
            while node.__class__ is tuple:
                value = values[node[0]]
                if value <= node[1]:
                    node = node[2]
                elif value == value:
                    node = node[3]
                else:
                    node = node[2] if node[4] else node[3]
            total += node
        return total

    return log_odds


def _linear_sum(weights: tuple[float, ...], bias: float) -> Callable[[Sequence[float]], float]:
    def log_odds(values: Sequence[float]) -> float:
        return bias + sum(weight * value for weight, value in zip(weights, values, strict=True) if value == value)

    return log_odds


def parse_model(facts: Mapping[str, Any]) -> Model:
    """Raises ValueError or KeyError if the weights do not hang together."""
    names = tuple(str(name) for name in facts["features"])
    bias = float(facts["bias"])
    slope, shift = facts.get("calibration", (1.0, 0.0))
    if facts["kind"] == "linear":
        weights = tuple(float(weight) for weight in facts["weights"])
        if len(weights) != len(names):
            raise ValueError("one weight a feature")
        return Model(names, bias, (), weights, (float(slope), float(shift)), _linear_sum(weights, bias))
    trees: list[Tree] = []
    for tree in facts["trees"]:
        nodes = tuple((int(f), float(t), int(le), int(r), bool(m), float(v)) for f, t, le, r, m, v in tree)
        for index, node in enumerate(nodes):
            if node[0] >= len(names) or (
                node[0] >= 0 and not index < min(node[2], node[3]) <= max(node[2], node[3]) < len(nodes)
            ):
                raise ValueError(f"tree {len(trees)}, node {index}: no such feature or child")
        trees.append(nodes)
    return Model(names, bias, tuple(trees), (), (float(slope), float(shift)), _tree_sum(tuple(trees), bias))
