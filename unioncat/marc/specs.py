"""Field specs: ``245$abnp``, ``008/35-37``, ``LDR/06``, ``001``, ``020$a:022$a``.

Grammar: specs joined by ``:``; each is a tag (``x``, ``X`` or ``.`` stand for any character), then optionally
``[12]`` with two indicators (``*`` any, ``#`` or blank none), then optionally ``$codes`` or ``/from-to``
(positions counted from 0, both ends included). Parsed once, then kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pymarc import Field, Record

__all__ = ["Spec", "first", "parse_spec", "values"]

_ONE = re.compile(
    r"(?P<tag>LDR|[0-9A-Za-z.]{3})(?:\[(?P<indicators>[^\]]{2})\])?"
    r"(?:\$(?P<codes>[^/$:]+)|/(?P<start>\d+)(?:-(?P<end>\d+))?)?"
)


@dataclass(frozen=True, slots=True)
class Spec:
    """One tag of a spec.

    tag:      exact tag; "" if `pattern` says it
    codes:    subfields wanted; None is all but the control subfields, which have digits ($0, $4, $6, …)
    start, end: positions of a slice, end exclusive; None without one
    """

    tag: str
    pattern: re.Pattern[str] | None
    indicators: tuple[str, str] | None
    codes: frozenset[str] | None
    start: int | None
    end: int | None

    def matches(self, field: Field) -> bool:
        if self.pattern is not None:
            if not self.pattern.fullmatch(field.tag):
                return False
        elif field.tag != self.tag:
            return False
        if self.indicators is None:
            return True
        return all(
            wanted in ("*", found) for wanted, found in zip(self.indicators, field.indicators or ("", ""), strict=True)
        )


@lru_cache(maxsize=4096)
def parse_spec(spec: str) -> tuple[Spec, ...]:
    """Raises ValueError for what is not a spec: a mistake in the code or in a rule table."""
    parsed = []
    for part in spec.split(":"):
        found = _ONE.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"not a field spec: {part!r} in {spec!r}")
        tag, wanted = found["tag"], found["indicators"]
        pattern = None
        if tag != "LDR" and any(character in "xX." for character in tag):
            pattern = re.compile(re.sub("[xX.]", ".", tag))
        start = int(found["start"]) if found["start"] else None
        end = None if start is None else int(found["end"] or found["start"]) + 1
        pair = None if wanted is None else (wanted[0].replace("#", " "), wanted[1].replace("#", " "))
        codes = frozenset(found["codes"]) if found["codes"] else None
        parsed.append(Spec("" if pattern else tag, pattern, pair, codes, start, end))
    return tuple(parsed)


_NOT_TEXT = frozenset("0123456789")


def _of_field(field: Field, spec: Spec, join: str | None) -> list[str]:
    data = field.data
    if field.control_field or data is not None:
        text = data or ""
        if spec.start is not None:
            text = text[spec.start : spec.end]
        return [text] if text else []
    codes = spec.codes
    if codes is None:
        parts = [value for code, value in field.subfields if code not in _NOT_TEXT and value]
    else:
        parts = [value for code, value in field.subfields if code in codes and value]
    if spec.start is not None:
        parts = [part[spec.start : spec.end] for part in parts]
    if not parts:
        return []
    return parts if join is None else [join.join(parts)]


def _linked_tag(field: Field) -> str:
    """Tag that an 880 stands for: ``245`` of ``$6 245-01/$1``."""
    return next((value[:3] for code, value in field.subfields if code == "6"), "")


def values(record: Record, spec: str, join: str | None = " ", linked: bool = False) -> list[str]:
    """What a spec finds, one string for each field, in the order of the record; empty ones left out.

    join:    between the subfields of a field, in the field's order; None: one string for each subfield
    linked:  also 880 fields whose $6 names the tag (alternate graphic representation)
    """
    parsed = parse_spec(spec)
    if len(parsed) == 1:
        one = parsed[0]
        if one.pattern is None and one.indicators is None and not linked:
            tag = one.tag
            if tag == "LDR":
                text = record.leader.leader
                return [text if one.start is None else text[one.start : one.end]]
            out: list[str] = []
            for field in record.fields:
                if field.tag == tag:
                    out += _of_field(field, one, join)
            return out
    out = []
    for one in parsed:
        if one.tag == "LDR":
            out.append(record.leader.leader[one.start or 0 : one.end])
    for field in record.fields:
        for one in parsed:
            if one.matches(field):
                out += _of_field(field, one, join)
        if linked and field.tag == "880":
            stands_for = _linked_tag(field)
            for one in parsed:
                if one.tag == stands_for or (one.pattern is not None and one.pattern.fullmatch(stands_for)):
                    out += _of_field(field, one, join)
    return out


def first(record: Record, spec: str, default: str = "", join: str | None = " ") -> str:
    """The first of `values`, else `default`."""
    found = values(record, spec, join)
    return found[0] if found else default
