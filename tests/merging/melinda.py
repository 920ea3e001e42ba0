"""Our merged records beside Melinda's, field by field: ``python -m tests.merging.melinda [OUTCOME]``.

Prints the table of outcomes by group of fields; with the name of an outcome, the examples that have it.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unioncat.marc import Field, Record, from_json
from unioncat.matching import RULESET
from unioncat.merging import Contribution, Merged, merge
from unioncat.merging.equality import address_of, contains, signature
from unioncat.merging.headings import heading_of, is_covered, is_same
from unioncat.merging.rules import Rules
from unioncat.model import MemberCode, RecordKey
from unioncat.text import fold

BASE, SOURCE = RecordKey("base/1"), RecordKey("source/1")
_RULES = Rules.of(RULESET.merge)

OUTCOMES = {
    "equal": "the same fields, normalised (case, marks, punctuation, order, indicators and $9 aside)",
    "more": "all that Melinda keeps, and more: Melinda drops what its cataloguing rules do not want, we drop nothing",
    "own number": "001, 003 and 005 are of the catalogue that made the record",
    "merge note": "Melinda writes a 583 about the merge; we keep provenance for every field",
    "item data": "item and system data (9XX, SID, LOW, CAT) live in the holdings and the source records",
    "rewritten": "a value that neither record has: Melinda translates, expands or makes it; a union catalogue does not",
    "other master": "we take the other record as master, by encoding level, authority, language and fullness",
    "one description": "Melinda mends the description part by part; ours is of one record (MATCHING.md 5)",
    "main entry": "the main entry is the master's; Melinda adds dates, numbers and roles to it",
    "byte by byte": "Melinda weighs each byte of 006-008 by material; we fill bytes that are not known, and no others",
    "apart": "all parts are there, in more fields than one: other roles and qualifiers are not poured together",
    "longer": "the longer form stands for the shorter one",
    "one form": "one form of a name stands for all (by $0, or by its words in any order), one link for an address",
    "under $5": "a copy of a shared field, marked with $5, adds nothing to it",
    "link": "an 880 whose own field is not there is not guessed to belong to another",
    "poorer": "Melinda keeps something that we lose",
}
"""How a group of fields of one example came out, and why it differs: by the worst of its fields; later is worse."""

_GROUPS = (
    ("001-005", ("001", "003", "005")), ("006-008", ("006", "007", "008")), ("010-035", ("01", "02", "03")),
    ("040, 042", ("040", "042")), ("041", ("041",)), ("043-08X", ("04", "05", "06", "07", "08")), ("1XX", ("1",)),
    ("20X-24X", ("20", "21", "22", "24")), ("25X", ("25",)), ("26X-27X", ("26", "27")), ("3XX", ("3",)),
    ("541-583, 59X local", ("541", "561", "562", "583", "59")), ("5XX", ("5",)), ("6XX", ("6",)), ("7XX", ("7",)),
    ("856", ("856",)), ("880", ("880",)), ("490, 8XX", ("4", "80", "81", "82", "83", "84", "88")),
    ("9XX and lettered", ("",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    base: Record
    source: Record
    theirs: Record
    ours: Merged


def examples(path: Path) -> Iterator[Example]:
    """The base has the better rank, as in Melinda; which of the two is master our rules decide."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            facts = json.loads(line)
            base, source, theirs = (melinda_record(facts[part] or {}) for part in ("base", "source", "merged"))
            pair = (
                Contribution(BASE, MemberCode("FI-B"), 0, "1", base),
                Contribution(SOURCE, MemberCode("FI-S"), 1, "1", source),
            )
            yield Example(facts["id"], base, source, theirs, merge(pair, "uc1", RULESET))


def melinda_record(facts: dict[str, Any]) -> Record:
    fields: list[dict[str, object]] = []
    for field in facts.get("fields", []):
        if "subfields" in field:
            pairs = [{one["code"]: one.get("value") or ""} for one in field["subfields"]]
            indicators = {"ind1": field.get("ind1") or " ", "ind2": field.get("ind2") or " "}
            fields.append({field["tag"]: {**indicators, "subfields": pairs}})
        else:
            fields.append({field["tag"]: field.get("value") or ""})
    leader = str(facts.get("leader") or "").ljust(24)[:24]
    return from_json(json.dumps({"leader": leader, "fields": fields}).encode())


def outcomes(example: Example) -> dict[str, str]:
    """Group of fields → its outcome, for the groups that either merged record has."""
    found: dict[str, str] = {}
    numbers = {one.field_index for one in example.ours.provenance if one.rule in ("local number", "public id")}
    ours = [field for place, field in enumerate(example.ours.record.fields) if place not in numbers]
    for group in dict.fromkeys(name for name, _ in _GROUPS):
        mine = [field for field in ours if _group(field.tag) == group]
        theirs = [field for field in example.theirs.fields if _group(field.tag) == group]
        if mine or theirs:
            found[group] = _outcome(example, ours, mine, theirs)
    return found


def _group(tag: str) -> str:
    return next(name for name, beginnings in _GROUPS if tag.startswith(beginnings))


Parts = frozenset[str]


def _parts(field: Field) -> Parts:
    """Codes with folded values; without $6, $8, $9."""
    if field.control_field:
        return frozenset((field.data or "",))
    return frozenset(code + (_plain(value) or value) for code, value in field.subfields if code not in "689")


def _plain(value: str) -> str:
    return fold(value).replace(" ", "")


def _outcome(example: Example, all_ours: list[Field], mine: list[Field], theirs: list[Field]) -> str:
    if Counter((one.tag, _parts(one)) for one in mine) == Counter((one.tag, _parts(one)) for one in theirs):
        return "equal"
    worst = "more"
    order = list(OUTCOMES)
    for field in theirs:
        if not any(one.tag == field.tag and _parts(field) <= _parts(one) for one in mine):
            reason = _reason(example, all_ours, mine, field)
            if order.index(reason) > order.index(worst):
                worst = reason
    if worst == "more" and {(one.tag, _parts(one)) for one in mine} == {(one.tag, _parts(one)) for one in theirs}:
        return "equal"  # but for repetition
    return worst


def _reason(example: Example, all_ours: list[Field], mine: list[Field], field: Field) -> str:
    """Why a field of theirs is not in our record."""
    tag, parts = field.tag, _parts(field)
    rule = _RULES.rule(tag)
    given = [*example.base.fields, *example.source.fields]
    if tag in ("001", "003", "005"):
        return "own number"
    if tag == "583" and "merged from" in (field["a"] or "").lower():
        return "merge note"
    if tag < "010":
        return "byte by byte"
    if rule == "drop":
        return "item data"
    if not parts <= {part for one in given for part in _parts(one)}:
        return "rewritten"
    family = [one for one in all_ours if one.tag[0] == tag[0]]
    if rule in ("master", "first"):
        other = example.ours.provenance[0].record_key == SOURCE
        if other and any(one.tag == tag and parts <= _parts(one) for one in example.base.fields):
            return "other master"
        return "main entry" if tag[0] == "1" else "one description"
    if any(code == "5" for code, _ in field.subfields) and any(
        {part for part in parts if part[0] != "5"} <= _parts(one) for one in family
    ):
        return "under $5"
    if tag == "856" and any(address_of(one) == address_of(field) for one in mine):
        return "one form"
    if any(one.tag == tag and contains(signature(one), signature(field)) for one in mine):
        return "longer"
    if parts <= {part for one in family for part in _parts(one)}:
        return "apart"
    if tag[0] == "7":
        heading = heading_of(field)
        if any(is_covered(heading_of(one), heading) for one in all_ours if one.tag == "1" + tag[1:]):
            return "main entry"
        if any(is_same(heading_of(one), heading) for one in mine if one.tag == tag):
            return "one form"
    return "link" if tag == "880" else "poorer"


def table(found: dict[str, dict[str, str]]) -> str:
    """Counts by group and outcome, one line each."""
    counts = Counter((group, outcome) for each in found.values() for group, outcome in each.items())
    lines = []
    for group in dict.fromkeys(name for name, _ in _GROUPS):
        row = [f"{outcome} {counts[group, outcome]}" for outcome in OUTCOMES if counts[group, outcome]]
        if row:
            lines.append(f"{group:<20}{', '.join(row)}")
    totals = [f"{outcome} {count}" for outcome in OUTCOMES if (count := sum(counts[g, outcome] for g, _ in _GROUPS))]
    return "\n".join([*lines, f"{'all':<20}{', '.join(totals)}", ""])


def main() -> None:
    root = Path(__file__).resolve().parent.parent.parent.parent
    data = Path(os.environ.get("UNIONCAT_SHARED_DATA", root / "shared" / "data"))
    read = list(examples(data / "matching" / "melinda-fixtures" / "merge_examples.jsonl.gz"))
    found = {example.name: outcomes(example) for example in read}
    if len(sys.argv) < 2:
        sys.stdout.write(f"{len(read)} examples\n{table(found)}")
        return
    for example in read:
        for group, outcome in found[example.name].items():
            if outcome == sys.argv[1]:
                sys.stdout.write(f"\n{example.name} [{group}]\n")
                for side, record in (("base", example.base), ("source", example.source), ("theirs", example.theirs),
                                     ("ours", example.ours.record)):  # fmt: skip
                    for field in record.fields:
                        if _group(field.tag) == group:
                            sys.stdout.write(f"  {side:<8}{field}\n")


if __name__ == "__main__":
    main()
