"""Letters that an earlier conversion dropped: TCVN3's ư is byte AD, which many programs throw away as a soft
hyphen ("Th viện", "Phơng pháp", "t liệu").

Certain are only two things: rhymes that Vietnamese lacks without ư (``ơng``, ``ơc``, ``ơu`` for ``ương``, ``ươc``,
``ươu``), if the word is a common one and could not as well be one with ô (HCMUT has ``Trần Cơng Nghị`` for Công),
and words that stand beside certain others (``th viện``). Anything else is only reported.
"""

from __future__ import annotations

import re

from unioncat.text.syllables import commonness, is_syllable

__all__ = ["restore_lost_letters"]

_WORD = re.compile(r"[^\W\d_]+")
_RHYME = re.compile("(?<![uùúủũụưừứửữựUÙÚỦŨỤƯỪỨỬỮỰ])(ơ|ờ|ở|ỡ|ớ|ợ|Ơ|Ờ|Ở|Ỡ|Ớ|Ợ)(?=(?:ng|c|u)$)", re.IGNORECASE)
_HORN_TO_HAT = str.maketrans("ơờởỡớợ", "ôồổỗốộ")
_BEFORE = {
    "th": frozenset(["viện", "mục", "tịch", "ký", "từ", "ngỏ"]),
    "t": frozenset(["liệu", "tưởng", "vấn", "pháp", "nhân", "sản", "bản", "cách", "duy", "tởng"]),
    "s": frozenset(["phạm"]),
    "ch": frozenset(["từng"]),
    "nh": frozenset(["vậy", "thế"]),
}
"""What is left of a word that lost its ư, and the words after it that make it certain (thư viện, tư liệu, …)."""

_STUMPS = frozenset(["th", "t", "s", "nh", "ng", "ch", "tr", "kh", "đ", "x", "l", "m", "ph"])


def restore_lost_letters(text: str) -> tuple[str, bool, int]:
    """(text with the ư that are certain, whether nothing else seems lost, how many seem lost).

    Looks only at texts that hold marked Vietnamese syllables besides.
    """
    if "\u00ad" in text:  # not lost: the soft hyphen is still there to be read as ư
        return text, True, 0
    words = list(_WORD.finditer(text))
    lower = [word[0].lower() for word in words]
    marked = [word for word in lower if not word.isascii() and is_syllable(word) and not _RHYME.search(word)]
    if not marked:
        return text, True, 0
    out: list[str] = []
    at = 0
    certain = doubtful = 0
    for place, word in enumerate(words):
        following = lower[place + 1] if place + 1 < len(lower) else ""
        repaired = _repaired(word[0], lower[place], following)
        if repaired is None:
            doubtful += _is_stump(text, word, lower[place]) or _RHYME.search(lower[place]) is not None
            continue
        certain += 1
        out += [text[at : word.start()], repaired]
        at = word.end()
    if not certain and not doubtful:
        return text, True, 0
    return "".join([*out, text[at:]]), bool(certain) and not doubtful, certain + doubtful


def _repaired(word: str, lower: str, following: str) -> str | None:
    if _RHYME.search(lower) and not lower.isascii():
        candidate = _RHYME.sub(lambda found: ("ư" if found[1].islower() else "Ư") + found[1], word)
        other = lower.translate(_HORN_TO_HAT)
        return candidate if commonness(candidate.lower()) > commonness(other) + 1 else None
    if following in _BEFORE.get(lower, ()):
        return word + ("Ư" if word.isupper() and len(word) > 1 else "ư")
    return None


def _is_stump(text: str, word: re.Match[str], lower: str) -> bool:
    """A consonant that stands alone where a word should: no initial (``T.``), no formula."""
    if lower not in _STUMPS or not word[0].islower():
        return False
    before, after = text[: word.start()][-1:], text[word.end() :][:1]
    return before in ("", " ") and after == " " and commonness(f"{lower}ư") > 0
