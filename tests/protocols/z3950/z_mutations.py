"""Requests of every kind as octets, and what chance makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from z_catalogue import init_request, present_request, search_request

from protocols.z3950 import ber, oids
from protocols.z3950.apdu import encode_pdu
from protocols.z3950.charset import propose_utf8
from protocols.z3950.pqf import parse_pqf
from protocols.z3950.structures import UPDATE

_EMPTY = b"00026nam a2200025   4500\x1e\x1d"
_CQL = ("type-104", {"direct-reference": oids.CQL, "encoding": ("octet-aligned", b"title=kieu")})
_UPDATE = UPDATE.write(
    (
        "esRequest",
        {
            "toKeep": {"action": 1, "databaseName": "VN-BT"},
            "notToKeep": [
                {
                    "recordId": ("string", "7"),
                    "record": {"direct-reference": oids.USMARC, "encoding": ("octet-aligned", _EMPTY)},
                }
            ],
        },
    )
)

CAPTURES: dict[str, bytes] = {
    "init": encode_pdu("initRequest", init_request(otherInfo=[propose_utf8("vie")], idAuthentication=("open", "a/b"))),
    "search": encode_pdu(
        "searchRequest",
        search_request(
            '@and @attr 1=4 @attr 5=1 kieu @or @attr 1=1003 @attr 4=1 "nguyen du" @attr 1=31 @attr 2=4 1990',
            smallSetUpperBound=5,
            preferredRecordSyntax=oids.USMARC,
        ),
    ),
    "proximity": encode_pdu("searchRequest", search_request("@prox 0 1 1 2 k 2 @attr 1=4 ben @attr 1=4 tre")),
    "cql": encode_pdu("searchRequest", search_request("", query=_CQL)),
    "present": encode_pdu(
        "presentRequest",
        present_request(
            1,
            2,
            additionalRanges=[{"startingPosition": 1, "numberOfRecords": 1}],
            recordComposition=(
                "complex",
                {
                    "selectAlternativeSyntax": True,
                    "generic": {"schema": ("uri", "marcxml"), "elementSpec": ("elementSetName", "F")},
                    "recordSyntax": [oids.TEXT_XML, oids.OPAC],
                },
            ),
            maxSegmentCount=3,
        ),
    ),
    "scan": encode_pdu(
        "scanRequest",
        {
            "databaseNames": ["Default", "VN-BT"],
            "attributeSet": oids.BIB_1,
            "termListAndStartPoint": parse_pqf("@attr 1=4 @attr 4=1 tru")["rpn"][1][1],
            "numberOfTermsRequested": 10,
            "preferredPositionInResponse": 3,
        },
    ),
    "sort": encode_pdu(
        "sortRequest",
        {
            "inputResultSetNames": ["default"],
            "sortedResultSetName": "default",
            "sortSequence": [
                {"sortElement": ("generic", ("sortfield", "title")), "sortRelation": 0, "caseSensitivity": 1}
            ],
        },
    ),
    "delete": encode_pdu("deleteResultSetRequest", {"deleteFunction": 0, "resultSetList": ["default", "x"]}),
    "report": encode_pdu("resourceReportRequest", {"opId": b"1"}),
    "update": encode_pdu(
        "extendedServicesRequest",
        {
            "function": 1,
            "packageType": oids.ES_UPDATE_R1_1,
            "taskSpecificParameters": {
                "direct-reference": oids.ES_UPDATE_R1_1,
                "encoding": ("single-ASN1-type", _UPDATE),
            },
            "waitAction": 1,
        },
    ),
    "explain": encode_pdu(
        "searchRequest", search_request("@attr exp-1 1=1 databaseinfo", databaseNames=["IR-Explain-1"])
    ),
    "close": encode_pdu("close", {"closeReason": 0, "diagnosticInformation": "bye"}),
}


def mutated(octets: bytes, draw: Random) -> bytes:
    """By chance: broken octets, or sound BER that says something else."""
    return _other_octets(octets, draw) if draw.random() < 0.4 else _other_tree(octets, draw)


def _lists(node: ber.Node) -> list[list[ber.Node]]:
    """Contents of all constructed elements."""
    content = node[1]
    return [content, *(found for child in content for found in _lists(child))] if isinstance(content, list) else []


def _other_tree(octets: bytes, draw: Random) -> bytes:
    """One to three elements changed, left out, doubled, moved, or given another tag; all lengths right."""
    root = ber.parse(octets)
    for _ in range(draw.randrange(1, 4)):
        children = draw.choice(_lists(root))
        if not children:
            continue
        place = draw.randrange(len(children))
        tag, content = children[place]
        match draw.randrange(6):
            case 0:
                del children[place]
            case 1:
                children.insert(draw.randrange(len(children) + 1), (tag, content))
            case 2:
                children[place] = (draw.choice((tag ^ 4, tag ^ 1, tag + 4, 6, 8, 11, 16 * 4, 4 * 4)), content)
            case 3:
                draw.shuffle(children)
            case _ if isinstance(content, bytes):
                made = _other_octets(content, draw) if draw.random() < 0.6 else draw.choice(_ODD)
                children[place] = (tag, made)
            case _:
                children[place] = (tag, [])
    return ber.write(root)


_ODD = (
    b"",
    b"\0",
    b"\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"*",
    b"\xff" * 12,
    b"a" * 300,
    "ệ".encode(),
    b"*" * 40,
)


def _other_octets(octets: bytes, draw: Random) -> bytes:
    """One to four changes: an octet changed, a bit turned, a piece cut out, doubled, moved, or made long."""
    data = bytearray(octets)
    for _ in range(draw.randrange(1, 5)):
        place = draw.randrange(len(data)) if data else 0
        match draw.randrange(7):
            case 0 if data:
                data[place] = draw.randrange(256)
            case 1 if data:
                data[place] ^= 1 << draw.randrange(8)
            case 2:
                del data[place : place + draw.randrange(1, 9)]
            case 3:
                data[place:place] = data[place : place + draw.randrange(1, 40)]
            case 4:
                data[place:place] = draw.randbytes(draw.randrange(1, 6))
            case 5 if data:
                data[place] = draw.choice((0, 0x7F, 0x80, 0x81, 0x84, 0xFF, 0x1F, 0xBF, 0x30, 0xA0))
            case _:
                del data[draw.randrange(len(data) + 1) :]
    return bytes(data)


def mutations(octets: bytes, draw: Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield mutated(octets, draw)
