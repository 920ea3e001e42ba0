"""The formats of this room, one object each; `pyproject.toml` names them in the group ``unioncat.formats``."""

from __future__ import annotations

from mappings.marc_exports import Iso2709Export, MarcJsonExport, MarcXmlExport, MrkExport
from mappings.oai_dc import OaiDc, OaiQdc
from mappings.spreadsheet import Csv, Xlsx
from unioncat.marc.formats import ExportFormat

__all__ = ["EXPORTS", "csv", "iso2709", "marc21", "marcjson", "marcxml", "mrk", "oai_dc", "oai_qdc", "xlsx"]

oai_dc = OaiDc()
oai_qdc = OaiQdc()
marcxml = MarcXmlExport("marcxml")
marc21 = MarcXmlExport("marc21")
iso2709 = Iso2709Export()
marcjson = MarcJsonExport()
mrk = MrkExport()
xlsx = Xlsx()
csv = Csv()

EXPORTS: tuple[ExportFormat, ...] = (oai_dc, oai_qdc, marcxml, marc21, iso2709, marcjson, mrk)
