"""The plan: a query brought down to what is looked up in which engine field.

Both engines answer the same ten nodes, so they find the same records; all that is particular to access points,
words, marks, masks and numbers is settled in ``unioncat.search.lower``, once for all engines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "All",
    "AnyOf",
    "Constant",
    "Every",
    "HasId",
    "Mask",
    "Nothing",
    "Pattern",
    "Plan",
    "Preferred",
    "Sequence",
    "Shape",
    "Span",
    "Token",
    "Without",
    "regex_of",
]


class Mask:
    """MANY stands for any number of characters, ONE for exactly one."""

    MANY = "\ue000"
    ONE = "\ue001"


Shape = tuple[str, ...]
"""A masked word: literal pieces and Mask.MANY / Mask.ONE in order."""


@dataclass(frozen=True, slots=True)
class Token:
    """Records whose `field` has this term."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """Records whose `field` has a term of one of these shapes."""

    field: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Terms at these offsets from each other within one field; a step is a term or alternative shapes."""

    field: str
    steps: tuple[tuple[int, str | tuple[Shape, ...]], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Records whose `field` has a term between `low` and `high` in code point order; None: no bound."""

    field: str
    low: str | None
    high: str | None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True, slots=True)
class All:
    children: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    children: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """`left` and not `right`."""

    left: Plan
    right: Plan


@dataclass(frozen=True, slots=True)
class Preferred:
    """What `must` finds; those that a bonus finds too score higher."""

    must: Plan
    bonuses: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """What `child` finds, each with this score."""

    child: Plan
    score: float


@dataclass(frozen=True, slots=True)
class HasId:
    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Every:
    pass


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


Plan = Token | Pattern | Sequence | Span | All | AnyOf | Without | Preferred | Constant | HasId | Every | Nothing


def regex_of(shapes: tuple[Shape, ...]) -> str:
    """A regular expression for whole terms, in the syntax that Rust's regex and Python's re share."""
    forms = []
    for shape in shapes:
        parts = [{Mask.MANY: ".*", Mask.ONE: "."}.get(part, re.escape(part)) for part in shape]
        forms.append("".join(parts))
    return forms[0] if len(forms) == 1 else "|".join(f"(?:{form})" for form in forms)
