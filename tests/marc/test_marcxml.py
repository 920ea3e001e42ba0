import contextlib
import gzip
import io
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymarc import Record

from tests.marc_strategies import content, records
from unioncat.marc import marcxml, to_marcxml, values, xml_records
from unioncat.marc.marcjson import to_json
from unioncat.marc.marcxml import MarcXml, parse_marcxml
from unioncat.marc.marcxml_recover import recover_record
from unioncat.model import BadRecord, HarvestedRecord

READER = MarcXml()
BOOK = (
    "<record><leader>00000nam a2200000 i 4500</leader><controlfield tag='001'>42</controlfield>"
    "<datafield tag='245' ind1='0' ind2='0'><subfield code='a'>{}</subfield></datafield></record>"
)


def cut(text: str | bytes) -> list[HarvestedRecord]:
    data = text.encode() if isinstance(text, str) else text
    return list(READER.split(io.BytesIO(data), {}))


def titles(text: str | bytes) -> list[str]:
    found = []
    for one in cut(text):
        assert one.refused is None
        assert one.raw is not None
        found += values(READER.parse(one.raw).record, "245$a")
    return found


@given(records())
def test_reading_what_was_written_is_identity(record: Record) -> None:
    parsed = parse_marcxml(to_marcxml(record))
    assert content(parsed.record) == content(record)
    assert parsed.findings == ()


@given(st.binary(max_size=300) | st.text(alphabet="<>/recordfil tag=\"'1a&;!-[]C", max_size=200).map(str.encode))
def test_any_bytes_are_records_or_refused(data: bytes) -> None:
    READER.sniff(data, "x")
    for one in (*cut(data), *cut(b"<record>" + data + b"</record>")):
        if one.raw is not None and one.refused is None:
            with contextlib.suppress(BadRecord):
                READER.parse(one.raw)


@pytest.mark.parametrize(
    "wrapped",
    [
        BOOK,
        '<?xml version="1.0"?><collection xmlns="http://www.loc.gov/MARC21/slim">' + BOOK + "</collection>",
        '<?xml version="1.0" encoding="UTF-8"?>\n\n<!-- <record>no</record> -->' + BOOK,
        "<b>Notice</b>: Undefined index in /var/www/oai.php on line 3\n" + BOOK + "<br/>more notices",
        BOOK.replace("<", "<marc:").replace("<marc:/", "</marc:"),
        BOOK.replace("'", '"'),
        BOOK.replace("><", ">\n  <"),
        BOOK.replace("{}", "<![CDATA[{}]]>"),
        BOOK.replace("{}", "{}<!-- checked -->"),
        BOOK.replace("</record>", "<other:thing/></record>"),
        "INSERT INTO biblio_metadata VALUES (1,'" + BOOK.replace("'", '\\"').replace("><", ">\\n  <") + "');",
        "<zs:record><zs:recordData>"
        + BOOK.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        + "</zs:recordData></zs:record>",
        "<zs:records><zs:record><zs:recordData>" + BOOK + "</zs:recordData></zs:record></zs:records>",
    ],
)
def test_wrappers(wrapped: str) -> None:
    assert titles(wrapped.replace("{}", "Truyện Kiều")) == ["Truyện Kiều"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings_by_their_marks(encoding: str) -> None:
    assert titles(f'<?xml version="1.0"?>{BOOK.format("Truyện Kiều")}'.encode(encoding)) == ["Truyện Kiều"]


def test_a_declared_encoding_is_taken_where_the_bytes_are_not_utf8() -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>' + BOOK.format("Été à Hué")
    assert titles(text.encode("latin-1")) == ["Été à Hué"]
    assert titles(text.encode("utf-8")) == ["Été à Hué"]
    wrong = '<?xml version="1.0" encoding="UTF-16"?>' + BOOK.format("Hà Nội")
    assert titles(wrong.encode()) == ["Hà Nội"]


def test_headers_of_oai_pmh_are_understood() -> None:
    page = (
        "<OAI-PMH><ListRecords><record><header><identifier>oai:x:1</identifier><datestamp>2024-05-06T07:08:09Z</datestamp>"
        "<setSpec>a</setSpec><setSpec>b</setSpec></header><metadata>" + BOOK.format("Kiều") + "</metadata></record>"
        '<record><header status="deleted"><identifier>oai:x:2</identifier>'
        "<datestamp>2024-05-07</datestamp></header></record>"
        "</ListRecords></OAI-PMH>"
    )
    first, second = cut(page)
    assert (first.identifier, first.sets, first.deleted) == ("oai:x:1", ("a", "b"), False)
    assert first.datestamp == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert (second.identifier, second.deleted, second.raw) == ("oai:x:2", True, None)
    assert second.datestamp == datetime(2024, 5, 7, tzinfo=UTC)


def test_a_page_that_is_cut_off_loses_its_last_record_only() -> None:
    page = "<collection>" + BOOK.format("Một") + BOOK.format("Hai")[:60]
    first, second = cut(page)
    assert first.refused is None
    assert second.refused == "truncated: the record element has no end"
    assert second.raw is not None
    assert second.raw.data.decode() == BOOK.format("Hai")[:60]


def test_bytes_that_are_no_utf8_hurt_one_record() -> None:
    page = (BOOK.format("Một") + BOOK.format("H@i") + BOOK.format("Ba")).encode().replace(b"@", b"\xe0")
    parsed = [READER.parse(one.raw) for one in cut(page) if one.raw is not None]
    assert [values(one.record, "245$a") for one in parsed] == [["Một"], ["H\ufffdi"], ["Ba"]]
    assert [one.findings[0].rule if one.findings else "" for one in parsed] == ["", "encoding-invalid", ""]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("A &amp; B &lt;C&gt; &quot;D&quot; &#7879; &#x1EC7;", 'A & B <C> "D" ệ ệ'),
        ("caf&eacute;&nbsp;x", "café\xa0x"),
        ("R&D", "R&D"),
        ("a &unknown; b", "a &unknown; b"),
        ("a\n   b", "a b"),
    ],
)
def test_entities(text: str, meant: str) -> None:
    assert titles(BOOK.format(text)) == [meant]


def test_entity_bombs_unfold_to_nothing() -> None:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb = f"<!DOCTYPE record [{entities}]>{BOOK.format('&i;')}"
    inside = f"<record><!DOCTYPE record [{entities}]>{BOOK.format('&i;')[8:]}"
    start = time.process_time()
    assert titles(bomb) == ["&i;"]
    assert titles(inside) == ["&i;"]
    assert time.process_time() - start < 1


def test_nothing_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not for you")
    text = f'<!DOCTYPE record [<!ENTITY x SYSTEM "file://{secret}">]>{BOOK.format("&x;")}'
    assert titles(text) == ["&x;"]


def test_flat_memory_for_what_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_records, "RECORD_LIMIT", 100_000)
    monkeypatch.setattr(xml_records, "_BLOCK", 4096)
    pieces = cut("<record>" + "x" * 300_000 + BOOK.format("Một"))
    assert pieces[0].refused == "no end of the record element within 100,000 bytes"
    assert pieces[0].raw is not None
    assert len(pieces[0].raw.data) <= 65_536
    assert pieces[-1].refused is None


def test_records_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "<collection><!-- x -->" + "".join(BOOK.format(f"Cuốn {number}") for number in range(30)) + "</collection>"
    wanted = [f"Cuốn {number}" for number in range(30)]
    for size in (1, 7, 64, 500, 5000):
        monkeypatch.setattr(xml_records, "_BLOCK", size)
        monkeypatch.setattr(xml_records, "_LOOK_BEHIND", size + 4)
        assert titles(page) == wanted


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ("<controlfield tag='008'><subfield code='a'>x</subfield></controlfield>", "control-field-subfields"),
        ("<datafield ind1=' ' ind2=' '><subfield code='a'>x</subfield></datafield>", "tag-format"),
        ("<datafield tag='500' ind1=' ' ind2=' '><subfield>x</subfield></datafield>", "subfield-code"),
        ("<datafield tag='500' ind1=' ' ind2=' '><subfield code='a'></subfield></datafield>", "subfield-empty"),
        ("<datafield tag='500' ind1='X' ind2=' '><subfield code='a'>x</subfield></datafield>", "indicator-character"),
        ("<datafield tag='500'><subfield code='a'>x</subfield>", "xml-repaired"),
    ],
)
def test_broken_fields_are_kept_with_a_finding(broken: str, rule: str) -> None:
    one = cut(BOOK.format("Kiều").replace("</record>", broken + "</record>"))[0]
    assert one.raw is not None
    parsed = READER.parse(one.raw)
    assert rule in {finding.rule for finding in parsed.findings}
    assert values(parsed.record, "245$a") == ["Kiều"]


def test_no_marc_in_it() -> None:
    with pytest.raises(BadRecord, match="no MARC field"):
        parse_marcxml(b"<record><title>Kieu</title></record>")


@pytest.mark.corpus
@pytest.mark.slow
def test_the_quick_way_reads_as_lxml_does(shared_data: Path) -> None:
    """Every record of every MARCXML file that the quick way takes is read by lxml to the same record."""
    compared = quickly = 0
    for path in sorted((shared_data / "records").rglob("*.xml*")):
        if path.name.startswith("hbz"):
            continue  # one record of 4 MB; the table of the corpus reads it
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if READER.sniff(data[:65536], path.name) < 0.8:
            continue
        for one in READER.split(io.BytesIO(data), {}):
            if one.raw is None or one.refused:
                continue
            try:
                text = one.raw.data.decode("utf-8")
                quick = marcxml._read_regular(text, "")
                slow = recover_record(text, False, [], "")
            except (UnicodeDecodeError, BadRecord):
                continue
            compared += 1
            if quick is not None:
                quickly += 1
                assert to_json(quick.record) == to_json(slow.record), path
                assert quick.identifier == slow.identifier
    assert compared > 6_000
    assert quickly > 0.9 * compared
