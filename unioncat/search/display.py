"""The heading behind an index term: how it stands in a record that has it."""

from __future__ import annotations

from functools import cache

import orjson

from unioncat.search.access_points import BY_NAME
from unioncat.search.analysis import WHOLE_WORDS
from unioncat.search.headings import trimmed
from unioncat.text import fold

__all__ = ["display_of"]


@cache
def _sources(access_point: str) -> dict[str, tuple[frozenset[str] | None, ...]]:
    """Tag → sets of subfields that feed the access point; None: all text subfields."""
    row = BY_NAME[access_point]
    found: dict[str, list[frozenset[str] | None]] = {}
    for part in [BY_NAME[name] for name in row.union] or [row]:
        for source in part.sources:
            tag, _, codes = source.partition("$")
            if tag.isdigit():
                found.setdefault(tag, []).append(frozenset(codes) if codes else None)
    return {tag: tuple(dict.fromkeys(codes)) for tag, codes in found.items()}


def display_of(marc: bytes, access_point: str, term: str, *, prefix: bool = False) -> str | None:
    """The value of the record (MARC-in-JSON) whose folded form is `term` (begins with it, if `prefix`)."""
    sources = _sources(access_point)
    for item in orjson.loads(marc)["fields"]:
        for tag, value in item.items():
            if value.__class__ is str:
                continue
            pairs = [pair for part in value["subfields"] for pair in part.items()]
            stands_for = next((text[:3] for code, text in pairs if code == "6"), tag) if tag == "880" else tag
            for codes in sources.get(stands_for, ()):
                text = " ".join(part for code, part in pairs if (code.isalpha() if codes is None else code in codes))
                folded = fold(text)
                if folded == term or (folded.startswith(term) and (prefix or term.count(" ") == WHOLE_WORDS - 1)):
                    return trimmed(text)
    return None
