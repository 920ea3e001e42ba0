"""From whatever was read to the form in which records are stored: NFC, legal leader, tags and codes.

Only what is certain is repaired, and each repair is a finding. `normalise` works on the record it is given.
"""

from __future__ import annotations

import re
from unicodedata import is_normalized, normalize

from pymarc import Field, Record, Subfield

from unioncat.marc.build import control_field, data_field, is_control_tag
from unioncat.marc.findings import finding
from unioncat.marc.legacy import repair_legacy
from unioncat.marc.repair import SUSPECT, repair_text
from unioncat.model import Finding
from unioncat.text import may_hold_legacy

__all__ = ["is_normal_text", "normal_leader", "normalise"]

_LEADER = re.compile(r"[0-9 ]{5}[a-zA-Z0-9#| ]{4}a22[0-9 ]{5}[a-zA-Z0-9#| ]{3}4500")
_TAG = re.compile(r"[0-9A-Za-z]{3}")
_CODE = re.compile(r"[!-~]")
_INDICATORS = re.compile(r"[ 0-9a-z]{2}")
_NOT_LEADER = re.compile(r"[^a-zA-Z0-9#| ]")


def normal_leader(leader: str, findings: list[Finding]) -> str:
    """24 characters, UTF-8 flag set, fixed positions filled in."""
    if _LEADER.fullmatch(leader):
        return leader
    if len(leader) != 24:
        findings.append(finding("leader-length", "LDR", leader, fixed=True))
        # a leader that only lost its trailing blanks keeps its places; any other is kept as far as it goes
        leader = (leader if len(leader) >= 10 else "").ljust(24)[:24]
    if _NOT_LEADER.search(leader):
        findings.append(finding("leader-characters", "LDR", leader, fixed=True))
        leader = _NOT_LEADER.sub(" ", leader)
    if leader[10:12] != "22" or leader[20:] != "4500":
        if leader[10:12].strip() or leader[20:].strip():
            findings.append(finding("leader-fixed-positions", "LDR/10-23", leader[10:], fixed=True))
        leader = f"{leader[:10]}22{leader[12:20]}4500"
    length = leader[:5] if leader[:5].isdigit() else "00000"
    base = leader[12:17] if leader[12:17].isdigit() else "00000"
    status = leader[5] if leader[5] != " " else "n"
    kind = leader[6] if leader[6] != " " else "a"
    level = leader[7] if leader[7] != " " else "m"
    return f"{length}{status}{kind}{level}{leader[8]}a22{base}{leader[17:20]}4500"


_ANY_SUSPECT = re.compile(SUSPECT.pattern.replace("\x00-\x1f", "\x00-\x1c"))
_CONTROL_ASCII = re.compile("[\x00-\x1c\x7f]")


def is_normal_text(text: str, ascii_only: bool) -> str | None:
    """A whole record's text in NFC, delimiters inside, if it needs no other repair; else None."""
    if ascii_only:
        return None if _CONTROL_ASCII.search(text) else text
    if not is_normalized("NFC", text):
        text = normalize("NFC", text)
    return None if _ANY_SUSPECT.search(text) else text


def _normal_subfields(field: Field, tag: str, context: bool, findings: list[Finding]) -> list[Subfield]:
    out = []
    for code, value in field.subfields:
        if not _CODE.fullmatch(code):
            findings.append(finding("subfield-code", tag, f"{code}{value}", fixed=bool(not code.strip() and value)))
            if not code.strip() and value:
                code = "a"
            elif not code:
                continue
            elif code[:1] > "~" or code[:1] <= " ":
                # a lost code: the character belongs to the text
                code, value = "a", (code + value).strip()
        if not value:
            findings.append(finding("subfield-empty", f"{tag}${code}", fixed=True))
            continue
        if not value.isascii() or SUSPECT.search(value):
            value = repair_text(value, f"{tag}${code}", context, findings)
            if not value:
                continue
        out.append(Subfield(code[:1], value))
    return out


def _normal_field(field: Field, context: bool, findings: list[Finding]) -> Field | None:
    tag = field.tag
    if not _TAG.fullmatch(tag):
        findings.append(finding("tag-format", tag, fixed=False))
        if not tag.isascii() or len(tag) != 3 or not tag.isprintable() or " " in tag:
            return _kept_elsewhere(field, context, findings)
    if is_control_tag(tag):
        data = field.data or ""
        if field.subfields and not data:
            findings.append(finding("control-field-subfields", tag, fixed=True))
            data = " ".join(value for _, value in field.subfields)
        if SUSPECT.search(data) or not data.isascii():
            data = repair_text(data, tag, False, findings)
        if not data:
            findings.append(finding("field-empty", tag, fixed=True))
            return None
        return control_field(tag, data)
    if field.data is not None:
        return data_field(tag, "  ", [Subfield("a", field.data)]) if field.data else None
    pair = "".join(field._indicators or ("", ""))
    if len(pair) != 2:
        findings.append(finding("indicator-count", tag, pair, fixed=True))
        pair = (pair + "  ")[:2]
    if not _INDICATORS.fullmatch(pair):
        findings.append(finding("indicator-character", tag, pair, fixed=True))
        pair = "".join(one if _INDICATORS.fullmatch(one * 2) else " " for one in pair.lower())
    subfields = _normal_subfields(field, tag, context, findings)
    if not subfields:
        if not field.subfields:
            findings.append(finding("field-empty", tag, fixed=True))
        return None
    return data_field(tag, pair, subfields)


def _kept_elsewhere(field: Field, context: bool, findings: list[Finding]) -> Field | None:
    """A field under an impossible tag: its text is kept in a local field (999)."""
    text = field.data or " ".join(value for _, value in field.subfields if value)
    text = repair_text(text, "999$a", context, findings)
    return data_field("999", "  ", [Subfield("a", text)]) if text else None


def _compose(fields: list[Field]) -> bool:
    """Turn NFD subfields into NFC; whether there were any."""
    changed = False
    for field in fields:
        if not all(is_normalized("NFC", value) for _, value in field.subfields):
            field.subfields = [Subfield(code, normalize("NFC", value)) for code, value in field.subfields]
            changed = True
    return changed


def normalise(record: Record, known: str = "") -> tuple[Record, list[Finding]]:
    """The record, now with NFC text and legal leader, tags, indicators and codes, and what was noticed.

    Changes the record it is given. Fields without text are dropped; nothing else is lost.

    known: Vietnamese legacy encoding the library is known to use; "" finds out
    """
    findings: list[Finding] = []
    record.leader.leader = normal_leader(record.leader.leader, findings)
    whole = "".join([value for field in record.fields for _, value in field.subfields])
    if not whole.isascii() and _compose(record.fields):
        findings.append(finding("text-nfd", fixed=True))
        whole = normalize("NFC", whole)
    if known or may_hold_legacy(whole):  # before control characters go: VPS and UTF-8 read as CP1252 need them
        repair_legacy(record.fields, findings, known)
    fields = []
    numbers = 0
    for field in record.fields:
        normal = _normal_field(field, not whole.isascii(), findings)
        if normal is not None:
            fields.append(normal)
            numbers += normal.tag == "001"
    if numbers > 1:
        findings.append(finding("control-number-repeated", "001"))
    record.fields = fields
    return record, findings
