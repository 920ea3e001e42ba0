import contextlib
import io
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymarc import Field, Record, Subfield

from tests.marc_strategies import content, records
from unioncat.marc import from_json, to_json, values
from unioncat.marc.marcjson_format import MarcJson
from unioncat.model import BadRecord, RawRecord

READER = MarcJson()
BOOK = {
    "leader": "00000nam a2200000 i 4500",
    "fields": [{"001": "42"}, {"245": {"ind1": "0", "ind2": "0", "subfields": [{"a": "Truyện Kiều"}]}}],
}


def titles(data: bytes) -> list[str]:
    found = []
    for one in READER.split(io.BytesIO(data), {}):
        assert one.refused is None, one.refused
        assert one.raw is not None
        found += values(READER.parse(one.raw).record, "245$a")
    return found


@given(records())
def test_what_is_stored_comes_back(record: Record) -> None:
    line = to_json(record)
    assert content(from_json(line)) == content(record)
    assert to_json(from_json(line)) == line
    assert READER.parse(RawRecord("marcjson", line, 1)).findings == ()
    assert json.loads(line) == json.loads(json.dumps(record.as_dict()))  # pymarc writes the same document


@pytest.mark.parametrize(
    "data",
    [
        orjson.dumps(BOOK),
        orjson.dumps([BOOK]),
        orjson.dumps(BOOK, option=orjson.OPT_INDENT_2),
        orjson.dumps([BOOK], option=orjson.OPT_INDENT_2),
        b"\xef\xbb\xbf" + orjson.dumps(BOOK) + b"\r\n\r\n",
    ],
)
def test_one_record_in_any_layout(data: bytes) -> None:
    assert READER.sniff(data, "x") > 0.9
    assert titles(data) == ["Truyện Kiều"]


def test_lines_and_arrays() -> None:
    line = orjson.dumps(BOOK)
    assert titles(line + b"\n" + line + b"\n") == ["Truyện Kiều"] * 2
    assert titles(b"[\n" + line + b",\n" + line + b"\n]") == ["Truyện Kiều"] * 2
    assert titles(b"[" + line + b"," + line + b"]") == ["Truyện Kiều"] * 2
    pretty = orjson.dumps(BOOK, option=orjson.OPT_INDENT_2)
    assert titles(pretty + b"\n" + pretty) == ["Truyện Kiều"] * 2


def test_the_early_draft_with_controlfield_and_datafield() -> None:
    early = {
        "leader": BOOK["leader"],
        "controlfield": [{"tag": "001", "data": "42"}],
        "datafield": [{"tag": "245", "ind": "00", "subfield": [{"code": "a", "data": "Truyện Kiều"}]}],
    }
    assert titles(orjson.dumps(early)) == ["Truyện Kiều"]


@pytest.mark.parametrize(
    "bad",
    ["", "{", "[]", "42", '{"fields": 3}', '{"fields": [3]}', '{"fields": [{"245": {"subfields": [3]}}]}', "{'a': 1}"],
)
def test_what_is_no_marc_in_json(bad: str) -> None:
    with pytest.raises(BadRecord, match="not MARC-in-JSON"):
        from_json(bad)


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:leadrfis 0123\\\n', max_size=200).map(str.encode))
def test_any_bytes_are_records_or_refused(data: bytes) -> None:
    READER.sniff(data, "x")
    for one in READER.split(io.BytesIO(data), {}):
        assert one.raw is not None
        if one.refused is None:
            with contextlib.suppress(BadRecord):
                READER.parse(one.raw)


NAMES = st.sampled_from(["a", "245", "001", "ind1", "subfields", "fields", "leader"])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9999, 9999) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    )
)
def test_any_json_is_a_record_or_refused(document: object) -> None:
    data = json.dumps({"leader": "", "fields": [document]}).encode()
    with contextlib.suppress(BadRecord):
        READER.parse(RawRecord("marcjson", data, 1))


def test_lone_surrogates_do_not_stop_the_store() -> None:
    record = Record()
    record.add_field(Field("500", subfields=[Subfield("a", "x\ud800y")]))
    assert b"x?y" in to_json(record)
