"""Content kind, carrier form and level of a record from leader, 006-008, 245$h, 300 and 33X.

kind: text, score, music, speech, video, map, picture, software, kit, object, mixed
form: print, online, micro, braille, large, dvd, bluray, vhs, cd, cdrom, lp, tape, film; "" if nothing is said
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["ALIKE", "carrier_form", "content_kind", "level_of", "score_form"]

_KIND = {
    "a": "text", "t": "text", "c": "score", "d": "score", "e": "map", "f": "map", "g": "video", "i": "speech",
    "j": "music", "k": "picture", "m": "software", "o": "kit", "p": "mixed", "r": "object",
}  # fmt: skip

_FORM_CODE = {"d": "large", "f": "braille", "o": "online", "q": "", "s": "online"}
"""008/23 and 008/29. The codes of microforms (a, b, c) prove nothing where neither 007 nor a word of the description
says so: all 18 such pairs of goldfinch that were alike otherwise were one book."""
_VIDEO_007 = {"v": "dvd", "s": "bluray", "b": "vhs"}

_WORDS = (
    ("bluray", re.compile(r"blu-?\s?ray")),
    ("dvdrom", re.compile(r"dvd-?\s?rom")),
    ("dvd", re.compile(r"\bdvds?\b|\bdvd-")),
    ("vhs", re.compile(r"\bvhs\b|videocassette|videokassette|video cassette|bang video")),
    ("cdrom", re.compile(r"cd-?\s?rom|computer (?:optical )?dis[ck]|optical computer disc|elektronische optische")),
    ("cd", re.compile(r"\bcds?\b|compact\s?dis[ck]|compactdis[ck]|disques? compacts?|audio disc")),
    ("lp", re.compile(r"\blps?\b|schallplatte|ljudskiv|aanilevy|vinyl|dia nhua")),
    ("tape", re.compile(r"audiocassette|tonkassette|kassette|sound cassette|bang cassette")),
    ("micro", re.compile(r"microf|mikrof|microform|vi phim")),
    ("online", re.compile(r"online|electronic resource|elektronische ressource|ressource electronique|e-?book\b|"
                          r"electronic (?:book|text)|tai nguyen dien tu|"
                          r"sach dien tu|streaming|web site|\bpdf\b|\bkindle\b|\bepub\b")),
    ("film", re.compile(r"film reel|film spule")),
    ("braille", re.compile(r"braille|chu noi")),
)  # fmt: skip

ALIKE = frozenset({("cd", "cdrom"), ("dvd", "dvdrom"), ("cdrom", "dvdrom")})
"""Forms that cataloguers confuse; no veto between them."""

_SCORES = (
    ("vocal", re.compile(r"vocal score|[kc]lavier-? ?auszug|klav\.? ?-?ausz|reduction|chant et piano|piano vocal")),
    (
        "study",
        re.compile(r"study score|studienpartitur|taschenpartitur|miniature score|pocket score|partition de poche"),
    ),
    ("parts", re.compile(r"\bparts\b|stimmen|stimmenmaterial|parties\b|orchesterstimmen")),
    ("full", re.compile(r"full score|\bpartitur\b|\bscore\b|\bpartition\b|dirigierpartitur|tong pho")),
)
_LEVEL = {"a": "component", "b": "component", "s": "serial", "i": "serial", "c": "collection", "d": "component"}


def content_kind(leader_06: str) -> str:
    return _KIND.get(leader_06, "text")


def level_of(leader_07: str) -> str:
    return _LEVEL.get(leader_07, "monograph")


@lru_cache(maxsize=4096)
def _form_said(words: str) -> str:
    for form, pattern in _WORDS:
        if pattern.search(words):
            return "cdrom" if form == "dvdrom" else form
    return ""


def carrier_form(leader_06: str, field_007: list[str], field_008: str, words: str) -> str:
    """Form of the carrier. words: plain text of 245$h, 300$a, 338$a, 533$a and the like.

    Words come first: cataloguers write them for readers, while codes are often left at their default.
    """
    said = _form_said(words)
    if said:
        # a DVD that holds maps or programs is a DVD-ROM
        return "cdrom" if said == "dvd" and leader_06 not in "gr" else said
    for code in field_007:
        if code[:2] == "cr":
            return "online"
        if code[:1] == "h":
            return "micro"
        if code[:1] == "v" and len(code) > 4 and code[4] in _VIDEO_007:
            return _VIDEO_007[code[4]]
        if code[:2] == "co":
            return "cdrom"
        if code[:2] == "sd" and len(code) > 3 and code[3] == "f":
            return "cd"
        if code[:2] in ("ss", "st"):
            return "tape"
    place = 29 if leader_06 in "efgkor" else 23
    if len(field_008) > place:
        form = _FORM_CODE.get(field_008[place], "")
        if form:
            return form
        if field_008[place] in " r" and leader_06 in "at":
            return "print"
    return ""


def score_form(words: str) -> str:
    """vocal, study, parts, full; "" if not said. words: plain 245$b$h, 250, 254, 300$a."""
    for form, pattern in _SCORES:
        if pattern.search(words):
            return form
    return ""
