"""When two fields say the same: normalised equality, and which of two says more."""

from __future__ import annotations

from functools import lru_cache

from unioncat.marc import Field
from unioncat.matching.identifiers import isbn13
from unioncat.text import fold

__all__ = ["contains", "heading_key", "signature"]

Signature = tuple[str, ...]
_CONTROL = frozenset("0123456789") - frozenset("34")
_ROLES = {"author": "aut", "editor": "edt", "translator": "trl", "illustrator": "ill", "tac gia": "aut", "dich": "trl",
          "dich gia": "trl", "bien soan": "com", "chu bien": "edt", "hieu dinh": "rev", "minh hoa": "ill"}  # fmt: skip


_folded = lru_cache(maxsize=5_000)(fold)
"""Headings come again and again."""


def signature(field: Field) -> Signature:
    """Folded subfields with their codes, control subfields left out: equal for fields that say the same."""
    if field.tag == "020":
        number = next((isbn13(value) for code, value in field.subfields if code in "az" and value), "")
        code = "z" if any(code == "z" for code, _ in field.subfields) else "a"
        if number:
            return (code + number,)
    if field.tag == "856":
        address = next((value.strip() for code, value in field.subfields if code == "u"), "")
        if address:
            return ("u" + address,)
    return tuple(
        code + folded for code, value in field.subfields if code not in _CONTROL and (folded := _folded(value))
    )


def heading_key(field: Field) -> tuple[str, ...]:
    """Whom a 7XX names: $0, else name, dates, title and role; word order and commas aside.

    The first digit of the key's first part tells which it is, so that ``$0`` never equals a name.
    """
    name: list[str] = []
    dates = title = role = identity = ""
    for code, value in field.subfields:
        if code in "abcq" and code != "q":
            name.extend(fold(value).split())
        elif code == "d":
            dates = fold(value)
        elif code in "tkn":
            title += " " + fold(value)
        elif code in "e4" and not role:
            word = fold(value)
            role = _ROLES.get(word, word)
        elif code == "0" and not identity:
            identity = value.strip()
    if identity:
        return ("0", identity, title, role)
    return ("n", " ".join(sorted(name)), dates, title, role)


def contains(longer: Signature, shorter: Signature) -> bool:
    """True if every subfield of `shorter` stands in `longer`, itself or as its beginning."""
    if len(longer) < len(shorter):
        return False
    return all(any(full == part or full.startswith(part + " ") for full in longer) for part in shorter)
