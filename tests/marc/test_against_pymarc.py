"""Our reader against pymarc's, record by record, on every ISO 2709 file of the corpus that pymarc can read."""

import gzip
import io
import logging
import warnings
from pathlib import Path

import pytest
from pymarc import Record

from unioncat.marc import normalise
from unioncat.marc.finish import finished
from unioncat.marc.iso2709 import Iso2709
from unioncat.marc.marcjson import to_json

ENDINGS = (".mrc", ".marc", ".dat", ".usmarc", ".mrc.gz")

# Records in which we differ, and why we are right. Everything else must be equal, byte for byte, as JSON.
DIFFERENT = {
    "agencies/bu_bibs.mrc": "lengths in characters: pymarc cuts fields in the middle; UTF-8 flagged as MARC-8",
    "broken/filemarc_example.mrc": "Windows-1252 flagged as MARC-8",
    "broken/filemarc_music.mrc": "UTF-8 flagged as MARC-8",
    "broken/filemarc_wronglen.mrc": "lengths in the directory are wrong",
    "broken/folio_marcAuthorityInvalid.mrc": "lengths in the directory are wrong",
    "broken/jorol_bad_data_value.mrc": "a field terminator inside a field: a blank here, nothing there",
    "broken/jorol_bad_encoding.mrc": "UTF-8 flagged as MARC-8, lengths in characters",
    "broken/marc4j_bad-characters-in-various-fields.mrc": "junk before the leader",
    "broken/marc4j_bad_too_long_plus_2.mrc": "record over 99,999 bytes",
    "broken/marc4j_chinese_mangled_multibyte.mrc": "unknown EACC characters: U+FFFD here, blanks there",
    "broken/ol_collingswood_bad_008.mrc": "UTF-8 flag on other bytes in 008",
    "broken/ol_lesabndioeinas00sche_meta.mrc": "UTF-8 flagged as MARC-8",
    "broken/ol_mytwocountries1954asto_meta.mrc": "a field without indicators: kept here",
    "broken/ol_upei_short_008.mrc": "lengths in the directory are wrong",
    "broken/ol_wrapped_lines.mrc": "field over 9,999 bytes, continued in a second entry",
    "broken/perl_baddir.usmarc": "lengths in the directory are wrong",
    "broken/perl_cyrillic.marc": "Extended Cyrillic in G1: pymarc loses its letters",
    "broken/pymarc_1251.dat": "Windows-1251 flagged as MARC-8",
    "broken/pymarc_bad_marc8_escape.dat": "unfinished escape: U+FFFD here",
    "broken/pymarc_testunimarc.dat": "UTF-8 flagged as MARC-8",
    "broken/pymarc_utf8_without_leader_flag.dat": "UTF-8 flagged as MARC-8",
    "evergreen/jazz_1k.mrc.gz": "four records in Windows-1252",
    "folio/diac-4-theo-directly-from-sierra.mrc": "characters written {u12E8}: turned into what they name",
    "gpo/AIANNH_Subject-Based-Resources_Water-resources_202005_499_marc8.mrc.gz": "one record in Windows-1252",
    "qa_catalogue/serial.bnr.1993.mrc": "UTF-8 flagged as MARC-8",
    "uva_solrmarc/record_set_045.mrc": "a mark without letter: U+FFFD here",
    "yaz/marc1.marc": "danMARC in Windows-1252",
    "yaz/marc11.marc": "danMARC in Windows-1252",
}


def pymarc_says(data: bytes) -> Record | None:
    """What pymarc reads, or None if it refuses or warns."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return Record(data)
    except Exception:  # pymarc raises anything from ValueError to IndexError: all mean "refused"
        return None


@pytest.mark.corpus
@pytest.mark.slow
def test_every_record_pymarc_reads_is_read_the_same(shared_data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("pymarc").setLevel(logging.CRITICAL)
    reader = Iso2709()
    compared = equal = 0
    different: dict[str, int] = {}
    for path in sorted((shared_data / "records").rglob("*")):
        if not path.name.endswith(ENDINGS):
            continue
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if reader.sniff(data[:65536], path.name) < 0.5:
            continue
        for one in reader.split(io.BytesIO(data), {}):
            if one.refused or one.raw is None:
                continue
            theirs = pymarc_says(one.raw.data)
            if theirs is None or not theirs.fields:
                continue
            ours = reader.parse(one.raw)
            compared += 1
            if to_json(ours.record) == to_json(finished(*normalise(theirs)).record):
                equal += 1
            else:
                name = str(path.relative_to(shared_data / "records"))
                different[name] = different.get(name, 0) + 1
    capfd.readouterr()  # pymarc writes its doubts about MARC-8 to standard error
    assert compared > 85_000
    assert set(different) <= set(DIFFERENT), different
    assert compared - equal <= 70, different
