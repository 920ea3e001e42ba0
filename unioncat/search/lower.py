"""From the query tree to the plan: words are folded, numbers normalised, masks and anchors placed.

Raises BadQuery for what cannot be answered; every cap is a constant here and stands in SRU explain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from unioncat.model import BadQuery
from unioncat.search import plan, ranking
from unioncat.search.access_points import BY_NAME, AccessPoint
from unioncat.search.analysis import END, GAP, HAS, MARKS, START, WHOLE, WORD_LENGTH, whole_form
from unioncat.search.fields import facet_field
from unioncat.search.masks import contains_mask, exact_text, folded_text, shape_of, whole_shape, word_steps
from unioncat.search.normalise import NORMALISERS, pattern_form
from unioncat.search.plan import Plan
from unioncat.search.proximity import proximity
from unioncat.search.query import (
    And,
    Everything,
    FacetIs,
    Ids,
    Not,
    Or,
    Position,
    Prox,
    Query,
    Relation,
    ResultSetRef,
    Term,
    Word,
)

__all__ = ["MAX_DEPTH", "MAX_TERMS", "lower"]

MAX_TERMS = 1000
MAX_DEPTH = 200
_RANKED_TERMS = 12
"""Beyond so many terms a query is a machine's, and bonuses for ranking are not looked up."""

_EXPANDED = ("title", "title_proper", "author", "subject", "series", "publisher", "notes", "identifier", "call_number")
"""Whole values and anchors of "anywhere" are those of these access points."""

_ANY_WORD = ((plan.Mask.MANY,),)
_ORDERED = (Relation.LT, Relation.LE, Relation.GT, Relation.GE)


def lower(query: Query, *, ranked: bool = True) -> Plan:
    """The plan of a query. ranked: results are wanted by relevance, so add what ranks them."""
    counter = _Counter()
    counter.visit(query, 0)
    return _node(query, ranked and counter.terms <= _RANKED_TERMS)


class _Counter:
    def __init__(self) -> None:
        self.terms = 0

    def visit(self, query: Query, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise BadQuery("too_complex", str(MAX_DEPTH), f"more than {MAX_DEPTH} levels of parentheses")
        if isinstance(query, Term):
            self.terms += 1
            if self.terms > MAX_TERMS:
                raise BadQuery("too_complex", str(MAX_TERMS), f"more than {MAX_TERMS} terms in one query")
        elif isinstance(query, And | Or):
            for child in query.children:
                self.visit(child, depth + 1)
        elif isinstance(query, Not | Prox):
            self.visit(query.left, depth + 1)
            self.visit(query.right, depth + 1)


def _node(query: Query, ranked: bool) -> Plan:
    match query:
        case Term():
            return _term(query, ranked)
        case And(children):
            return plan.All(tuple(_node(child, ranked) for child in children))
        case Or(children):
            return plan.AnyOf(tuple(_node(child, ranked) for child in children))
        case Not(left, right):
            return plan.Without(_node(left, ranked), _node(right, False))
        case Prox():
            return proximity(query, access_point(query.left.access_point) if isinstance(query.left, Term) else None)
        case Everything():
            return plan.Every()
        case Ids(ids):
            return plan.HasId(ids) if ids else plan.Nothing()
        case FacetIs(name, value):
            row = BY_NAME.get(name)
            if row is None or not row.facet:
                raise BadQuery("unsupported_facet", name)
            return plan.Token(facet_field(row), value)
        case ResultSetRef(name):
            raise BadQuery("unknown_result_set", name)


def access_point(name: str) -> AccessPoint:
    """The row of this name. Raises BadQuery."""
    row = BY_NAME.get(name)
    if row is None:
        raise BadQuery("unsupported_access_point", name)
    return row


def _term(term: Term, ranked: bool) -> Plan:
    row = access_point(term.access_point)
    if not term.words or not any(word.text for word in term.words):
        raise BadQuery("empty_term", row.name)
    if term.relation is Relation.ENCLOSES:
        raise BadQuery("unsupported_relation", "encloses")
    if term.relation is Relation.NE:
        same = Term(term.access_point, term.words, Relation.EQ, term.position, term.marks)
        return plan.Without(plan.Every(), _term(same, False))
    if len(term.words) == 1 and _only_stars(term.words[0]) and term.relation not in _ORDERED:
        return _has_any(row)
    if row.union:
        return _union(row, term)
    if row.analysis == "words":
        found = _marked(row, term) if term.marks else _words(row, term)
        return ranking.preferred(row, term, found) if ranked else found
    if term.relation in _ORDERED or term.relation is Relation.WITHIN:
        return _range(row, term)
    single = _SINGLE[row.analysis]
    if term.relation is Relation.ANY:
        return plan.AnyOf(tuple(single(row, (word,), term) for word in term.words))
    if term.relation is Relation.ALL and row.analysis != "phrase":
        return plan.All(tuple(single(row, (word,), term) for word in term.words))
    return single(row, term.words, term)


def _has_any(row: AccessPoint) -> Plan:
    """Records that have any value there. Every value of words begins with START."""
    parts = tuple(BY_NAME[name] for name in row.union) or (row,)
    found = tuple(plan.Token(part.name, START) if part.has_words else plan.Token(HAS, part.name) for part in parts)
    return found[0] if len(found) == 1 else plan.AnyOf(found)


def _union(row: AccessPoint, term: Term) -> Plan:
    """Several access points searched together: each word may stand in another of them."""
    ordered = term.relation in _ORDERED or term.relation is Relation.WITHIN
    if ordered and any(BY_NAME[name].analysis != "phrase" for name in row.union):
        raise BadQuery("unsupported_relation", str(term.relation))

    def in_any(words: tuple[Word, ...], relation: Relation) -> Plan:
        return plan.AnyOf(
            tuple(_term(Term(name, words, relation, term.position, term.marks), False) for name in row.union)
        )

    by_word = term.relation in (Relation.EQ, Relation.ALL) and term.position is Position.ANY and row.has_words
    if by_word and len(term.words) > 1:
        return plan.All(tuple(in_any((word,), Relation.EQ) for word in term.words))
    return in_any(term.words, term.relation)


def _marked(row: AccessPoint, term: Term) -> Plan:
    """Marks as typed. Where no value of a record has marks, its folded words are the words as they stand."""
    marked = _words(row, term)
    if not exact_text(term.words).isascii():
        return marked
    plain = _words(row, Term(term.access_point, term.words, term.relation, term.position))
    return plan.AnyOf((marked, plan.Without(plain, plan.Token(HAS, row.name + MARKS))))


def _only_stars(word: Word) -> bool:
    return bool(word.text) and all(place in word.masks and letter == "*" for place, letter in enumerate(word.text))


# ---------------------------------------------------------------- words


def _words(row: AccessPoint, term: Term) -> Plan:
    relation, position = term.relation, term.position
    if relation in _ORDERED or relation is Relation.WITHIN:
        return _range(row, term)
    if row.name == "anywhere" and (relation is Relation.EXACT or position is not Position.ANY):
        rows = (BY_NAME[name] for name in _EXPANDED)
        return plan.AnyOf(
            tuple(
                _term(Term(each.name, term.words, relation, position, term.marks and each.has_words), False)
                for each in rows
            )
        )
    if relation is Relation.EXACT or position is Position.WHOLE_FIELD:
        return _whole(row, term)
    field = row.name + MARKS if term.marks else row.name
    if relation is Relation.ADJ or position is not Position.ANY:
        steps = [step for word in term.words for step in word_steps(word, marks=term.marks)]
        if not steps:
            return plan.Nothing()
        if position is Position.FIRST_IN_FIELD:
            steps.insert(0, START)
        elif position is Position.LAST_IN_FIELD:
            steps.append(END)
        return sequence(field, steps)
    parts = [found for word in term.words if (found := _word(row, field, word, term.marks)) is not None]
    if not parts:
        return plan.Nothing()
    if len(parts) == 1:
        return parts[0]
    return plan.AnyOf(tuple(parts)) if relation is Relation.ANY else plan.All(tuple(dict.fromkeys(parts)))


def _word(row: AccessPoint, field: str, word: Word, marks: bool) -> Plan | None:
    """One typed word: several tokens (``e-mail``, a run of Han characters) must stand side by side."""
    steps = word_steps(word, marks=marks)
    if not steps:
        return None
    found = sequence(field, steps)
    if row.name == "anywhere" and len(word.text) >= 8 and not contains_mask(word) and word.text[-2].isdigit():
        return plan.AnyOf((found, _union(BY_NAME["identifier"], Term("identifier", (word,)))))
    return found


def sequence(field: str, steps: Iterable[str | tuple[plan.Shape, ...]]) -> Plan:
    """Steps side by side. A star alone is any word: a place left open. One step is looked up without positions."""
    found = tuple((place, step) for place, step in enumerate(steps) if step != _ANY_WORD)
    if not found:
        return plan.Token(field, START)
    if len(found) == 1:
        only = found[0][1]
        return plan.Token(field, only) if isinstance(only, str) else plan.Pattern(field, only)
    return plan.Sequence(field, found)


def _whole(row: AccessPoint, term: Term) -> Plan:
    """The whole value: one term where whole values are kept, else a sequence from START to END."""
    if term.marks or not row.has_whole:
        steps = [step for word in term.words for step in word_steps(word, marks=term.marks)]
        field = row.name + MARKS if term.marks else row.name
        return sequence(field, [START, *steps, END]) if steps else plan.Nothing()
    if any(contains_mask(word) for word in term.words):
        return plan.Pattern(row.name + WHOLE, (whole_shape(term.words),))
    folded = folded_text(term.words)
    return plan.Token(row.name + WHOLE, whole_form(folded)) if folded else plan.Nothing()


# ---------------------------------------------------------------- whole values, numbers, years, dates


def _phrase(row: AccessPoint, words: tuple[Word, ...], term: Term) -> Plan:
    """Equal, or (unless exactly that was asked for) beginning with these words: ``895.9223`` finds its shelf marks."""
    field = row.name + WHOLE
    if any(contains_mask(word) for word in words):
        return plan.Pattern(field, (whole_shape(words),))
    form = whole_form(folded_text(words))
    if not form:
        return plan.Nothing()
    if term.relation is Relation.EXACT or term.position in (Position.WHOLE_FIELD, Position.LAST_IN_FIELD):
        return plan.Token(field, form)
    return plan.AnyOf((plan.Token(field, form), plan.Pattern(field, ((form + GAP, plan.Mask.MANY),))))


def _identifier(row: AccessPoint, words: tuple[Word, ...], term: Term) -> Plan:
    field = row.name + WHOLE
    if any(contains_mask(word) for word in words):
        shape: list[str] = []
        for word in words:
            shape += shape_of(word, partial(pattern_form, row.normaliser))
        return plan.Pattern(field, (tuple(shape),))
    forms = NORMALISERS[row.normaliser](exact_text(words))
    return plan.Token(field, forms[0][: WORD_LENGTH * 4]) if forms else plan.Nothing()


def _year(row: AccessPoint, words: tuple[Word, ...], term: Term) -> Plan:
    """A year, a masked year (``199?``), or a range as people write it (``1990-1995``)."""
    field = row.name + WHOLE
    text = exact_text(words)
    if any(contains_mask(word) for word in words):
        return plan.Pattern(field, (tuple(part for word in words for part in shape_of(word, str.strip)),))
    low, separator, high = text.replace("–", "-").partition("-")
    if separator and (low.strip() or high.strip()):
        return plan.Span(field, _year_bound(low) if low.strip() else None, _year_bound(high) if high.strip() else None)
    years = text.split()
    found = tuple(plan.Token(field, _year_bound(year)) for year in years)
    return found[0] if len(found) == 1 else plan.AnyOf(found)


def _year_bound(text: str) -> str:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise BadQuery("bad_term", text, f"not a year: {text}")
    return text.zfill(4)


def _date(row: AccessPoint, words: tuple[Word, ...], term: Term) -> Plan:
    low, high = _date_bounds(exact_text(words))
    return plan.Span(row.name + WHOLE, low, high, True, False)


def _date_bounds(text: str) -> tuple[str, str]:
    """First moment of a day, month, year or second, and the first after it (as a string that sorts so)."""
    plain = text.strip().upper().removesuffix("Z")
    for form, length in (("%Y-%m-%dT%H:%M:%S", 14), ("%Y-%m-%d %H:%M:%S", 14), ("%Y%m%d%H%M%S", 14), ("%Y-%m-%d", 8),
                         ("%Y%m%d", 8), ("%Y-%m", 6), ("%Y%m", 6), ("%Y", 4)):  # fmt: skip
        try:
            moment = datetime.strptime(plain, form)  # the stored form has no zone either
        except ValueError:
            continue
        if len(plain) in (length, length + 2, length + 5, length + 1):
            prefix = moment.strftime("%Y%m%d%H%M%S").zfill(14)[:length]
            return prefix, prefix + "a"
    raise BadQuery("bad_term", text, f"not a date: {text}")


_SINGLE: dict[str, Callable[[AccessPoint, tuple[Word, ...], Term], Plan]] = {
    "phrase": _phrase,
    "identifier": _identifier,
    "year": _year,
    "date": _date,
}


# ---------------------------------------------------------------- ranges


def _bound(row: AccessPoint, words: tuple[Word, ...]) -> tuple[str, str]:
    """(first, last) term that this text stands for in the field of whole values."""
    if any(contains_mask(word) for word in words):
        raise BadQuery("bad_term", exact_text(words), "a masked term has no place in an order")
    text = exact_text(words)
    if row.analysis == "date":
        return _date_bounds(text)
    if row.analysis == "year":
        year = _year_bound(text)
        return year, year
    if row.analysis == "identifier":
        forms = NORMALISERS[row.normaliser](text)
        form = forms[0] if forms else ""
    else:
        form = whole_form(folded_text(words))
    if not form:
        raise BadQuery("bad_term", text)
    return form, form


def _range(row: AccessPoint, term: Term) -> Plan:
    if not row.has_whole:
        raise BadQuery("unsupported_relation", str(term.relation))
    field = row.name + WHOLE
    if term.relation is Relation.WITHIN:
        words = term.words
        if len(words) == 1 and row.analysis == "year" and "-" in words[0].text:
            return _year(row, words, term)
        if len(words) < 2 or (len(words) > 2 and len(words) % 2):
            raise BadQuery("bad_term", exact_text(words), "within takes two bounds")
        half = len(words) // 2
        low, high = _bound(row, words[:half]), _bound(row, words[half:])
        return plan.Span(field, low[0], high[1], True, high[0] == high[1])
    first, last = _bound(row, term.words)
    dated = first != last
    match term.relation:
        case Relation.LT:
            return plan.Span(field, None, first, True, False)
        case Relation.LE:
            return plan.Span(field, None, last, True, not dated)
        case Relation.GT:
            return plan.Span(field, last, None, dated, True)
        case _:
            return plan.Span(field, first, None, True, True)
