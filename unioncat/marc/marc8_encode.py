"""Unicode to MARC-8 (MARC 21 Specifications, character sets, part 2).

Marks go before their letter, the vowel's own mark before the tone. ``ơ`` and ``ư`` are letters of ANSEL and
are not taken apart. What neither ANSEL nor another set of the standard has is written as a numeric character
reference, ``&#x1EA0;`` (lossless technique, same specification, part 3), so nothing is ever lost.
"""

from __future__ import annotations

from functools import cache
from unicodedata import combining, normalize

__all__ = ["encode_marc8"]

_BASIC_LATIN, _ANSEL, _EACC = 0x42, 0x45, 0x31
_PREFERENCE = (_BASIC_LATIN, _ANSEL, 0x62, 0x70, 0x53, 0x67, 0x4E, 0x51, 0x32, 0x33, 0x34, _EACC)
_VOWEL_MARKS = frozenset("\u0302\u0306")
_HORNS = str.maketrans({"O": "Ơ", "o": "ơ", "U": "Ư", "u": "ư"})
_HORN = "\u031b"
_DOUBLE = {"\u0361": ("\ufe20", "\ufe21"), "\u0360": ("\ufe22", "\ufe23")}
"""Marks over two letters: MARC-8 has a left half for the first and a right half for the second."""


@cache
def _codes() -> dict[str, tuple[int, bytes, bool]]:
    """Set (final byte), octets and "is combining" of each character that MARC-8 has."""
    from pymarc.marc8_mapping import CODESETS

    table: dict[str, tuple[int, bytes, bool]] = {}
    for final in _PREFERENCE:
        for code, (character, mark) in sorted(CODESETS[final].items()):  # EACC: the lowest plane first
            if code < 0x20:
                continue
            if final == _EACC:
                octets = code.to_bytes(3, "big")
            elif final == _ANSEL:
                octets = bytes((code,))
            else:
                octets = bytes((code & 0x7F,))
            table.setdefault(chr(character), (final, octets, bool(mark)))
    return table


def _designate(final: int) -> bytes:
    """Escape sequence that puts a set in G0."""
    if final == _EACC:
        return b"\x1b$1"
    if final in (0x67, 0x62, 0x70):
        return bytes((0x1B, final))
    return bytes((0x1B, 0x28, final))


@cache
def _cluster(letter: str, marks: str) -> tuple[tuple[int, bytes], ...]:
    """(set, octets) of a letter and its marks, in the order in which they are sent."""
    if marks.startswith(_HORN) and letter in "OoUu":
        letter, marks = letter.translate(_HORNS), marks[1:]
    codes = _codes()
    if letter not in codes:  # a reference has no place for marks before it: the marks follow, as in Unicode
        return tuple((_BASIC_LATIN, f"&#x{ord(one):04X};".encode()) for one in letter + marks)
    ordered = sorted(marks, key=lambda mark: mark not in _VOWEL_MARKS)
    before: list[tuple[int, bytes]] = []
    after: list[tuple[int, bytes]] = []
    for mark in ordered:
        known = codes.get(mark)
        if known is not None and known[2]:
            before.append((known[0], known[1]))
        else:
            after.append((_BASIC_LATIN, f"&#x{ord(mark):04X};".encode()))
    known = codes.get(letter)
    middle = (known[0], known[1]) if known and not known[2] else (_BASIC_LATIN, f"&#x{ord(letter):04X};".encode())
    return (*before, middle, *after)


def _decomposed(text: str) -> str:
    """NFD, but characters that MARC-8 has as one (Hangul syllables, compatibility ideographs, ``ơ``) are left alone."""
    codes = _codes()
    return "".join(
        character if character in codes else normalize("NFD", character) for character in normalize("NFC", text)
    )


def _clusters(text: str) -> list[tuple[str, str]]:
    """Letters, each with its marks, of a decomposed text. A mark without a letter stands on a space."""
    found: list[tuple[str, str]] = []
    letter, marks = "", ""
    for character in text:
        if combining(character):
            letter = letter or " "
            marks += character
            continue
        if letter:
            found.append((letter, marks))
        letter, marks = character, ""
    if letter:
        found.append((letter, marks))
    return found


def encode_marc8(text: str) -> tuple[bytes, frozenset[int]]:
    """The octets, and the finals of the sets used besides Basic Latin and ANSEL (field 066).

    Ends with the default sets in force, as the end of every subfield demands.
    """
    if text.isascii():
        return text.encode("ascii"), frozenset()
    out = bytearray()
    used: set[int] = set()
    current = _BASIC_LATIN
    right = ""
    for letter, marks in _clusters(_decomposed(text)):
        marks, right = marks + right, ""
        for double, halves in _DOUBLE.items():
            if double in marks:
                marks, right = marks.replace(double, halves[0]), halves[1]
        for final, octets in _cluster(letter, marks):
            if final == _ANSEL:  # stays in G1
                out += octets
                continue
            if final != current:
                if current in (0x67, 0x62, 0x70):
                    out += b"\x1bs"
                    current = _BASIC_LATIN
                if final != current:
                    out += b"\x1b(B" if final == _BASIC_LATIN else _designate(final)
                current = final
                used.add(final)
            out += octets
    if current != _BASIC_LATIN:
        out += b"\x1bs" if current in (0x67, 0x62, 0x70) else b"\x1b(B"
    used.discard(_BASIC_LATIN)
    return bytes(out), frozenset(used)
