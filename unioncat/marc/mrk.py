"""MARCMaker text (``.mrk``), as MarcEdit and LC's MARCBreaker write it.

One field a line: ``=245  10$aTitle``; a blank is ``\\`` in indicators and control fields, a dollar ``{dollar}``.
Records are separated by an empty line or begin with ``=LDR``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO
from unicodedata import normalize as unicode_normalize

from pymarc import Field, Record, Subfield

from unioncat.marc.build import control_field, data_field, is_control_tag, new_record
from unioncat.marc.findings import finding
from unioncat.marc.finish import finished
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.lines import cut_lines, decoded
from unioncat.marc.normalise import normalise
from unioncat.model import BadRecord, Finding, HarvestedRecord, RawRecord

__all__ = ["Mrk", "to_mrk"]

_LINE = re.compile(rb"=(?:LDR|[0-9A-Za-z]{3})  ")
_ESCAPES = str.maketrans({"$": "{dollar}", "{": "{lcub}", "}": "{rcub}", "\n": " ", "\r": " "})
_MNEMONIC = re.compile(r"\{([A-Za-z0-9]{1,16})\}")
_MARKS = {
    "acute": "\u0301", "grave": "\u0300", "circ": "\u0302", "tilde": "\u0303", "hooka": "\u0309", "dotb": "\u0323",
    "breve": "\u0306", "uml": "\u0308", "ring": "\u030a", "caron": "\u030c", "macr": "\u0304", "cedil": "\u0327",
    "ogon": "\u0328", "dot": "\u0307", "dblac": "\u030b", "llig": "\ufe20", "rlig": "\ufe21", "rcommaa": "\u0315",
    "candra": "\u0310", "under": "\u0332", "dbldotb": "\u0324", "ringb": "\u0325", "dblunder": "\u0333",
    "commab": "\u0326", "breveb": "\u032e", "ldbltil": "\ufe22", "rdbltil": "\ufe23", "commaa": "\u0313",
    "rcedil": "\u031c",
}  # fmt: skip
_CHARACTERS = {
    "dollar": "$", "lcub": "{", "rcub": "}", "bsol": "\\", "esc": "", "ohorn": "ơ", "Ohorn": "Ơ", "uhorn": "ư",
    "Uhorn": "Ư", "dstrok": "đ", "Dstrok": "Đ", "eth": "ð", "copy": "©", "phono": "℗", "deg": "°", "pound": "£",
    "softsign": "ʹ", "hardsign": "ʺ", "ayn": "ʻ", "mllhring": "ʻ", "mlrhring": "ʼ", "alif": "ʼ", "iexcl": "¡",
    "iquest": "¿", "lstrok": "ł", "Lstrok": "Ł", "ostrok": "ø", "Ostrok": "Ø", "aelig": "æ", "AElig": "Æ",
    "oelig": "œ", "OElig": "Œ", "thorn": "þ", "THORN": "Þ", "middot": "·", "flat": "♭", "sharp": "♯",
    "plusmn": "±", "nbsp": " ", "szlig": "ß", "reg": "®", "inodot": "ı", "scriptl": "ℓ",
}  # fmt: skip
_MARKED = re.compile(rf"((?:\{{(?:{'|'.join(_MARKS)})\}})+)(\{{[A-Za-z0-9]+\}}|[^{{])")


class Mrk:
    """The reading format ``mrk``."""

    name = "mrk"

    def sniff(self, head: bytes, filename: str) -> float:
        start = head.lstrip(b"\xef\xbb\xbf\r\n\t ")
        if start.startswith((b"=LDR  ", b"=000  ")):
            return 0.97
        return 0.8 if _LINE.match(start) else 0.0

    def split(self, stream: BinaryIO, hints: Mapping[str, str]) -> Iterator[HarvestedRecord]:
        pieces = cut_lines(stream, lambda line, first: line.startswith((b"=LDR  ", b"=000  ")), ends_at_blank=True)
        for position, (data, refused) in enumerate(pieces, 1):
            yield HarvestedRecord(None, RawRecord("mrk", data, position, hints), None, False, (), refused)

    def parse(self, raw: RawRecord) -> ParsedRecord:
        findings: list[Finding] = []
        text, bad = decoded(raw.data, raw.hints.get("encoding", ""))
        if bad:
            findings.append(finding("encoding-invalid", "", f"{bad} bytes"))
        leader = ""
        fields: list[Field] = []
        for line in _joined(text):
            tag, data = line[1:4], line[6:]
            if tag in ("LDR", "000"):
                leader = data.replace("\\", " ")
            else:
                fields.append(_field(tag, data, findings))
        if not fields:
            raise BadRecord("no field in MARCMaker's form (=245  10$a…)")
        record, more = normalise(new_record(leader, fields))
        return finished(record, findings + more, raw.hints.get("dialect", ""))


def _joined(text: str) -> Iterator[str]:
    """The field lines; a line that begins no field goes on with the one before."""
    current = ""
    for line in text.splitlines():
        if line.startswith("=") and line[4:6] == "  ":
            if current:
                yield current
            current = line
        elif current and line.strip():
            current += " " + line.strip()
    if current:
        yield current


def _field(tag: str, data: str, findings: list[Finding]) -> Field:
    if is_control_tag(tag):
        return control_field(tag, _unescaped(data.replace("\\", " ")).rstrip("\r"))
    pair = data[:2].replace("\\", " ")
    if len(pair) < 2 or "$" in pair:
        findings.append(finding("indicator-count", tag, data[:10], fixed=True))
        pair = (pair.split("$")[0] + "  ")[:2]
    pieces = data.split("$")[1:]
    return data_field(tag, pair, [Subfield(piece[:1], _unescaped(piece[1:])) for piece in pieces if piece])


def _unescaped(text: str) -> str:
    """MARCMaker's mnemonics as characters; marks stand before their letter there, as in MARC-8."""
    if "{" not in text:
        return text
    turned = _MARKED.sub(r"\2\1", text)
    plain = _MNEMONIC.sub(_meaning, turned)
    return unicode_normalize("NFC", plain) if turned != text else plain


def _meaning(found: re.Match[str]) -> str:
    name = found[1]
    known = _CHARACTERS.get(name) or _MARKS.get(name)
    if known is not None or name == "esc":
        return known or ""
    mark = _MARKS.get(name[1:])  # {eacute}
    return found[0] if mark is None else unicode_normalize("NFC", name[0] + mark)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES) if any(character in text for character in "${}\r\n") else text


def to_mrk(record: Record) -> bytes:
    """The record as MARCMaker text in UTF-8, with an empty line at its end."""
    lines = [f"=LDR  {record.leader.leader}"]
    for field in record.fields:
        if field.control_field or field.data is not None:
            data = _escaped(field.data or "").replace("\\", "{bsol}").replace(" ", "\\")
            lines.append(f"={field.tag}  {data}")
        else:
            pair = "".join(field._indicators or (" ", " ")).replace(" ", "\\")
            text = "".join(f"${code}{_escaped(value)}" for code, value in field.subfields)
            lines.append(f"={field.tag}  {pair}{text}")
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")
