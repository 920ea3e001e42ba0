"""MARC 21 out, in its four spellings: MARCXML (also as ``marc21``, its usual OAI-PMH prefix), ISO 2709,
MARC-in-JSON and MARCMaker text. The writers are those of `unioncat.marc`."""

from __future__ import annotations

from unioncat.marc import Record, to_iso2709, to_json, to_marcxml, to_mrk
from unioncat.marc.build import data_field, new_record, subfield
from unioncat.marc.formats import ExportRecord
from unioncat.marc.marcxml_write import marcxml_of_json

__all__ = ["MARCXML", "Iso2709Export", "MarcJsonExport", "MarcXmlExport", "MrkExport"]

MARCXML = "http://www.loc.gov/MARC21/slim"


class MarcXmlExport:
    """One ``record`` element of the MARCXML schema."""

    media_type = "application/marcxml+xml"
    extension = "marcxml"
    namespace = MARCXML
    schema = "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"

    def __init__(self, name: str = "marcxml") -> None:
        self.name = name

    def render(self, export: ExportRecord) -> bytes:
        return to_marcxml(_control_fields_first(export.record))

    def render_json(self, marc: bytes) -> bytes:
        """The same from a stored record (MARC-in-JSON), quicker. Raises as `marcxml_of_json` does."""
        return marcxml_of_json(marc)


def _control_fields_first(record: Record) -> Record:
    """The schema wants every controlfield before the first datafield, and knows no tag 000: a record that has
    such is copied, its 000 (found in `marc4j_bad-characters-in-various-fields.mrc`) as a local note."""
    behind = wrong = False
    for field in record.fields:
        if field.data is None:
            behind = True
        elif behind or field.tag == "000":
            wrong = True
            break
    if not wrong:
        return record
    control = [field for field in record.fields if field.data is not None and field.tag != "000"]
    odd = [data_field("999", "  ", [subfield("a", one.data or "")]) for one in record.fields if one.tag == "000"]
    return new_record(record.leader.leader, [*control, *(one for one in record.fields if one.data is None), *odd])


class Iso2709Export:
    """ISO 2709 in UTF-8. Raises BadRecord where the record does not fit (99,999 bytes; a field, 9,999)."""

    name = "iso2709"
    media_type = "application/marc"
    extension = "mrc"
    namespace = ""
    schema = ""

    def render(self, export: ExportRecord) -> bytes:
        return to_iso2709(export.record)


class MarcJsonExport:
    """MARC-in-JSON, one line."""

    name = "marcjson"
    media_type = "application/marc-in-json"
    extension = "json"
    namespace = ""
    schema = ""

    def render(self, export: ExportRecord) -> bytes:
        return to_json(export.record)


class MrkExport:
    """MARCMaker text, UTF-8."""

    name = "mrk"
    media_type = "text/plain"
    extension = "mrk"
    namespace = ""
    schema = ""

    def render(self, export: ExportRecord) -> bytes:
        return to_mrk(export.record)
