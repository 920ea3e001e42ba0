"""Whom a 1XX or 7XX names, and what one heading of a name can tell another."""

from __future__ import annotations

import re
from dataclasses import dataclass

from unioncat.marc import Field, Subfield
from unioncat.merging.equality import folded

__all__ = ["Heading", "complete", "heading_of", "is_covered", "is_same"]

_ROLES = {"author": "aut", "creator": "aut", "tac gia": "aut", "editor": "edt", "chu bien": "edt", "bien tap": "edt",
          "translator": "trl", "dich": "trl", "dich gia": "trl", "nguoi dich": "trl", "bien dich": "trl",
          "illustrator": "ill", "minh hoa": "ill", "compiler": "com", "bien soan": "com", "suu tam": "com",
          "hieu dinh": "rev"}  # fmt: skip
_WROTE = frozenset(("aut", "cre"))
_OF_A_WORK = frozenset("tklmnoprfs")
_ISNI = re.compile(r"isni.*?((?:\d[ -]?){15}[\dXx])", re.IGNORECASE)
_ORCID = re.compile(r"orcid.*?((?:\d[ -]?){15}[\dXx])", re.IGNORECASE)
_PREFIXED = re.compile(r"\(([^)]+)\)\s*(\S.*)")
_ADDRESS = re.compile(r"https?://([^/]+)/(.+)")
_INITIAL = re.compile(r"(?:^|[\s.])\w\.$")


@dataclass(frozen=True, slots=True)
class Heading:
    """name: its words, sorted, so that word order and commas do not matter; work: title and all that tells works of
    one title apart; dates: folded, "" for none; open_dates: nothing after the dash yet; roles: relator codes, or
    the words themselves; numbers: (authority file, number) of $0 and $1.
    """

    name: tuple[str, ...]
    work: str
    dates: str
    open_dates: bool
    roles: frozenset[str]
    numbers: frozenset[tuple[str, str]]


def heading_of(field: Field) -> Heading:
    of_meeting = field.tag[1:] == "11"
    in_name, in_role = ("aeq", "j4") if of_meeting else ("abc", "e4")
    name: list[str] = []
    dates = work = ""
    open_dates = False
    roles: set[str] = set()
    numbers: set[tuple[str, str]] = set()
    for code, value in field.subfields:
        if code in in_name:
            name.extend(folded(value).split())
        elif code in "cnd" if of_meeting else code == "d" and not dates:
            dates = f"{dates} {folded(value)}".strip()
            open_dates = value.rstrip(" .,").endswith("-")
        elif code in in_role:
            role = folded(value.rsplit("/", 1)[-1])
            roles.add(_ROLES.get(role, role))
        elif code in _OF_A_WORK:
            work += f" {code}{folded(value)}"
        elif code in "01":
            numbers.add(_number(value))
    roles.discard("")
    return Heading(tuple(sorted(name)), work, dates, open_dates, frozenset(roles), frozenset(numbers))


def _number(value: str) -> tuple[str, str]:
    text = value.strip()
    for file, pattern in (("isni", _ISNI), ("orcid", _ORCID)):
        found = pattern.search(text)
        if found:
            return (file, re.sub(r"\D", "", found[1][:-1]) + found[1][-1].upper())
    found = _PREFIXED.match(text) or _ADDRESS.match(text)
    return (found[1].lower(), found[2]) if found else ("", text)


def _is_one(known: Heading, mine: Heading) -> bool:
    """One person or body, and one work of theirs: by a number, else by name and dates."""
    if known.work != mine.work:
        return False
    if not known.numbers.isdisjoint(mine.numbers):
        return True
    files = {file for file, _ in known.numbers} & {file for file, _ in mine.numbers}
    if files or known.name != mine.name or not mine.name:
        return False  # one authority file gives one person one number; nobody is not everybody
    if known.dates == mine.dates or not known.dates or not mine.dates:
        return True
    return _is_fuller(known, mine) or _is_fuller(mine, known)


def _is_fuller(one: Heading, other: Heading) -> bool:
    """Whether the dates of `one` are those of `other` and more: there were none, or none after the dash."""
    if not other.dates:
        return bool(one.dates)
    return other.open_dates and one.dates.startswith(other.dates + " ")


def is_same(known: Heading, mine: Heading) -> bool:
    """Two added entries for one: by $0, or by name, dates and role (silence about dates or role is no difference)."""
    if known == mine:
        return True
    if not _is_one(known, mine):
        return False
    if not known.numbers.isdisjoint(mine.numbers) or not known.roles or not mine.roles:
        return True
    return not known.roles.isdisjoint(mine.roles)


def is_covered(main: Heading, mine: Heading) -> bool:
    """Whether the main entry says all that an added entry would: whoever wrote it needs no second entry for that."""
    return main == mine or (_is_one(main, mine) and mine.roles <= (main.roles | _WROTE))


def complete(field: Field, known: Heading, other: Field, mine: Heading) -> bool:
    """Add to `field` what `other`, a heading of the same name, says besides: dates, fuller name ($q), roles, numbers.

    In place; True if there was something to add. Punctuation before what is added is put right.
    """
    before = field.subfields[:]
    of_meeting = field.tag[1:] == "11"
    for code, value in other.subfields:
        if code == "d" and not of_meeting and folded(value) == mine.dates and _is_fuller(mine, known):
            _set_dates(field, value)
        elif code == "q" and not of_meeting and all(one != "q" for one, _ in field.subfields):
            _insert(field, Subfield(code, value), "abcq")
        elif code == ("j" if of_meeting else "e") or code == "4":
            role = folded(value.rsplit("/", 1)[-1])
            role = _ROLES.get(role, role)
            if role and role not in known.roles and role not in _roles_of(field):
                _insert(field, Subfield(code, value), "abcdeqjnt4" if code == "4" else "abcdeqjnt")
        elif code in "01" and _number(value) not in {_number(one) for at, one in field.subfields if at in "01"}:
            _insert(field, Subfield(code, value), "abcdefghijklmnopqrstuvwxyz401")
    return field.subfields != before


def _roles_of(field: Field) -> frozenset[str]:
    return heading_of(field).roles


def _set_dates(field: Field, value: str) -> None:
    for place, (code, old) in enumerate(field.subfields):
        if code == "d":
            tail = old[len(old.rstrip(" .,")) :]
            field.subfields[place] = Subfield("d", value.rstrip(" .,") + tail)
            return
    _insert(field, Subfield("d", value), "abcq")


def _insert(field: Field, added: Subfield, after: str) -> None:
    """Behind the last subfield of the codes `after`; with a comma between, but for $0, $1 and $4."""
    place = max((at + 1 for at, (code, _) in enumerate(field.subfields) if code in after), default=0)
    is_last = all(code in "0123456789" for code, _ in field.subfields[place:])
    if place and added.code in "dej":
        code, text = field.subfields[place - 1]
        text = text.rstrip()
        if text.endswith(".") and not _INITIAL.search(text):
            text = text[:-1]
        if code in "abcdeqjn" and not text.endswith((",", "-")):
            field.subfields[place - 1] = Subfield(code, text + ",")
        if not is_last:
            added = Subfield(added.code, added.value.rstrip(" .,") + ",")
    field.subfields.insert(place, added)
