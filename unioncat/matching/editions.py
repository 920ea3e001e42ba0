"""Edition statements: number, "revised", year of reissue (Tái bản lần thứ 3, 2nd ed., 2., überarb. Aufl.)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from unioncat.matching.numerals import NUMBER, NUMBER_WORDS, number_of

__all__ = ["Edition", "edition_of_field", "edition_of_title"]

_N = rf"(?:{NUMBER}|{'|'.join(NUMBER_WORDS)})"
_YEAR = r"(?:19|20)\d\d"
_REISSUE = re.compile(
    r"[(\[\-,;:]?\s*(?<![a-z])(?:"
    rf"(?:sach\s+)?(?P<tb>tai ban|in lai|tb)(?![a-z])(?:\s*,?\s*(?:lan\s+(?:thu\s+)?|thu\s+)(?P<n1>{_N})(?![a-z0-9]))?"
    rf"|(?:in|xuat ban|an ban|tai)\s+lan\s+(?:thu\s+)?(?P<n2>{_N})(?![a-z0-9])"
    r"|(?P<new>ban (?:moi|dep|in moi))"
    rf")(?:[\s,/\-.]*(?:nam\s*)?(?P<year>{_YEAR})(?!\d))?"
    r"(?P<rev>(?:[\s,;\-]*(?:co|va|,)?\s*(?:sua chua|bo sung|chinh ly|chinh sua|cap nhat))*)\s*[)\]]?"
)
_REVISED = re.compile(
    r"(?<![a-z])(?:sua chua|bo sung|chinh ly|cap nhat|rev(?:ised|idierte|ue)?|uberarb\w*|neubearb\w*|erw(?:eiterte)?|"
    r"enl(?:arged)?|corr(?:ected|igee)?|augm\w*|aktualis\w*|durchges\w*|verb(?:esserte)?)(?![a-z])"
)
_WORD = "|".join(sorted((word for word in NUMBER_WORDS if len(word) > 3), key=len, reverse=True))
_NUMBERED = re.compile(
    r"(?<![\d.])(?P<d>\d{1,3})\s*(?:st|nd|rd|th|d|\.|e|eme|re|a|ª|º)*[\s,.;:]+(?:[a-z.\-]+[\s,.;]+){0,4}?"
    r"(?:ed|edn|edition|aufl|auflage|ausg|ausgabe|editions|uppl|painos|p|druk|opl|udg|utg|izd|wyd)(?![a-z])"
    rf"|(?P<w>{_WORD})\s+(?:[a-z.]+\s+){{0,3}}?(?:ed|edn|edition|aufl|auflage)(?![a-z])"
    rf"|lan\s+(?:thu\s+)?(?P<v>{_N})(?![a-z0-9])"
)
_PARENTHESISED_YEAR = re.compile(rf"[(\[]\s*(?:nam\s+)?(?P<year>{_YEAR})\s*[)\]]")


@dataclass(frozen=True, slots=True)
class Edition:
    """number: "" if not said; reissue: "tái bản" and the like; year: of reissue, 0 if not said; rest: other text."""

    number: str = ""
    reissue: bool = False
    revised: bool = False
    year: int = 0
    rest: str = ""


def edition_of_title(text: str) -> Edition:
    """Edition statement inside a title (plain); `rest` is the title without it."""
    number, reissue, revised, year = "", False, False, 0
    pieces: list[str] = []
    last = 0
    if "tai ban" in text or "lan" in text or "tb" in text or "ban " in text or "in lai" in text:
        for found in _REISSUE.finditer(text):
            if found["tb"] == "tb" and not found["year"]:
                continue
            if found["new"] and not found["year"]:
                continue
            reissue = True
            number = number or number_of(found["n1"] or found["n2"] or "")
            revised = revised or bool(found["rev"])
            year = year or int(found["year"] or 0)
            pieces.append(text[last : found.start()])
            last = found.end()
        if last:
            pieces.append(text[last:])
            text = " ; ".join(pieces)
    if "(" in text or "[" in text:
        alone = _PARENTHESISED_YEAR.search(text)
        if alone:
            year = year or int(alone["year"])
            text = f"{text[: alone.start()]} ; {text[alone.end() :]}"
    return Edition(number, reissue, revised, year, text)


def edition_of_field(text: str) -> Edition:
    """Edition statement of 250 (plain); `rest` keeps the whole text."""
    number = ""
    found = _NUMBERED.search(text)
    if found:
        number = number_of(found["d"] or found["w"] or found["v"] or "")
    reissued = _REISSUE.search(text)
    year = 0
    if reissued:
        number = number or number_of(reissued["n1"] or reissued["n2"] or "")
        year = int(reissued["year"] or 0)
    if not number:
        bare = re.match(r"\W*(\d{1,2})\W*\Z", text)
        number = number_of(bare[1]) if bare else ""
    return Edition(number, bool(reissued), bool(_REVISED.search(text)), year, text)
