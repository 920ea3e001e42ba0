"""Object identifiers of Z39.50 (registry at the maintenance agency), as dotted text."""

from __future__ import annotations

from typing import Final

__all__ = ["RECORD_SYNTAXES", "SCHEMAS", "Z3950", "name_of_syntax"]

Z3950: Final = "1.2.840.10003"

BIB_1: Final = f"{Z3950}.3.1"
DIAG_BIB_1: Final = f"{Z3950}.4.1"
ES_UPDATE: Final = f"{Z3950}.9.5"
ES_UPDATE_R1: Final = f"{Z3950}.9.5.1"
ES_UPDATE_R1_1: Final = f"{Z3950}.9.5.1.1"
CHARSET_NEGOTIATION: Final = f"{Z3950}.15.3"
RESOURCE_REPORT_2: Final = f"{Z3950}.7.2"
CQL: Final = f"{Z3950}.16.2"
UTF_8_FORM: Final = "1.0.10646.1.0.8"

UNIMARC: Final = f"{Z3950}.5.1"
USMARC: Final = f"{Z3950}.5.10"
EXPLAIN: Final = f"{Z3950}.5.100"
SUTRS: Final = f"{Z3950}.5.101"
OPAC: Final = f"{Z3950}.5.102"
GRS_1: Final = f"{Z3950}.5.105"
ES_TASK_PACKAGE: Final = f"{Z3950}.5.106"
TEXT_XML: Final = f"{Z3950}.5.109.10"
APPLICATION_XML: Final = f"{Z3950}.5.109.11"

RECORD_SYNTAXES: Final[dict[str, str]] = {
    "usmarc": USMARC,
    "marc21": USMARC,
    "unimarc": UNIMARC,
    "xml": TEXT_XML,
    "text-xml": TEXT_XML,
    "application-xml": APPLICATION_XML,
    "sutrs": SUTRS,
    "opac": OPAC,
    "grs-1": GRS_1,
    "grs1": GRS_1,
    "explain": EXPLAIN,
}
"""Names that people type, in lower case, and the syntax each means (USmarc and MARC21 share one number)."""

SCHEMAS: Final[dict[str, str]] = {
    f"{Z3950}.13.1000.119.1": "marcxml",
    f"{Z3950}.13.1": "wais",
    f"{Z3950}.13.2": "gils",
    f"{Z3950}.13.7": "opac",
}
"""Schemas that CompSpec may name by number."""


def name_of_syntax(oid: str) -> str:
    """A name for people; the number itself if it has none."""
    return next((name for name, number in RECORD_SYNTAXES.items() if number == oid), oid)
