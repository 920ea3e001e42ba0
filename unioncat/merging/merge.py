"""Merge a cluster: the master's description, everybody's access points, each library's own data under its name.

Pure and deterministic: the contributions are taken in the order of (master, rank, key), whatever the order in
which they are given. The rules are a table in the ruleset, tag → rule.
"""

from __future__ import annotations

from collections.abc import Iterable

from unioncat.marc import Field, Indicators, Leader, Record, Subfield
from unioncat.marc.build import control_field, copy_of, data_field
from unioncat.matching.ruleset import Ruleset
from unioncat.merging.completion import complete_link, complete_number, complete_numbers_of_authority
from unioncat.merging.contribution import Contribution, Merged
from unioncat.merging.equality import NUMBER_TAGS, Signature, address_of, contains, number_of, signature
from unioncat.merging.fixed import coded_fields
from unioncat.merging.headings import Heading, complete, heading_of, is_covered, is_same
from unioncat.merging.holdings import holdings_of
from unioncat.merging.linkage import Bundle, bundles_of, linked_tag, renumber
from unioncat.merging.master import master_of
from unioncat.merging.rules import Rules, group_of
from unioncat.model import Provenance, RecordKey
from unioncat.text import fold

__all__ = ["merge", "with_provenance"]


def merge(contributions: Iterable[Contribution], public_id: str, ruleset: Ruleset) -> Merged:
    """The merged record of a cluster (at least one contribution; raises ValueError for none)."""
    given = sorted(contributions, key=lambda c: (c.rank, c.key))
    if not given:
        raise ValueError("a cluster has at least one record")
    table = Rules.of(ruleset.merge)
    master = master_of(given, table.preferences) if len(given) > 1 else given[0]
    ordered = [master, *(one for one in given if one is not master)]
    control: list[tuple[Field, RecordKey, str]] = [(control_field("001", public_id), master.key, "public id")]
    control.extend(coded_fields(ordered))
    rows = _Merge(table, ordered).rows()
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
        provenance.append(Provenance(len(fields), row.key, row.rule))
        provenance.extend(Provenance(len(fields), key, "completed") for key in row.others)
        fields.append(row.field)
        for field in row.linked:
            provenance.append(Provenance(len(fields), row.linked_key or row.key, row.rule))
            fields.append(field)
    record.fields = fields
    return Merged(record, tuple(provenance), tuple(holding for one in given for holding in holdings_of(one)))


def with_provenance(merged: Merged) -> Record:
    """A copy whose every data field says in $9 which source records it came from: the first gave it, others added."""
    record = Record(force_utf8=True)
    record.leader = Leader(str(merged.record.leader))
    sources: dict[int, list[RecordKey]] = {}
    for one in merged.provenance:
        sources.setdefault(one.field_index, []).append(one.record_key)
    for place, field in enumerate(merged.record.fields):
        if field.control_field:
            record.fields.append(field)
            continue
        copy = copy_of(field)
        copy.subfields.extend(Subfield("9", key) for key in sources[place])
        record.fields.append(copy)
    return record


class _Row:
    """One field on its way into the merged record.

    others: records that added something to it; linked_key: record of its 880s, where that is another one.
    """

    __slots__ = ("field", "heading", "key", "linked", "linked_key", "order", "others", "rule", "signature")

    def __init__(self, field: Field, linked: list[Field], key: RecordKey, rule: str, order: tuple[str, int]) -> None:
        self.field = field
        self.linked = linked
        self.linked_key: RecordKey | None = None
        self.key = key
        self.rule = rule
        self.order = order
        self.others: list[RecordKey] = []
        self.signature: Signature | None = None
        self.heading: Heading | None = None

    def says(self) -> Signature:
        if self.signature is None:
            self.signature = signature(self.field)
        return self.signature

    def names(self) -> Heading:
        if self.heading is None:
            self.heading = heading_of(self.field)
        return self.heading

    def completed(self, key: RecordKey) -> None:
        if key != self.key and key not in self.others:
            self.others.append(key)
        self.signature = self.heading = None


def _order(tag: str, place: int) -> tuple[str, int]:
    # notes, subjects and added entries keep their cataloguer's order; the rest goes by tag
    return (tag if tag < "500" or tag >= "800" else tag[0], place)


def _is_local(field: Field) -> bool:
    """A link that works for one library's readers only: it says so in $5, or goes through a proxy."""
    return any(code == "5" or (code == "u" and "proxy" in value.lower()) for code, value in field.subfields)


class _Merge:
    """The data fields of one merge: each record's fields are taken in turn, the master's first."""

    def __init__(self, table: Rules, ordered: list[Contribution]) -> None:
        self.table = table
        self.ordered = ordered
        self.taken: list[_Row] = []
        self.seen: dict[str, list[_Row]] = {}
        self.givers: dict[str, RecordKey] = {}
        self.record = ordered[0]
        self.place = 0

    def rows(self) -> list[_Row]:
        for place, record in enumerate(self.ordered):
            self.place, self.record = place, record
            data = [field for field in record.record.fields if field.tag >= "010" and _says_something(field)]
            for bundle in bundles_of(data):
                rule = self.table.rule(bundle.field.tag)
                if rule == "link":
                    rule = "local" if _is_local(bundle.field) else "union"
                if rule != "drop":
                    self._take(bundle, rule)
            self._local_number()
        rows = self._without_repeats()
        rows.sort(key=lambda row: row.order)
        return rows

    def _take(self, bundle: Bundle, rule: str) -> None:
        if rule in ("union", "thesaurus"):
            self._union(bundle, rule)
        elif rule == "master":
            if self.place:
                self._beside_the_master(bundle)
            else:
                self._add(bundle, rule, bundle.field.tag)
        elif rule == "name":
            self._name(bundle)
        elif rule == "first":
            self._first(bundle)
        else:
            self._local(bundle)

    def _add(self, bundle: Bundle, rule: str, group: str) -> _Row:
        field = bundle.field
        linked = [copy_of(one) for one in bundle.linked]
        row = _Row(copy_of(field), linked, self.record.key, rule, _order(field.tag, self.place))
        self.taken.append(row)
        self.seen.setdefault(group, []).append(row)
        return row

    def _beside_the_master(self, bundle: Bundle) -> None:
        """What another record says where the master alone speaks: its title and main entry become access points."""
        tag = bundle.field.tag
        if bundle.linked:
            same = next((row for row in self.seen.get(tag, ()) if row.says() == signature(bundle.field)), None)
            if same is not None:
                self._lend_script(same, bundle)
                return
        if tag == "245":
            self._variant_title(bundle)
        elif tag in ("100", "110", "111"):
            self._added_entry(bundle)

    def _lend_script(self, row: _Row, bundle: Bundle) -> None:
        """A field that says the same brings the same in another script."""
        if bundle.linked and not row.linked:
            row.linked = [copy_of(one) for one in bundle.linked]
            row.linked_key = self.record.key

    def _first(self, bundle: Bundle) -> None:
        """Fields of the first record that has any of their group, the master before others."""
        group = group_of(bundle.field.tag)
        if group == "uniform title" and self.place and not self._takes_uniform_title():
            return
        if self.givers.setdefault(group, self.record.key) == self.record.key:
            self._add(bundle, "first" if self.place else "master", bundle.field.tag)

    def _takes_uniform_title(self) -> bool:
        # 240 stands under a 1XX, and never beside a 130
        return any(self.seen.get(tag) for tag in ("100", "110", "111"))

    def _local(self, bundle: Bundle) -> None:
        tag = bundle.field.tag
        field = copy_of(bundle.field)
        if not any(code == "5" for code, _ in field.subfields):
            field.subfields.append(Subfield("5", self.record.member))
        own = (*signature(field), *("5" + value for code, value in field.subfields if code == "5"))
        group = tag + "|local"
        if all(other.signature != own for other in self.seen.get(group, ())):
            self._add(Bundle(field, bundle.linked), "local", group).signature = own

    def _name(self, bundle: Bundle) -> None:
        tag = bundle.field.tag
        if not self.place and len(self.ordered) == 1:
            self._add(bundle, "name", tag)
            return
        mine = heading_of(bundle.field)
        if self.place:
            for row in self.seen.get("1" + tag[1:], ()) if tag[0] == "7" else ():
                if is_covered(row.names(), mine):
                    self._lend_script(row, bundle)
                    return
            entry = self._entry(bundle.field, tag, mine)
            if entry is not None:
                self._complete_entry(entry, bundle, mine)
                return
        self._add(bundle, "name", tag).heading = mine

    def _entry(self, field: Field, tag: str, mine: Heading) -> _Row | None:
        """The added entry that names the same: first one that says all of it already, so that copies add nothing."""
        same = [row for row in self.seen.get(tag, ()) if is_same(row.names(), mine)]
        if len(same) > 1:
            for row in same:
                if not complete(copy_of(row.field), row.names(), field, mine):
                    return row
        return same[0] if same else None

    def _complete_entry(self, row: _Row, bundle: Bundle, mine: Heading) -> None:
        if complete(row.field, row.names(), bundle.field, mine):
            row.completed(self.record.key)
        self._lend_script(row, bundle)

    def _union(self, bundle: Bundle, rule: str) -> None:
        field = bundle.field
        group = tag = field.tag
        if rule == "thesaurus":
            source = next((value for code, value in field.subfields if code == "2"), "")
            second = field.indicators[1] if field.indicators else " "
            group = f"{tag}|{second}|{fold(source)}"
        elif tag == "880":
            group = f"880|{linked_tag(field)}"
        known = self.seen.get(group)
        if not known:
            self._add(bundle, rule, group)
            return
        number = number_of(field) if tag in NUMBER_TAGS else None
        if number is not None:
            same = next((row for row in known if number_of(row.field) == number), None)
            if same is None:
                self._add(bundle, rule, group)
            elif complete_number(same.field, field):
                same.completed(self.record.key)
            return
        own = signature(field)
        beginnings = rule != "thesaurus"
        for row in known:
            if row.says() == own:
                self._complete(row, bundle)
                return
            if contains(row.says(), own, beginnings=beginnings):
                self._lend_script(row, bundle)
                return
        shorter = [row for row in known if contains(own, row.says(), beginnings=beginnings)] if self.place else []
        if shorter:
            self._replace(shorter, bundle, own, known)
        else:
            self._add(bundle, rule, group).signature = own

    def _replace(self, shorter: list[_Row], bundle: Bundle, own: Signature, known: list[_Row]) -> None:
        """A longer form takes the place of the first of its shorter ones; the others go."""
        row, *others = shorter
        row.field, row.key, row.rule, row.signature = copy_of(bundle.field), self.record.key, "longer", own
        row.others = []
        if bundle.linked or not row.linked:
            row.linked, row.linked_key = [copy_of(one) for one in bundle.linked], None
        elif row.linked_key is None:
            row.linked_key = self.ordered[row.order[1]].key
        for one in others:
            known.remove(one)
            self.taken.remove(one)

    def _complete(self, row: _Row, bundle: Bundle) -> None:
        """`row` says the same as the field; it may still learn a link's text, an authority number, another script."""
        field = bundle.field
        if field.tag == "856" and address_of(field):
            changed = complete_link(row.field, field)
        else:
            changed = complete_numbers_of_authority(row.field, field)
        if changed:
            row.completed(self.record.key)
        self._lend_script(row, bundle)

    def _variant_title(self, bundle: Bundle) -> None:
        """A losing 245 becomes a 246, unless the title says nothing new."""
        kept = _title_parts(bundle.field)
        if not kept:
            return
        variant = Field(tag="246", indicators=Indicators("3", " "), subfields=kept)
        own = signature(variant)
        words = " ".join(part[1:] for part in own)
        for row in (*self.seen.get("245", ()), *self.seen.get("246", ())):
            said = " ".join(part[1:] for part in row.says() if part[0] in "abnp")
            if said == words or said.startswith(words + " ") or contains(row.says(), own):
                if said == words:
                    self._lend_script(row, bundle)
                return
        linked = [
            Field(tag="880", indicators=Indicators("3", " "), subfields=[*_links(one), *_title_parts(one)])
            for one in bundle.linked
        ]
        self._add(Bundle(variant, linked), "variant title", "246").signature = own

    def _added_entry(self, bundle: Bundle) -> None:
        """Another main entry becomes an added entry, unless it names somebody who is there already."""
        field = bundle.field
        mine = heading_of(field)
        for row in self.seen.get(field.tag, ()):
            if is_covered(row.names(), mine):
                return
        entry = copy_of(field)
        entry.tag = "7" + field.tag[1:]
        known = self._entry(field, entry.tag, mine)
        if known is not None:
            self._complete_entry(known, bundle, mine)
            return
        self._add(Bundle(entry, bundle.linked), "added entry", entry.tag).heading = mine

    def _local_number(self) -> None:
        number = f"({self.record.member}){self.record.local_id or self.record.key}"
        field = data_field("035", "  ", [Subfield("a", number)])
        self.taken.append(_Row(field, [], self.record.key, "local number", ("035", 1_000_000)))

    def _without_repeats(self) -> list[_Row]:
        """Each 035 once: a library that already gives its own number there says it twice. And no 880 alone that
        says what another says beside its field."""
        kept: list[_Row] = []
        numbers: set[str] = set()
        told = {(row.field.tag, signature(one)) for row in self.taken for one in row.linked}
        for row in self.taken:
            field = row.field
            if field.tag == "035":
                number = "|".join(f"{code}{value}" for code, value in field.subfields)
                if number in numbers:
                    continue
                numbers.add(number)
            elif field.tag == "880" and told and (linked_tag(field), row.says()) in told:
                continue
            kept.append(row)
        return kept


def _says_something(field: Field) -> bool:
    subfields = field.subfields
    return bool(subfields) and (subfields[-1].code not in "68" or any(code not in "68" for code, _ in subfields))


def _title_parts(field: Field) -> list[Subfield]:
    """Title without statement of responsibility, for a 246."""
    return [
        Subfield(code, value.rstrip(" /:;=,")) for code, value in field.subfields if code in "abnp" and value.strip()
    ]


def _links(field: Field) -> list[Subfield]:
    return [one for one in field.subfields if one.code == "6"]
