"""The short way from a stored record to MARCXML gives what the long way gives, or says that it does not know how."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.marc_exports import MarcXmlExport
from unioncat.marc import Field, Indicators, Record, Subfield, from_json, to_json
from unioncat.marc.formats import ExportRecord
from unioncat.marc.marcxml_write import marcxml_of_json

TEXTS = st.text(max_size=12)
CODES = st.sampled_from("abcx69&<\u00e9 ")
FIELDS = st.builds(
    lambda tag, pair, parts: Field(tag, Indicators(*pair), [Subfield(*part) for part in parts]),
    st.sampled_from(["020", "245", "880", "9ZZ", "é12"]),
    st.tuples(st.sampled_from(" 01#|"), st.sampled_from(" 9a")),
    st.lists(st.tuples(CODES, TEXTS), max_size=3),
) | st.builds(lambda tag, text: Field(tag, data=text), st.sampled_from(["001", "008"]), TEXTS)


@given(st.lists(FIELDS, max_size=5))
def test_the_short_way_equals_the_long_way(fields: list[Field]) -> None:
    record = Record()
    record.fields = fields
    stored = to_json(record)
    try:
        short = marcxml_of_json(stored)
    except (ValueError, KeyError, TypeError):
        return
    from datetime import UTC, datetime

    export = ExportRecord("uc1", from_json(stored), datetime(2026, 11, 22, tzinfo=UTC))
    assert short == MarcXmlExport().render(export)


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"leader":"x","fields":[{"a":{}}]}', b"x", b'{"fields":[1]}'])
def test_foreign_json_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        marcxml_of_json(data)
