"""The last step of every MARC reader: UNIMARC becomes MARC 21, the identifier is looked up."""

from __future__ import annotations

from pymarc import Record

from unioncat.marc.findings import finding
from unioncat.marc.formats import ParsedRecord
from unioncat.marc.unimarc import is_unimarc, unimarc_to_marc21
from unioncat.model import BadRecord, Finding

__all__ = ["finished"]


def finished(record: Record, findings: list[Finding], dialect: str = "") -> ParsedRecord:
    """The parsed record of a normalised one; leader/05 "d" is a deletion. Raises BadRecord if no field is left.

    dialect: ``unimarc`` or ``marc21`` where the library's records are known to be that; "" finds out
    """
    fields = record.fields
    if not fields:
        raise BadRecord("no field with any text")
    if dialect == "unimarc" or (not dialect and is_unimarc(fields)):
        record = unimarc_to_marc21(record)
        fields = record.fields
        findings.append(finding("unimarc-converted", fixed=True))
    number = None
    if fields[0].tag == "001":
        number = fields[0].data
    else:
        for field in fields:
            if field.tag == "001":
                number = field.data
                break
    deleted = record.leader.leader[5] == "d"
    return ParsedRecord(record, tuple(findings), (number or "").strip() or None, deleted)
