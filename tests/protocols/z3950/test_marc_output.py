from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import orjson
import pymarc
import pytest

from protocols.z3950.asn1 import decode
from protocols.z3950.diagnostics import Z3950Error
from protocols.z3950.marc_output import document, holdings_fields, iso2709
from protocols.z3950.opac import opac_record
from protocols.z3950.structures import OPAC_RECORD
from unioncat.marc import from_json, to_iso2709, to_json
from unioncat.marc.iso2709 import Iso2709
from unioncat.model import Holding, MemberCode, RawRecord, RecordKey, UnionCatError


def record_json(*fields: tuple[str, str]) -> bytes:
    return orjson.dumps(
        {
            "leader": "00000nam a2200000 i 4500",
            "fields": [{"001": "uc00000001"}]
            + [{tag: {"ind1": "1", "ind2": "0", "subfields": [{"a": text}]}} for tag, text in fields],
        }
    )


def test_utf_8_is_what_our_marc_writer_writes() -> None:
    marc = record_json(("245", "Truyện Kiều"), ("650", "漢字"))
    assert iso2709(document(marc)) == to_iso2709(from_json(marc))


def test_marc_8_names_its_sets_and_says_so_in_the_leader() -> None:
    octets = iso2709(document(record_json(("245", "Truyện Kiều"))), marc8=True)
    assert octets[9:10] == b" "
    assert b"066" not in octets[:60]
    octets = iso2709(document(record_json(("100", "x"), ("245", "漢字 Мир"))), marc8=True)
    record = next(iter(pymarc.MARCReader(BytesIO(octets))))
    assert record is not None
    assert record["066"].get_subfields("c") == ["$1", "(N"]
    assert record["245"]["a"] == "漢字 Мир"
    assert [field.tag for field in record.fields] == ["001", "066", "100", "245"]


def test_what_iso_2709_cannot_hold_is_to_be_had_as_xml() -> None:
    for marc in (
        record_json(("520", "x" * 10_000)),
        record_json(*[("500", "y" * 9_000)] * 12),
        record_json(("24", "x")),
    ):
        with pytest.raises(Z3950Error) as caught:
            iso2709(document(marc))
        assert caught.value.diagnostic.condition == 238


def test_brief_and_holdings() -> None:
    marc = record_json(("245", "a"), ("650", "b"), ("999", "c"))
    assert [next(iter(field)) for field in document(marc, brief=True)["fields"]] == ["001", "245"]
    holding = Holding(MemberCode("VN-BT"), RecordKey("x/1"), "895 N", "Kho", 2, "T.1-3", "ghi chú", "http://x")
    fields = holdings_fields([holding, Holding(MemberCode("VN-MC"), RecordKey("y/1"))])
    assert [next(iter(field)) for field in fields] == ["852", "866", "852"]
    assert fields[2]["852"]["subfields"] == [{"a": "VN-MC"}]
    twice = [Holding(MemberCode("VN-MC"), RecordKey(f"y/{number}")) for number in (1, 2)]
    assert len(holdings_fields(twice)) == 1
    assert len(holdings_fields([replace(each, copies=1) for each in twice])) == 2
    assert len(decode(OPAC_RECORD, opac_record(b"", " " * 24, twice, {}))["holdingsData"]) == 1
    iso2709({"leader": " " * 24, "fields": fields}, marc8=True)


def in_halves(text: str) -> str:
    """A ligature as MARC-8 has it: one half over each letter."""
    return re.sub("(.)\u0361(.)", "\\1\ufe20\\2\ufe21", text)


CORPUS_FILES = (
    "vn_international/vie_language_records.mrc",
    "folio/CornellFOLIOExemplars.mrc",
    "agencies/bu_bibs.mrc",
)


def corpus_records(folder: Path, most: int = 150) -> list[bytes]:
    """MARC-in-JSON of real records, some from each of several files."""
    found = []
    reader = Iso2709()
    for name in (
        "vn_international/vie_language_records.mrc",
        "folio/CornellFOLIOExemplars.mrc",
        "agencies/bu_bibs.mrc",
    ):
        path = folder / "records" / name
        if not path.exists():
            continue
        with path.open("rb") as stream:
            for harvested in reader.split(stream, {}):
                if harvested.raw is None or len(found) >= most:
                    continue
                try:
                    parsed = reader.parse(RawRecord("iso2709", harvested.raw.data, 1))
                except UnionCatError:
                    continue
                found.append(to_json(parsed.record))
    return found


@pytest.mark.corpus
def test_real_records_in_both_encodings_are_what_pymarc_reads(shared_data: Path) -> None:
    records = corpus_records(shared_data)
    assert len(records) > 50
    for marc in records:
        parsed = document(marc)
        expected = from_json(marc)
        for marc8 in (False, True):
            octets = iso2709(document(marc), marc8=marc8)
            hints = {"encoding": "marc8" if marc8 else "utf-8"}  # "©Ø" in MARC-8 are the octets of "â" in UTF-8
            again = Iso2709().parse(RawRecord("iso2709", octets, 1, hints)).record
            wanted = [field for field in expected.fields if field.tag != "066"]
            assert [field.tag for field in again.fields if field.tag != "066"] == [field.tag for field in wanted]
            if b"&#x" not in octets:
                title = [(in_halves if marc8 else str)(field.value()) for field in expected.get_fields("245")]
                assert [field.value() for field in again.get_fields("245")] == title
        assert len(parsed["fields"]) == len(expected.fields)


@pytest.mark.corpus
@pytest.mark.peer
def test_yaz_marcdump_finds_nothing_wrong(
    shared_data: Path, need_program: Callable[[str], str], tmp_path: Path
) -> None:
    records = corpus_records(shared_data)
    for marc8 in (False, True):
        path = tmp_path / f"{marc8}.mrc"
        path.write_bytes(b"".join(iso2709(document(marc), marc8=marc8) for marc in records))
        command = [need_program("yaz-marcdump"), "-n", "-f", "marc-8" if marc8 else "utf-8", "-t", "utf-8", str(path)]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0
        assert done.stdout + done.stderr == b""
