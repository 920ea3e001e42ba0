"""The one door to pymarc: reading, writing, field specs. ``pymarc.Record`` is the record in memory everywhere."""

from pymarc import Field, Indicators, Leader, Record, Subfield

from unioncat.marc.iso2709_write import to_iso2709
from unioncat.marc.marcjson import from_json, to_json
from unioncat.marc.marcxml_write import to_marcxml
from unioncat.marc.mrk import to_mrk
from unioncat.marc.normalise import normalise
from unioncat.marc.specs import first, parse_spec, values

__all__ = [
    "Field",
    "Indicators",
    "Leader",
    "Record",
    "Subfield",
    "first",
    "from_json",
    "normalise",
    "parse_spec",
    "to_iso2709",
    "to_json",
    "to_marcxml",
    "to_mrk",
    "values",
]
