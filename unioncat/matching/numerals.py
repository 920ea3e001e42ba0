"""Numbers as title pages write them: arabic, roman, ordinals and number words in vi, en, de, fr."""

from __future__ import annotations

import re

__all__ = ["NUMBER", "NUMBER_WORDS", "number_of"]

_WORDS = {
    "1": "mot nhat dau one first erster erste erstes premier premiere un",
    "2": "hai nhi two second zweiter zweite zweites deuxieme seconde deux",
    "3": "ba three third dritter dritte drittes troisieme trois",
    "4": "bon tu four fourth vierter vierte viertes quatrieme quatre",
    "5": "nam five fifth funfter funfte funftes cinquieme cinq",
    "6": "sau six sixth sechster sechste sechstes sixieme",
    "7": "bay seven seventh siebter siebte septieme",
    "8": "tam eight eighth achter achte huitieme",
    "9": "chin nine ninth neunter neunte neuvieme",
    "10": "muoi ten tenth zehnter zehnte dixieme",
    "11": "eleventh",
    "12": "twelfth",
    "a": "thuong",
    "b": "trung",
    "c": "ha cuoi",
}

NUMBER_WORDS: dict[str, str] = {word: number for number, words in _WORDS.items() for word in words.split()}
"""Word (plain) → number; thượng/trung/hạ, the three volumes of old, are a, b and c."""

ROMAN = r"(?=[ivx])x{0,3}(?:ix|iv|v?i{0,3})"
ARABIC = r"\d{1,5}(?:[.,]\d)?[a-h]?"
NUMBER = rf"(?:{ARABIC}|{ROMAN})(?![a-z0-9])"
"""Pattern of an arabic (``02a``, ``6.5``) or roman number up to 39 in plain text."""

_DIGITS = re.compile(r"0*(\d+)(?:([.,])(\d))?([a-h]?)\Z")
_ROMAN = re.compile(ROMAN + r"\Z")
_VALUES = {"i": 1, "v": 5, "x": 10}


def number_of(text: str) -> str:
    """``02A`` → ``2a``, ``iv`` → ``4``, ``hai`` → ``2``; "" if it is no number. Expects plain text."""
    text = text.strip(" .,:;()[]")
    found = _DIGITS.match(text)
    if found:
        return found[1] + ("." + found[3] if found[3] else "") + found[4]
    if text in NUMBER_WORDS:
        return NUMBER_WORDS[text]
    if text and _ROMAN.match(text):
        total = 0
        for here, after in zip(text, text[1:] + "i", strict=True):
            value = _VALUES[here]
            total += -value if value < _VALUES[after] else value
        return str(total)
    return ""
