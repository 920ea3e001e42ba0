"""Values for every type of the APDU tables, drawn from a seeded random number generator."""

from __future__ import annotations

from random import Random
from typing import Any

from protocols.z3950 import apdu, asn1
from protocols.z3950.rpn_type import RpnStructure

OIDS = ("1.2.840.10003.3.1", "1.2.840.10003.5.10", "1.2.840.10003.5.109.10", "1.2.840.113549.1", "1.0.10646.1.0.8")
TEXTS = ("Default", "nhan de", "a" * 130, "", "1", "x'y\"z")


def operand(draw: Random) -> tuple[str, Any]:
    return ("op", value(apdu.OPERAND, draw, 0))


def rpn(draw: Random, depth: int) -> tuple[str, Any]:
    if depth == 0:
        return operand(draw)
    return (
        "rpnRpnOp",
        {
            "rpn1": rpn(draw, depth - 1),
            "rpn2": rpn(draw, draw.randrange(depth)),
            "op": value(apdu.OPERATOR, draw, 0),
        },
    )


def value(kind: Any, draw: Random, depth: int = 2, *, everything: bool = False) -> Any:
    """A value of `kind`. everything: all optional elements are there."""
    if isinstance(kind, RpnStructure):
        return rpn(draw, depth)
    if isinstance(kind, asn1.Sequence):
        return {
            field.name: value(field.kind, draw, depth, everything=everything)
            for field in kind.fields
            if not field.optional or everything or draw.random() < 0.5
        }
    if isinstance(kind, asn1.SequenceOf):
        return [value(kind.kind, draw, depth, everything=everything) for _ in range(draw.randrange(1, 3))]
    if isinstance(kind, asn1.Choice):
        names = [name for name in kind._by_name if name != "general" or kind.name != "IdAuthentication"]
        name = draw.choice(names)
        return (name, value(kind._by_name[name], draw, depth, everything=everything))
    if isinstance(kind, asn1.Explicit):
        return value(kind._inner, draw, depth, everything=everything)
    if isinstance(kind, asn1.Any_):
        return asn1.OCTET_STRING.write(draw.randbytes(5))
    assert isinstance(kind, asn1.Simple)
    simple: dict[Any, Any] = {
        asn1._to_boolean: draw.random() < 0.5,
        asn1._to_integer: draw.choice((0, 1, 127, 128, 255, 256, 65_535, 2**31 - 1, -1, -129)),
        asn1._to_bits: frozenset(draw.sample(range(22), 5)),
        asn1._to_oid: draw.choice(OIDS),
        asn1._to_null: None,
    }
    if kind._to in simple:
        return simple[kind._to]
    if kind._to is asn1._to_text:
        return "20260522103000Z" if kind.tag in (asn1.GENERALIZED_TIME.tag, 218 * 4 + 2) else draw.choice(TEXTS)
    return draw.randbytes(draw.choice((0, 1, 20, 200)))
