"""Export format mods: MODS 3.8, the record by the table of `mappings.mods_table`, and the libraries that hold it."""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

from mappings.clean import digits_of_year, language_code, no_brackets, strip_isbd, uri, xml_text
from mappings.codelists import relator_of, table
from mappings.engine import Cleaner
from mappings.material import material_of
from mappings.mods_table import MARC21_TO_MODS, Part, Row
from mappings.xml import rendered, root_element
from unioncat.marc import Field, Record
from unioncat.marc.formats import ExportRecord
from unioncat.marc.specs import Spec, parse_spec
from unioncat.model import Holding

__all__ = ["MODS", "Mods"]

MODS = "http://www.loc.gov/mods/v3"
_NS = f"{{{MODS}}}"
_ISSUANCE = {
    "m": "monographic",
    "a": "monographic",
    "c": "monographic",
    "d": "monographic",
    "s": "serial",
    "b": "serial",
    "i": "integrating resource",
}
_AUTHORITIES = {"0": "lcsh", "1": "lcshac", "2": "mesh", "3": "nal", "5": "csh", "6": "rvm"}
_NUMBERS = {"0": "isrc", "1": "upc", "2": "ismn", "3": "ean", "4": "sici"}


def _named(path: str) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """``name[type=personal]/namePart`` → its steps with their attributes."""
    steps = []
    for step in path.split("/"):
        name, *attributes = step.replace("]", "").split("[")
        steps.append((_NS + name, tuple((pair.partition("=")[0], pair.partition("=")[2]) for pair in attributes)))
    return steps


class _Compiled(NamedTuple):
    place: int
    row: Row
    spec: Spec
    steps: list[tuple[str, tuple[tuple[str, str], ...]]]
    parts: list[tuple[Part, frozenset[str], list[tuple[str, tuple[tuple[str, str], ...]]]]]


def _compile() -> dict[str, list[_Compiled]]:
    by_tag: dict[str, list[_Compiled]] = {}
    for place, row in enumerate(MARC21_TO_MODS):
        parts = [(part, frozenset(part.codes), _named(part.path)) for part in row.parts]
        for spec in parse_spec(row.source):
            by_tag.setdefault(spec.tag, []).append(_Compiled(place, row, spec, _named(row.path), parts))
    return by_tag


_BY_TAG = _compile()


def _make(
    parent: etree._Element | None,
    steps: list[tuple[str, tuple[tuple[str, str], ...]]],
    shared: dict[str, etree._Element],
) -> etree._Element:
    """The element at the end of the steps; outer steps are shared by the parts of one field."""
    element = parent
    path = ""
    for depth, (tag, attributes) in enumerate(steps):
        path += tag + repr(attributes)
        last = depth == len(steps) - 1
        known = None if last else shared.get(path)
        if known is None:
            known = etree.Element(tag) if element is None else etree.SubElement(element, tag)
            for name, value in attributes:
                known.set(name, value)
            if not last:
                shared[path] = known
        element = known
    assert element is not None
    return element


def _value(values: list[str], clean: tuple[Cleaner, ...]) -> str:
    text = " ".join(values)
    for cleaner in clean:
        text = cleaner(text)
    return xml_text(text).strip()


def _element(compiled: _Compiled, field: Field) -> etree._Element | None:
    row = compiled.row
    element = _make(None, compiled.steps, {})
    if not row.parts:
        codes = compiled.spec.codes
        text = _value([value for code, value in field.subfields if codes is None or code in codes], row.clean)
        if not text:
            return None
        element.text = text
    shared: dict[str, etree._Element] = {}
    for part, codes, steps in compiled.parts:
        values = [value for code, value in field.subfields if code in codes and value]
        for group in [[value] for value in values] if part.each else [values] if values else []:
            text = _value(group, part.clean)
            if text:
                _make(element, steps, shared).text = text
    if not element.text and not len(element):
        return None
    _finish(element, row.kind, field)
    return element


def _finish(element: etree._Element, kind: str, field: Field) -> None:
    source = next((xml_text(value).strip() for code, value in field.subfields if code == "2"), "")
    if kind == "name":
        _roles(element, field)
    elif kind == "subject":
        authority = source or _AUTHORITIES.get(field.indicator2, "")
        if authority and " " not in authority:
            element.set("authority", authority)
    elif kind == "authority":
        if source:
            element.set("authority", source)
    elif kind == "number":
        element.set("type", source or _NUMBERS.get(field.indicator1, "local"))


def _roles(name: etree._Element, field: Field) -> None:
    """$4 as code; $e as text, and as code where it is a word we know. One role for each."""
    for code, value in field.subfields:
        text = xml_text(value).strip(" .,")
        if not text or code not in "4e":
            continue
        role = etree.SubElement(name, _NS + "role")
        relator = text.rsplit("/", 1)[-1] if code == "4" else relator_of(text)
        if code == "e":
            term = etree.SubElement(role, _NS + "roleTerm", type="text")
            term.text = text
        if relator in table("relators"):
            term = etree.SubElement(role, _NS + "roleTerm", type="code", authority="marcrelator")
            term.text = relator
        elif code == "4":
            term = etree.SubElement(role, _NS + "roleTerm", type="text")
            term.text = text


def _add(parent: etree._Element, name: str, text: str, **attributes: str) -> etree._Element | None:
    text = xml_text(text).strip()
    if not text:
        return None
    element = etree.SubElement(parent, _NS + name)
    for key, value in attributes.items():
        element.set(key, value)
    element.text = text
    return element


def _origin(root: etree._Element, record: Record) -> None:
    """008/07-17 and 250, 260, 264, 310: one originInfo for the whole (LC: 008, 250-264, 310)."""
    origin = etree.Element(_NS + "originInfo")
    fixed = next((field.data or "" for field in record.fields if field.tag == "008"), "")
    country = fixed[15:18].strip()
    if country in table("countries") and country != "xx":
        place = etree.SubElement(origin, _NS + "place")
        _add(place, "placeTerm", country, type="code", authority="marccountry")
    for field in record.fields:
        if field.tag in ("260", "264"):
            copyright_only = field.tag == "264" and field.indicator2 == "4"
            if field.tag == "264" and field.indicator2 not in "1 4":
                continue
            for code, value in field.subfields:
                if code == "a" and (text := no_brackets(strip_isbd(value))):
                    place = etree.SubElement(origin, _NS + "place")
                    _add(place, "placeTerm", text, type="text")
                elif code == "b":
                    _add(origin, "publisher", no_brackets(strip_isbd(value)))
                elif code == "c":
                    _add(origin, "copyrightDate" if copyright_only else "dateIssued", strip_isbd(value))
        elif field.tag == "250":
            _add(origin, "edition", strip_isbd(" ".join(value for code, value in field.subfields if code in "ab")))
        elif field.tag == "310":
            _add(origin, "frequency", strip_isbd(" ".join(value for code, value in field.subfields if code in "ab")))
    coded = digits_of_year(fixed[7:11])
    if coded and coded != "9999":
        _add(origin, "dateIssued", coded, encoding="marc")
    _add(origin, "issuance", _ISSUANCE.get(record.leader.leader[7:8], ""))
    if len(origin):
        for element in [child for child in origin if child.tag == _NS + "place" and not len(child)]:
            origin.remove(element)
        root.append(origin)


def _languages(root: etree._Element, record: Record) -> None:
    codes: dict[str, None] = {}
    for field in record.fields:
        if field.tag == "008":
            codes[language_code((field.data or "")[35:38])] = None
        elif field.tag == "041":
            for code, value in field.subfields:
                if code == "a":
                    codes[language_code(value)] = None
    for language in codes:
        if language:
            element = etree.SubElement(root, _NS + "language")
            _add(element, "languageTerm", language, type="code", authority="iso639-2b")


def _locations(root: etree._Element, export: ExportRecord) -> None:
    """856$u, then one location for each library's holdings (LC: 852, 856)."""
    for field in export.record.fields:
        if field.tag == "856":
            label = next((value for code, value in field.subfields if code in "3y"), "")
            for code, value in field.subfields:
                if code == "u" and (link := uri(xml_text(value))):
                    location = etree.SubElement(root, _NS + "location")
                    element = _add(location, "url", link)
                    if element is not None and xml_text(label).strip():
                        element.set("displayLabel", xml_text(label).strip())
    for holding in export.holdings:
        _holding(root, export, holding)


def _holding(root: etree._Element, export: ExportRecord, holding: Holding) -> None:
    member = export.members.get(holding.member)
    location = etree.SubElement(root, _NS + "location")
    _add(location, "physicalLocation", member.name if member else holding.member, type="text")
    _add(location, "physicalLocation", holding.member, type="code", authority="isil")
    _add(location, "shelfLocator", holding.call_number or "")
    _add(location, "url", uri(xml_text(holding.url or "")))
    simple = etree.Element(_NS + "holdingSimple")
    for item in holding.items:
        copy = etree.SubElement(simple, _NS + "copyInformation")
        _add(copy, "subLocation", item.location or holding.location or "")
        _add(copy, "shelfLocator", item.call_number or holding.call_number or "")
        _add(copy, "note", item.note or "")
        _add(copy, "itemIdentifier", item.barcode or "")
        if not len(copy):
            simple.remove(copy)
    if not holding.items and (holding.location or holding.summary or holding.note):
        copy = etree.SubElement(simple, _NS + "copyInformation")
        _add(copy, "subLocation", holding.location or "")
        _add(copy, "note", holding.note or "")
        _add(copy, "enumerationAndChronology", holding.summary or "", unitType="1")
        if not len(copy):
            simple.remove(copy)
    if len(simple):
        location.append(simple)


class Mods:
    """MODS 3.8: the record and the libraries that hold it."""

    name = "mods"
    media_type = "application/mods+xml"
    extension = "mods.xml"
    namespace = MODS
    schema = "http://www.loc.gov/standards/mods/v3/mods-3-8.xsd"

    def render(self, export: ExportRecord) -> bytes:
        root = root_element(f"{_NS}mods", {"mods": MODS}, f"{MODS} {self.schema}")
        root.set("version", "3.8")
        found: list[tuple[int, etree._Element]] = []
        for field in export.record.fields:
            if field.data is None:
                for compiled in _BY_TAG.get(field.tag, ()):
                    if compiled.row.when is None or compiled.row.when(field):
                        element = _element(compiled, field)
                        if element is not None:
                            found.append((compiled.place, element))
        found.sort(key=lambda entry: entry[0])
        material = material_of(export.record)
        kind = etree.Element(_NS + "typeOfResource")
        kind.text = material.mods
        split = next((at for at, (place, _) in enumerate(found) if place >= _FIRST_AFTER_NAMES), len(found))
        for _, element in found[:split]:
            root.append(element)
        root.append(kind)
        _origin(root, export.record)
        _languages(root, export.record)
        for _, element in found[split:]:
            root.append(element)
        _locations(root, export)
        info = etree.SubElement(root, _NS + "recordInfo")
        _add(info, "recordIdentifier", export.public_id)
        _add(info, "recordChangeDate", export.datestamp.strftime("%Y-%m-%dT%H:%M:%SZ"), encoding="w3cdtf")
        if export.base_url:
            _add(info, "recordOrigin", f"{export.base_url}/record/{export.public_id}")
        return rendered(root)


_FIRST_AFTER_NAMES = next(place for place, row in enumerate(MARC21_TO_MODS) if row.path == "genre")
