"""Golden records: every export format renders tests/golden/marc_exports/*/input.json into expected.*."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from mappings.entry_points import EXPORTS
from unioncat.marc import from_json
from unioncat.marc.formats import ExportFormat, ExportRecord
from unioncat.model import Holding, Item, Member, MemberCode, RecordKey

ROOT = Path(__file__).resolve().parent.parent
CASES = sorted((ROOT / "golden" / "marc_exports").iterdir())
SCHEMAS = {
    "oai_dc": "oai_dc.xsd",
    "oai_qdc": "qdc.xsd",
    "marcxml": "MARC21slim.xsd",
    "marc21": "MARC21slim.xsd",
    "marc21_holdings": "MARC21slim.xsd",
    "mods": "mods-3-8.xsd",
    "iso20775": "iso20775.xsd",
}
MEMBERS = {
    MemberCode("VN-BT"): Member(MemberCode("VN-BT"), "Thư viện tỉnh Bến Tre", "public", "Ben Tre Provincial Library"),
    MemberCode("VN-BT-CD"): Member(
        MemberCode("VN-BT-CD"),
        "Thư viện Trường Cao đẳng Bến Tre",
        "college",
        link_template="https://tv.cdbt.edu.vn/{id}",
    ),
}
HOLDINGS = (
    Holding(
        MemberCode("VN-BT"),
        RecordKey("bt/1"),
        call_number="895.922334 / CH400T",
        location="Kho mượn",
        copies=2,
        items=(Item("VV11.00123", None, "Kho mượn", None), Item("VV11.00124", "895.922334 / CH400T", None, "rách bìa")),
    ),
    Holding(MemberCode("VN-BT-CD"), RecordKey("cd/9"), summary="T.1-T.3", url="https://ds.cdbt.edu.vn/9", local_id="9"),
)


def export_of(case: Path) -> ExportRecord:
    record = from_json((case / "input.json").read_bytes())
    return ExportRecord(
        public_id="uc00000042",
        record=record,
        datestamp=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
        holdings=HOLDINGS,
        members=MEMBERS,
        base_url="https://muclucchung.bentre.example",
    )


def readable(data: bytes, format: ExportFormat) -> bytes:
    """Indented, so that a person can read the change; an XML element or a JSON document stays the same one."""
    if format.namespace:
        root = etree.fromstring(data)
        etree.indent(root)
        return etree.tostring(root, encoding="UTF-8") + b"\n"
    if format.name in ("jsonld", "marcjson"):
        return (json.dumps(json.loads(data), ensure_ascii=False, indent=1) + "\n").encode()
    return data


@pytest.mark.parametrize("format", EXPORTS, ids=lambda format: format.name)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_export(case: Path, format: ExportFormat, update_golden: bool) -> None:
    expected = case / f"expected.{format.name}.{format.extension.rpartition('.')[2]}"
    found = readable(format.render(export_of(case)), format)
    if update_golden:
        expected.write_bytes(found)
    assert found == expected.read_bytes()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("name", [format.name for format in EXPORTS if format.namespace])
def test_xml_exports_are_schema_valid(case: Path, name: str) -> None:
    format = next(format for format in EXPORTS if format.name == name)
    schema = etree.XMLSchema(etree.parse(ROOT / "schemas" / SCHEMAS[name]))
    schema.assertValid(etree.fromstring(format.render(export_of(case))))


def test_every_golden_case_says_why() -> None:
    assert all((case / "why.md").read_text(encoding="utf-8").strip() for case in CASES)
