"""The demo looks at itself from outside, over HTTP, as a reader, an aggregator and a cataloguer's program would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import requests
from lxml import etree

__all__ = ["Checked", "check"]

OAI = "{http://www.openarchives.org/OAI/2.0/}"
SRW = "{http://www.loc.gov/zing/srw/}"
SECONDS = 20
QUERY = "nguyen dinh chieu"
"""Typed without marks; the records say Nguyễn Đình Chiểu."""


@dataclass(frozen=True, slots=True)
class Checked:
    """what: the question. found: the answer in words. ok: whether it is the right one."""

    what: str
    found: str
    ok: bool


def check(base: str, expected: int) -> Iterator[Checked]:
    """Ask the catalogue served at `base`, which must hold `expected` live records."""
    for what, ask in (
        (f"web: search {QUERY!r}", lambda: _web(base)),
        ("web: a record's page and its downloads", lambda: _record(base)),
        ("OAI-PMH: ListRecords oai_dc", lambda: _harvest(base, "oai_dc", expected)),
        ("OAI-PMH: ListRecords marc21", lambda: _harvest(base, "marc21", expected)),
        (f'SRU: dc.title="{QUERY}"', lambda: _sru(base)),
    ):
        yield _asked(what, ask)


def _asked(what: str, ask: Callable[[], tuple[str, bool]]) -> Checked:
    try:
        found, ok = ask()
    except (requests.RequestException, etree.LxmlError, ValueError) as error:
        return Checked(what, f"{type(error).__name__}: {error}", False)
    return Checked(what, found, ok)


def _get(url: str, **parameters: str) -> requests.Response:
    answer = requests.get(url, params=parameters, timeout=SECONDS)
    answer.raise_for_status()
    return answer


def _web(base: str) -> tuple[str, bool]:
    page = _get(f"{base}/search", q=QUERY).text
    count = page.count("/record/uc")
    return f"{count} links to records", count > 0 and "Nguyễn Đình Chiểu" in page


def _record(base: str) -> tuple[str, bool]:
    page = _get(f"{base}/search", q=QUERY).text
    number = page.partition("/record/")[2][:10]
    html = _get(f"{base}/record/{number}").text
    iso = _get(f"{base}/record/{number}.mrc").content
    xml = etree.fromstring(_get(f"{base}/record/{number}.xml").content)
    ok = "Thư viện" in html and iso.endswith(b"\x1d") and len(xml) > 3
    return f"{number}: {len(iso)} bytes of ISO 2709, {len(xml)} MARCXML fields", ok


def _harvest(base: str, prefix: str, expected: int) -> tuple[str, bool]:
    identifiers: list[str] = []
    parameters = {"verb": "ListRecords", "metadataPrefix": prefix}
    while True:
        root = etree.fromstring(_get(f"{base}/oai", **parameters).content)
        identifiers += [node.text or "" for node in root.iter(f"{OAI}identifier")]
        token = root.find(f".//{OAI}resumptionToken")
        if token is None or not token.text:
            break
        parameters = {"verb": "ListRecords", "resumptionToken": token.text}
    ok = len(identifiers) == len(set(identifiers)) >= expected
    return f"{len(identifiers)} records, each once", ok


def _sru(base: str) -> tuple[str, bool]:
    answer = _get(
        f"{base}/sru",
        version="1.2",
        operation="searchRetrieve",
        query=f'dc.title="{QUERY}"',
        maximumRecords="5",
    )
    root = etree.fromstring(answer.content)
    count = int(root.findtext(f".//{SRW}numberOfRecords") or 0)
    return f"{count} records", count > 0 and "Nguyễn Đình Chiểu" in answer.text
