from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.z3950 import asn1, ber
from protocols.z3950.apdu import decode_pdu, encode_pdu
from protocols.z3950.ber import Framer, MalformedBer, Node, TooLarge, parse, write
from protocols.z3950.structures import GENERIC_RECORD

tags = st.integers(1, 2**27).flatmap(lambda number: st.integers(0, 3).map(lambda cls: number * 4 + cls))
nodes = st.recursive(
    st.tuples(tags, st.binary(max_size=300)),
    lambda inner: st.tuples(tags, st.lists(inner, max_size=4)),
    max_leaves=20,
)


def indefinite(node: Node) -> bytes:
    """The same element with indefinite lengths wherever BER allows them."""
    tag, content = node
    if isinstance(content, list):
        return ber.header(tag, True) + b"\x80" + b"".join(map(indefinite, content)) + b"\0\0"
    return write(node)


@given(nodes)
def test_what_is_written_is_read_back(node: Node) -> None:
    assert parse(write(node)) == node


@given(nodes)
def test_indefinite_lengths_mean_the_same(node: Node) -> None:
    assert parse(indefinite(node)) == node


@given(st.binary(max_size=200))
def test_any_octets_give_a_value_or_malformed(data: bytes) -> None:
    for read in (parse, decode_pdu):
        try:
            read(data)
        except MalformedBer:
            pass


@given(nodes.filter(lambda node: isinstance(node[1], list)), st.data())
def test_the_framer_finds_pdus_whatever_pieces_they_arrive_in(node: Node, data: st.DataObject) -> None:
    pdu = (node[0] | 3) ^ 1  # context class
    whole = write((pdu, node[1]))
    other = indefinite((pdu, node[1]))
    stream = whole + other + whole
    framer = Framer(1_000_000)
    found = []
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        one = framer.take(stream[start:end])
        while one is not None:
            found.append(one)
            one = framer.next()
    assert found == [whole, other, whole]


def test_one_octet_at_a_time() -> None:
    octets = encode_pdu("close", {"closeReason": 0, "referenceId": b"x" * 500})
    framer = Framer(1_000)
    for octet in octets[:-1]:
        framer.feed(bytes([octet]))
        assert framer.next() is None
    framer.feed(octets[-1:])
    assert framer.next() == octets


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xb6",
        b"\xb6\x05abc",
        b"\xb6\x80",
        b"\xb6\x80\x01",
        b"\x16\x80ab\0\0",  # primitive, indefinite
        b"\xb6\x03\x80\x05a",  # longer than its parent
        b"\xb6\x00rest",
        b"\xbf\xff\xff\xff\xff\xff\x7f\x00",  # endless tag
        b"\xb6\x89" + b"\xff" * 9,
        b"\xb6\x84\xff\xff\xff\xff",
    ],
)
def test_broken_octets(data: bytes) -> None:
    with pytest.raises(MalformedBer):
        parse(data)


def test_an_indefinite_element_may_not_outgrow_the_definite_one_around_it() -> None:
    with pytest.raises(MalformedBer):
        parse(b"\xb6\x06" + b"\xb6\x04\xb0\x80\x80\x01" + b"a\0\0")


def test_nesting_beyond_the_cap() -> None:
    deep = b"\xb6\x80" * 10_000
    with pytest.raises(MalformedBer, match="deep"):
        parse(deep)


def test_nesting_within_the_cap_is_written_again_without_recursion() -> None:
    node: Node = (2, b"")
    for _ in range(5_000):
        node = (6, [node])
    octets = write(node)
    assert ber.depth_of(parse(octets)) == 5_001
    assert write(parse(octets)) == octets


def test_elements_without_number_are_refused() -> None:
    with pytest.raises(MalformedBer, match="elements"):
        parse(ber.tlv(b"\xb6", b"\x80\0" * 300_000))


@pytest.mark.parametrize("hello", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\n\r\n", b"\0\0", b"\xff"])
def test_another_protocol_is_known_by_its_first_octet(hello: bytes) -> None:
    framer = Framer(1_000)
    framer.feed(hello)
    with pytest.raises(MalformedBer):
        framer.next()


def test_a_pdu_too_large_is_refused_at_its_header_and_an_endless_one_at_the_limit() -> None:
    framer = Framer(1_000)
    framer.feed(b"\xb6\x84\x7f\xff\xff\xff")
    with pytest.raises(TooLarge):
        framer.next()
    framer = Framer(1_000)
    framer.feed(b"\xb6\x80")
    framer.feed(b"\x80\x00" * 499)
    assert framer.next() is None
    framer.feed(b"\x80\x00")
    with pytest.raises(TooLarge):
        framer.next()


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, 32_767, 32_768, -1, -128, -129, 2**31 - 1, -(2**31)])
def test_integers(value: int) -> None:
    octets = asn1.INTEGER.write(value)
    assert asn1.decode(asn1.INTEGER, octets) == value
    assert octets[1] == len(octets) - 2 <= 5


def test_true_is_any_octet_but_zero() -> None:
    assert [asn1.decode(asn1.BOOLEAN, b"\x01\x01" + bytes([octet])) for octet in (0, 1, 255)] == [False, True, True]


def test_constructed_strings_are_joined() -> None:
    assert asn1.decode(asn1.OCTET_STRING.at(45), b"\xbf\x2d\x80\x04\x02ab\x24\x80\x04\x01c\0\0\0\0") == b"abc"


@pytest.mark.parametrize("oid", ["0.9", "1.2.840.10003.5.10", "2.999.3", "1.0.10646.1.0.8", "2.5.4.3"])
def test_object_identifiers(oid: str) -> None:
    assert asn1.decode(asn1.OBJECT_IDENTIFIER, asn1.OBJECT_IDENTIFIER.write(oid)) == oid


def test_unknown_elements_are_passed_over_and_missing_ones_named() -> None:
    octets = encode_pdu("close", {"closeReason": 9})
    longer = ber.tlv(octets[:2], octets[3:] + b"\x9f\x85\x00\x01x")
    assert decode_pdu(longer) == ("close", {"closeReason": 9})
    with pytest.raises(MalformedBer, match="closeReason"):
        decode_pdu(ber.tlv(octets[:2], b""))


def test_octets_of_a_string_come_back_as_they_were() -> None:
    name = b"b\xf6se \xff"
    text = asn1.decode(asn1.INTERNATIONAL_STRING, ber.tlv(b"\x1b", name))
    assert asn1.INTERNATIONAL_STRING.write(text) == ber.tlv(b"\x1b", name)


def test_two_thousand_operators_are_read_and_written() -> None:
    rpn = ("op", ("resultSet", "a"))
    for _ in range(2_000):
        rpn = ("rpnRpnOp", {"rpn1": rpn, "rpn2": ("op", ("resultSet", "b")), "op": ("and", None)})  # type: ignore[assignment]
    request = {
        "smallSetUpperBound": 0,
        "largeSetLowerBound": 1,
        "mediumSetPresentNumber": 0,
        "replaceIndicator": True,
        "resultSetName": "1",
        "databaseNames": ["Default"],
        "query": ("type-1", {"attributeSet": "1.2.840.10003.3.1", "rpn": rpn}),
    }
    octets = encode_pdu("searchRequest", request)
    assert encode_pdu(*decode_pdu(octets)) == octets


def test_a_generic_record_nested_too_deep_is_malformed() -> None:
    node = {"tagValue": ("numeric", 1), "content": ("string", "x")}
    octets = GENERIC_RECORD.write([node])
    inner = octets
    for _ in range(2_000):
        content = ber.tlv(b"\xa4", ber.tlv(b"\xa6", inner))
        inner = ber.tlv(b"\x30", ber.tlv(b"\x30", b"\xa2\x03\x82\x01\x01" + content))
    assert asn1.decode(GENERIC_RECORD, octets)[0]["content"] == ("string", "x")
    with pytest.raises(MalformedBer):
        asn1.decode(GENERIC_RECORD, inner)
