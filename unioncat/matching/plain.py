"""Lower case without marks, punctuation kept: the text in which designations are looked for.

`unioncat.text.fold` is the folding by which texts are compared; it drops the punctuation that tells
``T. 2, …`` from ``t 2``. Here marks and case go and punctuation stays, in one ASCII form.
"""

from __future__ import annotations

from unicodedata import category, combining

from unioncat.text import fold

__all__ = ["has_marks", "plain"]

_PUNCTUATION = {
    "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‐": "-",
    "‑": "-", "−": "-", "…": "...", "·": ".", "、": ",", "。": ".", "：": ":", "；": ";", "（": "(", "）": ")",
    "©": "c", "℗": "p", "＝": "=", "／": "/",
}  # fmt: skip


class _PlainTable(dict[int, str]):
    """Plain form of each code point, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in _PUNCTUATION:
            form = _PUNCTUATION[character]
        elif code < 0x80:
            form = character.lower()
        elif category(character)[0] in "LNM" or category(character) == "Cf":
            # one letter at a time, or the i/y rule of whole syllables would apply
            form = fold(character + "0")[:-1].rstrip() if category(character)[0] in "LN" else ""
        else:
            form = " "
        self[code] = form
        return form


_PLAIN = _PlainTable()


def plain(text: str) -> str:
    """Lower case, no marks, đ→d, ASCII punctuation, single spaces; NFC and NFD give the same."""
    return " ".join(text.translate(_PLAIN).split())


def has_marks(text: str) -> bool:
    """True if a text carries letters or marks beyond ASCII, so that a word without marks says something too."""
    if text.isascii():
        return False
    return any(character > "\x7f" and (character.isalpha() or combining(character)) for character in text)
