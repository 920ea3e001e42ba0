"""Folded words that carry nothing, from words.json: articles, "Nxb.", "edited by" in vi, en, de and fr."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

__all__ = ["word_list"]


@lru_cache(maxsize=1)
def _lists() -> dict[str, str]:
    text = (resources.files("unioncat.matching") / "words.json").read_text(encoding="utf-8")
    lists: dict[str, str] = json.loads(text)
    return lists


def word_list(name: str) -> frozenset[str]:
    """The words of one list; KeyError for a name that is not there."""
    return frozenset(_lists()[name].split())
