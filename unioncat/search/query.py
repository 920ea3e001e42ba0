"""The query tree: what CQL, Z39.50 RPN and the web's box all become, and what every engine answers.

Protocol-neutral. Access points are named by the first column of ``unioncat.search.access_points``.
Texts in terms are as the user typed them; engines fold them with the one folding function.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Relation(StrEnum):
    """How a term relates to an access point (CQL 1.2 relations; Bib-1 relation attributes)."""

    EQ = "="  # words: all of them, in any order unless `structure` says phrase
    EXACT = "=="  # the whole field equals the term, after folding
    ANY = "any"  # at least one of the words
    ALL = "all"  # every word
    ADJ = "adj"  # the words side by side, in this order
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    NE = "<>"
    WITHIN = "within"  # "low high", both inclusive
    ENCLOSES = "encloses"


class Position(StrEnum):
    """Where in the field the first word must stand (Bib-1 position; CQL ``^``)."""

    ANY = "any"
    FIRST_IN_FIELD = "first"
    LAST_IN_FIELD = "last"
    WHOLE_FIELD = "whole"  # both anchors


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a term with its masks.

    text: the characters between masks are literal; ``*`` (any number) and ``?`` (exactly one) are masks only
    where `masks` names their position in `text`, counted from 0, so that an escaped ``\\*`` stays a star.
    """

    text: str
    masks: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Term:
    """One access point compared with one text.

    words:   the text cut at white space, masks marked; never empty
    marks:   True: diacritics must match as typed; False: folded
    boost:   multiplies the score of this part
    """

    access_point: str
    words: tuple[Word, ...]
    relation: Relation = Relation.EQ
    position: Position = Position.ANY
    marks: bool = False
    boost: float = 1.0

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class And:
    children: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    children: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`left` and-not `right`."""

    left: Query
    right: Query


@dataclass(frozen=True, slots=True)
class Prox:
    """Both sides within `distance` `unit`s of each other; in this order if `ordered`.

    relation: how the measured distance compares with `distance` (LE by default)
    unit:     "word", "sentence", "paragraph" or "element"; engines that know only words say BadQuery
    """

    left: Query
    right: Query
    distance: int = 1
    relation: Relation = Relation.LE
    unit: str = "word"
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Everything:
    """Every live record (``cql.allRecords=1``)."""


@dataclass(frozen=True, slots=True)
class ResultSetRef:
    """The records of a result set made before; resolved by the door that keeps it, before the engine sees it."""

    name: str


@dataclass(frozen=True, slots=True)
class Ids:
    """Exactly these clusters: what a door puts in place of a ResultSetRef."""

    ids: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class FacetIs:
    """Records counted under this value of a facet: what a click on the value means."""

    name: str
    value: str


Query = Term | And | Or | Not | Prox | Everything | ResultSetRef | Ids | FacetIs


@dataclass(frozen=True, slots=True)
class SortKey:
    """access_point: one whose row is sortable, or "relevance" or "changed"; missing values sort last."""

    access_point: str
    descending: bool = False


def words(text: str) -> tuple[Word, ...]:
    """Words of a plain text without masks, cut at white space."""
    return tuple(Word(part) for part in text.split())


def masked_words(text: str, *, star: str = "*", one: str = "?", escape: str = "\\") -> tuple[Word, ...]:
    """Words of a text in which `star` and `one` are masks unless `escape` stands before them (CQL 1.2 masking)."""
    found: list[Word] = []
    letters: list[str] = []
    masks: set[int] = set()
    position = 0
    while position <= len(text):
        character = text[position : position + 1]
        if character == escape and position + 1 < len(text):
            letters.append(text[position + 1])
            position += 2
            continue
        if not character or character.isspace():
            if letters:
                found.append(Word("".join(letters), frozenset(masks)))
            letters, masks = [], set()
        else:
            if character in (star, one):
                masks.add(len(letters))
                character = "*" if character == star else "?"
            letters.append(character)
        position += 1
    return tuple(found)


def term(access_point: str, text: str, relation: Relation = Relation.EQ) -> Term:
    """A plain term without masks."""
    return Term(access_point, words(text), relation)
