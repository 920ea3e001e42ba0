"""What reading and normalising can notice: the rule ids of their findings, each with its severity.

The sentences in Vietnamese and English that go with them stand in the quality rules' table.
"""

from __future__ import annotations

from unioncat.model import Finding, Severity

__all__ = ["READING_RULES", "finding"]

READING_RULES: dict[str, tuple[Severity, str]] = {
    "record-length": ("warning", "leader/00-04 does not give the length of the record in bytes"),
    "base-address": ("warning", "leader/12-16 does not point behind the directory"),
    "directory": ("warning", "the directory does not fit the fields; read by field terminators"),
    "directory-overflow": ("warning", "field longer than the directory can say (9,999 bytes)"),
    "junk-before-record": ("info", "bytes before the leader"),
    "truncated-record": ("error", "the record ends before its end"),
    "leader-length": ("warning", "the leader is not 24 characters long"),
    "leader-fixed-positions": ("info", "leader/10-11 or 20-23 are not 22 and 4500"),
    "leader-characters": ("warning", "the leader holds characters that are not ASCII letters, digits, blank, # or |"),
    "leader-encoding": ("warning", "leader/09 says another encoding than the bytes"),
    "encoding-invalid": ("error", "bytes that are not valid in the record's encoding"),
    "encoding-marc8-escape": ("warning", "unknown or unfinished MARC-8 escape sequence"),
    "encoding-guessed": ("warning", "the record is in none of MARC's encodings; read by the one that fits"),
    "text-nfd": ("info", "letters and marks as separate characters (NFD)"),
    "text-mark-order": ("warning", "tone mark before vowel mark"),
    "text-control-characters": ("warning", "control characters in a field"),
    "text-eth": ("info", "Ð (eth) where Đ is meant"),
    "text-legacy": ("warning", "text in a Vietnamese legacy encoding, converted"),
    "text-legacy-suspected": ("warning", "text that looks like a Vietnamese legacy encoding; not certain enough"),
    "text-double-conversion": ("warning", "text converted twice, repaired"),
    "text-lost-letters": ("error", "letters lost in an earlier conversion (ư, …)"),
    "tag-format": ("error", "a tag is not three ASCII letters or digits"),
    "indicator-count": ("warning", "a data field has not exactly two indicators"),
    "indicator-character": ("warning", "an indicator is not a blank, a small letter or a digit"),
    "subfield-code": ("warning", "a subfield code is missing or no printable ASCII character"),
    "subfield-empty": ("info", "a subfield without text"),
    "field-empty": ("info", "a field without data"),
    "control-field-subfields": ("warning", "indicators or subfields in a control field"),
    "control-number-repeated": ("error", "more than one 001"),
    "xml-repaired": ("warning", "the XML was not well-formed; read as far as it could be repaired"),
    "unimarc-converted": ("info", "converted from UNIMARC"),
    "isis-converted": ("info", "converted from CDS/ISIS by a field map"),
    "isis-unmapped": ("warning", "a field that the library's field map does not know, kept as 9XX"),
}  # fmt: skip


_DETAIL = 120


def finding(rule: str, place: str = "", detail: str = "", fixed: bool = False) -> Finding:
    """A finding of one of READING_RULES; the detail is cut to 120 characters."""
    return Finding(rule, READING_RULES[rule][0], place, detail if len(detail) <= _DETAIL else detail[:119] + "…", fixed)
