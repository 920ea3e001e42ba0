"""From a merged record to the document that engines index, driven by the access-point table.

The record is walked once. What each tag feeds is compiled from the table at import; every subfield is folded
once, however many access points it feeds. Runs in worker processes, 50,000 records at a time: keep it lean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from unioncat.marc import Record
from unioncat.model import ClusterId, Holding, Member, MemberCode, public_id
from unioncat.search import headings
from unioncat.search.access_points import ACCESS_POINTS, BY_NAME, AccessPoint
from unioncat.search.analysis import (
    END,
    HAS,
    MARKS,
    START,
    WHOLE,
    WORD_LENGTH,
    shelf_key,
    sort_form,
    whole_form,
)
from unioncat.search.computed import COMPUTED, DataField, Facts
from unioncat.search.engine import Document
from unioncat.search.normalise import NORMALISERS
from unioncat.text import exact_tokens, tokens

__all__ = ["document", "document_from_json"]

_CONTROL_CODES = frozenset("0123456789w")
"""Subfields that are no text: linkage, control numbers, institutions, sources ($w: number of a related record)."""

_SILENT = frozenset({"040", "041", "042", "043", "044", "336", "337", "338", "852", "866", "867", "868", "876"})
"""Fields that "anywhere" does not read: codes, and holdings, which have access points of their own."""


class _Group:
    """What one set of subfields of one tag feeds.

    codes:    None for all text subfields
    words:    (field of folded words, of words with marks, of whole values or "") of each access point of words
    phrases:  fields of whole values
    numbers:  (field, normaliser) of identifiers
    """

    __slots__ = ("codes", "numbers", "phrases", "words")

    def __init__(self, codes: frozenset[str] | None) -> None:
        self.codes = codes
        self.words: list[tuple[str, str, str]] = []
        self.phrases: list[str] = []
        self.numbers: list[tuple[str, Any]] = []


def _compile() -> dict[str, tuple[_Group, ...]]:
    groups: dict[str, dict[frozenset[str] | None, _Group]] = {}
    for row in ACCESS_POINTS:
        for source in row.sources:
            if source in COMPUTED or source == "any":
                continue
            tag, _, codes = source.partition("$")
            tags = [f"{number}" for number in range(500, 600)] if tag == "5XX" else [tag]
            key = frozenset(codes) if codes else None
            for one in tags:
                group = groups.setdefault(one, {}).setdefault(key, _Group(key))
                if row.analysis == "words":
                    group.words.append((row.name, row.name + MARKS, row.name + WHOLE if row.browse else ""))
                elif row.analysis == "identifier":
                    group.numbers.append((row.name + WHOLE, NORMALISERS[row.normaliser]))
                else:
                    group.phrases.append(row.name + WHOLE)
    return {tag: tuple(found.values()) for tag, found in groups.items()}


_GROUPS = _compile()
_COMPUTED_ROWS: tuple[tuple[AccessPoint, str], ...] = tuple(
    (row, source) for row in ACCESS_POINTS for source in row.sources if source in COMPUTED
)
_WHOLE_ONLY = {row.name + WHOLE: row.name for row in ACCESS_POINTS if row.has_whole and not row.has_words}
_MARKS_OF = {row.name + MARKS: row.name for row in ACCESS_POINTS if row.has_words and not row.union}
_ANY, _ANY_MARKS = "anywhere", "anywhere" + MARKS
_Values = dict[str, dict[str, None]]


@lru_cache(maxsize=20_000)
def _analysed(text: str) -> tuple[str, str]:
    """(folded, with marks) tokens of one subfield, joined by single spaces. Headings and codes come again and again."""
    folded = " ".join(tokens(text))
    exact = " ".join(exact_tokens(text))
    if len(folded) > WORD_LENGTH:
        folded = " ".join([word[:WORD_LENGTH] for word in folded.split(" ")])
        exact = " ".join([word[:WORD_LENGTH] for word in exact.split(" ")])
    return folded, exact


def _walk(fields: Iterable[DataField], found: _Values) -> None:
    """Feed every access point that takes subfields."""
    take = found.setdefault
    anywhere = found[_ANY] = {}
    anywhere_marks = found[_ANY_MARKS] = {}
    for tag, _, subfields in fields:
        parts = [(code, *_analysed(value)) for code, value in subfields if code not in _CONTROL_CODES or tag == "024"]
        if not parts:
            continue
        if len(parts) == 1:
            _, whole, whole_marks = parts[0]
        else:
            whole = " ".join([part[1] for part in parts if part[1]])
            whole_marks = " ".join([part[2] for part in parts if part[2]])
        if not whole:
            continue
        if tag < "900" and tag not in _SILENT:
            anywhere[whole] = None
            anywhere_marks[whole_marks] = None
        for group in _GROUPS.get(tag, ()):
            codes = group.codes
            if codes is None:
                folded, exact = whole, whole_marks
            else:
                wanted = [part for part in parts if part[0] in codes]
                if len(wanted) == len(parts):
                    folded, exact = whole, whole_marks
                elif len(wanted) == 1:
                    _, folded, exact = wanted[0]
                elif wanted:
                    folded = " ".join([part[1] for part in wanted if part[1]])
                    exact = " ".join([part[2] for part in wanted if part[2]])
                else:
                    folded = ""
            if folded:
                for words_field, marks_field, whole_field in group.words:
                    take(words_field, {})[folded] = None
                    take(marks_field, {})[exact] = None
                    if whole_field:
                        take(whole_field, {})[whole_form(folded)] = None
                for phrase_field in group.phrases:
                    take(phrase_field, {})[whole_form(folded)] = None
            for number_field, normaliser in group.numbers:
                for code, value in subfields:
                    if codes is None or code in codes:
                        for form in normaliser(value):
                            take(number_field, {})[form] = None


def _compute(facts: Facts, found: _Values) -> None:
    """Feed the access points whose values are computed."""
    take = found.setdefault
    for row, source in _COMPUTED_ROWS:
        values = COMPUTED[source](facts)
        if not values:
            continue
        analysis, name = row.analysis, row.name
        if analysis == "identifier":
            normaliser = NORMALISERS[row.normaliser]
            for value in values:
                for form in normaliser(value):
                    take(name + WHOLE, {})[form] = None
        elif analysis in ("year", "date"):
            for value in values:
                take(name + WHOLE, {})[value] = None
        else:
            for value in values:
                folded, exact = _analysed(value)
                if not folded:
                    continue
                if row.has_whole:
                    take(name + WHOLE, {})[whole_form(folded)] = None
                if analysis == "words":
                    take(name, {})[folded] = None
                    take(name + MARKS, {})[exact] = None


def _sort_keys(facts: Facts, found: _Values, authors: Sequence[str]) -> dict[str, str]:
    keys: dict[str, str] = {}
    title = headings.sort_title(facts)
    if title:
        keys["title"] = sort_form(title)
    if authors:
        keys["author"] = sort_form(authors[0])
    for name in ("year", "language", "type", "changed", "created"):
        values = found.get(name + WHOLE)
        if values:
            keys[name] = next(iter(values))
    number = headings.shelf_number(facts)
    if number:
        keys["call_number"] = shelf_key(number)
    return {name: key for name, key in keys.items() if key}


def _facets(facts: Facts, found: _Values, authors: Sequence[str]) -> dict[str, Sequence[str]]:
    facets: dict[str, Sequence[str]] = {}
    for name in ("year", "language", "type", "country", "audience", "digital"):
        values = found.get(name + WHOLE)
        if values:
            facets[name] = tuple(values)
    shown: Sequence[str]
    for name, source in (("library", "library"), ("library_kind", "library_kind"), ("district", "district")):
        shown = COMPUTED[source](facts)
        if shown:
            facets[name] = shown
    for name, shown in (
        ("collection", facts.in_set("collection:")),
        ("author", authors),
        ("subject", headings.subjects(facts)),
        ("form", headings.forms(facts)),
        ("publisher", headings.publishers(facts)),
    ):
        if shown:
            facets[name] = shown
            if name in headings.FACETED:  # a value counted is a value that can be searched for as it stands
                whole = found.setdefault(name + WHOLE, {})
                for text in shown:
                    whole[whole_form(_analysed(text)[0])] = None
    return facets


def _weight(found: _Values, holdings: Sequence[Holding]) -> float:
    """Libraries that hold it (up to 30) and the year (1950–2030) as one number from 0.0 to 0.38."""
    libraries = len({holding.member for holding in holdings})
    year = max(found.get("year" + WHOLE, ()), default="")
    recency = min(max((int(year) - 1950) / 80, 0.0), 1.0) if year else 0.3
    return 0.25 * min(libraries, 30) / 30 + 0.13 * recency


def _build(
    cluster: ClusterId,
    control: Mapping[str, str],
    fields: Sequence[DataField],
    holdings: Sequence[Holding],
    members: Mapping[MemberCode, Member],
    changed: datetime | None,
    created: datetime | None,
    sets: Sequence[str],
    version: int,
) -> Document:
    by_tag: dict[str, list[DataField]] = {}
    for data_field in fields:
        by_tag.setdefault(data_field[0], []).append(data_field)
    facts = Facts(control, by_tag, holdings, members, sets, public_id(cluster), changed, created)
    found: _Values = {}
    _walk(fields, found)
    _compute(facts, found)
    authors = headings.authors(facts)
    sort = _sort_keys(facts, found, authors)
    facets = _facets(facts, found, authors)
    for name in [name for name in found if name in _MARKS_OF and found[name] == found[_MARKS_OF[name]]]:
        del found[name]  # no value of this access point has marks: the folded words say it all
    has = {_WHOLE_ONLY.get(name, name): None for name in found if name in _WHOLE_ONLY or name in _MARKS_OF}
    if has:
        found[HAS] = has
    return Document(cluster, {name: tuple(values) for name, values in found.items()}, sort, facets,
                    _weight(found, holdings), version)  # fmt: skip


def _stands_for(tag: str, subfields: Sequence[tuple[str, str]]) -> str:
    """The tag that an 880 is linked to ($6 245-01/$1); 880 itself if it says none."""
    if tag == "880":
        for code, value in subfields:
            if code == "6" and value[:3].isdigit():
                return value[:3]
    return tag


def document(
    record: Record,
    holdings: Sequence[Holding],
    members: Mapping[MemberCode, Member],
    datestamp: datetime | None,
    *,
    cluster: ClusterId,
    created: datetime | None = None,
    sets: Sequence[str] = (),
    version: int = 0,
) -> Document:
    """The document of one merged record.

    datestamp:  last change, UTC
    sets:       setSpecs of the record: its type, languages, collections are taken from them
    version:    any number that changes when the record does
    """
    control = {"LDR": str(record.leader)}
    fields: list[DataField] = []
    for field in record.fields:
        data = field.data
        if data is not None:
            control.setdefault(field.tag, data)
        else:
            pairs = field.subfields
            fields.append((_stands_for(field.tag, pairs), "".join(field.indicators or ("", "")), pairs))
    return _build(cluster, control, fields, holdings, members, datestamp, created, sets, version)


def document_from_json(
    marc: bytes,
    holdings: Sequence[Holding],
    members: Mapping[MemberCode, Member],
    datestamp: datetime | None,
    *,
    cluster: ClusterId,
    created: datetime | None = None,
    sets: Sequence[str] = (),
    version: int = 0,
) -> Document:
    """The same from the stored MARC-in-JSON, as ``unioncat.marc.to_json`` writes it, without building a Record."""
    parsed = orjson.loads(marc)
    control = {"LDR": parsed["leader"]}
    fields: list[DataField] = []
    for item in parsed["fields"]:
        for tag, value in item.items():
            if value.__class__ is str:
                control.setdefault(tag, value)
            else:
                pairs = [pair for part in value["subfields"] for pair in part.items()]
                fields.append((_stands_for(tag, pairs), value["ind1"] + value["ind2"], pairs))
    return _build(cluster, control, fields, holdings, members, datestamp, created, sets, version)


def indexed_text(values: Iterable[str]) -> str:
    """All values of a field of words as engines index them: each between START and END."""
    return " ".join([f"{START} {value} {END}" for value in values])


assert all(BY_NAME[name].browse for name in headings.FACETED)
