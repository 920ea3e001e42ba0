"""RPNStructure, the one APDU type that nests without end: read and written with a stack of its own.

::

    RPNStructure ::= CHOICE { op [0] Operand, rpnRpnOp [1] IMPLICIT SEQUENCE { rpn1, rpn2 RPNStructure, op Operator } }

A query of 2,000 operators must get a diagnostic, so reading it may not end in the interpreter's recursion limit.
Values are those of any CHOICE: ``("op", operand)`` and ``("rpnRpnOp", {"rpn1": …, "rpn2": …, "op": …})``.
"""

from __future__ import annotations

from typing import Any

from protocols.z3950 import ber
from protocols.z3950.asn1 import Type, explicit
from protocols.z3950.ber import CONTEXT, MalformedBer, Node

__all__ = ["RpnStructure"]

_OPERAND = 0 * 4 + CONTEXT
_NESTED = 1 * 4 + CONTEXT


class RpnStructure:
    def __init__(self, operand: Type, operator: Type) -> None:
        self.tags: tuple[int, ...] | None = (_OPERAND, _NESTED)
        self._operand = explicit(0, operand)
        self._operator = operator

    def at(self, number: int) -> Type:
        return explicit(number, self)

    def read(self, tag: int, content: bytes | list[Node]) -> Any:
        # Work is either a node to be read, or an operator whose two operands are the last values read.
        values: list[Any] = []
        work: list[tuple[int, bytes | list[Node], Any]] = [(tag, content, None)]
        while work:
            tag, content, operator = work.pop()
            if operator is not None:
                rpn2 = values.pop()
                rpn1 = values.pop()
                values.append(("rpnRpnOp", {"rpn1": rpn1, "rpn2": rpn2, "op": operator}))
            elif tag == _OPERAND:
                values.append(("op", self._operand.read(tag, content)))
            elif tag == _NESTED:
                if not isinstance(content, list) or len(content) < 3:
                    raise MalformedBer("an operator without its two operands")
                left, right, (operator_tag, operator_content) = content[:3]
                if self._operator.tags is not None and operator_tag not in self._operator.tags:
                    raise MalformedBer("an operator is missing")
                work.append((0, b"", self._operator.read(operator_tag, operator_content)))
                work.append((right[0], right[1], None))
                work.append((left[0], left[1], None))
            else:
                raise MalformedBer("an RPN query has no such part")
        return values[0]

    def write(self, value: Any) -> bytes:
        written: list[bytes] = []
        work: list[tuple[Any, Any]] = [(value, None)]
        identifier = ber.header(_NESTED, True)
        while work:
            (name, inner), operator = work.pop()
            if operator is not None:
                right = written.pop()
                left = written.pop()
                written.append(ber.tlv(identifier, b"".join((left, right, self._operator.write(operator)))))
            elif name == "op":
                written.append(self._operand.write(inner))
            elif name == "rpnRpnOp":
                work.append((("", None), inner["op"]))
                work.append((inner["rpn2"], None))
                work.append((inner["rpn1"], None))
            else:
                raise ValueError(f"RPNStructure has no alternative {name!r}")
        return written[0]
