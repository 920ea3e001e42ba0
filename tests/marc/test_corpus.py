"""Every file of the record corpus: what is expected, read and refused, as scripts/read_corpus.py prints it."""

import gzip
import re
from pathlib import Path

import pytest

from scripts.read_corpus import FileAccount, print_table, read_all

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

# Files in which another number of records is right than the corpus' page counts, and why.
OTHERWISE = {
    "vn_hcmut/data_mini.xlsx": (3, "the page counts no rows"),
    "vn_bookshop/tiki_book_data.csv.gz": (1751, "the page counts lines; titles hold line breaks"),
    "vn_bookshop/fahasa_books_20251123_152905.csv": (30, "the page counts the heading"),
    "temple/temple_marc_fixture.xml.gz": (366, "ten records without leader"),
    "broken/marc4j_008008027.mrc": (18, "and a nineteenth that is truncated"),
    "idzebra/sample-marc": (24, "two terminators follow the last record"),
    "isis/abcd_Linux_marcuni_marcutf8.iso": (4, "the page does not count CDS/ISIS"),
    "isis/abcd_Linux_rda_rda.iso.gz": (790, "the page does not count CDS/ISIS"),
    "isis/abcd_Windows_marcuni_marcuni.iso": (53, "the page does not count CDS/ISIS"),
    "qa_catalogue/alephseq-example2.txt": (100, "the page counts lines; eight of them are deleted"),
    "qa_catalogue/alephseq-example6-error.txt": (5, "the page counts lines"),
    "qa_catalogue/nkcr-sample-records.txt": (11, "the page counts lines"),
    "sru/oaipmh-bibsys.xml": (89, "the page adds seven OAI-PMH headers without metadata"),
}

# Records that cannot be used, with the reason; everything else must be read.
REFUSED = {
    "agencies/bnf_anywhere_all_peter.xml": "no MARC field",  # an SRU diagnostic in place of a record
    "broken/marc4j_008008027.mrc": "truncated",
    "broken/pymarc_bad_records.mrc": "no fields",
    "folio/invalidUChicago_SampleBibs.xml": "truncated",
    "isis/abcd_Linux_rda_rda.iso.gz": "",  # one cut off, one with a damaged directory
    "loc_format_examples/bd01x09x.xml": "no field with any text",
    "loc_format_examples/bd20x24x.xml": "no field with any text",
    "loc_format_examples/bd25x28x.xml": "no field with any text",
    "loc_format_examples/bd84188x.xml": "no field with any text",
}

# Not MARC at all, or in forms that no library sends: a sentence names what can be read.
UNSUPPORTED = re.compile(
    r"oai/|oai_sequences/|broken/perl_.*\.lif|broken/perl_farsi|broken/marc4j_.*marc-json\.json"
    r"|broken/recman_marc_empty_field\.json|vn_bookshop/.*\.json|dedup_princeton/.*\.json"
)


@pytest.fixture(scope="module")
def accounts(shared_data: Path) -> dict[str, FileAccount]:
    found = read_all(shared_data / "records")
    print_table(found)
    return {account.path: account for account in found}


def test_every_file_gives_the_records_expected_or_reasons(accounts: dict[str, FileAccount]) -> None:
    wrong = []
    for path, account in accounts.items():
        if path.startswith(("oai/", "oai_sequences/")) or path.endswith(".oai.xml.gz"):
            continue  # counted below: the page counts records and headers there
        expected = OTHERWISE.get(path, (account.expected, ""))[0]
        if not account.format:
            if not UNSUPPORTED.match(path) or not all("is in no format" in reason for reason in account.reasons):
                wrong.append(account)
        elif path in REFUSED:
            if not account.refused or not all(REFUSED[path] in reason for reason in account.reasons):
                wrong.append(account)
            if path not in OTHERWISE and account.read + account.refused < (expected or 0):
                wrong.append(account)
        elif account.refused or account.read + account.deleted != expected:
            wrong.append(account)
    assert wrong == []


def test_every_oai_pmh_page_gives_its_records(accounts: dict[str, FileAccount], shared_data: Path) -> None:
    """Each record with MARCXML is read, each deleted header is a deletion."""
    for path, account in accounts.items():
        if not path.startswith(("oai/", "oai_sequences/", "dedup_xc/demo")) or account.format != "marcxml":
            continue
        data = (shared_data / "records" / path).read_bytes()
        text = (gzip.decompress(data) if path.endswith(".gz") else data).decode("utf-8", "replace")
        deleted = len(re.findall(r"<(?:\w+:)?record[^>]*>\s*<(?:\w+:)?header[^>]*status\s*=\s*[\"']deleted", text))
        assert account.deleted == deleted, path
        assert account.refused == 0, path
        if "<metadata" in text:
            assert account.read == len(re.findall(r"<metadata[\s>]", text)), path


def test_files_that_others_cannot_read(accounts: dict[str, FileAccount]) -> None:
    whole = {"agencies/bu_bibs.mrc": 100, "agencies/gbv_marc_138.mrc": 138, "qa_catalogue/000-line-seperated.mrc": 20}
    assert {path: (accounts[path].read, accounts[path].refused) for path in whole} == {
        path: (number, 0) for path, number in whole.items()
    }


def test_the_sum(accounts: dict[str, FileAccount]) -> None:
    assert sum(account.read for account in accounts.values()) >= 115_000
    assert sum(account.refused for account in accounts.values() if account.format) <= 40
