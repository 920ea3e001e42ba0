"""Which encoding the bytes of a record are in, whatever its leader says.

Valid UTF-8 with a letter beyond ASCII is UTF-8. What is not valid is, in this order: UTF-8 with a few bad bytes
if most of it is good; a Vietnamese legacy encoding if that makes syllables of it; MARC-8 if its marks fit their
letters; Windows-1258; Cyrillic; Windows-1252.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from unicodedata import combining, normalize

from unioncat.marc.findings import finding
from unioncat.marc.marc8 import decode_marc8
from unioncat.model import Finding
from unioncat.text import LEGACY_CODECS, detect_legacy
from unioncat.text.legacy_codecs import CP1252_SHOWN
from unioncat.text.syllables import is_syllable

__all__ = ["decode_body", "is_plausible_marc8", "loose_marks", "may_be_vietnamese"]

_ESCAPE = b"\x1b"
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_DESIGNATION = re.compile(rb"\x1b(?:[(,)\-]|\$[(,)\-]?)!?[1-4BENQS]|\x1b[gbps]")
_HIGH = re.compile(rb"[\x80-\xff]")
_WORD = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile("[\u0400-\u04ff]")


def decode_body(body: bytes, *, utf8_flag: bool, encoding: str = "") -> tuple[str, list[Finding]]:
    """The text of a record's fields, which are joined by 1E; delimiters stay where they are.

    encoding: a codec named by the operator; it is then taken at its word (``marc8`` for MARC-8)
    """
    if encoding in ("marc8", "marc-8"):
        return _marc8(body, utf8_flag)
    if encoding in LEGACY_CODECS:
        # shown as CP1252: control fields and Latin text stay right, the fields are turned back one by one
        return _shown(body), []
    if encoding:
        text = normalize("NFC", body.decode(encoding, "replace"))
        bad = text.count("\ufffd")
        return text, [finding("encoding-invalid", "", f"{bad} characters")] if bad else []
    if body.isascii() and (utf8_flag or _ESCAPE not in body):
        return body.decode("ascii"), []
    text = _valid_utf8(body)
    if text and not (_ESCAPE in body and not utf8_flag and body.isascii()):
        return text, [] if utf8_flag or text.isascii() else [finding("leader-encoding", "LDR/09", "UTF-8", fixed=True)]
    return _not_utf8(body, utf8_flag)


def _valid_utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _shown(body: bytes) -> str:
    return body.decode("latin-1").translate(CP1252_SHOWN)


def _not_utf8(body: bytes, utf8_flag: bool) -> tuple[str, list[Finding]]:
    good = sum(len(sequence) for sequence in _UTF8_SEQUENCE.findall(body))
    high = len(_HIGH.findall(body))
    if high and good * 2 > high:
        return _mostly_utf8(body, utf8_flag)
    if high and _ESCAPE not in body:
        shown = _shown(body)
        detection = detect_legacy(" ".join(_WORD_AND_SIGNS.findall(re.sub("\x1f.", " ", shown)))[:2000])
        if detection.is_certain and detection.problem == "legacy":
            return shown, [finding("encoding-guessed", "LDR/09", detection.encoding, fixed=True)]
    if _DESIGNATION.search(body):
        return _marc8(body, utf8_flag)
    text, unknown = decode_marc8(body)
    if unknown <= max(2, high // 20) and is_plausible_marc8(text):
        return _marc8(body, utf8_flag)
    for name, fits in _GUESSES:
        guess = normalize("NFC", body.decode(name, "replace"))
        if fits(guess):
            return guess, [finding("encoding-guessed", "LDR/09", name, fixed=True)]
    return _shown(body), [finding("encoding-guessed", "LDR/09", "cp1252")]


_WORD_AND_SIGNS = re.compile(r"[^\x1d-\x1f\s]*[^\x00-\x7f][^\x1d-\x1f\s]*")


def _marc8(body: bytes, utf8_flag: bool) -> tuple[str, list[Finding]]:
    text, unknown = decode_marc8(body)
    findings = [finding("leader-encoding", "LDR/09", "MARC-8", fixed=True)] if utf8_flag else []
    if unknown:
        rule = "encoding-marc8-escape" if _ESCAPE in body else "encoding-invalid"
        findings.append(finding(rule, "", f"{unknown} characters"))
    return text, findings


def _mostly_utf8(body: bytes, utf8_flag: bool) -> tuple[str, list[Finding]]:
    """UTF-8 with bad bytes: a subfield without any good sequence is MARC-8 or CP1252, in others U+FFFD is put."""
    findings = [] if utf8_flag else [finding("leader-encoding", "LDR/09", "UTF-8", fixed=True)]
    out: list[str] = []
    bad = 0
    for piece in re.split(b"([\x1d-\x1f])", body):
        try:
            out.append(piece.decode("utf-8"))
            continue
        except UnicodeDecodeError:
            pass
        bad += 1
        if _UTF8_SEQUENCE.search(piece):
            out.append(piece.decode("utf-8", "replace"))
            continue
        text, unknown = decode_marc8(piece)
        out.append(text if not unknown and is_plausible_marc8(text) else _shown(piece))
    findings.append(finding("encoding-invalid", "", f"{bad} subfields"))
    return "".join(out), findings


def loose_marks(text: str) -> tuple[int, int]:
    """(marks that compose with no letter, characters beyond ASCII) of a decoded text.

    Text in another 8-bit encoding, decoded as MARC-8, is full of marks on letters that never bear them.
    Romanised Arabic, Indic and Cyrillic have such letters too, so marks below and halves of ligatures are
    not counted.
    """
    if text.isascii():
        return 0, 0
    loose = letters = 0
    for character in text:
        if character >= "\x80":
            letters += 1
            if "\u0300" <= character <= "\u036f" and combining(character) >= 230:
                loose += 1
    return loose, letters


def is_plausible_marc8(text: str) -> bool:
    """Whether most marks of a text decoded as MARC-8 found a letter that they compose with."""
    loose, letters = loose_marks(text)
    return loose * 2 <= letters


def may_be_vietnamese(text: str) -> bool:
    """Whether nearly all ASCII words of a text are Vietnamese syllables, so that MARC-8 is not the only guess."""
    words = [word for word in _WORD.findall(text.lower()) if word.isascii() and len(word) > 1]
    return sum(map(is_syllable, words)) * 10 >= 7 * len(words)


def _is_vietnamese(text: str) -> bool:
    words = [word for word in _WORD.findall(text.lower()) if not word.isascii()]
    return bool(words) and sum(map(is_syllable, words)) >= 0.8 * len(words)


def _is_cyrillic(text: str) -> bool:
    letters = [character for character in text if not character.isascii()]
    cyrillic = [character for character in letters if _CYRILLIC.match(character)]
    small = sum(map(str.islower, cyrillic))
    return len(cyrillic) >= 8 and len(cyrillic) >= 0.85 * len(letters) and small >= 0.6 * len(cyrillic)


_GUESSES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("cp1258", _is_vietnamese),
    ("cp1251", _is_cyrillic),
    ("cp866", _is_cyrillic),
    ("koi8-r", _is_cyrillic),
)
