"""Hard vetoes: what no likeness can make good. Cheap ones only; the ruleset names those that apply.

Each row: name → (test that is True when the pair cannot be one, reason in Vietnamese, reason in English).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from unioncat.matching.carriers import ALIKE
from unioncat.matching.numerals import number_of
from unioncat.matching.view import MatchView
from unioncat.matching.volumes import compare_volumes

__all__ = ["VETOES", "is_vetoed", "vetoes_of"]

_KINDS_ALIKE = {frozenset(("text", "mixed")), frozenset(("music", "speech")), frozenset(("kit", "text"))}
_SCREEN = frozenset(("dvd", "bluray", "vhs", "film"))


def _kind(a: MatchView, b: MatchView) -> bool:
    return a.kind != b.kind and frozenset((a.kind, b.kind)) not in _KINDS_ALIKE


def _level(a: MatchView, b: MatchView) -> bool:
    return a.level != b.level and {a.level, b.level} != {"monograph", "collection"}


def _carrier(a: MatchView, b: MatchView) -> bool:
    left, right = a.form or "print", b.form or "print"
    if left == right or (left, right) in ALIKE or (right, left) in ALIKE:
        return False
    if (
        (not a.form or not b.form)
        and left not in ("online", "micro", "braille")
        and right not in ("online", "micro", "braille")
    ):
        return False
    return "ebook" not in a.variants or "ebook" not in b.variants


def _volume(a: MatchView, b: MatchView) -> bool:
    return bool(a.volume) and bool(b.volume) and compare_volumes(a.volume, b.volume) == "differ"


def _set(a: MatchView, b: MatchView) -> bool:
    return _whole_beside_volume(a, b) or _whole_beside_volume(b, a)


def _whole_beside_volume(whole: MatchView, single: MatchView) -> bool:
    # "3 v." beside "v. 1" of a record that also says "3 v." is the same set, catalogued from its first volume
    return bool(whole.in_set and not whole.volume and single.volume) and single.volumes <= 1


def _edition(a: MatchView, b: MatchView) -> bool:
    return bool(a.edition) and bool(b.edition) and a.edition != b.edition


def _host(a: MatchView, b: MatchView) -> bool:
    return bool(a.host) and bool(b.host) and a.host != b.host


def _standard(a: MatchView, b: MatchView) -> bool:
    return bool(a.standards) and bool(b.standards) and set(a.standards).isdisjoint(b.standards)


_TAIL = re.compile(r"^(.{3,}) ([a-z]?\d{1,3}[a-z]?|[ivx]{1,5})$")


@lru_cache(maxsize=8192)
def _tail(head: str) -> tuple[str, str] | None:
    """(rest, number at the end) of a head; each is looked at in many pairs."""
    found = _TAIL.match(head)
    return (found[1], number_of(found[2]) or found[2]) if found else None


def _number(a: MatchView, b: MatchView) -> bool:
    """Titles that both name numbers, or works of music, and none in common (report on S. 501, on S. 890); titles
    that are the same but for the number at their end: Tiếng Việt 1, Tiếng Việt 2; Vật lý A1, A2."""
    if a.numbers and b.numbers and set(a.numbers).isdisjoint(b.numbers):
        return True
    if a.works and b.works and set(a.works).isdisjoint(b.works):
        return True
    if a.head == b.head or a.head[:3] != b.head[:3]:
        return False
    left = _tail(a.head)
    if left is None:
        return False
    right = _tail(b.head)
    return right is not None and left[0] == right[0] and left[1] != right[1]


def _score(a: MatchView, b: MatchView) -> bool:
    return bool(a.score) and bool(b.score) and (a.score == "vocal") != (b.score == "vocal")


_COMPANION = re.compile(
    r"^(?:(?:sach|vo|giai|huong dan|loi giai|tuyen tap) )*(?:bai tap|bai giai|sach giao vien|workbook|exercises)\b"
    r"|\b(?:sach giao vien|teacher s (?:book|guide|edition)|workbook|solutions manual)\b"
)


@lru_cache(maxsize=8192)
def _is_companion(head: str) -> bool:
    return bool(_COMPANION.search(head))


def _companion(a: MatchView, b: MatchView) -> bool:
    return a.head != b.head and _is_companion(a.head) != _is_companion(b.head)


def _printing(a: MatchView, b: MatchView) -> bool:
    """Two years or more apart and of another extent, with no identifier in common."""
    if not a.issued or not b.issued or not a.pages or not b.pages:
        return False
    if abs(a.pages - b.pages) <= max(5, max(a.pages, b.pages) * 0.04):
        return False
    if a.span or b.span or not set(a.issued).isdisjoint(b.issued):
        return False
    if min(abs(x - y) for x in a.issued for y in b.issued) < 2:
        return False
    return {*a.issued, *a.copyright}.isdisjoint({*b.issued, *b.copyright}) and a.identifiers.isdisjoint(b.identifiers)


def _rare(a: MatchView, b: MatchView) -> bool:
    return (a.rare or b.rare) and a.identifiers.isdisjoint(b.identifiers)


VETOES: dict[str, tuple[Callable[[MatchView, MatchView], bool], str, str]] = {
    "kind": (_kind, "khác loại tài liệu", "different kinds of material"),
    "level": (_level, "khác cấp thư mục (sách, tạp chí, bài trích)", "different levels (monograph, serial, component)"),
    "carrier": (_carrier, "khác vật mang tin", "different carriers"),
    "volume": (_volume, "khác tập hoặc phần", "different volumes or parts"),
    "set": (_set, "một bên là cả bộ, một bên là một tập", "a whole set beside a single volume"),
    "edition": (_edition, "khác lần xuất bản", "different editions"),
    "host": (_host, "trích từ hai tài liệu khác nhau", "parts of different hosts"),
    "standard": (_standard, "khác số hiệu hoặc năm tiêu chuẩn", "different standards"),
    "number": (_number, "số trong nhan đề khác nhau", "other numbers in the titles"),
    "score": (_score, "một bên là tổng phổ, một bên là bản rút gọn cho giọng hát", "a full beside a vocal score"),
    "companion": (
        _companion,
        "một bên là sách bài tập hoặc sách giáo viên",
        "an exercise or teacher's book beside the textbook",
    ),
    "printing": (_printing, "khác cả năm xuất bản và số trang", "another year and another number of pages"),
    "rare": (_rare, "sách quý hiếm, chỉ ghép theo số định danh", "rare books, joined by identifier only"),
}


_OF_NATURE = ("volume", "kind", "level", "carrier", "set", "edition", "host", "standard", "score")
"""Vetoes that look at nothing but `MatchView.nature`: none of them parts two of the same. Frequent ones first."""


Test = Callable[[MatchView, MatchView], bool]


@lru_cache(maxsize=16)
def _tests(names: frozenset[str]) -> tuple[tuple[Test, ...], tuple[Test, ...]]:
    """Tests of the named vetoes: of nature, and all others."""
    others = [name for name in VETOES if name not in _OF_NATURE]
    nature, rest = ([VETOES[name][0] for name in row if name in names] for row in (_OF_NATURE, others))
    return tuple(nature), tuple(rest)


def is_vetoed(a: MatchView, b: MatchView, names: frozenset[str]) -> bool:
    """Whether any of the named vetoes forbids the pair: `vetoes_of` without asking which."""
    nature, rest = _tests(names)
    if a.nature != b.nature:
        for test in nature:
            if test(a, b):
                return True
    for test in rest:  # noqa: SIM110 - a generator costs more than the tests
        if test(a, b):
            return True
    return False


def vetoes_of(a: MatchView, b: MatchView, names: frozenset[str]) -> tuple[str, ...]:
    """Names of all vetoes that forbid the pair, in the order of the table."""
    return tuple(name for name, (test, _, _) in VETOES.items() if name in names and test(a, b))
