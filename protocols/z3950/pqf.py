"""Prefix query format, the notation in which librarians write RPN queries (``@and @attr 1=4 kiều @attr 1=1003 du``).

::

    query    = ["@attrset" set] part
    part     = "@and" part part | "@or" part part | "@not" part part | "@prox" prox part part
             | "@attr" [set] type "=" value part | "@set" name | "@term" kind part | word
    prox     = exclusion distance ordered relation unit-kind unit

A word is plain or in double or single quotes; a backslash takes the next character as it is. Written without
recursion: as many operators as memory holds.
"""

from __future__ import annotations

import re
from typing import Any

from protocols.z3950 import oids
from unioncat.model import BadQuery

__all__ = ["parse_pqf", "term_pqf"]

_TOKEN = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|((?:[^\s"'\\]|\\.)(?:[^\s\\]|\\.)*))""", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ATTRIBUTE = re.compile(r"(\d{1,6})=(.+)\Z", re.DOTALL)
_SETS = {"bib-1": oids.BIB_1, "exp-1": f"{oids.Z3950}.3.2", "gils": f"{oids.Z3950}.3.5"}
_OPERATORS = {"@and": "and", "@or": "or", "@not": "and-not"}
_UNITS = {"k": "known", "known": "known", "p": "private", "private": "private"}
_TERMS = {"general", "numeric", "string", "oid", "datetime", "null"}


class _Tokens:
    """Words of a query; those in quotes are never operators."""

    def __init__(self, text: str) -> None:
        self.items: list[tuple[str, bool]] = []
        pos = 0
        stripped = text.rstrip()
        while pos < len(stripped):
            found = _TOKEN.match(stripped, pos)
            if found is None:
                raise BadQuery("syntax", stripped[pos : pos + 20].strip(), "a quotation mark is not closed")
            quoted = found[1] is not None or found[2] is not None
            raw = next(part for part in found.groups() if part is not None)
            self.items.append((_ESCAPED.sub(r"\1", raw), quoted or raw.startswith("\\")))
            pos = found.end()
        self.place = 0

    def next(self, wanted: str) -> tuple[str, bool]:
        if self.place >= len(self.items):
            raise BadQuery("syntax", wanted, f"the query ends where {wanted} should follow")
        self.place += 1
        return self.items[self.place - 1]

    def more(self) -> bool:
        return self.place < len(self.items)


def _set_of(name: str) -> str:
    oid = _SETS.get(name.lower(), name)
    if not re.fullmatch(r"\d+(\.\d+)+", oid):
        raise BadQuery("attribute_set", name)
    return oid


def _attribute(tokens: _Tokens) -> dict[str, Any]:
    word, _ = tokens.next("an attribute")
    element: dict[str, Any] = {}
    if "=" not in word:
        element["attributeSet"] = _set_of(word)
        word, _ = tokens.next("an attribute")
    found = _ATTRIBUTE.match(word)
    if found is None:
        raise BadQuery("syntax", word, f"{word!r} is not an attribute such as 1=4")
    element["attributeType"] = int(found[1])
    value = found[2]
    if value.isdecimal() and len(value) < 10:
        element["attributeValue"] = ("numeric", int(value))
    else:
        element["attributeValue"] = ("complex", {"list": [("string", value)]})
    return element


def _proximity(tokens: _Tokens) -> tuple[str, Any]:
    names = ("exclusion (0, 1)", "distance", "ordered (0, 1)", "relation (1-6)")
    numbers: list[int] = []
    for name in names:
        word, _ = tokens.next(name)
        if word == "void" and not numbers:
            word = "0"
        if not word.isdecimal() or len(word) > 6:
            raise BadQuery("syntax", word, f"{word!r} is no {name}")
        numbers.append(int(word))
    kind, _ = tokens.next("k or p")
    unit, _ = tokens.next("a unit")
    if kind not in _UNITS or not unit.isdecimal() or len(unit) > 6:
        raise BadQuery("syntax", f"{kind} {unit}", "a proximity unit is k or p and a number")
    return "prox", {
        "exclusion": bool(numbers[0]),
        "distance": numbers[1],
        "ordered": bool(numbers[2]),
        "relationType": numbers[3],
        "proximityUnitCode": (_UNITS[kind], int(unit)),
    }


def _term(text: str, kind: str) -> tuple[str, Any]:
    if kind == "numeric":
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise BadQuery("syntax", text, f"{text!r} is not a number")
        return "numeric", int(text)
    if kind == "string":
        return "characterString", text
    if kind == "oid":
        return "oid", text
    if kind == "datetime":
        return "dateTime", text
    if kind == "null":
        return "null", None
    return "general", text.encode("utf-8")


def parse_pqf(text: str) -> dict[str, Any]:
    """A value of RPNQuery. Raises BadQuery("syntax") with what is wrong."""
    tokens = _Tokens(text)
    attribute_set = oids.BIB_1
    if tokens.more() and tokens.items[0] == ("@attrset", False):
        tokens.next("@attrset")
        attribute_set = _set_of(tokens.next("an attribute set")[0])
    # operators that still wait for operands: [operator, attributes in force, operands so far]
    waiting: list[tuple[tuple[str, Any], list[dict[str, Any]], list[Any]]] = []
    attributes: list[dict[str, Any]] = []
    kind = "general"
    while True:
        word, quoted = tokens.next("a search term")
        lowered = word.lower()
        part: Any
        if quoted or not word.startswith("@"):
            part = ("op", ("attrTerm", {"attributes": list(reversed(attributes)), "term": _term(word, kind)}))
        elif lowered in _OPERATORS:
            waiting.append(((_OPERATORS[lowered], None), attributes, []))
            continue
        elif lowered == "@prox":
            waiting.append((_proximity(tokens), attributes, []))
            continue
        elif lowered == "@attr":
            attributes = [*attributes, _attribute(tokens)]
            continue
        elif lowered == "@term":
            kind, _ = tokens.next("a kind of term")
            if kind not in _TERMS:
                raise BadQuery("syntax", kind, f"{kind!r} is no kind of term")
            continue
        elif lowered == "@set":
            part = ("op", ("resultSet", tokens.next("the name of a result set")[0]))
        else:
            raise BadQuery("syntax", word, f"{word!r} is no operator")
        while waiting:
            operator, inherited, operands = waiting[-1]
            operands.append(part)
            if len(operands) == 1:
                attributes, kind = inherited, "general"
                break
            waiting.pop()
            part = ("rpnRpnOp", {"rpn1": operands[0], "rpn2": operands[1], "op": operator})
        else:
            break
    if tokens.more():
        raise BadQuery("syntax", tokens.next("")[0], "something follows the whole query")
    return {"attributeSet": attribute_set, "rpn": part}


def term_pqf(text: str, use: int) -> str:
    """``@attr 1=use "text"`` with whatever must be escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'@attr 1={use} "{escaped}"'
