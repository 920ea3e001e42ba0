"""Database names: all records in either encoding, one database per member library, and Explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocols.z3950.charset import printable, text_of
from protocols.z3950.diagnostics import Z3950Error
from unioncat.model import Member, MemberCode
from unioncat.search.query import And, Or, Query, Term, Word

__all__ = ["EXPLAIN_DATABASE", "Scope", "scope_of"]

EXPLAIN_DATABASE = "IR-Explain-1"
_WHOLE = {"default": "Default", "utf8": "utf8", "utf-8": "utf8", "marc8": "marc8", "marc-8": "marc8"}
"""Databases of the whole catalogue, in lower case, and their proper names. Records of marc8 come in MARC-8."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the databases of one request come to.

    name:     database name that records are labelled with
    members:  libraries whose holdings are searched; empty: all
    marc8:    records come in MARC-8
    explain:  the Explain database
    """

    name: str
    members: tuple[MemberCode, ...] = ()
    marc8: bool = False
    explain: bool = False

    def limited(self, query: Query) -> Query:
        """`query` among the records of this scope."""
        if not self.members:
            return query
        holders: list[Query] = [Term("library", (Word(str(code)),)) for code in self.members]
        return And((query, holders[0] if len(holders) == 1 else Or(tuple(holders))))


_SCOPES = {name: Scope(name, marc8=name == "marc8") for name in set(_WHOLE.values())}


def scope_of(names: Sequence[str], members: Mapping[MemberCode, Member], limit: int) -> Scope:
    """The scope of `names`; names are compared without case. Raises Z3950Error 23, 109, 111 or 235."""
    if len(names) > limit:
        raise Z3950Error("too_many_databases", limit)
    if not names:
        raise Z3950Error("no_database", "")
    if len(names) == 1:
        whole_name = _WHOLE.get(names[0].lower())
        if whole_name is not None:
            return _SCOPES[whole_name]
    chosen: list[MemberCode] = []
    whole: list[str] = []
    for name in map(text_of, names):
        lowered = name.lower()
        if lowered == EXPLAIN_DATABASE.lower():
            if len(names) > 1:
                raise Z3950Error("database_combination", name)
            return Scope(EXPLAIN_DATABASE, explain=True)
        if lowered in _WHOLE:
            whole.append(_WHOLE[lowered])
            continue
        member = members.get(MemberCode(name)) or _by_lower_case(lowered, members)
        if member is None:
            raise Z3950Error("no_database", printable(name))
        if not member.active:
            raise Z3950Error("database_unavailable", printable(name))
        chosen.append(member.code)
    if whole:
        return _SCOPES["marc8" if "marc8" in whole else whole[0]]
    codes = tuple(dict.fromkeys(chosen))
    return Scope(str(codes[0]), codes)


def _by_lower_case(lowered: str, members: Mapping[MemberCode, Member]) -> Member | None:
    return next((member for code, member in members.items() if code.lower() == lowered), None)
