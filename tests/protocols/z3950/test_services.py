"""Every service of the server, over a socket, with values of APDUs on both sides."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pymarc
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from z_catalogue import BOOKS, Peer, condition, init_request, make_parts, present_request, search_request, served

from protocols.z3950 import oids
from protocols.z3950.apdu import OPTIONS
from protocols.z3950.asn1 import decode
from protocols.z3950.charset import propose_utf8
from protocols.z3950.explain import EXPLAIN_RECORD
from protocols.z3950.limits import Limits
from protocols.z3950.marc_input import octets_of, read_record
from protocols.z3950.pqf import parse_pqf
from protocols.z3950.structures import CHARSET_NEGOTIATION, GENERIC_RECORD, OPAC_RECORD, RESOURCE_REPORT_2
from unioncat.marc import first, values
from unioncat.marc.marc8_encode import encode_marc8

NAMED = ("simple", ("genericElementSetName", "F"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    parts = make_parts(tmp_path_factory.mktemp("index"), limits=Limits(result_sets=3, scan_terms=50))
    with served(parts) as found:
        yield found


@pytest.fixture
def peer(address: tuple[str, int]) -> Iterator[Peer]:
    with Peer(address) as connected:
        yield connected


def elements(name: str) -> tuple[str, Any]:
    return ("simple", ("genericElementSetName", name))


def records_in(response: dict[str, Any]) -> list[dict[str, Any]]:
    kind, records = response["records"]
    assert kind == "responseRecords"
    return [each["record"][1] for each in records]


def titles(response: dict[str, Any]) -> list[str]:
    return [first(read_record(each), "245$a") or "" for each in records_in(response)]


# ---------------------------------------------------------------- Init


def test_options_in_force_are_those_asked_and_supported(address: tuple[str, int]) -> None:
    asked = frozenset(OPTIONS[name] for name in ("search", "present", "encapsulation"))
    with Peer(address, options=asked) as peer:
        assert peer.init_response["options"] == {OPTIONS["search"], OPTIONS["present"]}
        assert peer.init_response["result"] is True


def test_version_2_is_spoken_to_those_who_have_no_other(address: tuple[str, int]) -> None:
    with Peer(address, protocolVersion=frozenset({0, 1})) as peer:
        assert peer.init_response["protocolVersion"] == {0, 1}
        assert peer.search("@attr 1=4 kieu")["resultCount"] == 2


def test_no_common_version_is_refused(address: tuple[str, int]) -> None:
    with Peer(address, protocolVersion=frozenset({5})) as peer:
        assert peer.init_response["result"] is False
        assert peer.receive() is None


def test_sizes_are_negotiated_down_and_never_up(address: tuple[str, int]) -> None:
    with Peer(address, preferredMessageSize=500, exceptionalRecordSize=100) as peer:
        assert peer.init_response["preferredMessageSize"] == 500
        assert peer.init_response["exceptionalRecordSize"] == 500
    with Peer(address, preferredMessageSize=10**9, exceptionalRecordSize=10**9) as peer:
        assert peer.init_response["preferredMessageSize"] == Limits().message_size


def test_reference_ids_come_back(address: tuple[str, int]) -> None:
    with Peer(address, init=False) as peer:
        assert peer.ask("initRequest", init_request(referenceId=b"a\0b"))[1]["referenceId"] == b"a\0b"
        assert peer.search("x", referenceId=b"1")["referenceId"] == b"1"
        assert peer.present(9, referenceId=b"2")["referenceId"] == b"2"
        assert peer.ask("deleteResultSetRequest", {"deleteFunction": 1, "referenceId": b"3"})[1]["referenceId"] == b"3"
        assert peer.ask("close", {"closeReason": 0, "referenceId": b"4"})[1]["referenceId"] == b"4"


@pytest.mark.parametrize(
    "authentication",
    [
        ("open", "guest"),
        ("open", "guest/guest"),
        ("anonymous", None),
        ("idPass", {"userId": "u", "password": "p"}),
        ("idPass", {}),
    ],
)
def test_anybody_may_search_a_server_without_accounts(address: tuple[str, int], authentication: Any) -> None:
    with Peer(address, idAuthentication=authentication) as peer:
        assert peer.init_response["result"] is True


def test_utf8_is_negotiated(address: tuple[str, int]) -> None:
    with Peer(address, otherInfo=[propose_utf8("eng")]) as peer:
        (information,) = peer.init_response["otherInfo"]
        kind, response = decode(CHARSET_NEGOTIATION, information["information"][1]["encoding"][1])
        assert kind == "response"
        assert response["selectedCharSets"] == ("iso10646", {"encodingLevel": oids.UTF_8_FORM})
        assert response["recordsInSelectedCharSets"] is True
        assert response["selectedLanguage"] == "eng"
        assert OPTIONS["negotiationModel"] in peer.init_response["options"]
        peer.search("@attr 1=4 kieu", databaseNames=["marc8"])
        octets = octets_of(records_in(peer.present(preferredRecordSyntax=oids.USMARC))[0])
        assert octets[9:10] == b"a"  # records in the negotiated set, whatever the database


def test_other_character_sets_are_declined(address: tuple[str, int]) -> None:
    proposal = CHARSET_NEGOTIATION.write(
        ("proposal", {"proposedCharSets": [("private", ("previouslyAgreedUpon", None))]})
    )
    external = {"direct-reference": oids.CHARSET_NEGOTIATION, "encoding": ("single-ASN1-type", proposal)}
    with Peer(address, otherInfo=[{"information": ("externallyDefinedInfo", external)}]) as peer:
        (information,) = peer.init_response["otherInfo"]
        _, response = decode(CHARSET_NEGOTIATION, information["information"][1]["encoding"][1])
        assert response["selectedCharSets"] == ("none", None)


# ---------------------------------------------------------------- Search


def test_types_1_101_and_104(peer: Peer) -> None:
    assert peer.search("", query=("type-101", parse_pqf("@attr 1=4 kieu")))["resultCount"] == 2
    for encoding in (("single-ASN1-type", b"\x1b\x0atitle=kieu"), ("octet-aligned", b"title=kieu")):
        query = ("type-104", {"direct-reference": oids.CQL, "encoding": encoding})
        assert peer.search("", query=query)["resultCount"] == 2
    query = ("type-104", {"direct-reference": oids.CQL, "encoding": ("octet-aligned", b"title==")})
    assert condition(peer.search("", query=query)) == 108


@pytest.mark.parametrize(
    ("query", "number"),
    [
        (("type-2", b"x"), 107),
        (("type-100", b"x"), 107),
        (("type-0", b"\x04\x00"), 107),
        (("type-104", {"direct-reference": "1.2.3", "encoding": ("octet-aligned", b"x")}), 107),
    ],
)
def test_other_types_get_107(peer: Peer, query: Any, number: int) -> None:
    assert condition(peer.search("", query=query)) == number
    assert peer.search("kieu")["resultCount"] == 2


@pytest.mark.parametrize(
    ("pqf", "number", "addinfo"),
    [
        ("@attr 1=9999 x", 114, "9999"),
        ("@attr 2=100 x", 117, "100"),
        ("@attr 3=9 x", 119, "9"),
        ("@attr 4=99 x", 118, "99"),
        ("@attr 5=103 x", 120, "103"),
        ("@attr 6=9 x", 122, "9"),
        ("@attr 14=1 x", 113, "14"),
        ("@attr 1.2.840.10003.3.5 1=4 x", 121, "1.2.840.10003.3.5"),
        ('""', 125, ""),
        ("@set nothere", 30, "nothere"),
        ("@prox 1 1 1 2 k 2 a b", 110, "prox, exclusion"),
        ("@prox 0 1 1 2 k 9 a b", 132, "9"),
        ("@prox 0 1 1 9 k 2 a b", 131, "9"),
        ("@prox 0 -1 1 2 k 2 a b".replace("-1", "1001"), 202, "1001"),
        ("@attr 5=102 (((", 126, None),
        ("@term null x", 229, "null"),
    ],
)
def test_what_cannot_be_answered_gets_its_diagnostic_and_the_association_goes_on(
    peer: Peer, pqf: str, number: int, addinfo: str | None
) -> None:
    response = peer.search(pqf)
    assert condition(response) == number
    assert response["searchStatus"] is False
    assert response["resultSetStatus"] == 3
    diagnostic = response["records"][1]
    assert diagnostic["diagnosticSetId"] == oids.DIAG_BIB_1
    if addinfo is not None:
        assert diagnostic["addinfo"][1] == addinfo
    assert peer.search("@attr 1=4 kieu")["resultCount"] == 2


def test_databases(peer: Peer) -> None:
    assert peer.search("@attr 1=4 kieu", databaseNames=["VN-MC"])["resultCount"] == 2
    assert peer.search("@attr 1=4 kieu", databaseNames=["vn-cd"])["resultCount"] == 1
    assert peer.search("@attr 1=4 kieu", databaseNames=["VN-BT", "VN-TH"])["resultCount"] == 1
    assert peer.search("@attr 1=4 kieu", databaseNames=["DEFAULT"])["resultCount"] == 2
    response = peer.search("x", databaseNames=["nosuch\nb\u1ea3ng"])
    assert condition(response) == 235
    assert response["records"][1]["addinfo"][1] == "nosuch\\x0abảng"
    assert condition(peer.search("x", databaseNames=[])) == 235
    assert condition(peer.search("x", databaseNames=["VN-OLD"])) == 109
    assert condition(peer.search("x", databaseNames=["Default"] * 51)) == 111
    assert condition(peer.search("x", databaseNames=["Default", "IR-Explain-1"])) == 23


@pytest.mark.parametrize(
    "octets",
    [
        "Truyện Kiều".encode(),
        b"Truye\xcc\xa3\xcc\x82n Kie\xcc\x82\xcc\x80u",
        b"truyen kieu",
        "TRUYỆN KIỀU".encode(),
        encode_marc8("Truyện Kiều")[0],
        b"Ki\xea\xccu",
    ],
    ids=["nfc", "nfd", "folded", "capitals", "marc-8", "cp1258"],
)
def test_terms_find_in_whatever_encoding_they_come(peer: Peer, octets: bytes) -> None:
    rpn = parse_pqf("@attr 1=4 x")
    rpn["rpn"][1][1]["term"] = ("general", octets)
    assert peer.search("", query=("type-1", rpn))["resultCount"] == 2


def test_latin_1_terms_find(peer: Peer) -> None:
    rpn = parse_pqf("@and @attr 1=4 x @attr 1=1003 y")
    rpn["rpn"][1]["rpn1"][1][1]["term"] = ("general", "Café".encode("latin-1"))
    rpn["rpn"][1]["rpn2"][1][1]["term"] = (
        "characterString",
        "Müller".encode("latin-1").decode("utf-8", "surrogateescape"),
    )
    assert peer.search("", query=("type-1", rpn))["resultCount"] == 1


def test_other_kinds_of_terms(peer: Peer) -> None:
    assert peer.search("@attr 1=31 @term numeric 1999")["resultCount"] == 1
    assert peer.search("@attr 1=4 @term string kieu")["resultCount"] == 2


def test_piggy_back(peer: Peer) -> None:
    small = peer.search("@attr 1=4 kieu", smallSetUpperBound=2, preferredRecordSyntax=oids.USMARC)
    assert small["numberOfRecordsReturned"] == 2
    assert small["presentStatus"] == 0
    assert small["nextResultSetPosition"] == 0
    medium = peer.search("@attr 1=1003 nguyen", smallSetUpperBound=1, largeSetLowerBound=10, mediumSetPresentNumber=3)
    assert medium["numberOfRecordsReturned"] == 3
    assert medium["nextResultSetPosition"] == 4
    large = peer.search("@attr 1=1003 nguyen", smallSetUpperBound=1, largeSetLowerBound=5, mediumSetPresentNumber=3)
    assert large["numberOfRecordsReturned"] == 0
    assert large["nextResultSetPosition"] == 1
    failed = peer.search("@attr 1=4 kieu", smallSetUpperBound=9, preferredRecordSyntax=oids.UNIMARC)
    assert failed["searchStatus"] is True
    assert failed["presentStatus"] == 5
    assert condition(failed) == 239
    assert peer.present()["presentStatus"] == 0


# ---------------------------------------------------------------- result sets


def test_named_sets_and_sets_as_operands(peer: Peer) -> None:
    peer.search("@attr 1=1003 nguyen", resultSetName="a")
    peer.search("@attr 1=4 kieu", resultSetName="b")
    assert peer.search("@and @set a @set b", resultSetName="c")["resultCount"] == 2
    assert peer.search("@not @set a @set b", resultSetName="c")["resultCount"] == 3
    assert peer.search("@or @set a @attr 1=4 algorithms", resultSetName="c")["resultCount"] == 6
    assert peer.search("@set b", resultSetName="b")["resultCount"] == 2
    assert condition(peer.search("@prox 0 1 1 2 k 2 @set a @set b", resultSetName="c")) == 130


def test_the_set_not_used_for_longest_makes_room(peer: Peer) -> None:
    for name in "abc":
        peer.search("@attr 1=4 kieu", resultSetName=name)
    peer.present(resultSetId="a")
    peer.search("x", resultSetName="d")
    assert peer.present(resultSetId="a")["numberOfRecordsReturned"] == 1
    assert condition(peer.present(resultSetId="b")) == 27
    assert condition(peer.present(resultSetId="never")) == 30
    peer.search("@attr 1=4 kieu", resultSetName="b")
    assert peer.present(resultSetId="b")["numberOfRecordsReturned"] == 1


def test_a_set_is_private_to_its_association(address: tuple[str, int], peer: Peer) -> None:
    peer.search("@attr 1=4 kieu", resultSetName="mine")
    with Peer(address) as other:
        assert condition(other.present(resultSetId="mine")) == 30


def test_replace_indicator(peer: Peer) -> None:
    peer.search("@attr 1=4 kieu")
    assert condition(peer.search("x", replaceIndicator=False)) == 21
    assert peer.present(2)["numberOfRecordsReturned"] == 1
    assert condition(peer.search("@attr 1=9999 x")) == 114
    assert condition(peer.present()) == 30  # what a failed search replaced is gone


def test_delete(peer: Peer) -> None:
    for name in "ab":
        peer.search("kieu", resultSetName=name)
    _, response = peer.ask("deleteResultSetRequest", {"deleteFunction": 0, "resultSetList": ["a", "nope"]})
    assert response["deleteOperationStatus"] == 9
    assert response["deleteListStatuses"] == [{"id": "a", "status": 0}, {"id": "nope", "status": 1}]
    assert condition(peer.present(resultSetId="a")) == 30
    assert peer.ask("deleteResultSetRequest", {"deleteFunction": 1})[1]["deleteOperationStatus"] == 0
    assert condition(peer.present(resultSetId="b")) == 30


# ---------------------------------------------------------------- Present


def test_ranges(peer: Peer) -> None:
    peer.search("@attr 1=1003 nguyen")
    assert peer.present(2, 3)["nextResultSetPosition"] == 5
    assert peer.present(5, 1)["nextResultSetPosition"] == 0
    ranges = [{"startingPosition": 4, "numberOfRecords": 2}, {"startingPosition": 2, "numberOfRecords": 1}]
    response = peer.present(1, 1, additionalRanges=ranges)
    assert response["numberOfRecordsReturned"] == 4
    everything = titles(peer.present(1, 5))
    assert titles(response) == [everything[place] for place in (0, 3, 4, 1)]
    for start, count in ((0, 1), (1, 6), (6, 1), (-1, 2), (1, -1), (2**31, 1)):
        assert condition(peer.present(start, count)) == 13
    assert peer.present(1, 0)["presentStatus"] == 0


@pytest.mark.parametrize("name", ["F", "f", "B", "H", ""])
def test_element_sets_of_marc(peer: Peer, name: str) -> None:
    peer.search("@attr 1=7 9786049123450")
    (external,) = records_in(peer.present(recordComposition=elements(name), preferredRecordSyntax=oids.USMARC))
    record = read_record(external)
    octets = octets_of(external)
    assert int(octets[:5]) == len(octets)
    assert octets[9:10] == b"a"
    assert values(record, "245$a") == ["Truyện Kiều"]
    assert bool(values(record, "650$a")) == (name != "B")
    assert values(record, "852$a") == (["VN-BT", "VN-MC", "VN-CD", "VN-TH"] if name == "H" else [])


def test_an_unknown_element_set_or_syntax_or_schema(peer: Peer) -> None:
    peer.search("kieu")
    assert condition(peer.present(recordComposition=elements("Q"))) == 25
    assert condition(peer.present(preferredRecordSyntax=oids.UNIMARC)) == 239
    complex_ = {"selectAlternativeSyntax": False, "generic": {"schema": ("uri", "http://nope")}}
    assert condition(peer.present(recordComposition=("complex", complex_), preferredRecordSyntax=oids.TEXT_XML)) == 1066
    complex_ = {"selectAlternativeSyntax": False, "recordSyntax": [oids.UNIMARC]}
    assert condition(peer.present(recordComposition=("complex", complex_))) == 239


def test_comp_spec(peer: Peer) -> None:
    peer.search("kieu")
    complex_ = {"selectAlternativeSyntax": True, "recordSyntax": [oids.UNIMARC]}
    assert records_in(peer.present(recordComposition=("complex", complex_)))[0]["direct-reference"] == oids.USMARC
    complex_ = {
        "selectAlternativeSyntax": False,
        "generic": {"schema": ("uri", "info:srw/schema/1/dc-v1.1")},
        "recordSyntax": [oids.UNIMARC, oids.TEXT_XML],
    }
    (external,) = records_in(peer.present(recordComposition=("complex", complex_)))
    assert b"<dc xmlns=" in octets_of(external)
    complex_ = {
        "selectAlternativeSyntax": False,
        "generic": {"elementSpec": ("elementSetName", "F")},
        "dbSpecific": [{"db": "Default", "spec": {"elementSpec": ("elementSetName", "B")}}],
        "recordSyntax": [oids.USMARC],
    }
    (external,) = records_in(peer.present(recordComposition=("complex", complex_)))
    assert values(read_record(external), "650$a") == []


@pytest.mark.parametrize("name", ["F", "marcxml", "marc21", "dc"])
def test_xml_by_element_set_or_schema_name(peer: Peer, name: str) -> None:
    peer.search("@attr 1=7 9786049123450")
    (external,) = records_in(peer.present(recordComposition=elements(name), preferredRecordSyntax=oids.TEXT_XML))
    octets = octets_of(external)
    assert octets.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert (b"Truy\xe1\xbb\x87n Ki\xe1\xbb\x81u" in octets) == (name != "dc")


def test_sutrs_in_both_languages(address: tuple[str, int]) -> None:
    for language, label in (("vie", "Nhan đề: Truyện Kiều\n"), ("eng", "Title: Truyện Kiều\n")):
        with Peer(address, otherInfo=[propose_utf8(language)]) as peer:
            peer.search("@attr 1=7 9786049123450")
            (external,) = records_in(peer.present(preferredRecordSyntax=oids.SUTRS))
            text = octets_of(external).decode()
            assert text.startswith(label)
            assert "(VN-MC), 895.92 C1" in text


def test_grs_1(peer: Peer) -> None:
    peer.search("@attr 1=7 9786049123450")
    (external,) = records_in(peer.present(preferredRecordSyntax=oids.GRS_1))
    elements_ = decode(GENERIC_RECORD, external["encoding"][1])
    flat = {(each["tagType"], each["tagValue"][1]): each["content"] for each in elements_}
    assert flat[2, 1] == ("string", "Truyện Kiều")
    assert flat[3, "245"][0] == "subtree"
    (external,) = records_in(peer.present(preferredRecordSyntax=oids.GRS_1, recordComposition=elements("B")))
    assert all(each["tagType"] < 3 for each in decode(GENERIC_RECORD, external["encoding"][1]))


def test_opac_names_each_library(peer: Peer) -> None:
    peer.search("@attr 1=7 9786049123450")
    (external,) = records_in(peer.present(preferredRecordSyntax=oids.OPAC))
    record = decode(OPAC_RECORD, external["encoding"][1])
    assert values(read_record(record["bibliographicRecord"]), "245$a") == ["Truyện Kiều"]
    holdings = [value for _, value in record["holdingsData"]]
    assert [each["nucCode"] for each in holdings] == ["VN-BT", "VN-MC", "VN-CD", "VN-TH"]
    assert holdings[0]["localLocation"] == "Thư viện Nguyễn Đình Chiểu"
    assert {each["copyNumber"] for each in holdings} == {"2"}
    assert holdings[3]["callNumber"] == "895.92 H1"
    assert all("circulationData" not in each for each in holdings)


def test_records_in_marc_8(peer: Peer) -> None:
    peer.search("@attr 1=7 9786049123450", databaseNames=["marc8"])
    for syntax in (oids.USMARC, oids.OPAC):
        (external,) = records_in(peer.present(preferredRecordSyntax=syntax))
        if syntax == oids.OPAC:
            external = decode(OPAC_RECORD, external["encoding"][1])["bibliographicRecord"]
        octets = octets_of(external)
        assert octets[9:10] == b" "
        assert b"Truy\xe3\xf2en Ki\xe3\xe1eu" in octets
        assert int(octets[:5]) == len(octets)
        record = next(iter(pymarc.MARCReader(BytesIO(octets))))
        assert record is not None
        assert normalize("NFC", record["245"]["a"]) == "Truyện Kiều"
    (external,) = records_in(peer.present(preferredRecordSyntax=oids.TEXT_XML))
    assert "Truyện Kiều".encode() in octets_of(external)


# ---------------------------------------------------------------- messages that are full, segments


def test_a_full_message_says_where_to_go_on(address: tuple[str, int]) -> None:
    options = frozenset(OPTIONS.values()) - {OPTIONS["level-1Segmentation"]}
    with Peer(address, preferredMessageSize=1_000, exceptionalRecordSize=1_000, options=options) as peer:
        peer.search("@attr 1=1003 nguyen")
        everything: list[str] = []
        position = 1
        while position:
            response = peer.present(position, 6 - position)
            assert response["presentStatus"] == (2 if response["nextResultSetPosition"] else 0)
            assert 0 < response["numberOfRecordsReturned"] < 5
            everything += titles(response)
            position = response["nextResultSetPosition"]
        assert len(set(everything)) == 5


def test_level_1_segmentation(address: tuple[str, int]) -> None:
    with Peer(address, preferredMessageSize=1_000, exceptionalRecordSize=1_000) as peer:
        peer.search("@attr 1=1003 nguyen")
        peer.send("presentRequest", present_request(1, 5))
        found: list[str] = []
        while True:
            received = peer.receive()
            assert received is not None
            name, value = received
            if name == "presentResponse":
                break
            assert name == "segmentRequest"
            assert value["numberOfRecordsReturned"] == len(value["segmentRecords"])
            found += titles({"records": ("responseRecords", value["segmentRecords"])})
        found += titles(value)
        assert value["numberOfRecordsReturned"] == 5
        assert value["presentStatus"] == 0
        assert len(set(found)) == 5
        response = peer.present(1, 5, maxSegmentCount=1)
        assert response["presentStatus"] == 2


def test_a_record_too_large_has_a_diagnostic_in_its_place(tmp_path: Path) -> None:
    books = [("Sách dày " + "rất " * 400, *BOOKS[0][1:]), BOOKS[1], ("Bách khoa " + "toàn thư " * 2_000, *BOOKS[2][1:])]
    with served(make_parts(tmp_path, books=books)) as address:
        with Peer(address, preferredMessageSize=1_500, exceptionalRecordSize=5_000) as peer:
            assert peer.search("@attr 2=103 x")["resultCount"] == 3
            peer.ask("sortRequest", sort_request(("sortfield", "year")))
            alone = peer.present(1, 1)
            assert alone["records"][1][0]["record"][0] == "retrievalRecord"
            both = peer.present(1, 2)
            diagnostic = both["records"][1][0]["record"]
            assert diagnostic[0] == "surrogateDiagnostic"
            assert diagnostic[1][1]["condition"] == 16
            assert both["records"][1][1]["record"][0] == "retrievalRecord"
            third = peer.present(3, 1, preferredRecordSyntax=oids.TEXT_XML)
            assert third["records"][1][0]["record"][1][1]["condition"] == 17
        with Peer(address) as peer:  # a field of 9,999 octets is no field of ISO 2709
            peer.search("@attr 1=4 bách")
            record = peer.present(preferredRecordSyntax=oids.USMARC)["records"][1][0]["record"]
            assert record[0] == "surrogateDiagnostic"
            assert record[1][1]["condition"] == 238
            assert record[1][1]["addinfo"][1].startswith(oids.TEXT_XML)
            (external,) = records_in(peer.present(preferredRecordSyntax=oids.TEXT_XML))
            assert octets_of(external).count("toàn thư".encode()) == 2_000


# ---------------------------------------------------------------- Scan, Sort


def scan_request(pqf: str, number: int = 5, **more: Any) -> dict[str, Any]:
    query = parse_pqf(pqf)
    return {
        "databaseNames": ["Default"],
        "attributeSet": query["attributeSet"],
        "termListAndStartPoint": query["rpn"][1][1],
        "numberOfTermsRequested": number,
    } | more


def scanned(response: dict[str, Any]) -> list[tuple[str, int]]:
    return [
        (entry["term"][1].decode(), entry["globalOccurrences"])
        for _, entry in response.get("entries", {}).get("entries", [])
    ]


def test_scan_is_ordered_and_counts_as_search_does(peer: Peer) -> None:
    _, response = peer.ask("scanRequest", scan_request("@attr 1=4 a", 50))
    terms = scanned(response)
    assert response["scanStatus"] == 5
    assert response["positionOfTerm"] == 1
    assert terms == sorted(terms)
    assert len(terms) > 20
    for text, count in terms:
        assert peer.search(f'@attr 1=4 "{text}"')["resultCount"] == count


@pytest.mark.parametrize(
    "attributes", ["@attr 1=4 @attr 4=1", "@attr 1=1003 @attr 4=1 @attr 6=3", "@attr 1=31", "@attr 1=7"]
)
@pytest.mark.parametrize("database", ["Default", "VN-BT"])
def test_counts_of_every_kind_of_list_in_every_database(peer: Peer, attributes: str, database: str) -> None:
    _, response = peer.ask("scanRequest", scan_request(f'{attributes} ""', 50, databaseNames=[database]))
    terms = scanned(response)
    assert terms or (attributes == "@attr 1=7" and database == "VN-BT")
    for text, count in terms:
        assert peer.search(f'{attributes} "{text}"', databaseNames=[database])["resultCount"] == count


def test_scan_positions(peer: Peer) -> None:
    _, whole = peer.ask("scanRequest", scan_request("@attr 1=4 a", 50))
    words = [text for text, _ in scanned(whole)]
    place = words.index("kieu")
    for position in (0, 1, 2, 5, 6):
        _, response = peer.ask("scanRequest", scan_request("@attr 1=4 kieu", 5, preferredPositionInResponse=position))
        assert response["positionOfTerm"] == position
        begin = place - position + 1
        assert [text for text, _ in scanned(response)] == words[begin : begin + 5]
        assert response["scanStatus"] == 0
    _, response = peer.ask("scanRequest", scan_request(f"@attr 1=4 {words[1]}", 5, preferredPositionInResponse=4))
    assert response["positionOfTerm"] == 2
    assert response["scanStatus"] == 5


@pytest.mark.parametrize(
    ("more", "number"),
    [
        ({"stepSize": 1}, 205),
        ({"numberOfTermsRequested": 51}, 1029),
        ({"preferredPositionInResponse": 7}, 233),
        ({"numberOfTermsRequested": 0}, 233),
        ({"databaseNames": ["nosuch"]}, 235),
        ({"databaseNames": ["IR-Explain-1"]}, 232),
        ({"attributeSet": "1.2.3"}, 121),
    ],
)
def test_scans_that_cannot_be(peer: Peer, more: dict[str, Any], number: int) -> None:
    _, response = peer.ask("scanRequest", scan_request("@attr 1=4 kieu") | more)
    assert condition(response) == number
    assert response["scanStatus"] == 6


def sort_request(*keys: tuple[str, Any], relation: int = 0, into: str = "default", **more: Any) -> dict[str, Any]:
    return {
        "inputResultSetNames": ["default"],
        "sortedResultSetName": into,
        "sortSequence": [
            {"sortElement": ("generic", key), "sortRelation": relation, "caseSensitivity": 1} | more for key in keys
        ],
    }


def by_use(number: int) -> tuple[str, Any]:
    attributes = [{"attributeType": 1, "attributeValue": ("numeric", number)}]
    return ("sortAttributes", {"id": oids.BIB_1, "list": attributes})


def years(peer: Peer, name: str = "default") -> list[str]:
    response = peer.present(1, 5, resultSetId=name)
    return [(first(read_record(each), "260$c") or "") for each in records_in(response)]


def test_sort(peer: Peer) -> None:
    peer.search("@attr 1=1003 nguyen")
    before = years(peer)
    _, response = peer.ask("sortRequest", sort_request(by_use(31), into="s"))
    assert response["sortStatus"] == 0
    assert response["resultCount"] == 5
    assert years(peer, "s") == sorted(before)
    assert years(peer) == before
    peer.ask("sortRequest", sort_request(("sortfield", "date"), relation=1))
    assert years(peer) == sorted(before, reverse=True)
    peer.ask("sortRequest", sort_request(by_use(1003), by_use(31)))
    authors = titles(peer.present(1, 5))
    assert authors.index("Truyện Kiều") < authors.index("Truyện Kiều chú giải")


def test_titles_sort_as_vietnamese_does(peer: Peer) -> None:
    peer.search("@or @attr 1=4 dua @attr 1=4 dong")
    peer.ask("sortRequest", sort_request(by_use(4)))
    assert titles(peer.present(1, 3)) == ["Dừa trong đời sống Bến Tre", "Đồng khởi Bến Tre", "Kỹ thuật trồng dừa"]


@pytest.mark.parametrize(
    ("request_", "number"),
    [
        (sort_request(by_use(9999)), 207),
        (sort_request(by_use(7)), 207),
        (sort_request(("sortfield", "nonsense")), 207),
        (sort_request(("elementSpec", {})), 207),
        (sort_request(by_use(4), relation=3), 207),
        (sort_request(by_use(4), relation=7), 214),
        (sort_request(by_use(4), missingValueAction=("abort", None)), 213),
        (sort_request(*[by_use(4)] * 9), 211),
        (sort_request(by_use(4)) | {"inputResultSetNames": ["nope"]}, 30),
        (sort_request(by_use(4)) | {"inputResultSetNames": []}, 208),
        (sort_request(by_use(4)) | {"sortedResultSetName": ""}, 208),
    ],
)
def test_sorts_that_cannot_be(peer: Peer, request_: dict[str, Any], number: int) -> None:
    peer.search("@attr 1=1003 nguyen")
    _, response = peer.ask("sortRequest", request_)
    assert response["sortStatus"] == 2
    assert condition(response) == number


def test_several_sets_sorted_into_one(peer: Peer) -> None:
    peer.search("@attr 1=4 kieu", resultSetName="a")
    peer.search("@attr 1=4 tien", resultSetName="b")
    request = sort_request(by_use(4), into="c") | {"inputResultSetNames": ["a", "b"]}
    assert peer.ask("sortRequest", request)[1]["resultCount"] == 3
    assert titles(peer.present(1, 3, resultSetId="c"))[0] == "Lục Vân Tiên"


# ---------------------------------------------------------------- the small services


def test_resource_report_and_what_needs_no_answer(peer: Peer) -> None:
    peer.send("triggerResourceControlRequest", {"requestedAction": 3})
    peer.send("resourceControlResponse", {"continueFlag": True})
    name, response = peer.ask("resourceReportRequest", {})
    assert name == "resourceReportResponse"
    assert response["resourceReportStatus"] == 0
    assert decode(RESOURCE_REPORT_2, response["resourceReport"]["encoding"][1])["message"].startswith("0 tập")


def test_duplicate_detection_is_declined(peer: Peer) -> None:
    request = {
        "inputResultSetIds": ["default"],
        "outputResultSetName": "x",
        "retentionCriteria": [("numberOfEntries", 1)],
    }
    name, response = peer.ask("duplicateDetectionRequest", request)
    assert name == "duplicateDetectionResponse"
    assert response["status"] == 1


def test_close_is_answered(peer: Peer) -> None:
    assert peer.ask("close", {"closeReason": 0}) == ("close", {"closeReason": 0})
    assert peer.receive() is None


def test_a_second_init_begins_anew(peer: Peer) -> None:
    peer.search("kieu")
    assert peer.ask("initRequest", init_request())[1]["result"] is True
    assert condition(peer.present()) == 30


def test_explain(peer: Peer) -> None:
    def found(pqf: str) -> list[tuple[str, Any]]:
        response = peer.search(pqf, databaseNames=["IR-Explain-1"])
        count = response["resultCount"]
        externals = records_in(peer.present(1, count, preferredRecordSyntax=oids.EXPLAIN)) if count else []
        return [decode(EXPLAIN_RECORD, each["encoding"][1]) for each in externals]

    (category_list,) = found("@attr exp-1 1=1 categorylist")
    assert {"category": "DatabaseInfo"} in category_list[1]["categories"]
    databases = found("@attrset exp-1 @attr exp-1 1=1 DatabaseInfo")
    names = [value["name"] for _, value in databases]
    assert names[:3] == ["Default", "utf8", "marc8"]
    assert "VN-BT" in names
    assert "VN-OLD" not in names
    assert databases[0][1]["recordCount"] == ("actualNumber", len(BOOKS))
    (one,) = found("@and @attr exp-1 1=1 databaseinfo @attr exp-1 1=3 vn-bt")
    assert one[1]["titleString"][0]["text"] == "Thư viện Nguyễn Đình Chiểu"
    ((_, target),) = found("@attr exp-1 1=1 targetinfo")
    assert target["namedResultSets"] is True
    ((_, attributes),) = found("@attr exp-1 1=1 attributesetinfo")
    uses = {each["attributeValue"][1] for each in attributes["attributes"][0]["attributeValues"]}
    assert {4, 7, 8, 21, 1003, 1016} <= uses
    assert len(found("@attr exp-1 1=1 recordsyntaxinfo")) == 6
    assert found("@attr exp-1 1=1 unitinfo") == []
    response = peer.search("@attr exp-1 1=9 x", databaseNames=["IR-Explain-1"])
    assert condition(response) == 114
    assert condition(peer.search("@set default", databaseNames=["IR-Explain-1"])) == 3
    peer.search("@attr exp-1 1=1 targetinfo", databaseNames=["IR-Explain-1"], resultSetName="e")
    assert condition(peer.search("@set e")) == 18
    assert condition(peer.present(2, 1, resultSetId="e")) == 13


def test_a_set_of_many_pages_is_the_same_in_whatever_steps(tmp_path: Path) -> None:
    books = [
        (f"Sách số {number:04d}", "Tác giả", str(1900 + number % 100), "", "x", "vie", "VN-BT") for number in range(300)
    ]
    limits = Limits(kept_ids=100, present_records=250)
    with served(make_parts(tmp_path, books=books, limits=limits)) as address, Peer(address) as peer:
        assert peer.search("@attr 1=4 sách")["resultCount"] == 300
        peer.ask("sortRequest", sort_request(by_use(4)))
        singly = [title for start in range(1, 301, 7) for title in titles(peer.present(start, min(7, 301 - start)))]
        assert singly == [book[0] for book in books]
        first_part = peer.present(1, 300)
        assert first_part["numberOfRecordsReturned"] == 250
        assert first_part["presentStatus"] == 4
        assert first_part["nextResultSetPosition"] == 251
        assert titles(first_part) == singly[:250]
        assert titles(peer.present(90, 20)) == singly[89:109]


def test_pipelined_requests_are_answered_in_their_order(peer: Peer) -> None:
    for number in range(20):
        peer.send("searchRequest", search_request("@attr 1=4 kieu", referenceId=str(number).encode()))
    for number in range(20):
        received = peer.receive()
        assert received is not None
        assert received[1]["referenceId"] == str(number).encode()
