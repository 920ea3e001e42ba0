"""One record in the self-check: what to ask for it, and whether what came is sound."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from unioncat.marc import from_json, values
from unioncat.text import fold

__all__ = ["look_into", "plain", "questions"]

_MARC = "{http://www.loc.gov/MARC21/slim}"
_LEADER = 24


def questions(identifier: str, marc: bytes) -> Iterator[tuple[str, str]]:
    """(access point, text) by which a client would look for this record: number, title with and without marks, ISBN."""
    record = from_json(marc)
    yield "id", identifier
    title = " ".join(plain(" ".join(values(record, "245$a")[:1])).replace('"', " ").split()[:8])
    if fold(title):
        yield "title", title
        yield "title", fold(title)
    for isbn in values(record, "020$a")[:1]:
        digits = "".join(each for each in isbn.partition(" ")[0] if each.isdigit() or each in "xX")
        if len(digits) in (10, 13):
            yield "isbn", digits


def look_into(data: bytes, identifier: str) -> tuple[str, str | None]:
    """(what is wrong with a delivered record, or ""; its title if it is MARC).

    Is it one legal element, and, if MARC, a legal record under its own number?
    """
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return f"{identifier}: {error}", None
    if not isinstance(root.tag, str) or not root.tag.startswith("{"):
        return f"{identifier}: its element has no namespace", None
    wrong, title = "", None
    if root.tag == f"{_MARC}record":
        leader = root.findtext(f"{_MARC}leader") or ""
        number = next((each.text for each in root.iter(f"{_MARC}controlfield") if each.get("tag") == "001"), None)
        if len(leader) != _LEADER or number != identifier.rpartition(":")[2]:
            wrong = f"{identifier}: leader {leader!r}, 001 {number!r}"
        for field in root.iter(f"{_MARC}datafield"):
            if field.get("tag") == "245":
                title = " ".join(part.text or "" for part in field if part.get("code") == "a")
                break
    return wrong, title


def plain(text: str) -> str:
    """With single spaces."""
    return " ".join(text.split())
