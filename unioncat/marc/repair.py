"""Repairs of one text that are certain: NFC, order of marks, control characters, Ð for Đ."""

from __future__ import annotations

import re
from unicodedata import is_normalized, normalize

from unioncat.marc.findings import finding
from unioncat.marc.marc8 import order_marks
from unioncat.model import Finding
from unioncat.text.syllables import commonness, is_syllable

__all__ = ["SUSPECT", "repair_text"]

SUSPECT = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u00d0\u00f0\u0302\u0306\u031b\u200b\ufeff\ufffe\uffff\ud800-\udfff]")
"""A text in NFC without any of these needs no repair."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACING = re.compile("[\t\n\r\x0b\x0c\x85]+")
_VIETNAMESE = re.compile("[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")
_WORD = re.compile(r"[^\W\d_]+")
_SOFT_HYPHEN_WORD = re.compile("[^\\W\\d_]*\u00ad[^\\W\\d_]*")
_ETH_WORD = re.compile(r"[Ðð][^\W\d_]+")


def repair_text(text: str, place: str, context: bool, findings: list[Finding]) -> str:
    """The text repaired; what was done is appended to `findings`.

    context: the record holds other text that is not ASCII
    """
    if not is_normalized("NFC", text):
        text = normalize("NFC", text)
    if not SUSPECT.search(text):
        return text
    if _CONTROL.search(text):
        findings.append(finding("text-control-characters", place, repr(text), fixed=True))
        text = _CONTROL.sub("", _SPACING.sub(" ", text))
    if "\u0302" in text or "\u0306" in text or "\u031b" in text:
        ordered = normalize("NFC", order_marks(normalize("NFD", text)))
        if ordered != text:
            findings.append(finding("text-mark-order", place, text, fixed=True))
            text = ordered
    if "\u00ad" in text:
        meant = _SOFT_HYPHEN_WORD.sub(_with_horn, text)
        if meant != text:
            findings.append(finding("text-lost-letters", place, repr(text), fixed=True))
            text = meant
    if "Ð" in text or "ð" in text:
        meant = _ETH_WORD.sub(_with_stroke, text)
        words = [word.lower() for word in _WORD.findall(meant)]
        if meant != text and (_VIETNAMESE.search(text) or all(map(is_syllable, words))):
            findings.append(finding("text-eth", place, text, fixed=True))
            text = meant
    return text


def _with_horn(found: re.Match[str]) -> str:
    """``Th\\u00ad`` → ``Thư``: TCVN3's ư is byte AD, a soft hyphen to converters that do not know it."""
    word = found[0].replace("\u00ad", "ư")
    return word if is_syllable(word.lower()) and commonness(word.lower()) else found[0]


def _with_stroke(found: re.Match[str]) -> str:
    """``Ðiện`` → ``Điện``; ``verður`` stays."""
    word = found[0].replace("Ð", "Đ").replace("ð", "đ")
    return word if is_syllable(word.lower()) else found[0]
