"""MARC 21 out, in its four spellings: MARCXML (also as ``marc21``, its usual OAI-PMH prefix), ISO 2709,
MARC-in-JSON and MARCMaker text. The writers are those of `unioncat.marc`."""

from __future__ import annotations

from unioncat.marc import to_iso2709, to_json, to_marcxml, to_mrk
from unioncat.marc.formats import ExportRecord

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
        return to_marcxml(export.record)


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
