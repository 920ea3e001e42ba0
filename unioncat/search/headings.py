"""Headings as people read them: for facets, and as sort keys."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from unioncat.search.computed import DataField, Facts

__all__ = [
    "FACETED",
    "authors",
    "forms",
    "publishers",
    "shelf_number",
    "sort_title",
    "subjects",
    "trimmed",
]

FACETED = ("author", "subject", "form", "publisher")
_LONGEST = 160
_AUTHOR_TAGS = {"100": "abcdq", "110": "ab", "111": "ac", "700": "abcdq", "710": "ab", "711": "ac"}
_SUBJECT_TAGS = {
    "600": "abcdqt",
    "610": "abt",
    "611": "act",
    "630": "anp",
    "650": "abc",
    "651": "a",
    "653": "a",
    "690": "a",
}


@lru_cache(maxsize=20_000)
def trimmed(text: str) -> str:
    """Without the punctuation that ISBD puts between areas; the full stop of an initial stays."""
    text = " ".join(text.split()).strip(" ,;:/=[]")
    if text.endswith(".") and not (len(text) > 1 and text[-2].isupper()):
        text = text[:-1].rstrip(" ,;:/=")
    return text[:_LONGEST]


def _heading(field: DataField, codes: str) -> str:
    return trimmed(" ".join([value for code, value in field[2] if code in codes]))


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def authors(facts: Facts) -> tuple[str, ...]:
    """Persons and bodies responsible, in the order of the record, each once."""
    return _once(_heading(field, codes) for tag, codes in _AUTHOR_TAGS.items() for field in facts.fields.get(tag, ()))


def subjects(facts: Facts) -> tuple[str, ...]:
    """Main parts of the subject headings, without subdivisions."""
    return _once(_heading(field, codes) for tag, codes in _SUBJECT_TAGS.items() for field in facts.fields.get(tag, ()))


def forms(facts: Facts) -> tuple[str, ...]:
    return _once(_heading(field, "a") for field in facts.fields.get("655", ()))


def publishers(facts: Facts) -> tuple[str, ...]:
    return _once(trimmed(value) for tag in ("264", "260") for value in facts.subfields(tag, "b"))


def sort_title(facts: Facts) -> str:
    """Title proper and remainder, without the characters that indicator 2 says are not filed."""
    for _, indicators, subfields in facts.fields.get("245", ())[:1]:
        title = " ".join([value for code, value in subfields if code in "abnp"])
        skipped = indicators[1:2]
        return title[int(skipped) :] if skipped.isdigit() and int(skipped) < len(title) else title
    return ""


def shelf_number(facts: Facts) -> str:
    """The first call number of a library, else the class number of the record."""
    for holding in facts.holdings:
        if holding.call_number:
            return holding.call_number
    for tag in ("082", "050", "084", "090"):
        for value in facts.subfields(tag, "a"):
            return value
    return ""
