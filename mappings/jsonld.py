"""Export format jsonld: schema.org, with the libraries' holdings as offers (as the Schema Bib Extend group proposed).

A value may stand in a script element of a page: ``<``, ``>``, ``&`` and line separators are escaped.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from mappings.clean import address, isbn13, issn, strip_isbd, xml_text
from mappings.codelists import table
from mappings.engine import Crosswalk, Rule
from mappings.marc_to_dc import dc_date, is_author
from mappings.material import material_of
from unioncat.marc import Field, values
from unioncat.marc.formats import ExportRecord
from unioncat.model import Holding

__all__ = ["MARC21_TO_SCHEMA_ORG", "JsonLd"]


MARC21_TO_SCHEMA_ORG = (
    Rule("name", "245$abnp", "schema.org/name", (strip_isbd,)),
    Rule("alternateName", "246$abnp:130$anp:240$anp", "schema.org/alternateName", (strip_isbd,)),
    Rule("bookEdition", "250$ab", "schema.org/bookEdition", (strip_isbd,)),
    Rule("isbn", "020$a", "schema.org/isbn; always ISBN-13", (isbn13,)),
    Rule("issn", "022$a", "schema.org/issn", (issn,)),
    Rule(
        "about",
        "600$abcdxyz:610$abxyz:611$acdxyz:630$apxyz:650$axyz:651$axyz",
        "schema.org/about",
        (strip_isbd,),
        divide="--",
    ),
    Rule("keywords", "653$a", "schema.org/keywords", (strip_isbd,), each=True),
    Rule("genre", "655$a", "schema.org/genre", (strip_isbd,)),
    Rule("description", "520$ab", "schema.org/description"),
    Rule("isPartOf", "773$t:830$av", "schema.org/isPartOf", (strip_isbd,)),
    Rule("url", "856$u", "schema.org/url of a digital copy", (address,), each=True),
    Rule("inLanguage", "008/35-37:041$a", "schema.org/inLanguage, BCP 47", each=True),
    Rule("typicalAgeRange", "521$a", "schema.org/typicalAgeRange", (strip_isbd,)),
)
_CROSSWALK = Crosswalk(MARC21_TO_SCHEMA_ORG)
_PAGES = re.compile(r"(\d{1,5})\s*(?:tr|p|pages|s)\b")
_ROLES = {
    "trl": "translator",
    "edt": "editor",
    "ill": "illustrator",
    "com": "editor",
    "cmp": "composer",
    "drt": "director",
}
_LEASE = "http://purl.org/goodrelations/v1#LeaseOut"
_UNSAFE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def _bcp47(code: str) -> str:
    row = table("languages").get(code.strip().lower())
    if row is None or code in ("und", "mul", "zxx", "mis"):
        return ""
    return row["iso639_1"] or row["terminology"] or code


def _agent(field: Field) -> dict[str, Any] | None:
    codes = "abq" if field.tag[1:] == "00" else "ab"
    name = xml_text(strip_isbd(" ".join(part.value for part in field.subfields if part.code in codes)))
    if not name:
        return None
    agent: dict[str, Any] = {"@type": "Person" if field.tag[1:] == "00" else "Organization", "name": name}
    if field.tag[1:] == "00":
        years = re.search(r"(\d{4})?-(\d{4})?", " ".join(part.value for part in field.subfields if part.code == "d"))
        if years:
            agent |= {key: year for key, year in (("birthDate", years[1]), ("deathDate", years[2])) if year}
    return agent


def _agents(export: ExportRecord) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for field in export.record.fields:
        if field.tag not in ("100", "110", "111", "700", "710", "711") or any(
            part.code == "t" for part in field.subfields
        ):
            continue
        agent = _agent(field)
        if agent is None:
            continue
        relator = next((part.value[-3:] for part in field.subfields if part.code == "4"), "")
        role = _ROLES.get(relator) or ("author" if field.tag[0] == "1" or is_author(field) else "contributor")
        found.setdefault(role, []).append(agent)
    return found


def _offers(export: ExportRecord, holding: Holding) -> list[dict[str, Any]]:
    member = export.members.get(holding.member)
    library: dict[str, Any] = {
        "@type": "Library",
        "name": member.name if member else holding.member,
        "identifier": holding.member,
    }
    if export.base_url:
        library["@id"] = f"{export.base_url}/library/{holding.member}"
    if member and member.district:
        library["address"] = {
            "@type": "PostalAddress",
            "addressLocality": member.district,
            "addressRegion": member.province,
            "addressCountry": "VN",
        }
    offers = []
    for item in holding.items or (None,):
        offer: dict[str, Any] = {"@type": "Offer", "businessFunction": _LEASE, "offeredBy": library}
        shelf = (item and item.call_number) or holding.call_number
        place = (item and item.location) or holding.location
        if shelf:
            offer["sku"] = shelf
        if place:
            offer["availableAtOrFrom"] = {"@type": "Place", "name": place}
        if item and item.barcode:
            offer["serialNumber"] = item.barcode
        if item is None and holding.copies:
            offer["inventoryLevel"] = {"@type": "QuantitativeValue", "value": holding.copies}
        if item is None and holding.summary:
            offer["description"] = holding.summary
        if holding.url and address(holding.url):
            offer["url"] = address(holding.url)
        offers.append(offer)
    return offers


class JsonLd:
    """One schema.org object."""

    name = "jsonld"
    media_type = "application/ld+json"
    extension = "jsonld"
    namespace = ""
    schema = ""

    def render(self, export: ExportRecord) -> bytes:
        record = export.record
        told: dict[str, Any] = {"@context": "https://schema.org", "@type": material_of(record).schema}
        if export.base_url:
            told["@id"] = f"{export.base_url}/record/{export.public_id}"
        told["identifier"] = export.public_id
        for rule, value, _ in _CROSSWALK.statements(record):
            text = xml_text(_bcp47(value) if rule.target == "inLanguage" else value).strip()
            if text and text not in told.setdefault(rule.target, []):
                told[rule.target].append(text)
        told |= _agents(export)
        for target, subject in (("isPartOf", "CreativeWork"),):
            if told.get(target):
                told[target] = [{"@type": subject, "name": name} for name in told[target]]
        publishers = [xml_text(strip_isbd(name)) for name in values(record, "260$b:264[*1]$b", join=None)]
        told["publisher"] = [{"@type": "Organization", "name": name} for name in publishers if name]
        told["datePublished"] = dc_date(record)
        pages = _PAGES.search(" ".join(values(record, "300$a")))
        if pages:
            told["numberOfPages"] = int(pages[1])
        told["offers"] = [offer for holding in export.holdings for offer in _offers(export, holding)]
        told["dateModified"] = export.datestamp.strftime("%Y-%m-%dT%H:%M:%SZ")
        document = {key: _single(value) for key, value in told.items() if value not in ("", [], None)}
        return orjson.dumps(document).decode().translate(_UNSAFE).encode()


def _single(value: Any) -> Any:
    """A list of one is its one; order is kept."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
