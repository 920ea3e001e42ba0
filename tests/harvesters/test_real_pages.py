"""Real answers of real endpoints: no record of theirs is lost, whatever state the page is in."""

from __future__ import annotations

import gzip
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvesters.oai_page import CutOff, parse_page

pytestmark = pytest.mark.corpus
NOT_OAI = re.compile(
    r"dpla_(gpo|ma|maryland)|emory_alma_(multiple|single)|marc-to-dc|mzk_(adr|DownloadItem)|fake1_00006|Broken"
)
_HEADER = re.compile(rb"<(?:[\w.\-]+:)?header[\s>]")


def pages(folder):
    for path in sorted([*(folder / "records" / "oai").iterdir(), *(folder / "records" / "oai_sequences").iterdir()]):
        yield path.name, gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_every_header_of_every_page_becomes_a_record(shared_data):
    read = refused = 0
    for name, content in pages(shared_data):
        if NOT_OAI.search(name):
            with pytest.raises(CutOff):
                parse_page(content, "x")
            continue
        page = parse_page(content, "x")
        whole_page_refused = any((each.refused or "").startswith("page:") for each in page.records)
        assert whole_page_refused or len(page.records) == len(_HEADER.findall(content)), name
        read += len(page.records)
        refused += sum(each.refused is not None and each.raw is not None for each in page.records)
        assert all(each.raw is not None or each.deleted for each in page.records), name
    assert read > 3500
    assert refused < 25


@pytest.mark.parametrize(
    ("name", "records", "deleted", "refused"),
    [
        ("reservoir_oai-response-5.xml", 3, 2, 0),  # a record whose opening tag is missing
        ("reservoir_pennstate-bad-rec-20221216.xml.gz", 300, 0, 0),  # bytes that are no UTF-8
        ("pyoai_fake3_00001.xml", 1, 0, 1),  # tags that do not match
        ("traject_sample-oai-no-namespace.xml", 10, 0, 0),
        ("ole_dublin-unq-02.xml.gz", 500, 12, 0),
    ],
)
def test_known_ugly_pages(shared_data, name, records, deleted, refused):
    content = dict(pages(shared_data))[name]
    page = parse_page(content, "x")
    found = (
        len(page.records),
        sum(each.deleted for each in page.records),
        sum(each.refused is not None for each in page.records),
    )
    assert found == (records, deleted, refused)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 4000), st.integers(0, 60))
def test_any_bytes_give_a_page_or_say_cut_off(shared_data, junk, at, length):
    content = (shared_data / "records" / "oai" / "reservoir_oai-response-4.xml").read_bytes()
    for tried in (junk, content[:at] + junk + content[at + length :], content[:at]):
        try:
            page = parse_page(tried, "x")
        except CutOff:
            continue
        assert all(each.raw is not None or each.deleted for each in page.records)


def test_entities_are_never_multiplied():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record a="&l11;"><header>'
        "<identifier>oai:x:1</identifier></header><metadata><dc>&l11;</dc></metadata></record></ListRecords></OAI-PMH>"
    )
    for content in (bomb.encode(), bomb.encode("utf-16")):
        (record,) = parse_page(content, "x").records
        assert record.identifier == "oai:x:1"
        assert len(record.raw.data) < 500


@pytest.mark.parametrize(
    "part",
    rb"<?x?> & &a <header_ <record><header> <resumptionToken> <responseDate_ <a:b <!DOCTYPE[ xmlns:a_ <!---->".split(),
)
def test_no_page_takes_more_than_linear_time(part):
    part = part.replace(b"_", b" ")
    begun = time.process_time()
    for content in (part * (400_000 // len(part)), b"<OAI-PMH>" + part * (400_000 // len(part)) + b"</OAI-PMH>"):
        try:
            parse_page(content, "x")
        except CutOff:
            continue
    assert time.process_time() - begun < 5
