"""Spreadsheets of libraries: the door to `mappings.spreadsheets`."""

from mappings.spreadsheets.annotated import RowOutcome, annotate
from mappings.spreadsheets.cells import safe_text
from mappings.spreadsheets.columns import ROLES, Role
from mappings.spreadsheets.formats import Csv, Xlsx, identifier_of
from mappings.spreadsheets.mapping import Column, ColumnMapping, open_with_mapping
from mappings.spreadsheets.preview import ColumnPreview, Comparison, Preview, RowPreview, compare, preview
from mappings.spreadsheets.rows import Row, refusal, row_to_marc

__all__ = [
    "ROLES",
    "Column",
    "ColumnMapping",
    "ColumnPreview",
    "Comparison",
    "Csv",
    "Preview",
    "Role",
    "Row",
    "RowOutcome",
    "RowPreview",
    "Xlsx",
    "annotate",
    "compare",
    "identifier_of",
    "open_with_mapping",
    "preview",
    "refusal",
    "row_to_marc",
    "safe_text",
]
