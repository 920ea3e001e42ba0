"""Volume and part designations: the thing that decides most in Vietnamese material, and hides.

``T.01``, ``t. I``, ``Q.2``, ``T.05 - Q.01``, ``T. 3, P. 2``, ``(Tập 2)``, ``quyển hạ``, ``Bd. 3``, ``Bộ 3 tập``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from unioncat.matching.numerals import NUMBER, NUMBER_WORDS, number_of

__all__ = ["Designation", "compare_volumes", "find_volumes", "volume_of_field"]

# kind → words in plain text; kinds keep the two levels of "T.05 - Q.01" apart
_KIND_WORDS = {
    "t": "tap volume volumes band bande tome tomes tomo vol vols bd bde",
    "q": "quyen cuon book buch livre bk",
    "p": "phan part parts teil teile partie parte pt pts ki ky",
    "n": "number numero heft folge episode issue so no nr",
}
_KIND = {word: kind for kind, words in _KIND_WORDS.items() for word in words.split()}
_ABBREVIATED = {"t": "t", "q": "q", "p": "p", "v": "t"}

_LONG = "|".join(sorted((word for word in _KIND if _KIND[word] != "n"), key=len, reverse=True))
_WORD_NUMBER = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_BEGIN = r"(?:^|(?<=[\s(\[.,:;/\-]))"
# "bài tập 1", "luyện tập 2", "thực tập": an exercise, not a volume
_NOT_EXERCISE = r"(?<!bai )(?<!luyen )(?<!thuc )(?<!hoc )(?<!sinh )(?<!suu )(?<!nguoi )"

_FIND = re.compile(
    rf"{_BEGIN}(?:"
    rf"{_NOT_EXERCISE}(?P<long>{_LONG})\.?\s*(?:so\s*|thu\s*|the\s*)?(?P<n1>{NUMBER})(?:\s*[+&]\s*(?P<n1b>{NUMBER}))?"
    rf"|(?<!k\.)(?<!k\. )(?P<short>[tqpv])\s*\.\s*(?P<n2>{NUMBER})"
    rf"|(?P<glued>[tq])(?P<n4>\d{{1,2}})(?![a-z0-9])"
    rf")"
    rf"|(?:^|[(\[.,:;/\-]\s*)(?P<word>{_LONG})\s+(?P<n3>{_WORD_NUMBER})(?=\s*(?:$|[)\].,:;/\-]))"
)
_SET = re.compile(
    r"\b(?:tron\s+)?bo\s+(?:(?:sach|truyen)\s+)?(?P<n>\d{1,2})\s*(?:tap|quyen|cuon)\b"
    r"|\(?\s*(?:tron bo|boxset|box set|combo|bo hop)(?:\s+(?P<m>\d{1,2})\s*(?:tap|quyen|cuon)?)?"
)
_ISSUE = re.compile(r"\W*(?:so|no|nr|number|heft|issue|folge|numero|episode)\s*\.?\s*(?P<n>\d{1,5})\W*\Z")
_BARE = re.compile(rf"\W*(?P<n>{NUMBER})\W*\Z")


@dataclass(frozen=True, slots=True)
class Designation:
    """What a text says of volumes.

    levels: (kind, number) in order of appearance; kind t volume, q book, p part, n issue
    parts:  the text cut at the designations, in order
    volumes_in_set: 0 if the text names no whole set, else the number of volumes (1: not said how many)
    """

    levels: tuple[tuple[str, str], ...]
    parts: tuple[str, ...]
    volumes_in_set: int = 0


def find_volumes(text: str) -> Designation:
    """Designations in a title or edition text (plain)."""
    whole = 0
    found_set = _SET.search(text) if "bo" in text else None  # as all that it looks for
    if found_set:
        whole = int(found_set["n"] or found_set["m"] or 1)
        text = f"{text[: found_set.start()]} ; {text[found_set.end() :]}"
    levels: list[tuple[str, str]] = []
    parts: list[str] = []
    last = 0
    for found in _FIND.finditer(text):
        word = found["long"] or found["word"]
        kind = _KIND[word] if word else _ABBREVIATED[found["short"] or found["glued"]]
        number = number_of(found["n1"] or found["n2"] or found["n3"] or found["n4"])
        if not number:
            continue
        if found["n1b"]:
            number = f"{number}+{number_of(found['n1b'])}"
        levels.append((kind, number))
        parts.append(text[last : found.start()])
        last = found.end()
    parts.append(text[last:])
    return Designation(tuple(dict.fromkeys(levels)), tuple(parts), whole)


def volume_of_field(text: str) -> tuple[tuple[str, str], ...]:
    """Levels of a subfield that holds only a designation (245$n, 490$v), plain: ``T.05 - Q.01``, ``1``, ``I``."""
    levels = find_volumes(text).levels
    if levels:
        return levels
    issue = _ISSUE.match(text)
    if issue:
        return (("n", number_of(issue["n"])),)
    bare = _BARE.match(text)
    if bare:
        number = number_of(bare["n"])
        return (("t", number),) if number else ()
    return ()


def compare_volumes(a: tuple[tuple[str, str], ...], b: tuple[tuple[str, str], ...]) -> str:
    """``same``, ``differ``, ``partial`` (one names a level more) or "" if a side names none."""
    if not a or not b:
        return ""
    if a == b:
        return "same"
    kinds_a, kinds_b = dict(a), dict(b)
    shared = kinds_a.keys() & kinds_b.keys()
    if any(kinds_a[kind] != kinds_b[kind] for kind in shared):
        return "differ"
    numbers_a, numbers_b = sorted(number for _, number in a), sorted(number for _, number in b)
    if numbers_a == numbers_b:
        return "same"
    if shared:
        return "partial"
    if set(numbers_a) <= set(numbers_b) or set(numbers_b) <= set(numbers_a):
        return "partial"
    return "differ"
