"""Types of ASN.1 as small objects that read and write BER: the words in which the APDU tables are written.

Values are plain: SEQUENCE a dict of named values, CHOICE a pair (name, value), SEQUENCE OF a list, OBJECT
IDENTIFIER dotted text, BIT STRING a frozenset of bit numbers, OCTET STRING bytes, NULL None. Character
strings are str read as UTF-8 with surrogate escapes, so that any octets come back as they were
(`protocols.z3950.charset` makes text of them). ANY is the octets of one whole element.

``SOME.at(5)`` is ``[5] IMPLICIT SOME``, which ASN.1 makes EXPLICIT for a CHOICE or ANY; ``explicit(5, SOME)``
is ``[5] SOME``. A SEQUENCE is read by tags: unknown elements are passed over, as later editions demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, Protocol

from protocols.z3950 import ber
from protocols.z3950.ber import CONTEXT, UNIVERSAL, MalformedBer, Node

__all__ = [
    "ANY",
    "BIT_STRING",
    "BOOLEAN",
    "EXTERNAL",
    "GENERALIZED_TIME",
    "INTEGER",
    "INTERNATIONAL_STRING",
    "NULL",
    "OBJECT_IDENTIFIER",
    "OCTET_STRING",
    "VISIBLE_STRING",
    "Choice",
    "Encoded",
    "Field",
    "Lazy",
    "Sequence",
    "SequenceOf",
    "Type",
    "decode",
    "explicit",
    "must",
    "opt",
]

Raw = bytes | list[Node]


class Encoded(bytes):
    """Octets of one whole element, ready to be sent in place of a value."""


class Type(Protocol):
    """tags: those that an element of this type can begin with; None for any."""

    tags: tuple[int, ...] | None

    def read(self, tag: int, content: Raw) -> Any:
        """The value of an element that begins with one of `tags`."""
        ...

    def write(self, value: Any) -> bytes: ...

    def at(self, number: int) -> Type: ...


class Simple:
    """A type of one tag whose content two functions turn into a value and back."""

    __slots__ = ("_constructed", "_from", "_identifier", "_to", "tag", "tags")

    def __init__(
        self, tag: int, to_value: Callable[[Raw], Any], from_value: Callable[[Any], bytes], constructed: bool = False
    ) -> None:
        self.tag = tag
        self.tags: tuple[int, ...] | None = (tag,)
        self._to = to_value
        self._from = from_value
        self._constructed = constructed
        self._identifier = ber.header(tag, constructed)

    def read(self, tag: int, content: Raw) -> Any:
        return self._to(content)

    def write(self, value: Any) -> bytes:
        if type(value) is Encoded:
            return value
        return ber.tlv(self._identifier, self._from(value))

    def at(self, number: int) -> Simple:
        return Simple(number * 4 + CONTEXT, self._to, self._from, self._constructed)


def _primitive(content: Raw) -> bytes:
    if isinstance(content, list):
        raise MalformedBer("a constructed element where a primitive one belongs")
    return content


def _constructed(content: Raw) -> list[Node]:
    if not isinstance(content, list):
        raise MalformedBer("a primitive element where a constructed one belongs")
    return content


def _to_boolean(content: Raw) -> bool:
    octets = _primitive(content)
    if len(octets) != 1:
        raise MalformedBer("a BOOLEAN is one octet")
    return octets != b"\0"


def _to_integer(content: Raw) -> int:
    octets = _primitive(content)
    if not 0 < len(octets) <= 16:
        raise MalformedBer("an INTEGER of no octets, or of more than 16")
    return int.from_bytes(octets, "big", signed=True)


def _from_integer(value: int) -> bytes:
    if 0 <= value < 0x80:
        return bytes((value,))
    return value.to_bytes((value if value >= 0 else ~value).bit_length() // 8 + 1, "big", signed=True)


def _to_bits(content: Raw) -> frozenset[int]:
    octets = ber.join(content)
    if not octets or octets[0] > 7 or len(octets) > 64:
        raise MalformedBer("a BIT STRING without its first octet, or too long")
    count = (len(octets) - 1) * 8 - octets[0]
    return frozenset(bit for bit in range(count) if octets[1 + bit // 8] & 0x80 >> bit % 8)


def _from_bits(bits: Iterable[int]) -> bytes:
    """Whole octets, none unused: the form that every client reads."""
    numbers = frozenset(bits)
    octets = bytearray(max(numbers, default=0) // 8 + 1)
    for bit in numbers:
        octets[bit // 8] |= 0x80 >> bit % 8
    return b"\0" + bytes(octets)


def _to_oid(content: Raw) -> str:
    return _oid_text(_primitive(content))


@lru_cache(maxsize=1_000)
def _oid_text(octets: bytes) -> str:
    if not 0 < len(octets) <= 128 or octets[-1] & 0x80:
        raise MalformedBer("an OBJECT IDENTIFIER that is empty, too long or cut off")
    arcs: list[int] = []
    arc = 0
    for octet in octets:
        arc = arc << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


@lru_cache(maxsize=1_000)
def _from_oid(value: str) -> bytes:
    try:
        arcs = [int(arc) for arc in value.split(".")]
        first = arcs[0] * 40 + arcs[1]
    except (ValueError, IndexError):
        raise ValueError(f"not an object identifier: {value!r}") from None
    out = bytearray()
    for arc in [first, *arcs[2:]]:
        octets = [arc & 0x7F]
        arc >>= 7
        while arc:
            octets.append(arc & 0x7F | 0x80)
            arc >>= 7
        out += bytes(reversed(octets))
    return bytes(out)


def _to_text(content: Raw) -> str:
    return ber.join(content).decode("utf-8", "surrogateescape")


def _from_text(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def _to_null(content: Raw) -> None:
    return None


BOOLEAN: Final = Simple(1 * 4 + UNIVERSAL, _to_boolean, lambda value: b"\xff" if value else b"\0")
INTEGER: Final = Simple(2 * 4 + UNIVERSAL, _to_integer, _from_integer)
BIT_STRING: Final = Simple(3 * 4 + UNIVERSAL, _to_bits, _from_bits)
OCTET_STRING: Final = Simple(4 * 4 + UNIVERSAL, ber.join, bytes)
NULL: Final = Simple(5 * 4 + UNIVERSAL, _to_null, lambda value: b"")
OBJECT_IDENTIFIER: Final = Simple(6 * 4 + UNIVERSAL, _to_oid, _from_oid)
OBJECT_DESCRIPTOR: Final = Simple(7 * 4 + UNIVERSAL, _to_text, _from_text)
GENERALIZED_TIME: Final = Simple(24 * 4 + UNIVERSAL, _to_text, _from_text)
VISIBLE_STRING: Final = Simple(26 * 4 + UNIVERSAL, _to_text, _from_text)
INTERNATIONAL_STRING: Final = Simple(27 * 4 + UNIVERSAL, _to_text, _from_text)


class Any_:
    """One element of any type, as its octets (written anew in definite form)."""

    __slots__ = ("tags",)

    def __init__(self) -> None:
        self.tags: tuple[int, ...] | None = None

    def read(self, tag: int, content: Raw) -> bytes:
        return ber.write((tag, content))

    def write(self, value: bytes) -> bytes:
        return value

    def at(self, number: int) -> Type:
        return explicit(number, self)


ANY: Final = Any_()


class Field:
    """One element of a SEQUENCE, or one alternative of a CHOICE."""

    __slots__ = ("kind", "name", "optional")

    def __init__(self, name: str, kind: Type, optional: bool = False) -> None:
        self.name = name
        self.kind = kind
        self.optional = optional


def must(name: str, kind: Type) -> Field:
    return Field(name, kind)


def opt(name: str, kind: Type) -> Field:
    return Field(name, kind, True)


def _table(fields: Iterable[Field]) -> tuple[dict[int, Field], Field | None, dict[int, Field]]:
    """Field by tag; the one that takes any other tag; and the second one that begins with a tag.

    The standard has one SEQUENCE, SortKeySpec, in which two elements begin with the same tag and only their
    order tells which is which.
    """
    by_tag: dict[int, Field] = {}
    second: dict[int, Field] = {}
    other = None
    for field in fields:
        if field.kind.tags is None:
            other = field
            continue
        for tag in field.kind.tags:
            (second if tag in by_tag else by_tag)[tag] = field
    return by_tag, other, second


class Sequence:
    __slots__ = ("_by_tag", "_identifier", "_other", "_required", "_second", "fields", "name", "tag", "tags")

    def __init__(self, name: str, *fields: Field, tag: int = 16 * 4 + UNIVERSAL) -> None:
        self.name = name
        self.fields = fields
        self.tag = tag
        self.tags: tuple[int, ...] | None = (tag,)
        self._by_tag, self._other, self._second = _table(fields)
        self._required = tuple(field.name for field in fields if not field.optional)
        self._identifier = ber.header(tag, True)

    def read(self, tag: int, content: Raw) -> dict[str, Any]:
        value: dict[str, Any] = {}
        by_tag = self._by_tag
        for inner_tag, inner in _constructed(content):
            field = by_tag.get(inner_tag, self._other)
            if field is not None:
                if field.name in value:
                    field = self._second.get(inner_tag, field)
                value[field.name] = field.kind.read(inner_tag, inner)
        for name in self._required:
            if name not in value:
                raise MalformedBer(f"{self.name} without {name}")
        return value

    def write(self, value: Any) -> bytes:
        if type(value) is Encoded:
            return value
        parts = []
        for field in self.fields:
            name = field.name
            if name in value:
                parts.append(field.kind.write(value[name]))
            elif not field.optional:
                raise ValueError(f"{self.name} needs {name}")
        return ber.tlv(self._identifier, b"".join(parts))

    def at(self, number: int) -> Sequence:
        return Sequence(self.name, *self.fields, tag=number * 4 + CONTEXT)


class SequenceOf:
    __slots__ = ("_identifier", "kind", "tag", "tags")

    def __init__(self, kind: Type, tag: int = 16 * 4 + UNIVERSAL) -> None:
        self.kind = kind
        self.tag = tag
        self.tags: tuple[int, ...] | None = (tag,)
        self._identifier = ber.header(tag, True)

    def read(self, tag: int, content: Raw) -> list[Any]:
        tags = self.kind.tags
        value = []
        for inner_tag, inner in _constructed(content):
            if tags is not None and inner_tag not in tags:
                raise MalformedBer("a SEQUENCE OF holds an element of another type")
            value.append(self.kind.read(inner_tag, inner))
        return value

    def write(self, value: Any) -> bytes:
        if type(value) is Encoded:
            return value
        write = self.kind.write
        return ber.tlv(self._identifier, b"".join([write(item) for item in value]))

    def at(self, number: int) -> SequenceOf:
        return SequenceOf(self.kind, tag=number * 4 + CONTEXT)


class Choice:
    __slots__ = ("_by_name", "_by_tag", "_other", "name", "tags")

    def __init__(self, name: str, *alternatives: Field) -> None:
        self.name = name
        self._by_tag, self._other, _ = _table(alternatives)
        self._by_name = {field.name: field.kind for field in alternatives}
        self.tags: tuple[int, ...] | None = None if self._other else tuple(self._by_tag)

    def read(self, tag: int, content: Raw) -> tuple[str, Any]:
        field = self._by_tag.get(tag, self._other)
        if field is None:
            raise MalformedBer(f"{self.name} has no such alternative")
        return field.name, field.kind.read(tag, content)

    def write(self, value: Any) -> bytes:
        if type(value) is Encoded:
            return value
        name, inner = value
        kind = self._by_name.get(name)
        if kind is None:
            raise ValueError(f"{self.name} has no alternative {name!r}")
        return kind.write(inner)

    def at(self, number: int) -> Type:
        return explicit(number, self)


class Explicit:
    """``[number] EXPLICIT``: an element around an element."""

    __slots__ = ("_identifier", "_inner", "tags")

    def __init__(self, number: int, inner: Type) -> None:
        tag = number * 4 + CONTEXT
        self.tags: tuple[int, ...] | None = (tag,)
        self._inner = inner
        self._identifier = ber.header(tag, True)

    def read(self, tag: int, content: Raw) -> Any:
        children = _constructed(content)
        if len(children) != 1:
            raise MalformedBer("an explicit tag holds one element")
        inner_tag, inner = children[0]
        if self._inner.tags is not None and inner_tag not in self._inner.tags:
            raise MalformedBer("an explicit tag holds an element of another type")
        return self._inner.read(inner_tag, inner)

    def write(self, value: Any) -> bytes:
        if type(value) is Encoded:
            return ber.tlv(self._identifier, value)
        return ber.tlv(self._identifier, self._inner.write(value))

    def at(self, number: int) -> Explicit:
        return Explicit(number, self._inner)


def explicit(number: int, inner: Type) -> Explicit:
    return Explicit(number, inner)


class Lazy:
    """A type that is defined further down, or in terms of itself; known only when it is used."""

    __slots__ = ("_kind", "tags")

    def __init__(self, kind: Callable[[], Type], *tags: int) -> None:
        self._kind = kind
        self.tags: tuple[int, ...] | None = tags or (16 * 4 + UNIVERSAL,)

    def read(self, tag: int, content: Raw) -> Any:
        return self._kind().read(tag, content)

    def write(self, value: Any) -> bytes:
        return self._kind().write(value)

    def at(self, number: int) -> Type:
        kind = self._kind
        return Lazy(lambda: kind().at(number), number * 4 + CONTEXT)


EXTERNAL_ENCODING: Final = Choice(
    "encoding",
    must("single-ASN1-type", explicit(0, ANY)),
    must("octet-aligned", OCTET_STRING.at(1)),
    must("arbitrary", BIT_STRING.at(2)),
)
EXTERNAL: Final = Sequence(
    "EXTERNAL",
    opt("direct-reference", OBJECT_IDENTIFIER),
    opt("indirect-reference", INTEGER),
    opt("data-value-descriptor", OBJECT_DESCRIPTOR),
    must("encoding", EXTERNAL_ENCODING),
    tag=8 * 4 + UNIVERSAL,
)


def decode(kind: Type, data: bytes, *, max_depth: int = ber.MAX_DEPTH) -> Any:
    """The value of type `kind` that `data` holds. Raises MalformedBer, and nothing else, for any octets."""
    tag, content = ber.parse(data, max_depth=max_depth)
    if kind.tags is not None and tag not in kind.tags:
        raise MalformedBer("an element of another type")
    try:
        return kind.read(tag, content)
    except RecursionError:  # a GRS-1 record, the only other type in terms of itself
        raise MalformedBer("nested too deep") from None
