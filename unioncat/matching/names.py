"""Names of persons and bodies as bags of syllables: a Vietnamese name is never inverted, a comma may invert others.

Fields hold one name (100$a), several joined by ``;``, ``,`` or `` - ``, roles in brackets, and "và những người khác".
"""

from __future__ import annotations

import re

from unioncat.matching.words import word_list
from unioncat.text import fold

__all__ = ["names_in", "responsibility_words"]

_NOISE = re.compile(
    r"\([^)]*\)|\[[^\]]*\]?|\.\.\.|"
    r"(?<![a-z])(?:chu bien|bien soan|bien dich|hieu dinh|minh hoa"
    r"|dich gia|nguoi dich|dich|chb|cb|et al|gs|pgs|ts|ths|ks)"
    r"(?![a-z])\.?|\d{3,4}\??-?(?:\d{3,4})?"
)
_CUT = re.compile(r"\s*[;/|\n]\s*|\s+&\s+|\s+va\s+|\s+and\s+|\s*,\s*(?=\.\.\.)")
_STOP = word_list("not_names")


_LONGEST = 500
_DASH = re.compile(r"\s+-\s+")


def _pieces(text: str) -> list[str]:
    """Cut at separators; at a dash only between names of two words or more (Jean - Marie is one)."""
    out: list[str] = []
    for piece in _CUT.split(text):
        parts = _DASH.split(piece)
        if len(parts) > 1 and all(len(part.split()) >= 2 for part in parts):
            out.extend(parts)
        else:
            out.append(piece)
    return out


def names_in(text: str) -> list[str]:
    """Folded names of one field (plain text in): ``a; b - c`` → three; ``Nguyen, Du`` stays one."""
    names: list[str] = []
    for piece in _pieces(_NOISE.sub(" ; ", text)):
        if "," in piece:
            parts = [part for part in piece.split(",") if part.strip()]
            # a comma between complete names parts them, within an inverted one it does not
            if len(parts) > 1 and all(len(part.split()) >= 2 for part in parts):
                names.extend(filter(None, map(fold, parts)))
                continue
        name = fold(piece)
        if name:
            names.append(name)
    return names


def responsibility_words(text: str) -> str:
    """Folded significant words of 245$c, each once, in order; of a very long statement those of its beginning."""
    words = fold(text)[:_LONGEST].split()
    return " ".join(dict.fromkeys(word for word in words if len(word) > 1 and word not in _STOP))
