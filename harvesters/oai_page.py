"""One OAI-PMH answer, read out of whatever bytes an endpoint sends.

Three attempts, each giving up less than the next: parse as it is; mend what can be mended without loss (junk
around the document, illegal characters, invalid bytes, undefined entities, unbound prefixes) and parse again;
cut the text at its records and parse each alone. A record that cannot be saved keeps its bytes and a reason; a
document that ends before its end is cut off and must be asked for again, for nobody knows what is missing.
"""

from __future__ import annotations

import codecs
import html.entities
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from lxml import etree

from unioncat.model import HarvestedRecord, RawRecord, UnionCatError

__all__ = ["NAMESPACE_FORMATS", "CutOff", "OaiPage", "parse_page", "parse_stamp", "reading_format"]

NAMESPACE_FORMATS = {
    "http://www.loc.gov/MARC21/slim": "marcxml",
    "http://www.openarchives.org/OAI/2.0/oai_dc/": "oai_dc",
    "http://worldcat.org/xmlschemas/qdc-1.0/": "oai_qdc",
    "http://purl.org/dc/terms/": "oai_qdc",
    "http://dspace.org/qualifieddc/": "oai_qdc",
    "http://epubs.cclrc.ac.uk/xmlns/qdc/": "oai_qdc",
    "http://www.loc.gov/mods/v3": "mods",
}
"""Namespace of a metadata element → our reading format."""

_LOCAL_FORMATS = {
    "record": "marcxml",
    "collection": "marcxml",
    "dc": "oai_dc",
    "qualifieddc": "oai_qdc",
    "mods": "mods",
}
_AS_WINDOWS = "unioncat-as-windows-1252"
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&(#[xX][0-9a-fA-F]{1,6};|#[0-9]{1,7};|[A-Za-z][A-Za-z0-9]{0,31};)?")
_PREDEFINED = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding=["']([A-Za-z0-9._\-]{1,40})["']""")
_OPENING = re.compile(r"<(?:[\w.\-]+:)?(OAI-PMH)\b")
_CLOSING = re.compile(r"</(?:[\w.\-]+:)?OAI-PMH\s*>")
_HEADER = re.compile(r"<(?:[\w.\-]+:)?header[\s>]")
_OPENING_RECORD = re.compile(r"<(?:[\w.\-]+:)?record\s*>\s*\Z|<(?:[\w.\-]+:)?record\s[^<>]*>\s*\Z")
_CLOSING_RECORD = re.compile(r"</(?:[\w.\-]+:)?record\s*>")
_CLOSING_HEADER = re.compile(r"</(?:[\w.\-]+:)?header\s*>")
_TOKEN = re.compile(r"<((?:[\w.\-]+:)?resumptionToken)\b([^<>]*)>")
_DATE = re.compile(r"<(?:[\w.\-]+:)?responseDate[^<>]*>([^<]{1,80})<")
_SIZE = re.compile(r"""completeListSize\s*=\s*["'](\d{1,12})["']""")
_PREFIX = re.compile(r"<([A-Za-z_][\w.\-]*):")
_DOCTYPE = re.compile(rb"\s*+(?:<\?(?>.*?\?>)\s*+|<!--(?>.*?-->)\s*+)*+<!DOCTYPE", re.DOTALL)  # never goes back
_MOST_PIECES = 20_000  # records of one page that are tried one by one
_XMLNS = re.compile(r"""xmlns:([\w.\-]+)\s*=""")


class CutOff(UnionCatError):
    """The answer is no whole OAI-PMH document: ask again."""


class _Undefined(Exception):
    """The document refers to entities that nobody defined; the parser leaves them as they are."""


_Unparsed = (etree.XMLSyntaxError, _Undefined)


@dataclass(slots=True)
class OaiPage:
    """One answer, understood.

    token:       None: no resumptionToken element; "": an empty one (the list is complete)
    size:        completeListSize; None if not said or not legible
    error:       error code; "" if there is none
    mended:      what was wrong with the document, for the run's report
    """

    records: list[HarvestedRecord] = field(default_factory=list)
    token: str | None = None
    size: int | None = None
    error: str = ""
    error_text: str = ""
    response_date: datetime | None = None
    mended: list[str] = field(default_factory=list)
    root: etree._Element | None = None


def parse_stamp(text: str | None) -> datetime | None:
    """A datestamp of any usual form, UTC; None for what is none."""
    text = (text or "").strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?", text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)


def reading_format(namespace: str, local: str, otherwise: str = "") -> str:
    """Our reading format for a metadata element."""
    return NAMESPACE_FORMATS.get(namespace) or _LOCAL_FORMATS.get(local.lower(), "") or otherwise


def parse_page(content: bytes, prefix: str, position: int = 1) -> OaiPage:
    """The page in `content`. prefix: metadataPrefix, for records whose format cannot be told; position: of the first.

    Raises CutOff for what is no whole OAI-PMH document.
    """
    page = OaiPage()
    try:
        root = _parsed(content)
    except _Unparsed as error:
        text = _text(content, page)
        try:
            root = _parsed(_mended(text, page).encode())
        except _Unparsed:
            return _by_record(text, prefix, position, page, error)
    if _local(root) != "OAI-PMH":
        raise CutOff(f"the answer is no OAI-PMH document: its root element is <{_local(root)}>")
    _read(root, prefix, position, page)
    return page


def _parsed(content: bytes) -> etree._Element:
    if _DOCTYPE.match(content) or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _Undefined("a document type")  # its entities would be expanded in attributes; it is taken off first
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    root = etree.fromstring(content, parser)
    if any(True for _ in root.iter(etree.Entity)):
        raise _Undefined("undefined entities")
    return root


def _read(root: etree._Element, prefix: str, position: int, page: OaiPage) -> None:
    page.root = root
    for child in root:
        name = _local(child)
        if name == "responseDate":
            page.response_date = parse_stamp(child.text)
        elif name == "error" and not page.error:
            page.error, page.error_text = child.get("code", "") or "unknown", " ".join((child.text or "").split())
        elif name in ("ListRecords", "ListIdentifiers", "GetRecord"):
            for element in child:
                kind = _local(element)
                if kind in ("record", "header"):
                    page.records.append(_record(element, prefix, position + len(page.records)))
                elif kind == "resumptionToken":
                    page.token = (element.text or "").strip()
                    size = (element.get("completeListSize") or "").strip()
                    page.size = int(size) if size.isdecimal() and len(size) < 13 else None


def _record(element: etree._Element, prefix: str, position: int) -> HarvestedRecord:
    header = element if _local(element) == "header" else _child(element, "header")
    if header is None:
        raw = RawRecord(prefix, etree.tostring(element, with_tail=False), position)
        return HarvestedRecord(None, raw, refused="the record has no header")
    identifier = " ".join((_text_of(header, "identifier") or "").split()) or None
    stamp = parse_stamp(_text_of(header, "datestamp"))
    sets = tuple(text for each in header if _local(each) == "setSpec" if (text := (each.text or "").strip()))
    if (header.get("status") or "").strip().lower() == "deleted":
        return HarvestedRecord(identifier, None, stamp, deleted=True, sets=sets)
    metadata = _child(element, "metadata")
    found = [each for each in metadata if isinstance(each.tag, str)] if metadata is not None else []
    if not found:
        raw = RawRecord(prefix, etree.tostring(element, with_tail=False), position)
        missing = None if element is header else "the record has neither metadata nor a deleted status"
        return HarvestedRecord(identifier, raw, stamp, sets=sets, refused=missing)
    body = found[0]
    if _local(body) == "collection" and (inner := [each for each in body if isinstance(each.tag, str)]):
        body = inner[0]
    name = etree.QName(body)
    data = etree.tostring(body, encoding="UTF-8", xml_declaration=False, with_tail=False)
    raw = RawRecord(reading_format(name.namespace or "", name.localname, prefix), data, position)
    return HarvestedRecord(identifier, raw, stamp, sets=sets)


def _by_record(text: str, prefix: str, position: int, page: OaiPage, error: Exception) -> OaiPage:
    """The last resort: each record parsed alone, the broken ones refused with their bytes."""
    if not _OPENING.search(text):
        raise CutOff(f"the answer is no OAI-PMH document: {_reason(error)}") from error
    if not _CLOSING.search(text):
        raise CutOff(f"the answer is cut off before its end: {_reason(error)}") from error
    page.mended.append(f"the document is not well-formed ({_reason(error)}); its records were read one by one")
    pieces = list(islice(_pieces(text), _MOST_PIECES + 1))
    if not pieces or len(pieces) > _MOST_PIECES:
        pieces = []
        page.records.append(
            HarvestedRecord(None, RawRecord(prefix, text.encode(), position), refused=f"page: {_reason(error)}")
        )
    for piece in pieces:
        place = position + len(page.records)
        try:
            element = _parsed(_bound(_mended(piece, OaiPage())).encode())
        except _Unparsed as broken:
            raw = RawRecord(prefix, piece.encode(), place)
            found = re.search(r"<(?:[\w.\-]+:)?identifier>\s*([^<\s]{1,500})\s*<", piece)
            page.records.append(HarvestedRecord(found[1] if found else None, raw, refused=_reason(broken)))
        else:
            page.records.append(_record(element[0], prefix, place))
    page.token, page.size = _token(text)
    if date := _DATE.search(text):
        page.response_date = parse_stamp(date[1])
    return page


def _token(text: str) -> tuple[str | None, int | None]:
    """(the last resumption token, completeListSize) of a text that does not parse; None for none."""
    found = deque(_TOKEN.finditer(text), maxlen=1)
    if not found:
        return None, None
    last = found[0]
    size = _SIZE.search(last[2])
    end = text.find(f"</{last[1]}", last.end())
    value = "" if last[2].endswith("/") or end < 0 else text[last.end() : end]
    return html_text(value.strip()), int(size[1]) if size else None


def _pieces(text: str) -> Iterator[str]:
    """The texts of the records (or headers), each up to the next one's beginning at the latest.

    A header tells where a record begins, even if the tag before it is missing; then that tag is supplied.
    """
    headers = list(_HEADER.finditer(text))
    closing = _CLOSING_RECORD if _CLOSING_RECORD.search(text) else _CLOSING_HEADER
    supplied = "<record>" if closing is _CLOSING_RECORD else ""
    starts: list[tuple[int, str]] = []
    for found in headers:
        opening = _OPENING_RECORD.search(text, max(0, found.start() - 300), found.start())
        starts.append((opening.start(), "") if opening else (found.start(), supplied))
    for index, (start, before) in enumerate(starts):
        limit = starts[index + 1][0] if index + 1 < len(starts) else len(text)
        ends = [found.end() for found in closing.finditer(text, start, limit)]
        yield before + text[start : ends[-1] if ends else limit]


def _bound(piece: str) -> str:
    """A record under a root that binds every prefix it uses without saying what it means."""
    names = sorted(set(_PREFIX.findall(piece)) - {"xml", "xmlns"})
    known = {"xsi": "http://www.w3.org/2001/XMLSchema-instance", "marc": "http://www.loc.gov/MARC21/slim"}
    spaces = "".join(f' xmlns:{name}="{known.get(name, "urn:unbound:" + name)}"' for name in {*names, "xsi"})
    return f'<r xmlns="http://www.openarchives.org/OAI/2.0/"{spaces}>{piece}</r>'


def _text(content: bytes, page: OaiPage) -> str:
    """Decoded as declared; bytes that do not fit are read as Windows-1252, one by one."""
    declared = _DECLARED.match(content)
    name = declared[1].decode("ascii") if declared else "utf-8"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        name = "utf-16"
    try:
        return content.decode(name).lstrip("\ufeff")
    except LookupError:
        page.mended.append(f"the document declares an unknown encoding {name}")
    except UnicodeDecodeError as error:
        page.mended.append(f"the document has bytes that are not {name}: {error.reason} at {error.start}")
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", _AS_WINDOWS)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Error handler: bytes that are no UTF-8 are what Windows-1252 makes of them."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_AS_WINDOWS, _as_windows)


def _mended(text: str, page: OaiPage) -> str:
    """`text` without what makes a parser stop although nothing is lost by taking it away."""
    whole = text
    opening = _OPENING.search(text)
    if opening is not None:
        closings = list(_CLOSING.finditer(text))
        text = text[opening.start() : closings[-1].end() if closings else len(text)]
        if whole[: opening.start()].strip() and not whole[: opening.start()].lstrip().startswith("<?xml"):
            page.mended.append("there was text before the document")
        if closings and whole[closings[-1].end() :].strip():
            page.mended.append("there was text behind the document")
    text = _without_dtd(text)
    legal = _ILLEGAL.sub("", text)
    if legal != text:
        page.mended.append("there were characters that XML forbids")
    referred = _REFERENCE.sub(_reference, legal)
    if referred != legal:
        page.mended.append("there were undefined entities or bare ampersands")
    return _with_prefixes(referred, page) if opening is not None else referred


def _without_dtd(text: str) -> str:
    """Without its document type declaration: what that defines is hostile or superfluous."""
    begin = text.find("<!DOCTYPE")
    if begin < 0:
        return text
    end, subset = text.find(">", begin), text.find("[", begin)
    if 0 <= subset < end:
        end = text.find(">", max(text.find("]", subset), subset))
    return text[:begin] + text[end + 1 :] if end >= 0 else text


def _reference(found: re.Match[str]) -> str:
    name = found[1]
    if name is None:
        return "&amp;"
    if name in _PREDEFINED:
        return found[0]
    if name.startswith("#"):
        number = int(name[2:-1], 16) if name[1] in "xX" else int(name[1:-1])
        return found[0] if number < 0x110000 and not _ILLEGAL.match(chr(number)) else ""
    return html.entities.html5.get(name, f"&amp;{name}")


def _with_prefixes(text: str, page: OaiPage) -> str:
    """Bind on the root element what no one has bound."""
    unbound = sorted(set(_PREFIX.findall(text)) - set(_XMLNS.findall(text)) - {"xml"})
    if not unbound:
        return text
    page.mended.append(f"prefixes without namespace: {', '.join(unbound)}")
    known = {"marc": "http://www.loc.gov/MARC21/slim", "dc": "http://purl.org/dc/elements/1.1/"}
    spaces = "".join(f' xmlns:{name}="{known.get(name, "urn:unbound:" + name)}"' for name in unbound)
    opening = _OPENING.search(text)
    assert opening is not None
    return text[: opening.end()] + spaces + text[opening.end() :]


def html_text(text: str) -> str:
    """Undo XML's predefined references, for a token cut out of the text."""
    for name, character in (("lt", "<"), ("gt", ">"), ("quot", '"'), ("apos", "'"), ("amp", "&")):
        text = text.replace(f"&{name};", character)
    return text


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next((each for each in element if _local(each) == name), None)


def _text_of(element: etree._Element, name: str) -> str | None:
    child = _child(element, name)
    return None if child is None else child.text


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
