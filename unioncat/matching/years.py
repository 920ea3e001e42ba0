"""Years with their roles: issue, copyright, first issue of a reprint."""

from __future__ import annotations

import re

__all__ = ["Years", "year_of_issue", "years_of"]

_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_COPYRIGHT = re.compile(r"(?:(?<![a-z])c|cop\.?|copyright|p)\s*(1[4-9]\d\d|20\d\d)(?!\d)")
_VAGUE = re.compile(r"(?<!\d)(1[5-9]\d|20\d)[\-?u]")

Years = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def _plausible(text: str) -> int:
    return int(text) if text.isdigit() and 1400 <= int(text) <= 2100 else 0


def _bound(text: str, digit: str) -> int:
    return int("".join(digit if mark == "u" else mark for mark in text)) if text.replace("u", "0").isdigit() else 0


def years_of(imprints: list[str], copyrights: list[str], field_008: str) -> Years:
    """(years of issue, copyright years, first and last year of a range), each ascending.

    imprints: plain 260/264$c; copyrights: plain 264 _4 $c. Date 2 of a reprint (type r) and the first issue it
    names count as neither; date 2 of type t is the copyright year.
    """
    issue: set[int] = set()
    span: tuple[int, ...] = ()
    rights: set[int] = set()
    for text in copyrights:
        rights.update(map(int, _YEAR.findall(text)))
    for text in imprints:
        marked = set(map(int, _COPYRIGHT.findall(text)))
        rights |= marked
        plain_years = set(map(int, _YEAR.findall(_COPYRIGHT.sub(" ", text))))
        issue |= plain_years
    if len(field_008) >= 15:
        kind, first, second = field_008[6], _plausible(field_008[7:11]), _plausible(field_008[11:15])
        if kind == "q" and first and second and second != first:
            span = (first, second)
        elif kind not in "bn|":
            if "u" in field_008[7:11] and field_008[7:9].isdigit():
                span = (_bound(field_008[7:11], "0"), _bound(field_008[7:11], "9"))
            if first:
                issue.add(first)
            if second and kind == "t":
                rights.add(second)
            elif second and kind in "cdikm" and second != 9999:
                issue.add(second)
    if not issue:
        issue = set(rights)
    if not issue and not span:
        for text in imprints:
            vague = _VAGUE.search(text)
            if vague:
                span = (int(vague[1] + "0"), int(vague[1] + "9"))
    return tuple(sorted(issue)), tuple(sorted(rights)), span


def year_of_issue(imprints: list[str], field_008: str) -> int:
    """The one year of this very issue: date 1 of a single date, a reprint or a copyright type of 008 (MARC 008/06 s, r,
    t, p, e), else the only year of 260/264$c (plain); 0 where none or several are said.
    """
    if len(field_008) >= 11 and field_008[6] in "srtpe":
        first = _plausible(field_008[7:11])
        if first:
            return first
    found = {int(year) for text in imprints for year in _YEAR.findall(_COPYRIGHT.sub(" ", text))}
    return found.pop() if len(found) == 1 else 0
