"""Our tables against the standard's own text, compiled by asn1tools: every kind of APDU, both ways."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import pytest

from protocols.z3950 import apdu
from protocols.z3950.apdu import PDU, decode_pdu, encode_pdu

sys.path.insert(0, str(Path(__file__).parent))
from asn1_values import value

STANDARD = Path("/usr/share/yaz/z39.50/z3950v3.asn")
EXTERNAL_TYPE = """
ExternalValue ::= [UNIVERSAL 8] IMPLICIT SEQUENCE {
  direct-reference OBJECT IDENTIFIER OPTIONAL,
  indirect-reference INTEGER OPTIONAL,
  data-value-descriptor ObjectDescriptor OPTIONAL,
  encoding CHOICE {
    single-ASN1-type [0] ANY,
    octet-aligned [1] IMPLICIT OCTET STRING,
    arbitrary [2] IMPLICIT BIT STRING } }
"""  # X.690 §8.18; the oracle's own EXTERNAL does not read the constructed form of its first alternative
KINDS = tuple(PDU._by_name)


@pytest.fixture(scope="module")
def oracle(missing: Callable[[str], NoReturn]) -> Any:
    if not STANDARD.exists():
        missing("libyaz-dev")
    asn1tools = pytest.importorskip("asn1tools")
    found = re.search(r"DEFINITIONS ::=\s*BEGIN(.*?)^END", STANDARD.read_text("latin-1"), re.DOTALL | re.MULTILINE)
    assert found
    module = re.sub(r"EXPORTS.*?;", "", found[1], flags=re.DOTALL)
    module = re.sub(r"\bEXTERNAL\b", "ExternalValue", module) + EXTERNAL_TYPE
    return asn1tools.compile_string(f"Z3950 DEFINITIONS ::= BEGIN{module}END", "ber")


def plain(item: Any) -> Any:
    """A value of the oracle as we would write it."""
    if isinstance(item, dict):
        return {name: plain(inner) for name, inner in item.items()}
    if isinstance(item, list):
        return [plain(inner) for inner in item]
    if isinstance(item, datetime):
        return item.strftime("%Y%m%d%H%M%SZ")
    if isinstance(item, tuple) and len(item) == 2:
        if isinstance(item[0], bytes | bytearray):  # BIT STRING: octets and number of bits
            return frozenset(bit for bit in range(item[1]) if item[0][bit // 8] & 0x80 >> bit % 8)
        return (item[0], plain(item[1]))
    return item


def for_oracle(item: Any) -> Any:
    if isinstance(item, dict):
        return {name: for_oracle(inner) for name, inner in item.items()}
    if isinstance(item, list):
        return [for_oracle(inner) for inner in item]
    if isinstance(item, frozenset):
        octets = bytearray(max(item, default=0) // 8 + 1)
        for bit in item:
            octets[bit // 8] |= 0x80 >> bit % 8
        return (bytes(octets), len(octets) * 8)
    if isinstance(item, tuple):
        return (item[0], for_oracle(item[1]))
    if item == "20260522103000Z":
        return datetime(2026, 5, 22, 10, 30)
    return item


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_an_apdu_we_write_is_read_equally_by_us_and_by_the_oracle(oracle: Any, kind: str, seed: int) -> None:
    drawn = value(PDU._by_name[kind], Random(f"{kind}{seed}"), depth=seed, everything=seed == 0)
    octets = encode_pdu(kind, drawn)
    assert decode_pdu(octets) == (kind, drawn)
    assert plain(oracle.decode("PDU", octets)) == (kind, drawn)


@pytest.mark.parametrize("kind", KINDS)
def test_an_apdu_of_the_oracle_is_read_by_us_and_written_octet_for_octet(oracle: Any, kind: str) -> None:
    drawn = value(PDU._by_name[kind], Random(f"{kind}x"), depth=0)
    octets = oracle.encode("PDU", (kind, for_oracle(drawn)))
    assert decode_pdu(octets) == (kind, drawn)
    assert encode_pdu(kind, drawn) == octets


def test_the_tables_have_every_apdu_of_the_standard(oracle: Any) -> None:
    assert {member.name for member in oracle.types["PDU"].type.members} == set(KINDS)


def test_options_are_numbered_as_in_the_standard() -> None:
    assert apdu.OPTIONS["search"] == 0
    assert apdu.OPTIONS["scan"] == 7
    assert apdu.OPTIONS["extendedServices"] == 10
    assert apdu.OPTIONS["namedResultSets"] == 14
    assert apdu.OPTIONS["queryType104"] == 19
    assert apdu.OPTIONS["stringSchema"] == 21
