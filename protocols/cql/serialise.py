"""From the tree back to text: ``parse(serialise(query)) == query``."""

from __future__ import annotations

from collections.abc import Iterable

from protocols.cql.ast import Boolean, CqlQuery, Modifier, Node, Prefix

__all__ = ["serialise"]

_RESERVED = frozenset({"and", "or", "not", "prox", "sortby"})
_SPECIAL = frozenset('()=<>"/')
_SYMBOLS = frozenset({"=", "==", "<", ">", "<=", ">=", "<>"})


def serialise(query: CqlQuery) -> str:
    """One line of CQL; words are quoted only where they must be."""
    text = _node(query.root)
    if query.sort:
        keys = " ".join(_word(spec.index) + _modifiers(spec.modifiers) for spec in query.sort)
        text = f"{text} sortBy {keys}"
    return text


def _word(text: str) -> str:
    bare = text and not any(letter.isspace() or letter in _SPECIAL for letter in text) and not text.endswith("\\")
    return text if bare and text.lower() not in _RESERVED else f'"{text}"'


def _modifiers(modifiers: Iterable[Modifier]) -> str:
    parts = []
    for each in modifiers:
        value = f"{each.comparison}{_word(each.value)}" if each.comparison else ""
        parts.append(f"/{_word(each.name)}{value}")
    return "".join(parts)


def _prefixes(prefixes: Iterable[Prefix]) -> str:
    return "".join(f'>{_word(each.name)}="{each.uri}" ' if each.name else f'>"{each.uri}" ' for each in prefixes)


def _node(node: Node) -> str:
    """Left spines are walked, not recursed into: a chain may have a thousand operators."""
    spine: list[Boolean] = []
    first: Node = node
    while isinstance(first, Boolean):
        spine.append(first)
        first = first.left
    clause = _clause(first)
    for place, each in enumerate(reversed(spine)):
        right = f"({_node(each.right)})" if isinstance(each.right, Boolean) else _node(each.right)
        clause = f"{clause} {each.operator}{_modifiers(each.modifiers)} {right}"
        outermost = place == len(spine) - 1
        if each.prefixes:
            clause = f"{_prefixes(each.prefixes)}{clause}"
            if not outermost:
                clause = f"({clause})"
    return clause


def _clause(node: Node) -> str:
    assert not isinstance(node, Boolean)
    prefixes = _prefixes(node.prefixes)
    if node.index is None:
        text = prefixes + _word(node.term)
    else:
        relation = node.relation if node.relation in _SYMBOLS else f" {node.relation} "
        modifiers = _modifiers(node.modifiers)
        between = f"{relation.rstrip()}{modifiers} " if modifiers else relation
        text = f"{prefixes}{_word(node.index)}{between}{_word(node.term)}"
    return f"({text})" if prefixes else text
