"""From the plan to Tantivy's queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import tantivy

from unioncat.model import BadQuery
from unioncat.search import plan
from unioncat.search.analysis import WHOLE
from unioncat.search.fields import FIELDS
from unioncat.search.plan import Plan, regex_of

__all__ = ["TantivyQueries", "at_least", "at_most", "between"]

_LAST = 0x10FFFF
_POSITIONS = frozenset(field.name for field in FIELDS if field.kind == "words")
_ORDERED = frozenset(field.name for field in FIELDS if field.kind == "ordered")


def _class(low: int, high: int) -> str:
    """Characters from `low` to `high`, without the surrogates that are no characters."""
    ranges = [(low, min(high, 0xD7FF)), (max(low, 0xE000), high)]
    parts = "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in ranges if first <= last)
    return f"[{parts}]"


def _char(character: str) -> str:
    return f"\\x{{{ord(character):x}}}"


def _any_of(forms: Iterable[str]) -> str:
    found = [form for form in forms if form]
    return found[0] if len(found) == 1 else f"(?:{'|'.join(found)})"


def at_least(text: str, include: bool) -> str:
    """Regular expression of the terms that sort at or after `text` (after it, if not `include`)."""
    form = ".*" if include else ".+"
    for character in reversed(text):
        above = f"{_class(ord(character) + 1, _LAST)}.*" if ord(character) < _LAST else ""
        form = _any_of([_char(character) + form, above])
    return form


def at_most(text: str, include: bool) -> str:
    """Regular expression of the terms that sort at or before `text`; the empty term is not one."""
    form = "" if include else None
    for place in range(len(text) - 1, -1, -1):
        character = text[place]
        below = f"{_class(0, ord(character) - 1)}.*" if ord(character) else ""
        same = None if form is None else _char(character) + form
        found = [part for part in (same, below) if part]
        if not found:
            form = "" if place else None
            continue
        form = _any_of(found)
        if place:
            form = f"(?:{form})?"  # a proper prefix of the bound sorts before it
    return form or ""


def between(low: str, high: str, include_low: bool, include_high: bool) -> str:
    """Regular expression of the terms between two bounds; "" if there can be none."""
    if low > high or (low == high and not (include_low and include_high)):
        return ""
    if low == high:
        return "".join(map(_char, low))
    place = 0
    while place < len(low) and low[place] == high[place]:
        place += 1
    prefix = "".join(map(_char, low[:place]))
    low_rest, high_rest = low[place:], high[place:]
    if not low_rest:  # high goes on where low ends
        tail = at_most(high_rest, include_high)
        return f"{prefix}(?:{tail})?" if include_low else prefix + tail
    first, last = ord(low_rest[0]), ord(high_rest[0])
    forms = [_char(low_rest[0]) + at_least(low_rest[1:], include_low)]
    if first + 1 <= last - 1:
        forms.append(f"{_class(first + 1, last - 1)}.*")
    if len(high_rest) > 1:
        forms.append(f"{_char(high_rest[0])}(?:{at_most(high_rest[1:], include_high)})?")
    elif include_high:
        forms.append(_char(high_rest[0]))
    return prefix + _any_of(forms)


class TantivyQueries:
    """Builds queries for one open index."""

    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        self._schema = index.schema

    def build(self, node: Plan) -> Any:
        """Raises BadQuery if the engine cannot hold the automaton that a mask needs."""
        try:
            return self._build(node)
        except ValueError as error:
            raise BadQuery("too_complex", str(error)[:200]) from error

    def _build(self, node: Plan) -> Any:
        query = tantivy.Query
        match node:
            case plan.Token(field, text):
                return self.term(field, text)
            case plan.All(children):
                return query.boolean_query([(tantivy.Occur.Must, self._build(each)) for each in _flat_all(children)])
            case plan.AnyOf(children):
                return self._any(_flat_any(children))
            case plan.Without(left, right):
                return query.boolean_query(
                    [(tantivy.Occur.Must, self._build(left)), (tantivy.Occur.MustNot, self._build(right))]
                )
            case plan.Preferred(must, bonuses):
                parts = [(tantivy.Occur.Must, self._build(must))]
                parts += [(tantivy.Occur.Should, self._build(bonus)) for bonus in bonuses]
                return query.boolean_query(parts)
            case plan.Constant(child, score):
                return query.const_score_query(self._build(child), score)
            case plan.Pattern(field, shapes):
                return query.regex_query(self._schema, field, regex_of(shapes))
            case plan.Sequence(field, steps):
                return self._sequence(field, steps)
            case plan.Span():
                return self._span(node)
            case plan.HasId(ids):
                return query.term_set_query(self._schema, "id", sorted(ids))
            case plan.Every():
                return query.all_query()
            case plan.Nothing():
                return query.empty_query()

    def term(self, field: str, text: str) -> Any:
        option = "position" if field in _POSITIONS else "basic"
        return tantivy.Query.term_query(self._schema, field, text, option)

    def any_term(self, fields: Sequence[str], text: str) -> Any:
        """Records that have this term in one of the fields."""
        if len(fields) == 1:
            return self.term(fields[0], text)
        return self._any([plan.Token(field, text) for field in fields])

    def _any(self, children: Sequence[Plan]) -> Any:
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, self._build(child)) for child in children])

    def _sequence(self, field: str, steps: Sequence[tuple[int, str | tuple[plan.Shape, ...]]]) -> Any:
        words: list[str | tuple[int, str]] = [(place, step) for place, step in steps if isinstance(step, str)]
        if len(words) == len(steps):
            return tantivy.Query.phrase_query(self._schema, field, words)
        patterns: list[str | tuple[int, str]] = [
            (place, regex_of(((step,),)) if isinstance(step, str) else regex_of(step)) for place, step in steps
        ]
        return tantivy.Query.regex_phrase_query(self._schema, field, patterns)

    def _span(self, span: plan.Span) -> Any:
        if span.field in _ORDERED:
            opening, closing = "[" if span.include_low else "{", "]" if span.include_high else "}"
            low, high = span.low or "*", span.high or "*"
            if low == "*":
                opening = "["
            if high == "*":
                closing = "]"
            return self._index.parse_query(f"{span.field}:{opening}{low} TO {high}{closing}", [span.field])
        if span.low is not None and span.high is not None:
            form = between(span.low, span.high, span.include_low, span.include_high)
        elif span.low is not None:
            form = at_least(span.low, span.include_low)
        else:
            form = at_most(span.high or "", span.include_high)
        return tantivy.Query.regex_query(self._schema, span.field, form) if form else tantivy.Query.empty_query()


def _flat_all(children: Iterable[Plan]) -> list[Plan]:
    found: list[Plan] = []
    for child in children:
        found += _flat_all(child.children) if isinstance(child, plan.All) else [child]
    return found


def _flat_any(children: Iterable[Plan]) -> list[Plan]:
    found: list[Plan] = []
    for child in children:
        found += _flat_any(child.children) if isinstance(child, plan.AnyOf) else [child]
    return found


assert all(name.endswith(WHOLE) for name in _ORDERED)
