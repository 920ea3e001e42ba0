"""The one folding for finding and matching, and the tokens made by it.

A text is folded by the same function when it is indexed, searched and compared, so that all agree.
"""

from __future__ import annotations

from unicodedata import category, combining, is_normalized, normalize

from unioncat.text.tones import place_tones

__all__ = ["exact_tokens", "fold", "tokens"]

# Letters that no Unicode decomposition reduces to ASCII. Ð (U+00D0, Icelandic eth) stands for Đ in many
# Vietnamese files, so it folds like one.
_SPECIAL = {
    "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "æ": "ae", "Æ": "ae",
    "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th", "ı": "i", "ħ": "h", "Ħ": "h", "ŧ": "t", "Ŧ": "t",
}  # fmt: skip

# The same word is spelled with i or y after these initials (lý/lí, kỹ/kĩ, quý/quí): one spelling for each pair.
_SAME_SYLLABLE = {
    "hi": "hy", "ki": "ky", "li": "ly", "mi": "my", "si": "sy", "ti": "ty", "qui": "quy", "vy": "vi",
}  # fmt: skip


def _is_ideographic(code: int) -> bool:
    """Scripts written without spaces, in which one character is the unit of finding: kana, Han."""
    return (
        0x3041 <= code <= 0x30FF
        or 0x31F0 <= code <= 0x31FF
        or 0x3400 <= code <= 0x4DBF
        or 0x4E00 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
    )


def _folded_character(character: str) -> str:
    special = _SPECIAL.get(character)
    if special is not None:
        return special
    out: list[str] = []
    for part in normalize("NFKD", normalize("NFKD", character).casefold()):
        kind = category(part)
        if combining(part) or kind == "Cf":
            continue
        code = ord(part)
        if part in _SPECIAL:
            out.append(_SPECIAL[part])
        elif 0x02B0 <= code <= 0x02FF:  # ayn, hamza and other modifiers of romanised scripts
            continue
        elif kind[0] in "LN" or kind in ("Mn", "Mc"):
            out.append(f" {part} " if _is_ideographic(code) else part)
        else:
            out.append(" ")
    return "".join(out)


class _FoldTable(dict[int, str]):
    """Folded form of each code point, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = _folded_character(chr(code))
        self[code] = folded
        return folded


_FOLDED = _FoldTable((code, _folded_character(chr(code))) for code in range(0x80))


def tokens(text: str) -> list[str]:
    """Folded syllables of a text, in order; each Han or kana character is one.

    Every code point is folded by itself and marks vanish, so NFC and NFD give the same. What is dropped are
    the characters with a canonical combining class other than 0: vowel signs of Indic scripts and Thai stay.
    """
    folded = text.translate(_FOLDED)
    if not folded.isascii():
        folded = normalize("NFC", folded)  # Hangul: syllables again
    same = _SAME_SYLLABLE
    return [same.get(word, word) for word in folded.split()]


def fold(text: str) -> str:
    """Lower case, no marks, đ→d, no punctuation, single spaces; lý=lí, hòa=hoà, NFC=NFD.

    A folded text is never shown and never a unique key.
    """
    return " ".join(tokens(text))


class _ExactTable(dict[int, str]):
    """What separates words becomes a space; letters, digits and marks stay."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = category(character)
        if kind == "Cf" or 0x02B0 <= code <= 0x02FF:
            kept = ""
        elif kind[0] in "LNM":
            kept = f" {character} " if _is_ideographic(code) else character
        else:
            kept = " "
        self[code] = kept
        return kept


_EXACT = _ExactTable()


def exact_tokens(text: str) -> list[str]:
    """Syllables in lower case with their marks, NFC, tone marks where modern spelling puts them (hòa → hoà)."""
    lower = text.lower()
    if lower.isascii():
        return lower.translate(_EXACT).split()
    if not is_normalized("NFC", lower):
        lower = normalize("NFC", lower)
    return place_tones(lower.replace("ð", "đ")).translate(_EXACT).split()
