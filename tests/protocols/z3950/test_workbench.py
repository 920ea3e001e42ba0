"""Extended Services Update on a real store, pipeline and index: what goes in is found, replaced and withdrawn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from z_catalogue import Peer, condition, served

from protocols.z3950 import oids
from protocols.z3950.asn1 import decode
from protocols.z3950.marc_input import read_record
from protocols.z3950.structures import TASK_PACKAGE, UPDATE
from protocols.z3950.wiring import make_parts
from protocols.z3950.workbench import WorkbenchContributor
from tests.workroom import LAN, PASSWORD, Workroom, workroom
from unioncat.marc import Field, Indicators, Record, Subfield, first, to_iso2709, to_marcxml


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workroom]:
    with workroom(tmp_path_factory.mktemp("room"), limit=12) as made:
        yield made


@pytest.fixture(scope="module")
def address(room: Workroom) -> Iterator[tuple[str, int]]:
    contributor = WorkbenchContributor(room.accounts, room.contribute, room.catalogue)
    with served(make_parts(room.finder, room.formats.export, contributor=contributor)) as found:
        yield found


@pytest.fixture
def lan(address: tuple[str, int]) -> Iterator[Peer]:
    with Peer(address, idAuthentication=("idPass", {"userId": LAN.login, "password": PASSWORD})) as peer:
        assert peer.init_response["result"] is True
        yield peer


def record(title: str) -> Record:
    made = Record(leader="00000nam a2200000 i 4500")
    made.add_field(Field("245", Indicators("0", "0"), [Subfield("a", title)]))
    made.add_field(Field("260", Indicators(" ", " "), [Subfield("b", "NXB Trẻ"), Subfield("c", "2026")]))
    return made


def update(peer: Peer, action: int, content: Record, identifier: str = "", **more: Any) -> dict[str, Any]:
    """The response to a package with one record."""
    xml = more.pop("xml", False)
    syntax, octets = (oids.TEXT_XML, to_marcxml(content)) if xml else (oids.USMARC, to_iso2709(content))
    supplied: dict[str, Any] = {
        "correlationInfo": {"id": 7},
        "record": {"direct-reference": syntax, "encoding": ("octet-aligned", octets)},
    }
    if identifier:
        supplied["recordId"] = ("opaque", identifier.encode())
    keep = {"action": action, "databaseName": more.pop("database", "Default")}
    task = UPDATE.write(("esRequest", {"toKeep": keep, "notToKeep": [supplied]}))
    request = {
        "function": 1,
        "packageType": oids.ES_UPDATE_R1_1,
        "packageName": "p",
        "waitAction": 1,
        "taskSpecificParameters": {
            "direct-reference": oids.ES_UPDATE_R1_1,
            "encoding": ("single-ASN1-type", task),
        },
    }
    return peer.ask("extendedServicesRequest", request | more)[1]


def package(response: dict[str, Any]) -> dict[str, Any]:
    outer = decode(TASK_PACKAGE, response["taskPackage"]["encoding"][1])
    assert outer["packageName"] == "p"
    _, inner = decode(UPDATE, outer["taskSpecificParameters"]["encoding"][1])
    target: dict[str, Any] = inner["targetPart"]
    return target


def test_insert_replace_delete(room: Workroom, lan: Peer) -> None:
    response = update(lan, 1, record("Ký sự xứ dừa một"))
    assert response["operationStatus"] == 1
    (structure,) = package(response)["taskPackageRecords"]
    assert structure["recordStatus"] == 1
    assert structure["correlationInfo"]["id"] == 7
    number = structure["correlationInfo"]["note"]
    assert number.startswith("wb")
    lan.search('@attr 1=4 "ký sự xứ dừa một"')
    (found,) = [each["record"][1] for each in lan.present()["records"][1]]
    public = first(read_record(found), "001") or ""
    assert public.startswith("uc")

    assert update(lan, 2, record("Ký sự xứ dừa hai"), number)["operationStatus"] == 1
    assert lan.search('@attr 1=4 "ký sự xứ dừa hai"')["resultCount"] == 1
    assert lan.search('@attr 1=4 "ký sự xứ dừa một"')["resultCount"] == 0
    assert update(lan, 2, record("Ký sự xứ dừa ba"), public, xml=True)["operationStatus"] == 1
    assert lan.search('@attr 1=4 "ký sự xứ dừa ba"', databaseNames=["VN-BT"])["resultCount"] == 1

    assert update(lan, 3, record("x"), public)["operationStatus"] == 1
    assert lan.search('@attr 1=4 "ký sự xứ dừa ba"')["resultCount"] == 0
    gone = update(lan, 3, record("x"), number)
    assert gone["operationStatus"] == 3
    assert package(gone)["updateStatus"] == 3


def test_special_inserts_or_replaces_and_a_better_record_joins_the_merged_one(room: Workroom, lan: Peer) -> None:
    assert update(lan, 5, record("Sách đặc biệt"), "no-such-number")["operationStatus"] == 1
    assert lan.search('@attr 1=4 "sách đặc biệt"')["resultCount"] == 1
    lan.search("@attr 2=103 x")
    copied = read_record(lan.present()["records"][1][0]["record"][1])
    before = lan.search("@attr 2=103 x")["resultCount"]
    assert update(lan, 2, copied)["operationStatus"] == 1  # its 001 says which merged record it betters
    assert lan.search("@attr 2=103 x")["resultCount"] == before


@pytest.mark.parametrize(
    ("action", "more", "number"),
    [
        (1, {"database": "VN-BT-BATRI"}, 222),
        (1, {"database": "nosuch"}, 235),
        (1, {"database": "IR-Explain-1"}, 1025),
        (4, {}, 1044),
        (1, {"function": 2}, 219),
        (1, {"function": 9}, 1040),
        (1, {"packageType": f"{oids.Z3950}.9.1"}, 221),
        (1, {"taskSpecificParameters": {"encoding": ("octet-aligned", b"x")}}, 1043),
        (1, {"taskSpecificParameters": {"encoding": ("single-ASN1-type", b"\x04\x01x")}}, 1001),
    ],
)
def test_what_cannot_be_done(lan: Peer, action: int, more: dict[str, Any], number: int) -> None:
    response = update(lan, action, record("x"), **more)
    assert response["operationStatus"] == 3
    assert condition(response) == number
    assert lan.search("@attr 2=103 x")["resultCount"] > 0


def test_a_record_that_is_none_is_refused_with_its_reason(lan: Peer) -> None:
    empty = Record(leader="00000nam a2200000 i 4500")
    empty.add_field(Field("500", Indicators(" ", " "), [Subfield("a", "no title")]))
    response = update(lan, 1, empty)
    assert condition(response) == 224
    assert "245" in response["diagnostics"][0][1]["addinfo"][1]


def test_without_an_account_nothing_is_stored(address: tuple[str, int]) -> None:
    with Peer(address) as anybody:
        assert condition(update(anybody, 1, record("x"))) == 222
    with Peer(address, idAuthentication=("open", f"{LAN.login}/wrong")) as wrong:
        assert wrong.init_response["result"] is False
        assert wrong.receive() is None
    with Peer(address, idAuthentication=("open", f"xem/{PASSWORD}")) as viewer:
        assert condition(update(viewer, 1, record("x"), database="VN-BT")) == 222
