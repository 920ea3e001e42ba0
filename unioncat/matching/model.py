"""The score: boosted trees over comparator values, read from a weights data file.

Training is `scripts/train_matching.py`; nothing of it is needed here. A value that is not known (NaN) takes the
branch that training found for missing values.

Weights file: {"features": [names], "bias": b, "trees": [[node, …], …], …}; a node is
[feature, threshold, left, right, missing_left, value], feature -1 is a leaf, a value ≤ threshold goes left.
`value` of an inner node is the mean of the leaves below it, by which shares are told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Model", "logistic", "logit", "parse_model"]

Node = tuple[int, float, int, int, bool, float]
Tree = tuple[Node, ...]
_CHUNK = 8
"""Trees summed between two looks at whether the limit is still in reach."""


@dataclass(frozen=True)
class Model:
    """features: names in the order of the value vector; bias: log-odds before any tree."""

    features: tuple[str, ...]
    bias: float
    trees: tuple[Tree, ...]
    _sum: Callable[[Sequence[float], float], float] = field(compare=False, repr=False)  # compiled from the trees

    def log_odds(self, values: Sequence[float], limit: float = -math.inf) -> float:
        """Log-odds of "same". Once they can no longer reach `limit`, the sum so far, which is below it, is given."""
        return self._sum(values, limit)

    def score(self, values: Sequence[float], limit: float = -math.inf) -> float:
        """Probability-like score, 0-1; see `log_odds` for `limit` (in log-odds)."""
        return logistic(self._sum(values, limit))

    def shares(self, values: Sequence[float]) -> dict[str, float]:
        """What each feature added to (or took from) the log-odds; with `base` they sum up to `log_odds`."""
        out = dict.fromkeys(self.features, 0.0)
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


def logistic(x: float) -> float:
    return 0.0 if x < -40 else 1.0 / (1.0 + math.exp(-x))


def logit(p: float) -> float:
    return math.log(p / (1.0 - p)) if 0.0 < p < 1.0 else math.copysign(math.inf, p - 0.5)


def _expression(tree: Tree, index: int) -> str:
    """The tree as a Python expression. NaN compares false, so the branch for missing values is the `else`."""
    feature, threshold, left, right, missing_left, value = tree[index]
    if feature < 0:
        return repr(value)
    if missing_left:
        return f"({_expression(tree, right)} if v{feature} > {threshold!r} else {_expression(tree, left)})"
    return f"({_expression(tree, left)} if v{feature} <= {threshold!r} else {_expression(tree, right)})"


def _most(tree: Tree) -> float:
    return max(node[5] for node in tree if node[0] < 0)


def _compiled(trees: tuple[Tree, ...], bias: float, features: int) -> Callable[[Sequence[float], float], float]:
    """The sum as one Python function: a third of the time of walking the nodes.

    Only numbers that `parse_model` has checked get into the source.
    """
    # the order of a sum is free: trees that can add most come first, so that hopeless pairs are known soon
    trees = tuple(sorted(trees, key=lambda tree: -_most(tree)))
    best = [_most(tree) for tree in trees]
    names = ", ".join(f"v{index}" for index in range(features))
    lines = ["def log_odds(values, limit):", f" [{names}] = values", f" s = {bias!r}"]
    for start in range(0, len(trees), _CHUNK):
        for tree in trees[start : start + _CHUNK]:
            lines.append(f" s += {_expression(tree, 0)}")
        reach = sum(best[start + _CHUNK :])
        if start + _CHUNK < len(trees):
            # a hair more than the greatest rest, so that rounding never cuts a pair off
            lines.append(f" if s + {reach + 1e-6!r} < limit: return s")
    lines.append(" return s")
    scope: dict[str, Callable[[Sequence[float], float], float]] = {}
    exec(compile("\n".join(lines), "<weights>", "exec"), {"__builtins__": {}}, scope)  # noqa: S102
    return scope["log_odds"]


def parse_model(facts: Mapping[str, Any]) -> Model:
    """Raises ValueError or KeyError if the weights do not hang together."""
    names = tuple(str(name) for name in facts["features"])
    bias = float(facts["bias"])
    trees: list[Tree] = []
    for tree in facts["trees"]:
        nodes = tuple((int(f), float(t), int(le), int(r), bool(m), float(v)) for f, t, le, r, m, v in tree)
        for index, (feature, threshold, left, right, _, value) in enumerate(nodes):
            if not (math.isfinite(threshold) and math.isfinite(value)):
                raise ValueError(f"tree {len(trees)}, node {index}: not a finite number")
            if feature >= len(names) or (feature >= 0 and not index < left < right < len(nodes)):
                raise ValueError(f"tree {len(trees)}, node {index}: no such feature or child")
        if not nodes or len(nodes) > 255:
            raise ValueError(f"tree {len(trees)} has {len(nodes)} nodes; 1 to 255 are allowed")
        trees.append(nodes)
    if not names or not trees or not math.isfinite(bias):
        raise ValueError("a model has features, trees and a bias")
    return Model(names, bias, tuple(trees), _compiled(tuple(trees), bias, len(names)))
