"""The three versions of SRU on one address: namespaces, names and defaults that differ between them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BY_VERSION", "EXPLAIN", "LATEST", "V11", "V12", "V20", "Dialect"]

EXPLAIN = "http://explain.z3950.org/dtd/2.0/"
"""Namespace of ZeeRex, and identifier of its record schema."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """search, scan: namespaces of the responses (explain: that of `search`).

    packing:  element that says how the record data is written, and parameter of that name
    idle:     element for the life of a result set
    """

    version: str
    search: str
    scan: str
    diagnostic: str
    packing: str
    idle: str

    @property
    def is_2(self) -> bool:
        return self.version == "2.0"


_ZING = "http://www.loc.gov/zing/srw/"
_OASIS = "http://docs.oasis-open.org/ns/search-ws/"

V11 = Dialect("1.1", _ZING, _ZING, f"{_ZING}diagnostic/", "recordPacking", "resultSetIdleTime")
V12 = Dialect("1.2", _ZING, _ZING, f"{_ZING}diagnostic/", "recordPacking", "resultSetIdleTime")
V20 = Dialect(
    "2.0", f"{_OASIS}sruResponse", f"{_OASIS}scan", f"{_OASIS}diagnostic", "recordXMLEscaping", "resultSetTTL"
)

BY_VERSION = {each.version: each for each in (V11, V12, V20)}
LATEST = V20
FACETS = f"{_OASIS}facetedResults"
