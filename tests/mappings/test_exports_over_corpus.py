"""Every export format over every file of the corpus: schema-valid, well-formed, no exception, quick."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import orjson
import pytest
from lxml import etree

from mappings.entry_points import EXPORTS
from unioncat.marc import from_json
from unioncat.marc.formats import ExportRecord
from unioncat.model import BadRecord, Holding, Item, Member, MemberCode, RecordKey, UnreadableInput
from unioncat.services.formats import Formats

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = {
    "oai_dc": "oai_dc.xsd",
    "oai_qdc": "qdc.xsd",
    "marcxml": "MARC21slim.xsd",
    "marc21": "MARC21slim.xsd",
    "marc21_holdings": "MARC21slim.xsd",
    "mods": "mods-3-8.xsd",
    "iso20775": "iso20775.xsd",
}
CODE = MemberCode("VN-BT")
MEMBERS = {CODE: Member(CODE, "Thư viện tỉnh Bến Tre", "public", district="TP. Bến Tre", province="Bến Tre")}
HOLDING = Holding(CODE, RecordKey("bt/1"), "895 / A", "Kho", 1, items=(Item("1", None, None, None),))
SOME = None if os.environ.get("UNIONCAT_WHOLE_CORPUS") else 40
"""Records taken of each file; UNIONCAT_WHOLE_CORPUS=1 takes all (98,000 records: ten minutes)."""


def corpus_records(folder: Path, most: int | None = SOME) -> Iterator[tuple[str, ExportRecord]]:
    """Normalised records of every file that can be read, each with a holding."""
    formats = Formats.load()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name == "README.md":
            continue
        with suppress(UnreadableInput):
            name = formats.sniff(path)
            for harvested in islice(formats.open(path, name), most):
                if harvested.raw is None or harvested.refused:
                    continue
                try:
                    record = formats.parse(harvested.raw).record
                except BadRecord:
                    continue
                place = f"{path.relative_to(folder)}#{harvested.raw.position}"
                yield (
                    place,
                    ExportRecord(
                        "uc00000001", record, datetime(2026, 1, 2, tzinfo=UTC), (HOLDING,), MEMBERS, "https://x.example"
                    ),
                )


@pytest.mark.corpus
@pytest.mark.slow
def test_every_export_of_the_corpus_is_valid(shared_data: Path) -> None:
    schemas = {name: etree.XMLSchema(etree.parse(ROOT / "schemas" / file)) for name, file in SCHEMAS.items()}
    wrong: list[str] = []
    read = 0
    for place, export in corpus_records(shared_data / "records"):
        read += 1
        for format in EXPORTS:
            try:
                data = format.render(export)
            except BadRecord as error:
                if format.name != "iso2709":  # what ISO 2709 cannot hold goes out in another format
                    wrong.append(f"{place} {format.name}: {error}")
                continue
            schema = schemas.get(format.name)
            if schema is not None and not schema.validate(etree.fromstring(data, etree.XMLParser(huge_tree=True))):
                wrong.append(f"{place} {format.name}: {schema.error_log.last_error}")
            elif format.name == "jsonld":
                orjson.loads(data)
                if b"<" in data:
                    wrong.append(f"{place}: a script element could be closed")
            elif format.name == "marcjson" and from_json(data).as_dict() != export.record.as_dict():
                wrong.append(f"{place}: MARC-in-JSON is another record")
    assert read > 1000
    assert wrong[:20] == []


@pytest.mark.corpus
def test_the_quick_exporters_are_quick(shared_data: Path) -> None:
    """Measured on one core: marcxml 57,000, oai_dc 20,000, oai_qdc 18,000 records a second. The bound leaves room."""
    exports = [export for _, export in islice(corpus_records(shared_data / "records/hathi_goldfinch", 400), 400)]
    for format in EXPORTS:
        if format.name in ("marcxml", "marc21", "oai_dc", "oai_qdc"):
            for export in exports:
                format.render(export)
            begun = time.process_time()
            for export in exports:
                format.render(export)
            assert len(exports) / (time.process_time() - begun) > 4000, format.name
