"""Repairs of one text that are certain: NFC, order of marks, control characters, Ð for Đ."""

from __future__ import annotations

import re
from unicodedata import is_normalized, normalize

from unioncat.marc.findings import finding
from unioncat.marc.marc8 import order_marks
from unioncat.model import Finding

__all__ = ["SUSPECT", "repair_text"]

SUSPECT = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u00d0\u00f0\u0302\u0306\u031b\u200b\ufeff\ufffe\uffff\ud800-\udfff]")
"""A text in NFC without any of these needs no repair."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACING = re.compile("[\t\n\r\x0b\x0c\x85]+")
_VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")


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
    if ("Ð" in text or "ð" in text) and _VIETNAMESE.search(text):
        findings.append(finding("text-eth", place, text, fixed=True))
        text = text.replace("Ð", "Đ").replace("ð", "đ")
    return text
