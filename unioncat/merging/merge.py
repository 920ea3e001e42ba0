"""Merge a cluster: the master's description, everybody's access points, each library's own data under its name.

Pure and deterministic: the contributions are taken in the order of (master, rank, key), whatever the order in
which they are given. The rules are a table in the ruleset, tag → rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any

from unioncat.marc import Field, Indicators, Leader, Record, Subfield
from unioncat.marc.build import control_field, copy_of, data_field
from unioncat.matching.ruleset import Ruleset
from unioncat.merging.contribution import Contribution, Merged
from unioncat.merging.equality import Signature, contains, heading_key, signature
from unioncat.merging.holdings import ITEM_TAGS, holdings_of
from unioncat.merging.linkage import bundles_of, renumber
from unioncat.merging.master import master_of
from unioncat.model import Provenance, RecordKey
from unioncat.text import fold

__all__ = ["merge", "with_provenance"]

_UNKNOWN_008 = frozenset(" |u")


def merge(contributions: Iterable[Contribution], public_id: str, ruleset: Ruleset) -> Merged:
    """The merged record of a cluster (at least one contribution; raises ValueError for none)."""
    given = sorted(contributions, key=lambda c: (c.rank, c.key))
    if not given:
        raise ValueError("a cluster has at least one record")
    table = _Rules.of(ruleset.merge)
    master = master_of(given, table.preferences) if len(given) > 1 else given[0]
    ordered = [master, *(one for one in given if one is not master)]
    rows: list[_Row] = []
    seen: dict[str, list[_Row]] = {}
    control: list[tuple[Field, RecordKey, str]] = [(control_field("001", public_id), master.key, "public id")]
    control.extend(_control_fields(ordered))
    for place, contribution in enumerate(ordered):
        data = [field for field in contribution.record.fields if field.tag >= "010" and field.subfields]
        for bundle in bundles_of(data):
            rule = table.rule(bundle.field.tag)
            if rule == "link":
                rule = "local" if _is_local(bundle.field) else "union"
            if rule == "drop":
                continue
            _take(rows, seen, contribution, place, bundle.field, bundle.linked, rule)
        rows.append(_local_number(contribution))
    rows = _without_repeated_numbers(rows)
    rows.sort(key=_place)
    renumber([(row.key, row.field, row.linked) for row in rows])
    record = Record(force_utf8=True)
    leader = str(master.record.leader).ljust(24)[:24]
    record.leader = Leader(leader[:9] + "a" + leader[10:])
    provenance: list[Provenance] = [Provenance(-1, master.key, "master")]
    fields: list[Field] = []
    for field, key, rule in control:
        provenance.append(Provenance(len(fields), key, rule))
        fields.append(field)
    for row in rows:
        for field in (row.field, *row.linked):
            provenance.append(Provenance(len(fields), row.key, row.rule))
            fields.append(field)
    record.fields = fields
    return Merged(record, tuple(provenance), tuple(holding for one in given for holding in holdings_of(one)))


def with_provenance(merged: Merged) -> Record:
    """A copy whose every data field says in $9 which source record it came from."""
    record = Record(force_utf8=True)
    record.leader = Leader(str(merged.record.leader))
    sources = {one.field_index: one.record_key for one in merged.provenance}
    for place, field in enumerate(merged.record.fields):
        if field.control_field:
            record.fields.append(field)
            continue
        copy = copy_of(field)
        copy.subfields.append(Subfield("9", sources[place]))
        record.fields.append(copy)
    return record


class _Row:
    """One field on its way into the merged record."""

    __slots__ = ("field", "heading", "key", "linked", "order", "rule", "signature")

    def __init__(self, field: Field, linked: list[Field], key: RecordKey, rule: str, order: tuple[str, int]) -> None:
        self.field = field
        self.linked = linked
        self.key = key
        self.rule = rule
        self.order = order
        self.signature: Signature | None = None
        self.heading: tuple[str, ...] | None = None


_place = attrgetter("order")


class _Rules:
    """The field-merge table: tag or tag pattern (``6XX``) → one of

    master (of the master only), union (each once, the longer form), thesaurus (union within $2 or ind2), name (each
    name once), link (856: union, or local), local (kept under its library in $5), drop (not in the merged record)
    """

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.table: dict[str, str] = dict(facts.get("fields", {}))
        self.default = str(facts.get("default", "union"))
        self.preferences: Mapping[str, Any] = facts.get("master", {})
        self._known: dict[str, str] = {}

    @staticmethod
    def of(facts: Mapping[str, Any]) -> _Rules:
        return _rules(id(facts), _Held(facts))

    def rule(self, tag: str) -> str:
        rule = self._known.get(tag)
        if rule is None:
            if tag in ITEM_TAGS or not tag.isdigit():
                rule = "drop"
            else:
                patterns = (tag, tag[:2] + "X", tag[:1] + "XX")
                rule = next((self.table[p] for p in patterns if p in self.table), self.default)
            if len(self._known) < 2000:
                self._known[tag] = rule
        return rule


class _Held:
    """Keeps the mapping alive beside the id by which its rules are cached."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts

    def __hash__(self) -> int:
        return id(self.facts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.facts is self.facts


@lru_cache(maxsize=16)
def _rules(_: int, held: _Held) -> _Rules:
    return _Rules(held.facts)


def _order(tag: str, place: int) -> tuple[str, int]:
    # notes, subjects and added entries keep their cataloguer's order; the rest goes by tag
    return (tag if tag < "500" or tag >= "800" else tag[0], place)


def _is_local(field: Field) -> bool:
    """A link that works for one library's readers only: it says so in $5, or goes through a proxy."""
    return any(code == "5" or (code == "u" and "proxy" in value.lower()) for code, value in field.subfields)


def _take(
    rows: list[_Row],
    seen: dict[str, list[_Row]],
    contribution: Contribution,
    place: int,
    field: Field,
    linked: list[Field],
    rule: str,
) -> None:
    tag = field.tag
    if rule == "master":
        if place == 0:
            _add(rows, seen, field, linked, contribution, "master", place)
        elif tag == "245":
            _variant_title(rows, seen, contribution, field, place)
        elif tag in ("100", "110", "111"):
            _added_entry(rows, seen, contribution, field, linked, place)
        return
    if rule == "local":
        copy = copy_of(field)
        if not any(code == "5" for code, _ in copy.subfields):
            copy.subfields.append(Subfield("5", contribution.member))
        row = _Row(copy, [copy_of(one) for one in linked], contribution.key, "local", _order(tag, place))
        row.signature = (*signature(copy), "5" + contribution.member)
        if all(other.signature != row.signature for other in seen.get(tag, ())):
            seen.setdefault(tag, []).append(row)
            rows.append(row)
        return
    group = tag
    if rule == "thesaurus":
        source = next((value for code, value in field.subfields if code == "2"), "")
        second = field.indicators[1] if field.indicators else " "
        group = f"{tag}|{second}|{fold(source)}"
    known = seen.get(group)
    if not known and not (rule == "name" and place):
        _add(rows, seen, field, linked, contribution, rule, place, group)
        return
    if rule == "name":
        mine = heading_key(field)
        entries = [*seen.get(tag, ()), *(seen.get("1" + tag[1:], ()) if tag[0] == "7" else ())]
        for row in entries:
            if row.heading is None:
                row.heading = heading_key(row.field)
            if row.heading == mine or _same_name(row.heading, mine, row.field.tag[0] == "1"):
                return
        _add(rows, seen, field, linked, contribution, rule, place, group, heading=mine)
        return
    own = signature(field)
    for row in known or ():
        if row.signature is None:
            row.signature = signature(row.field)
        if row.signature == own or contains(row.signature, own):
            return
        if place and row.rule != "master" and contains(own, row.signature):
            row.field, row.linked, row.key = copy_of(field), [copy_of(one) for one in linked], contribution.key
            row.rule, row.signature = "longer", own
            return
    _add(rows, seen, field, linked, contribution, rule, place, group, own=own)


def _same_name(known: tuple[str, ...], mine: tuple[str, ...], is_main: bool) -> bool:
    """One name without dates or role beside the same with them; the main entry covers any role."""
    if known[0] != "n" or mine[0] != "n" or known[1] != mine[1] or known[3] != mine[3]:
        return False
    dates = known[2] == mine[2] or not known[2] or not mine[2]
    return dates and (is_main or known[4] == mine[4] or not mine[4])


def _add(
    rows: list[_Row],
    seen: dict[str, list[_Row]],
    field: Field,
    linked: list[Field],
    contribution: Contribution,
    rule: str,
    place: int,
    group: str | None = None,
    own: Signature | None = None,
    heading: tuple[str, ...] | None = None,
) -> None:
    row = _Row(copy_of(field), [copy_of(one) for one in linked], contribution.key, rule, _order(field.tag, place))
    row.signature, row.heading = own, heading
    rows.append(row)
    seen.setdefault(group or field.tag, []).append(row)


def _variant_title(
    rows: list[_Row], seen: dict[str, list[_Row]], contribution: Contribution, field: Field, place: int
) -> None:
    """A losing 245 becomes a 246, unless the title says nothing new."""
    kept = [
        Subfield(code, value.rstrip(" /:;=,")) for code, value in field.subfields if code in "abnp" and value.strip()
    ]
    if not kept:
        return
    variant = Field(tag="246", indicators=Indicators("3", " "), subfields=kept)
    own = signature(variant)
    words = " ".join(part[1:] for part in own)
    for row in (*seen.get("245", ()), *seen.get("246", ())):
        said = " ".join(part[1:] for part in signature(row.field) if part[0] in "abnp")
        if said == words or said.startswith(words + " "):
            return
    row = _Row(variant, [], contribution.key, "variant title", _order("246", place))
    row.signature = own
    rows.append(row)
    seen.setdefault("246", []).append(row)


def _added_entry(
    rows: list[_Row],
    seen: dict[str, list[_Row]],
    contribution: Contribution,
    field: Field,
    linked: list[Field],
    place: int,
) -> None:
    """Another main entry becomes an added entry, unless it names somebody who is there already."""
    entry = copy_of(field)
    entry.tag = "7" + field.tag[1:]
    mine = heading_key(entry)
    for row in (*seen.get(field.tag, ()), *seen.get(entry.tag, ())):
        if row.heading is None:
            row.heading = heading_key(row.field)
        if row.heading[:2] == mine[:2]:
            return
    row = _Row(entry, [copy_of(one) for one in linked], contribution.key, "added entry", _order(entry.tag, place))
    for one in row.linked:
        for index, (code, value) in enumerate(one.subfields):
            if code == "6":
                one.subfields[index] = Subfield("6", entry.tag + value[3:])
    row.heading = mine
    rows.append(row)
    seen.setdefault(entry.tag, []).append(row)


def _local_number(contribution: Contribution) -> _Row:
    number = f"({contribution.member}){contribution.local_id or contribution.key}"
    field = data_field("035", "  ", [Subfield("a", number)])
    return _Row(field, [], contribution.key, "local number", ("035", 1_000_000))


def _without_repeated_numbers(rows: list[_Row]) -> list[_Row]:
    """Each 035 once: a library that already gives its own number there says it twice."""
    kept: list[_Row] = []
    numbers: set[str] = set()
    for row in rows:
        if row.field.tag == "035":
            number = "|".join(f"{code}{value}" for code, value in row.field.subfields)
            if number in numbers:
                continue
            numbers.add(number)
        kept.append(row)
    return kept


def _control_fields(ordered: list[Contribution]) -> list[tuple[Field, RecordKey, str]]:
    """006 and 008 of the master, unknown bytes of 008 filled from others of the same kind; each 007 once."""
    out: list[tuple[Field, RecordKey, str]] = []
    master = ordered[0]
    control_008 = ""
    seen: set[str] = set()
    for contribution in ordered:
        for field in contribution.record.fields:
            data = field.data or ""
            if field.tag >= "010":
                continue
            if field.tag == "006" and contribution is master:
                out.append((control_field("006", data), contribution.key, "master"))
            elif field.tag == "007" and data not in seen:
                seen.add(data)
                out.append((control_field("007", data), contribution.key, "union"))
            elif field.tag == "008" and contribution is master and not control_008:
                control_008 = data
    if control_008:
        filled, rule = _fill(control_008, ordered[1:], master.record), "master"
        if filled != control_008:
            rule = "filled"
        out.append((control_field("008", filled), master.key, rule))
    out.sort(key=lambda row: row[0].tag)
    return out


def _fill(control_008: str, others: list[Contribution], master: Record) -> str:
    if not others or len(control_008) != 40:
        return control_008
    text = list(control_008)
    kind = str(master.leader)[6:8]
    for other in others:
        if str(other.record.leader)[6:8] != kind:
            continue
        data = next((field.data or "" for field in other.record.fields if field.tag == "008"), "")
        if len(data) != 40:
            continue
        if control_008[35:38] in ("und", "|||", "   ") and data[35:38] not in ("und", "|||", "   "):
            text[35:38] = data[35:38]
        if control_008[15:17] in ("xx", "||", "  ") and data[15:17] not in ("xx", "||", "  "):
            text[15:18] = data[15:18]
        for place in range(18, 40):
            if text[place] == "|" and data[place] not in _UNKNOWN_008:
                text[place] = data[place]
    return "".join(text)
