"""A record that a client sends, as a MARC record: ISO 2709, MARCXML or MARC-in-JSON in an EXTERNAL."""

from __future__ import annotations

from typing import Any

from protocols.z3950 import ber, oids
from unioncat.marc import Record
from unioncat.marc.iso2709 import Iso2709
from unioncat.marc.marcxml import MarcXml
from unioncat.model import BadRecord, RawRecord

__all__ = ["octets_of", "read_record"]

_XML = frozenset({oids.TEXT_XML, oids.APPLICATION_XML})


def octets_of(external: dict[str, Any]) -> bytes:
    """What an EXTERNAL carries: octets, or the octets of the one string in it."""
    kind, value = external["encoding"]
    if kind == "octet-aligned":
        return bytes(value)
    if kind == "single-ASN1-type":
        return ber.join(ber.parse(value)[1])
    raise BadRecord("a record cannot be a bit string")


def read_record(external: dict[str, Any]) -> Record:
    """Raises BadRecord, and nothing else, whatever the EXTERNAL holds."""
    syntax = external.get("direct-reference", oids.USMARC)
    octets = octets_of(external)
    xml = syntax in _XML or octets.lstrip()[:1] == b"<"
    if not xml and syntax != oids.USMARC:
        raise BadRecord(f"records are taken as MARC 21 or MARCXML, not in the syntax {syntax}")
    return (MarcXml() if xml else Iso2709()).parse(RawRecord("marcxml" if xml else "iso2709", octets, 1)).record
