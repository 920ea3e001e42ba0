"""Records and texts that hypothesis makes for the tests of reading and writing."""

from __future__ import annotations

from unicodedata import normalize

from hypothesis import strategies as st
from pymarc import Record, Subfield

from unioncat.marc.build import control_field, data_field, new_record
from unioncat.marc.repair import SUSPECT
from unioncat.text import may_hold_legacy

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"
ASCII = "".join(chr(code) for code in range(0x20, 0x7F))


def _is_settled(text: str) -> bool:
    """Nothing in it that normalising would change."""
    return normalize("NFC", text) == text and not SUSPECT.search(text) and not may_hold_legacy(text)


texts = (
    st.text(alphabet=ASCII + VIETNAMESE + VIETNAMESE.upper() + "日本語ДостАб😀ßœ", min_size=1, max_size=40)
    .map(lambda text: normalize("NFC", text))
    .filter(_is_settled)
)
codes = st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789")
indicators = st.text(alphabet=" 0123456789", min_size=2, max_size=2)
tags = (
    st.integers(min_value=10, max_value=998).filter(lambda tag: tag not in (200, 245, 999)).map(lambda tag: f"{tag:03}")
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A legal MARC 21 record, all of whose text is settled; 001 first, then other control fields, then 245."""
    control = [control_field("001", draw(texts).strip() or "1")]
    if draw(st.booleans()):
        control.append(control_field("005", "20240102030405.0"))
    fields = [data_field("245", "00", [Subfield("a", draw(texts))])]
    for tag in draw(st.lists(tags, max_size=6)):
        subfields = [
            Subfield(code, text) for code, text in draw(st.lists(st.tuples(codes, texts), min_size=1, max_size=4))
        ]
        fields.append(data_field(tag, draw(indicators), subfields))
    return new_record("00000nam a2200000 i 4500", control + fields)


def content(record: Record) -> list[object]:
    """What must come back: everything but the leader's lengths."""
    leader = record.leader.leader
    return [leader[5:12], leader[17:20]] + [
        (field.tag, field.data) if field.control_field else (field.tag, tuple(field.indicators or ()), field.subfields)
        for field in record.fields
    ]
