from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pymarc import Field, Indicators, Record, Subfield

from tests.marc_strategies import records
from unioncat.marc import to_marcxml
from unioncat.marc.build import control_field, data_field, new_record
from unioncat.marc.marcxml_write import MARCXML_NAMESPACE, xml_escape, xml_leader

SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).parent.parent / "schemas" / "MARC21slim.xsd")))
_ILLEGAL = [*map(chr, range(0x20)), "\ufffe", "\uffff", "\ud800"]


def by_lxml(record: Record) -> etree._Element:
    """The same document built as a tree, the usual way."""
    root = etree.Element(f"{{{MARCXML_NAMESPACE}}}record", nsmap={None: MARCXML_NAMESPACE})
    etree.SubElement(root, f"{{{MARCXML_NAMESPACE}}}leader").text = xml_leader(record.leader.leader)
    for field in record.fields:
        if field.control_field:
            etree.SubElement(root, f"{{{MARCXML_NAMESPACE}}}controlfield", tag=field.tag).text = field.data
        else:
            pair = field.indicators or (" ", " ")
            parent = etree.SubElement(
                root, f"{{{MARCXML_NAMESPACE}}}datafield", tag=field.tag, ind1=pair[0], ind2=pair[1]
            )
            for code, value in field.subfields:
                etree.SubElement(parent, f"{{{MARCXML_NAMESPACE}}}subfield", code=code).text = value
    return root


@given(records())
def test_it_is_what_lxml_would_write(record: Record) -> None:
    ours = etree.fromstring(to_marcxml(record))
    assert etree.tostring(ours, method="c14n") == etree.tostring(by_lxml(record), method="c14n")
    SCHEMA.assertValid(ours)


@given(
    st.text(max_size=30),
    st.lists(
        st.tuples(st.text(max_size=4), st.text(max_size=3), st.text(max_size=2), st.text(max_size=20)), max_size=5
    ),
)
def test_any_record_gives_well_formed_and_valid_xml(leader: str, raw_fields: list[tuple[str, str, str, str]]) -> None:
    fields = [data_field(tag, (pair + "  ")[:2], [Subfield(code, text)]) for tag, pair, code, text in raw_fields]
    record = new_record(leader, [control_field("001", "1"), *fields])
    SCHEMA.assertValid(etree.fromstring(to_marcxml(record)))


@pytest.mark.parametrize("character", _ILLEGAL)
def test_characters_that_xml_forbids_are_left_out(character: str) -> None:
    record = Record(leader="00000nam a2200000 i 4500")
    record.add_field(Field("245", Indicators("0", "0"), [Subfield("a", f"a{character}b"), Subfield("b", "c & <d>")]))
    texts = [element.text for element in etree.fromstring(to_marcxml(record)).iter("{*}subfield")]
    assert texts == [f"a{character}b" if character in "\t\n\r" else "ab", "c & <d>"]


@pytest.mark.parametrize(
    ("leader", "legal"),
    [
        ("00000nam a2200000 i 4500", "00000nam a2200000 i 4500"),
        ("", "      a  a22        4500"),
        ("00714cam a2200205 a 45e0", "00714cam a2200205 a 4500"),
        ("-----nas-a22------i-4500", "     nas a22      i 4500"),
        ("     nam a22     uu 4500", "     nam a22     uu 4500"),
        ("00000n|m a2200000 i 4500", "00000nam a2200000 i 4500"),
    ],
)
def test_leaders_are_24_legal_characters(leader: str, legal: str) -> None:
    assert xml_leader(leader) == legal
    assert len(xml_leader(leader)) == 24


def test_escaping() -> None:
    assert xml_escape('a & b < c > "d" \x00\r') == "a &amp; b &lt; c &gt; &quot;d&quot; &#13;"
