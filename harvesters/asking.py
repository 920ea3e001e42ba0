"""Our own servers, asked as any client asks them: for the self-check (`services.doctor`)."""

from __future__ import annotations

import re
from typing import Any

import requests
from lxml import etree

from harvesters.z3950_client import Address, Z3950Client
from protocols.z3950.pqf import parse_pqf
from unioncat.model import SourceUnavailable, UnionCatError

__all__ = ["SruAsker", "Z3950Asker"]

_ID = re.compile(r"uc\d{8,12}")
_SRW = "{http://www.loc.gov/zing/srw/}"


class SruAsker:
    """SRU 1.2 by HTTP GET, as Zotero and Koha do."""

    name = "SRU"

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self._url = url
        self._timeout = timeout

    def count_all(self) -> int:
        return self._search("cql.allRecords=1", 1)[0]

    def find(self, point: str, text: str) -> tuple[int, tuple[str, ...]]:
        index = {"title": "dc.title", "isbn": "bath.isbn", "id": "rec.identifier"}[point]
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        return self._search(f'{index}="{quoted}"', 50)

    def _search(self, query: str, count: int) -> tuple[int, tuple[str, ...]]:
        params = {
            "operation": "searchRetrieve",
            "version": "1.2",
            "query": query,
            "maximumRecords": str(count),
            "recordSchema": "marcxml",
        }
        try:
            response = requests.get(self._url, params=params, timeout=self._timeout)
            response.raise_for_status()
            root = etree.fromstring(response.content, etree.XMLParser(resolve_entities=False, no_network=True))
        except (requests.RequestException, etree.XMLSyntaxError) as error:
            raise SourceUnavailable(f"SRU at {self._url} did not answer as it should: {error}") from error
        diagnostic = next(root.iter("{http://www.loc.gov/zing/srw/diagnostic/}message"), None)
        total = root.findtext(f"{_SRW}numberOfRecords") or ""
        if not total.isdecimal() or (diagnostic is not None and total == "0"):
            reason = diagnostic.text if diagnostic is not None else "it gave no numberOfRecords"
            raise SourceUnavailable(f"SRU at {self._url} did not answer {query}: {reason}")
        ids = [_controlfield(record) for record in root.iter(f"{_SRW}record")]
        return int(total), tuple(each for each in ids if each)


class Z3950Asker:
    """Z39.50 with RPN queries in Bib-1, records in MARC 21."""

    name = "Z39.50"

    def __init__(self, host: str, port: int, seconds: float = 30.0) -> None:
        self._address = Address(host, port, ("Default",))
        self._seconds = seconds

    def count_all(self) -> int:
        return self._search("@attr 1=1016 @attr 2=103 x", 0)[0]

    def find(self, point: str, text: str) -> tuple[int, tuple[str, ...]]:
        use = {"title": "@attr 1=4 @attr 4=6", "isbn": "@attr 1=7", "id": "@attr 1=12"}[point]
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        return self._search(f'{use} "{quoted}"', 50)

    def _search(self, pqf: str, count: int) -> tuple[int, tuple[str, ...]]:
        query: tuple[str, Any] = ("type-1", parse_pqf(pqf))
        try:
            with Z3950Client(self._address, seconds=self._seconds) as client:
                hits = client.search(query)
                wanted = min(count, hits.total)
                records = client.present(1, wanted) if wanted else []
                client.say_goodbye()
        except SourceUnavailable:
            raise
        except UnionCatError as error:
            raise SourceUnavailable(f"Z39.50 at {self._address} did not answer {pqf}: {error}") from error
        ids = [found[0].decode() for record in records if (found := re.search(rb"uc\d{8,12}", record.data))]
        return hits.total, tuple(ids)


def _controlfield(record: etree._Element) -> str:
    for field in record.iter("{http://www.loc.gov/MARC21/slim}controlfield"):
        if field.get("tag") == "001":
            found = _ID.search(field.text or "")
            return found[0] if found else ""
    return ""
