"""The field-merge table of a ruleset: tag or tag pattern (``6XX``) → rule."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from unioncat.merging.holdings import ITEM_TAGS

__all__ = ["Rules", "group_of"]


class Rules:
    """Rules, as a row of the table may name them:

    master     of the master only
    first      of the first record that has any, the master before others (see `group_of`)
    union      each once, the longer form
    thesaurus  union within $2 or the second indicator; "Kinh tế" is no shorter form of "Kinh tế học"
    name       each name once, in one role
    link       856: union, or local
    local      kept under its library in $5
    drop       not in the merged record
    """

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.table: dict[str, str] = dict(facts.get("fields", {}))
        self.default = str(facts.get("default", "union"))
        self.preferences: Mapping[str, Any] = facts.get("master", {})
        self._known: dict[str, str] = {}

    @staticmethod
    def of(facts: Mapping[str, Any]) -> Rules:
        return _rules(id(facts), _Held(facts))

    def rule(self, tag: str) -> str:
        rule = self._known.get(tag)
        if rule is None:
            if tag in ITEM_TAGS or not tag.isdigit():
                rule = "drop"
            else:
                patterns = (tag, tag[:2] + "X", tag[:1] + "XX")
                rule = next((self.table[p] for p in patterns if p in self.table), self.default)
            if len(self._known) < 2000:
                self._known[tag] = rule
        return rule


_GROUPS = {"240": "uniform title", "243": "uniform title", "260": "imprint", "264": "imprint"}


def group_of(tag: str) -> str:
    """Fields that one record gives together under the rule "first": a tag, or tags that stand for each other."""
    return _GROUPS.get(tag, tag)


class _Held:
    """Keeps the mapping alive beside the id by which its rules are cached."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts

    def __hash__(self) -> int:
        return id(self.facts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.facts is self.facts


@lru_cache(maxsize=16)
def _rules(_: int, held: _Held) -> Rules:
    return Rules(held.facts)
