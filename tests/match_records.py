"""Records for matching tests, written as short lines: ``245 $aTitle :$bsubtitle``."""

from __future__ import annotations

from dataclasses import dataclass

from unioncat.marc import Field, Indicators, Leader, Record, Subfield
from unioncat.matching import RULESET, Decision, MatchView, decide, match_view
from unioncat.model import RecordKey


def record(*lines: str, leader: str = "00000nam a2200000 a 4500", year: str = "", form: str = " ") -> Record:
    """A record; `year` makes an 008 with date type s, `form` its form of item (place 23)."""
    made = Record(force_utf8=True)
    made.leader = Leader(leader)
    if year:
        made.add_field(Field(tag="008", data=f"200101s{year}    vm     {form}     000 0 vie d"))
    for line in lines:
        tag, rest = line[:3], line[4:]
        if "$" not in rest:
            made.add_field(Field(tag=tag, data=rest))
            continue
        indicators, _, body = rest.partition("$")
        pair = indicators.ljust(2)[:2] if indicators.strip() else "  "
        subfields = [Subfield(part[0], part[1:]) for part in body.split("$") if part]
        made.add_field(Field(tag=tag, indicators=Indicators(pair[0], pair[1]), subfields=subfields))
    return made


def view(*lines: str, leader: str = "00000nam a2200000 a 4500", year: str = "", form: str = " ") -> MatchView:
    return match_view(record(*lines, leader=leader, year=year, form=form), RULESET)


def decision(a: MatchView, b: MatchView) -> Decision:
    """Decides both ways round, which must give the same."""
    one, other = decide(a, b, RULESET), decide(b, a, RULESET)
    assert one == other
    return one


def key(name: str) -> RecordKey:
    return RecordKey(name)


MERGE, NOT_MERGE, DIFFERENT = "merge", "not merge", "different"


@dataclass(frozen=True)
class Case:
    """Two records and what must become of them.

    expected: merge; different; or "not merge" (different or waiting for a person). veto: one that must speak.
    """

    name: str
    a: MatchView
    b: MatchView
    expected: str
    veto: str = ""

    def check(self) -> None:
        found = decision(self.a, self.b)
        if self.expected == NOT_MERGE:
            assert found.band != "merge"
        else:
            assert found.band == self.expected
        if self.veto:
            assert self.veto in found.vetoes
