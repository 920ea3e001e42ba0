"""BER tag-length-value, read and written without recursion (ITU-T X.690 §8).

A tag is one int, ``number * 4 + class``: comparing and looking up need no tuples. A node is a pair of that
and its content: octets if primitive, a list of nodes if constructed. Reading accepts what the standard
allows and what clients send (indefinite lengths, long forms, constructed strings); writing uses the
shortest definite form. Everything wrong with the octets is a `MalformedBer`, nothing else is raised.
"""

from __future__ import annotations

from typing import Final

from unioncat.model import UnionCatError

__all__ = [
    "CONTEXT",
    "UNIVERSAL",
    "Framer",
    "MalformedBer",
    "Node",
    "TooLarge",
    "depth_of",
    "header",
    "join",
    "parse",
    "tlv",
    "write",
]

UNIVERSAL: Final = 0
APPLICATION: Final = 1
CONTEXT: Final = 2
PRIVATE: Final = 3

Node = tuple[int, "bytes | list[Node]"]

MAX_DEPTH: Final = 8_192
"""Deeper nesting is refused. Reading keeps its own stack, so this bounds memory, not the interpreter's stack."""

MAX_NODES: Final = 200_000
"""More elements in one PDU are refused: a PDU of nothing but empty elements must not cost a hundredfold in memory."""


class MalformedBer(UnionCatError):
    """The octets are no BER, or not the type that should stand there."""


class TooLarge(MalformedBer):
    """A PDU announces, or has, more octets than allowed."""


def _read_header(data: bytes, pos: int) -> tuple[int, bool, int, int]:
    """Tag, constructed?, length (-1: indefinite), position of the content. IndexError where the octets end."""
    first = data[pos]
    pos += 1
    number = first & 0x1F
    if number == 0x1F:
        number = 0
        for _ in range(4):
            octet = data[pos]
            pos += 1
            number = number << 7 | octet & 0x7F
            if octet < 0x80:
                break
        else:
            raise MalformedBer("a tag number is too long")
    length = data[pos]
    pos += 1
    if length >= 0x80:
        count = length & 0x7F
        if count == 0:
            if not first & 0x20:
                raise MalformedBer("a primitive element has indefinite length")
            length = -1
        elif count > 8:
            raise MalformedBer("a length is too long")
        else:
            length = 0
            for _ in range(count):
                length = length << 8 | data[pos]
                pos += 1
    return number * 4 + (first >> 6), first & 0x20 != 0, length, pos


def parse(data: bytes, *, max_depth: int = MAX_DEPTH, max_nodes: int = MAX_NODES) -> Node:
    """The one element that `data` holds; octets after it are an error."""
    top: list[Node] = []
    current = top
    ends: list[int] = []  # where the constructed elements around us end; -1: at an end-of-contents mark
    parents: list[list[Node]] = []
    limits: list[int] = []  # how far the parents' content may reach
    pos = 0
    limit = len(data)
    nodes = 0
    try:
        while True:
            if ends:
                end = ends[-1]
                if end == pos or (end < 0 and data[pos] == 0 and data[pos + 1] == 0):
                    if end < 0:
                        pos += 2
                    ends.pop()
                    current = parents.pop()
                    if pos > limit:
                        raise MalformedBer("an element is longer than the one around it")
                    limit = limits.pop()
                    continue
            elif top:
                break
            nodes += 1
            if nodes > max_nodes:
                raise MalformedBer(f"more than {max_nodes} elements")
            # short tag and short length: nearly all elements of real PDUs
            first = data[pos]
            length = data[pos + 1]
            if first & 0x1F != 0x1F and length < 0x80:
                tag = (first & 0x1F) << 2 | first >> 6
                constructed = first & 0x20 != 0
                pos += 2
            else:
                tag, constructed, length, pos = _read_header(data, pos)
            if pos + max(length, 0) > limit:
                raise MalformedBer("an element is longer than the one around it")
            if constructed:
                if len(ends) >= max_depth:
                    raise MalformedBer(f"nested more than {max_depth} deep")
                children: list[Node] = []
                current.append((tag, children))
                parents.append(current)
                limits.append(limit)
                current = children
                if length >= 0:
                    limit = pos + length
                    ends.append(limit)
                else:
                    ends.append(-1)
            else:
                current.append((tag, data[pos : pos + length]))
                pos += length
    except IndexError:
        raise MalformedBer("the octets end inside an element") from None
    if pos != len(data):
        raise MalformedBer("octets follow the element")
    return top[0]


def depth_of(node: Node) -> int:
    """How deep `node` nests; 1 for a primitive one."""
    deepest = 0
    stack = [(node, 1)]
    while stack:
        (_, content), depth = stack.pop()
        deepest = max(deepest, depth)
        if isinstance(content, list):
            stack.extend((child, depth + 1) for child in content)
    return deepest


def header(tag: int, constructed: bool) -> bytes:
    """Identifier octets."""
    first = (tag & 3) << 6 | (0x20 if constructed else 0)
    number = tag >> 2
    if number < 0x1F:
        return bytes((first | number,))
    octets = [number & 0x7F]
    number >>= 7
    while number:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    octets.append(first | 0x1F)
    return bytes(reversed(octets))


def tlv(identifier: bytes, content: bytes) -> bytes:
    """Identifier octets, shortest definite length, content."""
    length = len(content)
    if length < 0x80:
        return identifier + bytes((length,)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return b"".join((identifier, bytes((0x80 | len(octets),)), octets, content))


def write(node: Node) -> bytes:
    """The octets of a node, in shortest definite form."""
    tag, content = node
    if not isinstance(content, list):
        return tlv(header(tag, False), content)
    # (tag, children left to write, octets of those written); an explicit stack, for a node may be deep
    stack: list[tuple[int, list[Node], list[bytes]]] = [(tag, list(reversed(content)), [])]
    while True:
        tag, waiting, done = stack[-1]
        if waiting:
            child_tag, child = waiting.pop()
            if isinstance(child, list):
                stack.append((child_tag, list(reversed(child)), []))
            else:
                done.append(tlv(header(child_tag, False), child))
            continue
        octets = tlv(header(tag, True), b"".join(done))
        stack.pop()
        if not stack:
            return octets
        stack[-1][2].append(octets)


def join(content: bytes | list[Node]) -> bytes:
    """The octets of a string, primitive or in segments (X.690 §8.7.3, §8.21)."""
    if not isinstance(content, list):
        return content
    parts: list[bytes] = []
    stack: list[Node] = list(reversed(content))
    while stack:
        _, inner = stack.pop()
        if isinstance(inner, list):
            stack.extend(reversed(inner))
        else:
            parts.append(inner)
    return b"".join(parts)


class Framer:
    """Cuts a stream of octets into PDUs, whatever pieces they arrive in; each octet is looked at once.

    max_size: longest PDU in octets. Raises TooLarge for a longer one as soon as that is known, and
              MalformedBer for a stream that cannot be Z39.50 (each PDU is a constructed element of context
              class: TLS, HTTP and line noise fail at the first octet).
    """

    __slots__ = ("_buffer", "_open", "_pos", "max_size")

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self._buffer = bytearray()
        self._pos = 0  # up to here an element of indefinite length has been looked at
        self._open = 0  # how many of indefinite length are open

    def feed(self, data: bytes) -> None:
        self._buffer += data

    @property
    def waiting(self) -> int:
        """Octets that have arrived and are not yet given out."""
        return len(self._buffer)

    def take(self, data: bytes) -> bytes | None:
        """`feed`, then `next`; quick where `data` is one small PDU, as it nearly always is."""
        if not self._buffer and len(data) > 4 and data[0] & 0xE0 == 0xA0 and data[0] != 0xBF:
            length = data[1]
            if length < 0x80:
                length += 2
            elif length == 0x81:
                length = data[2] + 3
            else:
                length = 0
            if length == len(data) <= self.max_size:
                return data
        self.feed(data)
        return self.next()

    def next(self) -> bytes | None:
        """The next whole PDU, or None until more has arrived."""
        buffer = self._buffer
        if not buffer:
            return None
        if buffer[0] & 0xE0 != 0xA0:
            raise MalformedBer("this is not Z39.50")
        length = self._length()
        if length is None:
            if len(buffer) > self.max_size:
                raise TooLarge(f"a PDU of more than {self.max_size} octets")
            return None
        pdu = bytes(buffer[:length])
        del buffer[:length]
        self._pos = self._open = 0
        return pdu

    def _length(self) -> int | None:
        view = self._buffer
        have = len(view)
        try:
            if not self._open:
                _, _, length, start = _read_header(view, 0)  # type: ignore[arg-type]
                if length >= 0:
                    if start + length > self.max_size:
                        raise TooLarge(f"a PDU of {start + length} octets; the limit is {self.max_size}")
                    return start + length if start + length <= have else None
                self._open, self._pos = 1, start
            while self._open:
                tag, _, length, start = _read_header(view, self._pos)  # type: ignore[arg-type]
                if length < 0:
                    self._open += 1
                    self._pos = start
                elif tag == 0:
                    if length:
                        raise MalformedBer("an end-of-contents mark has a length")
                    self._open -= 1
                    self._pos = start
                elif start + length > self.max_size:
                    raise TooLarge(f"a PDU of more than {self.max_size} octets")
                elif start + length > have:
                    return None
                else:
                    self._pos = start + length
        except IndexError:
            return None
        return self._pos
