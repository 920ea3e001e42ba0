"""Is this a name, and whose: what Dublin Core and spreadsheets leave unsaid about creators.

Pure rules over words; nothing is guessed that the text does not show.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from mappings.codelists import relator_of
from unioncat.text import fold

__all__ = ["Name", "NotAName", "name_of", "split_names", "why_not_a_name"]

NameKind = Literal["personal", "corporate", "meeting"]
NotAName = Literal["", "edition", "formula", "nobody", "title", "link", "standard", "too_long"]


class Name(NamedTuple):
    """kind: which of X00, X10, X11; indicator: the first one (0 direct order, 1 inverted, 2 corporate in direct
    order); relator: MARC code or ""."""

    text: str
    kind: NameKind
    indicator: str
    relator: str


_EDITION = re.compile(
    r"\A(?:\d+(?:st|nd|rd|th)?|first|second|third|rev(?:ised|\.)?|new)\s+(?:rev(?:ised|\.)?\s+)?ed(?:ition|\.|n\.?)\b"
    r"|\A(?:tái bản|in lần thứ|xuất bản lần thứ|lần thứ \d+)",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"[\\^=<>{}$%]|[a-z]\(\w\)|\b(?:sin|cos|exp|lim|sum)\b")
_STANDARD = re.compile(r"\A\W*(?:TCVN|QCVN|TCXD\w*|TCN|ISO|IEC|ASTM|ST SEV|BS|DIN|JIS)\b[ :]*\S*\d", re.IGNORECASE)
_LINK = re.compile(r"\A(?:https?:|www\.|ftp:)|\A[^\s@]+@[^\s@]+\Z", re.IGNORECASE)
_NOBODY = frozenset(
    {
        *("nhieu tac gia", "khuyet danh", "nhom tac gia", "nhieu nguoi dich", "dang cap nhat", "chua ro", "khong ro"),
        *("khong co", "vo danh", "tac gia", "dang xu ly", "tap the tac gia", "nhieu soan gia", "khong xac dinh"),
        *("unknown", "various", "various authors", "various artists", "anonymous", "n a", "na", "none", "null"),
        *("other", "others", "et al", "s n", "author", "no author", "author missing", "not available"),
    }
)
"""Folded words that stand where a name should."""

_CORPORATE_BEGINS = re.compile(
    r"\A(?:viện|trường|bộ|sở|cục|tổng cục|vụ|ủy ban|uỷ ban|ubnd|hội|liên hội|hiệp hội|hội đồng|đại học|học viện|công ty"
    r"|cty|tập đoàn|ngân hàng|nhà xuất bản|nxb\.?|trung tâm|ban (?!mai)|tỉnh|huyện|thành ủy|đảng"
    r"|quốc hội|chính phủ|thư viện|bảo tàng|liên hợp quốc|đoàn thanh niên|mặt trận|phòng|khoa|ngành|nhóm|tạp chí|báo"
    r"|tòa án|toà án|liên đoàn|truong (?:dai hoc|thpt|thcs)|cao dang|dai hoc|hoc vien|uy ban|cong ty|trung tam)\s",
)
"""Vietnamese bodies are named with their kind first; marks matter, for Trương is a family name and Trường a school."""

_CORPORATE_WORD = re.compile(
    r"\b(?:university|universit\w+|institut\w*|department|dept|ministry|government|govt|committee|commission|association"
    r"|company|corporation|corp|inc|ltd|gmbh|llc|agency|council|society|office|bureau|library|museum|foundation|bank"
    r"|college|school|center|centre|laboratory|press|publishing|publications|services|organi[sz]ation|union|group"
    r"|nations|municipality|board|administration|authority|division|federation|academy|department)\b"
)
_MEETING = re.compile(r"\b(?:hoi nghi|hoi thao|dai hoi|ky yeu|conference|congress|symposium|workshop|colloquium)\b")
_ROLE_AFTER = re.compile(r"\s*(?:[(\[;]\s*([^()\[\];]{1,40})[)\]]?|,\s*([^,()]{1,25}))\s*\Z")
_ROLE_BEFORE = re.compile(r"\A\s*([^:,]{1,25}):\s*(?=\S)")
_ROLE_WORDS = re.compile(
    r"\s+(sưu tầm và giới thiệu|sưu tầm|biên soạn|chủ biên|tuyển chọn|hiệu đính|giới thiệu|minh h[oọ][aạ]|dịch)"
    r"(?:\s*,[^,]*|\s+và\s+.*)?\Z",
    re.IGNORECASE,
)
_AND_OTHERS = re.compile(
    r"\s*(?:\.\.\.|…)?\s*\[?\s*(?:et al\.?|và những người khác|v\.\s?v\.?|\.\.\.|…)\s*\]?\.?\s*\Z", re.IGNORECASE
)
_LONGEST_NAME = 200
MOST_NAMES = 100
"""Names taken from one cell or element."""

_YEARS = re.compile(r",?\s*\(?(\d{4}\??-(?:\d{4}\??)?)\)?\.?\Z")


def why_not_a_name(text: str, titles: frozenset[str] = frozenset()) -> NotAName:
    """ "" if it may be one. titles: folded titles of the same record."""
    if len(text) > _LONGEST_NAME:
        return "too_long"
    folded = fold(text)
    if not folded or folded in _NOBODY or not any(char.isalpha() for char in text):
        return "nobody" if not _FORMULA.search(text) or folded in _NOBODY else "formula"
    if _LINK.search(text):
        return "link"
    if _STANDARD.search(text):
        return "standard"
    if _EDITION.search(text.strip()):
        return "edition"
    without_years = _YEARS.sub("", text)
    letters = sum(map(str.isalpha, without_years))
    if _FORMULA.search(without_years) or sum(map(str.isdigit, without_years)) > letters:
        return "formula"
    if folded in titles and len(folded.split()) > 3 and not _is_corporate(text, folded):
        return "title"
    return ""


def _is_corporate(text: str, folded: str) -> bool:
    return bool(_CORPORATE_BEGINS.match(text.lower()) or _CORPORATE_WORD.search(folded))


def name_of(text: str, relator: str = "") -> Name:
    """The name without its role; the role as relator code where we know the word.

    Vietnamese and other names without comma stand in direct order (first indicator 0).
    """
    text = " ".join(text.split())
    if len(text) > _LONGEST_NAME:
        return Name(text, "personal", "1" if "," in text else "0", relator)
    text = _AND_OTHERS.sub("", text).strip(" ;,")
    before = _ROLE_BEFORE.match(text)
    if before and (code := relator_of(before[1])):
        relator, text = code, text[before.end() :]
    after = _ROLE_AFTER.search(text)
    if after and (code := relator_of(after[1] or after[2])):
        relator, text = code, text[: after.start()].rstrip(" ,;")
    words = _ROLE_WORDS.search(text)
    if words and (code := relator_of(words[1].split(" và ")[0])):
        relator, text = code, text[: words.start()]
    folded = fold(text)
    if _is_corporate(text, folded):
        return Name(text, "corporate", "2", relator)
    if _MEETING.search(folded):
        return Name(text, "meeting", "2", relator)
    return Name(text, "personal", "1" if "," in text else "0", relator)


def split_names(cell: str) -> list[str]:
    """Several names in one cell: by semicolon, slash, line break or bar; by comma only where every part is a
    whole name of two words or more (`Phan Cự Đệ, Hà Minh Đức`), so that `Nguyễn, Du` stays one."""
    cell = "\n".join(" ".join(line.split()) for line in cell.splitlines())
    parts = [part.strip(" ,") for part in re.split(r"\s*[;\n|•]\s*|\s+/\s+|\s+&\s+", cell)]
    names: list[str] = []
    for part in parts:
        pieces = [piece.strip() for piece in part.split(",")]
        if len(pieces) > 1 and all(1 < len(piece.split()) <= 6 or relator_of(piece) for piece in pieces if piece):
            for piece in pieces:
                if names and relator_of(piece) and len(piece.split()) < 3:
                    names[-1] = f"{names[-1]} ({piece})"
                elif piece:
                    names.append(piece)
        elif part:
            names.append(part)
    return names[:MOST_NAMES]
