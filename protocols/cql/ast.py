"""What a CQL query says, before any index is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Boolean", "CqlQuery", "Modifier", "Node", "Prefix", "SearchClause", "SortSpec"]


@dataclass(frozen=True, slots=True)
class Modifier:
    """``/name`` or ``/name comparison value``; `value` as typed, escapes and all."""

    name: str
    comparison: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Prefix:
    """``>name="uri"``; name "" sets the default context set of what follows."""

    name: str
    uri: str


@dataclass(frozen=True, slots=True)
class SearchClause:
    """index: None for a bare term. relation: as typed, "=" for a bare term. term: escapes (``\\*``) still in it.

    position: of the term in the query, in characters counted from 0
    """

    term: str
    index: str | None = None
    relation: str = "="
    modifiers: tuple[Modifier, ...] = ()
    prefixes: tuple[Prefix, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Boolean:
    """operator: and, or, not, prox in lower case. Chains lean to the left: there is no precedence (CQL 1.2)."""

    operator: str
    left: Node
    right: Node
    modifiers: tuple[Modifier, ...] = ()
    prefixes: tuple[Prefix, ...] = ()


Node = SearchClause | Boolean


@dataclass(frozen=True, slots=True)
class SortSpec:
    index: str
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True)
class CqlQuery:
    root: Node
    sort: tuple[SortSpec, ...] = ()
