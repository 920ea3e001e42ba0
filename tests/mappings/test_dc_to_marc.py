"""Dublin Core → MARC 21: golden records, round trips, and bytes of any kind."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mappings.dc_reader import statements_of
from mappings.dc_to_marc import Statement, to_marc
from mappings.marc_to_dc import dc_statements
from mappings.oai_dc import OaiDc, OaiQdc
from unioncat.marc import first, from_json, to_json, values
from unioncat.marc.formats import ExportRecord, ReadFormat
from unioncat.model import BadRecord, RawRecord

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
CASES = sorted((GOLDEN / "dc_to_marc").iterdir())


def written(case: Path) -> str:
    """Leader, fields one a line, then the findings."""
    parsed = OaiDc().parse(RawRecord("oai_dc", (case / "input.xml").read_bytes(), 1))
    document = json.loads(to_json(parsed.record))
    lines = [document["leader"], *(json.dumps(field, ensure_ascii=False) for field in document["fields"])]
    lines += [f"{found.severity} {found.rule} {found.place} {found.detail!r}" for found in parsed.findings]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden(case: Path, update_golden: bool) -> None:
    expected = case / "expected.txt"
    found = written(case)
    if update_golden:
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")
    assert (case / "why.md").read_text(encoding="utf-8").strip()


ROUND_TRIP = {"title", "creator", "contributor", "subject", "publisher", "date", "language", "format"}
"""Elements that come back from MARC → DC → MARC → DC with the same values."""


def test_marc_to_dc_to_marc_keeps_what_it_promises() -> None:
    record = from_json((GOLDEN / "marc_exports" / "vietnamese_book" / "input.json").read_bytes())
    there = [pair for pair in dc_statements(record) if pair[0] in ROUND_TRIP and pair[0] != "format"]
    back = dc_statements(to_marc([Statement(*pair) for pair in dc_statements(record)]).record)
    assert [pair for pair in there if pair not in back] == []


def test_an_answer_of_oai_pmh_gives_headers_and_deletions() -> None:
    answer = """
    <?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>
    <record><header><identifier>oai:x:1</identifier><datestamp>2020-01-02</datestamp><setSpec>a</setSpec></header>
    <metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Lục Vân Tiên</dc:title></oai_dc:dc></metadata></record>
    <record><header status="deleted"><identifier>oai:x:2</identifier><datestamp>2020-01-02T03:04:05Z</datestamp>
    </header></record></ListRecords></OAI-PMH>""".encode()
    found = list(OaiDc().split(io.BytesIO(answer), {}))
    assert [(one.identifier, one.deleted, one.sets) for one in found] == [
        ("oai:x:1", False, ("a",)),
        ("oai:x:2", True, ()),
    ]
    assert found[1].datestamp == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert found[0].raw is not None
    assert values(OaiDc().parse(found[0].raw).record, "245$a") == ["Lục Vân Tiên"]


def test_a_file_cut_off_keeps_what_came_before() -> None:
    one = '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Một</dc:title></oai_dc:dc>'
    data = f"<all>{one}{one}<oai_dc:dc><dc:tit".encode()
    found = list(OaiDc().split(io.BytesIO(data), {}))
    assert [values(OaiDc().parse(record.raw).record, "245$a") for record in found[:2] if record.raw] == [
        ["Một"],
        ["Một"],
    ]


def test_an_entity_bomb_is_not_expanded() -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    bomb += b'<dc xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>T&b;&x;</dc:title></dc>'
    record = OaiDc().parse(RawRecord("oai_dc", bomb, 1)).record
    assert "root" not in first(record, "245$a")
    assert "aaaa" not in first(record, "245$a")


@pytest.mark.parametrize("format", [OaiDc(), OaiQdc()], ids=lambda format: format.name)
@given(data=st.binary(max_size=300))
def test_any_bytes_give_records_or_refusals(format: ReadFormat, data: bytes) -> None:
    assert 0.0 <= format.sniff(data, "x.xml") <= 1.0
    list(format.split(io.BytesIO(data), {}))
    with suppress(BadRecord):
        format.parse(RawRecord(format.name, data, 1))


@given(
    statements=st.lists(
        st.tuples(
            st.sampled_from(("title", "creator", "date", "identifier", "language", "format", "type", "subject", "x")),
            st.text(max_size=40),
        ),
        max_size=8,
    )
)
def test_any_statements_give_a_record_that_exports_and_comes_back(statements: list[tuple[str, str]]) -> None:
    try:
        record = to_marc([Statement(element, value) for element, value in statements]).record
    except BadRecord:
        return
    rendered = OaiDc().render(ExportRecord("uc1", record, datetime.now(UTC)))
    back = statements_of(etree.fromstring(rendered))
    assert {statement.element for statement in back} <= {"title", "creator", "contributor", "date", "identifier"} | {
        "language", "format", "type", "subject", "description", "relation",
    }  # fmt: skip


@pytest.mark.corpus
def test_every_dublin_core_record_of_the_corpus_is_read(shared_data: Path) -> None:
    """One record for each container; counted by hand in the files."""
    expected = {
        "ualberta_dspace_collection_100.xml": 100,
        "pyoai_fake2_00002.xml": 79,
        "traject_sample-oai-pmh.xml": 10,
    }
    for name, number in expected.items():
        with (shared_data / "records" / "oai" / name).open("rb") as stream:
            records = [found for found in OaiDc().split(stream, {}) if not found.deleted]
        titles = [values(OaiDc().parse(found.raw).record, "245$a") for found in records if found.raw]
        assert len([title for title in titles if title]) == number
