"""When two fields say the same: normalised equality, and which of two says more. Names are in `headings`."""

from __future__ import annotations

import re
from functools import lru_cache

from unioncat.marc import Field
from unioncat.matching.identifiers import isbn13
from unioncat.text import fold

__all__ = ["NUMBER_TAGS", "Signature", "address_of", "contains", "folded", "number_of", "signature"]

Signature = tuple[str, ...]
_CONTROL = frozenset("0123456789") - frozenset("34")
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)

NUMBER_TAGS = frozenset(("010", "020", "022", "024", "041"))
"""Fields that stand for one number, or one list of languages, with qualifiers: see `number_of`."""

folded = lru_cache(maxsize=5_000)(fold)
"""`fold`; headings come again and again."""


def number_of(field: Field) -> Signature | None:
    """What a field of `NUMBER_TAGS` is about, qualifiers aside; None if it names nothing.

    020: ISBN-13, or the digits as they are; a cancelled number ($z alone) is another thing than a good one.
    041: the languages of the text, of one list of codes.
    """
    good = [value for code, value in field.subfields if code == "a" and value]
    if field.tag == "041":
        codes = sorted(word for value in good for word in folded(value).split())
        return ("l", _source(field), *codes) if codes else None
    for mark, values in (("a", good), ("z", [value for code, value in field.subfields if code == "z" and value])):
        if values:
            plain = (isbn13(values[0]) if field.tag == "020" else "") or folded(values[0]).replace(" ", "")
            return (mark + plain, _source(field)) if plain else None
    return None


def _source(field: Field) -> str:
    return next((folded(value) for code, value in field.subfields if code == "2"), "")


def address_of(field: Field) -> str:
    """The first address of an 856, its scheme aside; "" for none."""
    return next((_SCHEME.sub("", value.strip()) for code, value in field.subfields if code == "u"), "")


def signature(field: Field) -> Signature:
    """Folded subfields with their codes, control subfields left out: equal for fields that say the same."""
    if field.tag == "856":
        address = address_of(field)
        if address:
            return ("u" + address,)
    return tuple(code + words for code, value in field.subfields if code not in _CONTROL and (words := folded(value)))


def contains(longer: Signature, shorter: Signature, *, beginnings: bool = True) -> bool:
    """True if every subfield of `shorter` stands in `longer`, itself or (with `beginnings`) as its beginning.

    Nothing is no shorter form of anything.
    Without: "Kinh tế" is no shorter form of "Kinh tế học", but of "Kinh tế" with a subdivision.
    """
    if not shorter or len(longer) < len(shorter):
        return False
    if not beginnings:
        return set(shorter).issubset(longer)
    return all(any(full == part or full.startswith(part + " ") for full in longer) for part in shorter)
