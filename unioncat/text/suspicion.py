"""Signs that a text may be in a legacy encoding: quick to look for, and often wrong to say yes."""

from __future__ import annotations

import re

from unioncat.text.syllables import is_syllable

__all__ = [
    "LATIN1_ONLY",
    "ODD",
    "REFERENCE",
    "UNICODE_VIETNAMESE",
    "VIQR",
    "WORD",
    "is_suspicious",
    "may_hold_legacy",
    "small_words",
]

WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*")
ODD = re.compile(
    "(?<!\x1f)[a-zß-öø-ÿ][À-ÖØ-Þ]|(?<!\x1f)[A-Za-zÀ-ÖØ-öø-ÿ][\u0080-\u009f¡-©«-¹¼-¾×÷−•‡†‰‹›ˆ˜™]"
    "|[\u0080-\u009f¡-©¬-¹¼-¾×÷−•†‡‰][a-z]|(?<!\x1f)[aeouyAEOUYôöÔÖ][ùøûõïáàåãäéèúüëÙØÛÕÏÁÀÅÃÄÉÈÚÜË]|á[º»]|Ã[\u0080-¿]"
)
LATIN1_ONLY = re.compile("[\u0080-\u009f¡-¿ÄÅÆÇËÎÏÐÑÖ×ØÛÜÞßäåæçëîïðñö÷øûüþÿŒœŠšŽžŸƒˆ˜†‡•‰‹›™−]")
VIQR = re.compile(r"[aeouAEOU][\^(+*][`'?~.]|dd[aeiouy]|[uU][+*][oO][+*]|[aeoAEO]\^[a-z]|[oOuU][+*][a-z]")
REFERENCE = re.compile(r"&(?:amp;)?#(?:\d{2,7}|x[0-9A-Fa-f]{2,6});")
UNICODE_VIETNAMESE = re.compile(
    "[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]"
)


_LOST = re.compile(
    r"(?<![uùúủũụưừứửữựUÙÚỦŨỤƯỪỨỬỮỰ])[ơờởỡớợƠỜỞỠỚỢ](?:ng|c|u)\b|\b[Tt]h? (?:viện|mục|liệu|tịch|tưởng|pháp|vấn|nhân)\b"
)


def is_suspicious(text: str) -> bool:
    """Whether `detect_legacy` might find anything: cheap, may be wrong to say yes."""
    if text.isascii():
        return ("^" in text and bool(VIQR.search(text))) or "&#" in text
    if ODD.search(text) is not None or "&#" in text or _LOST.search(text) is not None:
        return True
    return LATIN1_ONLY.search(text) is not None and _share_of_syllables(text) >= 0.6


_ODD_PAIR = re.compile(
    "[ùõáàãéèúÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝ](?:(?<=a[ùõáàãéèú])|(?<=e[ùõáàã])|(?<=[ouy][ùõ])|(?<=oã)|(?<=[a-z][À-Ý])(?<!\x1f..))"
)
_LOST_RHYME = re.compile(
    r"[ơờởỡớợƠỜỞỠỚỢ](?:ng|c|u)\b(?<![uùúủũụưừứửữựUÙÚỦŨỤƯỪỨỬỮỰ]...)(?<![uùúủũụưừứửữựUÙÚỦŨỤƯỪỨỬỮỰ]..)"
)
_STUMPS = ("Th viện", "th viện", "th mục", "Th mục", "th tịch", " t liệu", " t tưởng", " t pháp", " t vấn", " t nhân")


def may_hold_legacy(text: str) -> bool:
    """`is_suspicious` for a whole record with its delimiters: quicker, and more often wrong to say yes."""
    if text.isascii():
        return "^" in text or "&#" in text
    return (
        LATIN1_ONLY.search(text) is not None
        or _ODD_PAIR.search(text) is not None
        or _LOST_RHYME.search(text) is not None
        or any(stump in text for stump in _STUMPS)
        or "&#" in text
    )


def _share_of_syllables(text: str) -> float:
    """Share of the ASCII words that could be Vietnamese; 1.0 where there are none."""
    words = [word for word in WORD.findall(text.lower()) if word.isascii()]
    if not words:
        return 1.0
    return sum(map(is_syllable, words)) / len(words)


def small_words(text: str) -> list[str]:
    """The words of a text in small letters."""
    return WORD.findall(text.lower())
