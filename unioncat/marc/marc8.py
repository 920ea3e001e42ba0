"""MARC-8 (MARC 21 Specifications, character sets, part 2) to Unicode.

Most records use ANSEL without escapes; those are converted whole, by one regular expression and one
translation. Marks stand before their letter in MARC-8. Vietnamese letters carry two, and files have them in
both orders (``E2 E3 e``, ``E3 E4 e``, even in one record of GPO's COVID-19 set): the vowel's own mark goes
first, else ``é`` + U+0302 could never become ``ế``.
"""

from __future__ import annotations

import re
from functools import cache
from unicodedata import normalize

__all__ = ["decode_marc8", "order_marks"]

_ESCAPE = 0x1B
_BASIC_LATIN, _ANSEL, _EACC = 0x42, 0x45, 0x31
_VOWEL_MARKS = "\u0302\u0306\u031b"
_TONES_ABOVE = "\u0300\u0301\u0303\u0309\u0323"
_WRONG_ORDER = re.compile(f"([aeouAEOU])([{_TONES_ABOVE}]+)([{_VOWEL_MARKS}]+)")
_MARKED = re.compile("([\xe0-\xfe]+)([^\x00-\x1f\xe0-\xfe]?)")


@cache
def _codesets() -> dict[int, dict[int, tuple[str, bool]]]:
    """Character and "is combining" of each code of each set, 7-bit and 8-bit codes alike."""
    from pymarc.marc8_mapping import CODESETS

    sets: dict[int, dict[int, tuple[str, bool]]] = {}
    for final, codes in CODESETS.items():
        table = {code: (chr(character), bool(combining)) for code, (character, combining) in codes.items()}
        if final != _EACC:
            for code in list(table):
                table.setdefault(code ^ 0x80, table[code])
        sets[final] = table
    return sets


@cache
def _ansel() -> tuple[dict[int, str], dict[str, str]]:
    """Translation of 80-DF (unknown ones to U+FFFD) and of the marks E0-FE."""
    table = _codesets()[_ANSEL]
    letters = {code: table[code][0] if code in table else "\ufffd" for code in range(0xA0, 0xE0)}
    letters |= dict.fromkeys(range(128, 160), "") | {0x8D: "\u200d", 0x8E: "\u200c", 0xFF: "\ufffd"}
    marks = {chr(code): table[code][0] if code in table else "\ufffd" for code in range(0xE0, 0xFF)}
    return letters, marks


class _MarkedLetters(dict[str, str]):
    """``marks letter`` → ``letter marks``, worked out when first met."""

    def __missing__(self, sequence: str) -> str:
        marks = _ansel()[1]
        letter = sequence[-1]
        if letter in marks:  # at the end of a subfield: a mark that has lost its letter
            return "\ufffd"
        turned = order_marks(letter + "".join(marks[mark] for mark in sequence[:-1]))
        if len(self) < 65_536 and len(sequence) < 8:
            self[sequence] = turned
        return turned


_TURNED = _MarkedLetters()


def order_marks(text: str) -> str:
    """Vowel mark before tone mark after each vowel. The text is decomposed around the marks it changes only."""
    return _WRONG_ORDER.sub(lambda found: found[1] + found[3] + found[2], text)


def decode_marc8(data: bytes) -> tuple[str, int]:
    """The text, NFC, and how many bytes or escapes had no meaning (each U+FFFD in the text).

    `data` may hold several subfields and fields: delimiters pass through, and after each the default sets
    (Basic Latin, ANSEL) are in force again.
    """
    if data.isascii() and _ESCAPE not in data and b"&#x" not in data and b"{u" not in data:
        return data.decode("ascii"), 0
    if _ESCAPE not in data:
        text = data.decode("latin-1")
        text = _MARKED.sub(lambda found: _TURNED[found[0]], text).translate(_ansel()[0])
        return _composed(text)
    pieces = re.split(b"([\x1d-\x1f])", data)
    decoded = [
        piece.decode("ascii") if len(piece) == 1 and piece in b"\x1d\x1e\x1f" else _decode_with_escapes(piece)
        for piece in pieces
    ]
    return _composed("".join(decoded))


_REFERENCE = re.compile(r"(?:&#x|\{u)([0-9A-Fa-f]{4,6})[;}]")


def _composed(text: str) -> tuple[str, int]:
    unknown = text.count("\ufffd")
    if "&#x" in text or "{u" in text:  # what MARC-8 lacks (part 3, lossless conversion; Sierra writes {u2739})
        text = _REFERENCE.sub(_referred, text)
    return normalize("NFC", text), unknown


def _referred(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if 0x80 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else found[0]


def _designation(data: bytes, at: int) -> tuple[int, int, int] | None:
    """(graphic set 0 or 1, final byte, length) of the escape sequence at `at`; None if there is none."""
    follow = data[at + 1 : at + 5]
    if follow[:1] in (b"g", b"b", b"p"):
        return 0, follow[0], 2
    if follow[:1] == b"s":
        return 0, _BASIC_LATIN, 2
    place = 1
    multibyte = follow[:1] == b"$"
    which = follow[1:2] if multibyte else follow[:1]
    if which in (b"(", b","):
        graphic = 0
        place += 1 + multibyte
    elif which in (b")", b"-"):
        graphic = 1
        place += 1 + multibyte
    elif multibyte:
        graphic = 0
        place += 1
    else:
        return None
    if data[at + place : at + place + 1] == b"!":  # ANSEL's final is two characters, !E
        place += 1
    final = data[at + place : at + place + 1]
    return (graphic, final[0], place + 1) if final and final[0] in _codesets() else None


def _decode_with_escapes(data: bytes) -> str:
    sets = _codesets()
    graphic = [_BASIC_LATIN, _ANSEL]
    out: list[str] = []
    marks: list[str] = []
    at = 0
    while at < len(data):
        code = data[at]
        if code == _ESCAPE:
            designation = _designation(data, at)
            if designation is None:
                out.append("\ufffd")
                at += 1
            else:
                graphic[designation[0]] = designation[1]
                at += designation[2]
            continue
        half = code >> 7
        final = graphic[half]
        if final == _EACC and (code & 0x7F) > 0x20:
            number = int.from_bytes(bytes(byte & 0x7F for byte in data[at : at + 3]), "big")
            known = sets[_EACC].get(number) if at + 3 <= len(data) else None
            at += 3
        else:
            at += 1
            if code in (0x8D, 0x8E):
                known = ("\u200d" if code == 0x8D else "\u200c", False)
            elif code < 0x20 or 0x80 <= code < 0xA0:
                continue
            elif code & 0x7F == 0x20:
                known = (" ", False)
            else:
                known = sets[final].get(code)
        character, combining = known or ("\ufffd", False)
        if combining:
            marks.append(character)
        else:
            out.append(order_marks(character + "".join(marks)) if marks else character)
            marks.clear()
    return "".join(out) + ("\ufffd" if marks else "")
