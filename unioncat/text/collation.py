"""Sort keys in Vietnamese order (CLDR collation ``vi``).

First level: a ă â b c d đ e ê … o ô ơ … u ư; second: tones (none, huyền, hỏi, ngã, sắc, nặng), then other
marks; third: small letters before capitals. Spaces and punctuation are one lowest weight, so that shorter
words come first ("An Nam" before "Anh"); digits before letters; other scripts after Latin, by code point.
"""

from __future__ import annotations

from unicodedata import category, combining, normalize

from unioncat.text.tones import TONES

__all__ = ["collation_key"]

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_SPACE, _DIGITS, _LETTERS, _OTHERS = 0x03, 0x08, 0x20, 0x60
_PRIMARY = {letter: bytes([_LETTERS + place]) for place, letter in enumerate(_ALPHABET)}
_PRIMARY |= {str(digit): bytes([_DIGITS + digit]) for digit in range(10)}
_EXPANDED = {"æ": "ae", "œ": "oe", "ß": "ss", "ø": "o", "ł": "l", "ı": "i", "ð": "đ", "þ": "th"}
_SECONDARY = {tone: 0x11 + place for place, tone in enumerate(TONES)}
_PLAIN, _OTHER_MARK = 0x10, 0x20
_LOWER, _CAPITAL = 0x01, 0x02
_VOWEL_MARKS = {"\u0306": "aA", "\u0302": "aAeEoO", "\u031b": "oOuU"}

_Weights = tuple[bytes, bytes, bytes]


def _letters_of(character: str) -> list[tuple[str, str, bool]]:
    """(primary letter, marks, is a capital) of one NFC character, which may stand for two (æ)."""
    decomposed = normalize("NFKD", character)
    out: list[tuple[str, str, bool]] = []
    for part in decomposed:
        if combining(part):
            if not out:
                out.append(("", part, False))
                continue
            letter, marks, capital = out[-1]
            if letter in _VOWEL_MARKS.get(part, "") and letter:
                out[-1] = (normalize("NFC", letter + part), marks, capital)
            else:
                out[-1] = (letter, marks + part, capital)
        else:
            lower = part.lower()
            out.extend((single, "", lower != part) for single in _EXPANDED.get(lower, lower))
    return out


def _weights(character: str) -> _Weights:
    first, second, third = bytearray(), bytearray(), bytearray()
    for letter, marks, capital in _letters_of(character):
        if letter:
            known = _PRIMARY.get(letter)
            if known is not None:
                first += known
            elif category(letter)[0] in "LNM":
                first += bytes([_OTHERS]) + ord(letter).to_bytes(3, "big")
            elif category(letter) == "Cf":
                continue
            else:
                first.append(_SPACE)
            second.append(_PLAIN)
            third.append(_CAPITAL if capital else _LOWER)
        for mark in marks:
            weight = _SECONDARY.get(mark, _OTHER_MARK)
            if second and second[-1] == _PLAIN:
                second[-1] = weight
            else:
                second.append(weight)
            if weight == _OTHER_MARK:
                second += ord(mark).to_bytes(3, "big")
    return bytes(first), bytes(second), bytes(third)


class _WeightTable(dict[str, _Weights]):
    """Weights of each NFC character, worked out when it is first met."""

    def __missing__(self, character: str) -> _Weights:
        weights = _weights(character)
        self[character] = weights
        return weights


_WEIGHTS = _WeightTable()
_SPACE_WEIGHT = bytes([_SPACE])


def collation_key(text: str) -> bytes:
    """Bytes whose order is the Vietnamese order of the texts; equal texts in NFC and NFD have equal keys."""
    first: list[bytes] = []
    second: list[bytes] = []
    third: list[bytes] = []
    after_space = True
    for character in normalize("NFC", text):
        weights = _WEIGHTS[character]
        if weights[0] == _SPACE_WEIGHT:
            if after_space:
                continue
            after_space = True
        elif weights[0]:
            after_space = False
        first.append(weights[0])
        second.append(weights[1])
        third.append(weights[2])
    if after_space and first:
        first.pop(), second.pop(), third.pop()
    return b"".join(first) + b"\x00" + b"".join(second) + b"\x00" + b"".join(third)
