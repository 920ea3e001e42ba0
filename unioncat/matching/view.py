"""The match view: what matching knows of a record. A pure function of (record, ruleset version).

Everything later (keys, candidates, scores, clusters, explanations) reads views and never records.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import orjson

from unioncat.matching.words import word_list

__all__ = ["Levels", "MatchView"]

Levels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MatchView:
    """One record as matching sees it; all text folded unless said otherwise. "" and () mean "not said".

    kind, form, score:  content kind, carrier form, form of a score (see `carriers`)
    level:       monograph, serial, component, collection
    title:       whole title without volume and edition designations
    head:        title before subtitle, volume or parallel title
    exact:       `head` with its marks (NFC, tone placement normalised); "" if it has none beyond ASCII
    subtitle:    what follows the head
    alternates:  parallel, variant, uniform and linked titles
    numbers:     numbers that belong to the title, sorted; works: thematic numbers of music ("k620")
    volume:      (kind, number) levels, see `volumes`
    part:        title of the part that follows a volume number
    in_set:      0, or the number of volumes if the record describes a whole set (1: unknown number)
    issued, copyright: years, ascending; span: first and last year where only a range is known (19uu, questionable)
    dated:       the one year of this very issue, 0 where several or none are said
    edition:     number of the edition; reissue: "tái bản"; revised; reissued: year of reissue in the title
    statement:   words of the edition statement
    variants:    binding and dress said in shops ("bia cung", "dac biet"), sorted
    pages, volumes, units, minutes, height: extent; 0 is not said
    pagination:  numbers of the extent in order ("xii 294"); country: 008/15-17; reprint: a note or date says so
    publishers, places, names, responsibility, series: see `publishers`, `names`
    isbns, numbers_elsewhere: 13 digits; other identifiers with a prefix (``lccn:``, ``oclc:``, ``doi:`` …)
    standards:   identities of technical standards
    language:    MARC code; classes: 082/080/084 digits; cutter: letters of the shelf mark ("ha d")
    host:        folded key of 773
    rare:        described by rare-book rules (040$e); old: issued up to the year that the ruleset names
    """

    kind: str
    form: str
    score: str
    level: str
    title: str
    head: str
    exact: str
    subtitle: str
    alternates: tuple[str, ...]
    numbers: tuple[str, ...]
    works: tuple[str, ...]
    volume: Levels
    part: str
    in_set: int
    issued: tuple[int, ...]
    dated: int
    copyright: tuple[int, ...]
    span: tuple[int, ...]
    edition: str
    reissue: bool
    revised: bool
    reissued: int
    statement: str
    variants: tuple[str, ...]
    pages: int
    volumes: int
    units: int
    minutes: int
    height: int
    pagination: str
    country: str
    reprint: bool
    publishers: tuple[str, ...]
    places: tuple[str, ...]
    names: tuple[str, ...]
    responsibility: str
    series: tuple[str, ...]
    isbns: tuple[str, ...]
    numbers_elsewhere: tuple[str, ...]
    standards: tuple[str, ...]
    language: str
    classes: tuple[str, ...]
    cutter: str
    host: str
    rare: bool
    old: bool

    def to_bytes(self) -> bytes:
        """A JSON array of the fields in order: small, fast, and equal exactly when the views are."""
        packed: bytes | None = self.__dict__.get("_packed")
        if packed is None:
            packed = self.__dict__["_packed"] = orjson.dumps(_facts(self))
        return packed

    @classmethod
    def from_bytes(cls, data: bytes) -> MatchView:
        """Raises ValueError for bytes of another version (then make the view again from the record)."""
        raw: list[Any] = orjson.loads(data)
        if len(raw) != len(_NAMES):
            raise ValueError(f"a match view has {len(_NAMES)} fields, not {len(raw)}")
        view = cls.__new__(cls)
        facts = dict(zip(_NAMES, raw, strict=True))
        for name in _TUPLES:
            value = facts[name]
            facts[name] = tuple(value) if value else ()
        facts["volume"] = tuple((kind, number) for kind, number in facts["volume"])
        facts["_packed"] = data
        object.__setattr__(view, "__dict__", facts)
        return view

    @cached_property
    def digest(self) -> bytes:
        """Eight bytes that equal views share, and unlike views practically never."""
        return blake2b(self.to_bytes(), digest_size=8).digest()

    @cached_property
    def nature(self) -> tuple[object, ...]:
        """What most vetoes look at, and nothing else."""
        return (
            self.volume,
            self.kind,
            self.level,
            self.form,
            self.in_set,
            self.edition,
            self.host,
            self.standards,
            self.score,
        )

    @cached_property
    def title_words(self) -> frozenset[str]:
        return frozenset(self.title.split())

    @cached_property
    def significant_words(self) -> frozenset[str]:
        """Words of the title without articles and the like."""
        return self.title_words - _LITTLE

    @cached_property
    def name_words(self) -> frozenset[str]:
        """Syllables of all names, without initials."""
        return frozenset(word for name in self.names for word in name.split() if len(word) > 1)

    @cached_property
    def sorted_names(self) -> tuple[str, ...]:
        """The first eight names, each with its syllables in alphabetical order: inverted or not, they are equal."""
        return tuple(" ".join(sorted(name.split())) for name in self.names[:8])

    @cached_property
    def responsible_words(self) -> frozenset[str]:
        """Syllables of names and of the statement of responsibility."""
        return self.name_words | frozenset(self.responsibility.split())

    @cached_property
    def system_numbers(self) -> frozenset[str]:
        """Numbers of the record in other systems (LCCN, OCLC, DOI, …)."""
        return frozenset(number for number in self.numbers_elsewhere if not number.startswith(("pub:", "std:")))

    @cached_property
    def system_prefixes(self) -> frozenset[str]:
        return frozenset(number.partition(":")[0] for number in self.system_numbers)

    @cached_property
    def registered(self) -> frozenset[str]:
        """Numbers in registers that the world shares (OCLC, LCCN, DOI)."""
        return frozenset(number for number in self.numbers_elsewhere if number.startswith(("oclc:", "lccn:", "doi:")))

    @cached_property
    def printed_numbers(self) -> frozenset[str]:
        """Numbers on the publication itself (024, 028)."""
        return frozenset(number for number in self.numbers_elsewhere if number.startswith(("pub:", "std:")))

    @cached_property
    def identifiers(self) -> frozenset[str]:
        return frozenset(self.isbns) | frozenset(self.numbers_elsewhere)


_NAMES = tuple(field.name for field in fields(MatchView))


def _fill(view: MatchView, *values: Any, **facts: Any) -> None:
    """The constructor in a fifth of the time: a frozen dataclass's own sets each of its fields by a call."""
    facts.update(zip(_NAMES, values, strict=False))
    if facts.keys() != _NAMES_SET:
        raise TypeError(f"a match view has {len(_NAMES)} fields; wrong are {sorted(facts.keys() ^ _NAMES_SET)}")
    object.__setattr__(view, "__dict__", facts)


MatchView.__init__ = _fill  # type: ignore[assignment, method-assign]

_NAMES_SET = frozenset(_NAMES)
_facts = attrgetter(*_NAMES)
_TUPLES = tuple(field.name for field in fields(MatchView) if str(field.type).startswith("tuple"))

_LITTLE = word_list("not_significant")
