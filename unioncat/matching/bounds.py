"""How far a pair can still come when only some of its features are known: the hopeless ones need no others.

A tree gives at most the greatest leaf that the known features leave open. Where the sum of these is below the
threshold already, no value of the other features can lift the pair over it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from unioncat.matching.model import Tree

__all__ = ["FIRST", "Bound", "compiled_bound"]

FIRST = (
    "year",
    "dated",
    "kind",
    "place",
    "author",
    "language",
    "names",
    "pages",
    "publisher",
    "alternate",
    "length",
    "head",
    "country",
    "printed",
)
"""Features to look at first: cheap ones that leave least open. Of 3,139 pairs of goldfinch and vn-editions whose
titles agree but which are different, these alone rule out 73 % with the weights of 2026.11.2 (greedy choice)."""

_CHUNK = 6
"""Trees between two looks at whether the pair is hopeless by now."""

Bound = Callable[[Sequence[float], float], bool]


class _Fork(NamedTuple):
    """A node on a known feature; a value ≤ threshold goes left, a missing one left if `missing_left`."""

    feature: int
    threshold: float
    missing_left: bool
    left: _Open
    right: _Open


_Open = float | _Fork
"""A tree of known features only; its leaves are the most that is open there."""


def compiled_bound(trees: Sequence[Tree], bias: float, features: int, known: Collection[int]) -> Bound:
    """(value vector, limit in log-odds) → True if the sum stays below the limit whatever the other features are.

    Only the known places of the vector are looked at. The sum begins with all that could be reached at all, and
    each tree takes from it; those that can take most come first.
    """
    open_trees = sorted((_opened(tree, 0, known) for tree in trees), key=lambda tree: _least(tree) - _most(tree))
    # a hair more than the greatest sum, so that rounding never cuts a pair off
    reach = bias + sum(map(_most, open_trees)) + 1e-6
    names = ", ".join(f"v{index}" for index in range(features))
    lines = ["def hopeless(values, limit):", f" [{names}] = values", f" s = {reach!r}"]
    telling = [tree for tree in open_trees if isinstance(tree, _Fork)]
    for place, tree in enumerate(telling, 1):
        lines.append(f" s += {_expression(tree, _most(tree))}")
        if place % _CHUNK == 0 or place == len(telling):
            lines.append(" if s < limit: return True")
    lines.append(" return False")
    scope: dict[str, Bound] = {}
    exec(compile("\n".join(lines), "<bound>", "exec"), {"__builtins__": {}}, scope)  # noqa: S102
    return scope["hopeless"]


def _opened(tree: Tree, index: int, known: Collection[int]) -> _Open:
    feature, threshold, left, right, missing_left, value = tree[index]
    if feature < 0:
        return value
    low, high = _opened(tree, left, known), _opened(tree, right, known)
    if feature not in known:
        return _greater(low, high)
    return low if low == high else _Fork(feature, threshold, missing_left, low, high)


def _greater(one: _Open, other: _Open) -> _Open:
    """The greater of two at each point."""
    if not isinstance(one, _Fork):
        one, other = other, one
    if not isinstance(one, _Fork):
        return max(one, other)
    if not isinstance(other, _Fork) and other <= _least(one):
        return one
    if not isinstance(other, _Fork) and other >= _most(one):
        return other
    low = _greater(one.left, _on_side(other, one, True))
    high = _greater(one.right, _on_side(other, one, False))
    return low if low == high else one._replace(left=low, right=high)


def _on_side(tree: _Open, fork: _Fork, left: bool) -> _Open:
    """What is left of a tree where a fork was passed on one side."""
    if not isinstance(tree, _Fork):
        return tree
    if tree.feature == fork.feature:
        # a missing value went the way that the fork sends it; it must not be sent elsewhere here
        if left and tree.threshold >= fork.threshold and (tree.missing_left or not fork.missing_left):
            return _on_side(tree.left, fork, left)
        if not left and tree.threshold <= fork.threshold and (fork.missing_left or not tree.missing_left):
            return _on_side(tree.right, fork, left)
    low, high = _on_side(tree.left, fork, left), _on_side(tree.right, fork, left)
    return low if low == high else tree._replace(left=low, right=high)


def _most(tree: _Open) -> float:
    return max(_most(tree.left), _most(tree.right)) if isinstance(tree, _Fork) else tree


def _least(tree: _Open) -> float:
    return min(_least(tree.left), _least(tree.right)) if isinstance(tree, _Fork) else tree


def _expression(tree: _Open, most: float) -> str:
    """What a tree takes from its most, as a Python expression.

    NaN compares false, so the branch for missing values is the `else`.
    """
    if not isinstance(tree, _Fork):
        return repr(tree - most)
    low, high = _expression(tree.left, most), _expression(tree.right, most)
    if tree.missing_left:
        return f"({high} if v{tree.feature} > {tree.threshold!r} else {low})"
    return f"({low} if v{tree.feature} <= {tree.threshold!r} else {high})"
