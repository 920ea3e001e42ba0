"""The formats of this room, one object each; `pyproject.toml` names them in the group ``unioncat.formats``."""

from __future__ import annotations

from mappings.citations import BibTeX, CitationCsv, Plain, Ris
from mappings.holdings_exports import HoldingsMarcXml, Iso20775
from mappings.jsonld import JsonLd
from mappings.marc_exports import Iso2709Export, MarcJsonExport, MarcXmlExport, MrkExport
from mappings.mods import Mods
from mappings.oai_dc import OaiDc, OaiQdc
from mappings.spreadsheets.formats import Csv, Xlsx
from unioncat.marc.formats import ExportFormat

__all__ = [
    *("EXPORTS", "bibtex", "csv", "csv_export", "iso2709", "iso20775", "jsonld", "marc21", "marc21_holdings"),
    *("marcjson", "marcxml", "mods", "mrk", "oai_dc", "oai_qdc", "plain", "ris", "xlsx"),
]

oai_dc = OaiDc()
oai_qdc = OaiQdc()
marcxml = MarcXmlExport("marcxml")
marc21 = MarcXmlExport("marc21")
iso2709 = Iso2709Export()
marcjson = MarcJsonExport()
mrk = MrkExport()
mods = Mods()
jsonld = JsonLd()
iso20775 = Iso20775()
marc21_holdings = HoldingsMarcXml()
ris = Ris()
bibtex = BibTeX()
csv_export = CitationCsv()
plain = Plain()
xlsx = Xlsx()
csv = Csv()

EXPORTS: tuple[ExportFormat, ...] = (
    *(oai_dc, oai_qdc, marcxml, marc21, iso2709, marcjson, mrk),
    *(mods, jsonld, iso20775, marc21_holdings, ris, bibtex, csv_export, plain),
)
