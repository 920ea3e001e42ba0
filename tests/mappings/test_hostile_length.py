"""Long hostile texts: nothing here takes more than time in proportion to their length."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from mappings.dc_to_marc import Statement, to_marc
from mappings.entry_points import EXPORTS
from mappings.spreadsheets.cells import cell_of
from mappings.spreadsheets.columns import heading_role
from mappings.spreadsheets.rows import Row, row_to_marc
from unioncat.marc import Subfield
from unioncat.marc.build import control_field, data_field, new_record
from unioncat.marc.formats import ExportRecord
from unioncat.model import BadRecord
from unioncat.quality import full_check

LONG = 30_000
TEXTS = {
    "blanks": "a" + " " * LONG + "x",
    "colons": "a" + " :" * (LONG // 2) + "x",
    "digits": "1" * LONG + "x",
    "dashes": "1-" * (LONG // 2) + "x",
    "brackets": "(" * LONG + "x",
    "roles": "a dịch và " * (LONG // 10),
    "commas": "a b," * (LONG // 4),
    "lines": "a\n" * (LONG // 2),
    "letters": "vie" * (LONG // 3),
    "addresses": "http://" + "a." * (LONG // 2) + " ",
    "xs": "X" * LONG,
}
SECONDS = 5.0
TAGS = ("020", "022", "082", "100", "245", "260", "300", "500", "650", "700", "773", "856")


@pytest.mark.parametrize("name", TEXTS)
def test_exports_and_checks(name: str) -> None:
    parts = [Subfield(code, TEXTS[name]) for code in "abcu"]
    record = new_record(
        "00000nam a2200000 a 4500", [control_field("001", "1"), *(data_field(tag, "  ", parts) for tag in TAGS)]
    )
    export = ExportRecord("uc1", record, datetime.now(UTC), base_url="https://x.example")
    begun = time.process_time()
    full_check(record)
    for format in EXPORTS:
        try:
            format.render(export)
        except BadRecord:
            assert format.name == "iso2709"
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("name", TEXTS)
def test_dublin_core(name: str) -> None:
    elements = ("title", "creator", "contributor", "date", "type", "format", "identifier", "language", "subject")
    begun = time.process_time()
    to_marc([Statement(element, " ".join(TEXTS[name].split())) for element in elements])
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("name", TEXTS)
def test_spreadsheet_cells(name: str) -> None:
    roles = ("title", "authors", "imprint", "isbn", "issn", "barcodes", "location", "copies", "language", "subjects",
             "pages", "size", "price", "edition", "volume", "call_number", "ddc", "year", "url")  # fmt: skip
    begun = time.process_time()
    cell = cell_of(TEXTS[name])
    row_to_marc(Row(1, {role: [("A", cell)] for role in roles}))
    heading_role(TEXTS[name])
    assert time.process_time() - begun < SECONDS
