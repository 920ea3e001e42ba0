"""Truncation attributes: how the words of a term say "anything may stand here" (Bib-1, type 5).

What comes out are words of the query tree: ``*`` is any number of characters, ``?`` exactly one, at the places
named as masks; the same characters elsewhere are literal.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from protocols.z3950.diagnostics import Z3950Error
from unioncat.search.query import Word

__all__ = ["TRUNCATIONS", "masked"]

_EXPANSIONS = 32
_Marked = list[tuple[str, bool]]


def _word(parts: _Marked) -> Word:
    kept: _Marked = []
    for character, mask in parts:
        if (character, mask) == ("*", True) and kept and kept[-1] == ("*", True):
            continue
        kept.append((character, mask))
    places = frozenset(place for place, (_, mask) in enumerate(kept) if mask)
    return Word("".join(character for character, _ in kept), places)


def _literal(text: str) -> _Marked:
    return [(character, False) for character in text]


def _plain(text: str) -> list[tuple[Word, ...]]:
    return [tuple(Word(word) for word in text.split())]


def _ends(left: bool, right: bool) -> Callable[[str], list[tuple[Word, ...]]]:
    """Open at the beginning of the first word, at the end of the last, or both."""

    def words(text: str) -> list[tuple[Word, ...]]:
        parts = [_literal(word) for word in text.split()]
        if parts and left:
            parts[0].insert(0, ("*", True))
        if parts and right:
            parts[-1].append(("*", True))
        return [tuple(map(_word, parts))]

    return words


def _symbols(pattern: str, meaning: dict[str, str]) -> Callable[[str], list[tuple[Word, ...]]]:
    """Characters (or, for ``?n``, more) of the term that are masks."""
    cut = re.compile(pattern)

    def words(text: str) -> list[tuple[Word, ...]]:
        found = []
        for word in text.split():
            parts: _Marked = []
            place = 0
            for symbol in cut.finditer(word):
                parts += [*_literal(word[place : symbol.start()]), (meaning[symbol[0][0]], True)]
                place = symbol.end()
            found.append(_word(parts + _literal(word[place:])))
        return [tuple(found)]

    return words


_REGULAR = re.compile(
    r"(?P<escaped>\\.)|(?P<any>\.[*+]?)|\[(?P<set>[^\]\[^\\]{1,8})\]|(?P<group>\((?:[^()\\]|\\.)*\))"
    r"|(?P<optional>[^\s\\.*+?()\[\]{}|^$]\?)|(?P<plain>[^\\.*+?()\[\]{}|^$])",
    re.DOTALL,
)


def _regular(text: str) -> list[tuple[Word, ...]]:
    """RegExpr-1 as far as masks can say it: ``.``, ``.*``, ``.+``, ``[abc]``, ``(a|b)``, ``x?``, escapes."""
    variants: list[_Marked] = [[]]
    place = 0
    while place < len(text):
        found = _REGULAR.match(text, place)
        if found is None:
            raise Z3950Error("illegal_term", f"{text[place : place + 10]} in a regular expression")
        choices: list[_Marked]
        if found["any"]:
            choices = [{".": [("?", True)], ".*": [("*", True)], ".+": [("?", True), ("*", True)]}[found[0]]]
        elif found["set"]:
            choices = [[(character, False)] for character in dict.fromkeys(found["set"])]
        elif found["group"]:
            choices = [_literal(re.sub(r"\\(.)", r"\1", each)) for each in found[0][1:-1].split("|")]
        elif found["optional"]:
            choices = [[], [(found[0][0], False)]]
        else:
            choices = [[(found[0][-1], False)]]
        variants = [variant + choice for variant in variants for choice in choices]
        if len(variants) > _EXPANSIONS:
            raise Z3950Error("too_many_truncated_words", text)
        place = found.end()
    return [_cut(variant) for variant in variants]


def _cut(parts: _Marked) -> tuple[Word, ...]:
    words: list[_Marked] = [[]]
    for character, mask in parts:
        if not mask and character.isspace():
            words.append([])
        else:
            words[-1].append((character, mask))
    return tuple(_word(word) for word in words if word)


TRUNCATIONS: dict[int, Callable[[str], list[tuple[Word, ...]]]] = {
    1: _ends(left=False, right=True),
    2: _ends(left=True, right=False),
    3: _ends(left=True, right=True),
    100: _plain,
    101: _symbols(r"#", {"#": "*"}),
    102: _regular,
    104: _symbols(r"\?\d*|#|\*", {"?": "*", "#": "?", "*": "*"}),  # Z39.58: ? any number, ?n up to n, # one
}
"""Bib-1 truncation attribute to a function from a text to its alternatives, each a tuple of words."""


def masked(text: str, truncation: int) -> list[tuple[Word, ...]]:
    """Alternatives of a term; nearly always one. Raises Z3950Error (120) for a truncation we do not have."""
    words = TRUNCATIONS.get(truncation)
    if words is None:
        raise Z3950Error("unsupported_truncation", truncation)
    return words(text)
