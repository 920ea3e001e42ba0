"""MARC-in-JSON (Ross Singer's form), the form in which normalised records are stored."""

from __future__ import annotations

import json
from typing import Any

import orjson
from pymarc import Field, Record, Subfield

from unioncat.marc.build import control_field as make_control_field
from unioncat.marc.build import data_field, is_control_tag, new_record
from unioncat.model import BadRecord

__all__ = ["from_json", "record_of", "to_json"]

_LEADER_LENGTH = 24
_new_tuple = tuple.__new__


def _field_object(field: Field) -> dict[str, Any]:
    if field.control_field or field.data is not None:
        return {field.tag: field.data or ""}
    pair = field._indicators or (" ", " ")
    return {
        field.tag: {
            "ind1": pair[0],
            "ind2": pair[1],
            "subfields": [{code: value} for code, value in field.subfields],
        }
    }


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return [_without_surrogates(item) for item in value]


def to_json(record: Record) -> bytes:
    """The record as one line of UTF-8 JSON: equal records give equal bytes.

    Lone surrogates, which UTF-8 cannot hold, become question marks.
    """
    document = {"leader": record.leader.leader, "fields": [_field_object(field) for field in record.fields]}
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:
        return orjson.dumps(_without_surrogates(document))


def _bad(reason: str) -> BadRecord:
    return BadRecord(f"not MARC-in-JSON: {reason}")


def _text(value: Any) -> str:
    """Text of a scalar: some writers leave numbers bare, or null for nothing."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise _bad("a value is neither text nor number")


def _tag(key: str) -> str:
    return key.zfill(3) if key.isdigit() and len(key) < 3 else key


def _indicator(value: Any) -> str:
    text = _text(value)
    return text[0] if text else " "


def _pairs(subfields: Any) -> list[Subfield]:
    if isinstance(subfields, dict):
        subfields = [subfields]
    if not isinstance(subfields, list):
        raise _bad("subfields are no list")
    out = []
    for item in subfields:
        if not isinstance(item, dict):
            raise _bad("a subfield is no object")
        for code, value in item.items():
            for single in value if isinstance(value, list) else (value,):
                out.append(Subfield(code, _text(single)))
    return out


def _field_of(key: str, value: Any) -> Field:
    tag = _tag(key)
    if isinstance(value, dict):
        pair = _indicator(value.get("ind1", " ")) + _indicator(value.get("ind2", " "))
        field = data_field(tag, pair, _pairs(value.get("subfields", [])))
        if is_control_tag(tag):  # some writers put control data into a subfield
            return make_control_field(tag, " ".join(pair.value for pair in field.subfields))
        return field
    text = _text(value)
    if is_control_tag(tag):
        return make_control_field(tag, text)
    return data_field(tag, "  ", [Subfield("a", text)] if text else [])


def record_of(document: Any) -> Record:
    """The record of a parsed JSON document, leniently. Raises BadRecord for what is no MARC-in-JSON."""
    if (
        isinstance(document, dict)
        and "fields" not in document
        and ("controlfield" in document or "datafield" in document)
    ):
        return _of_early_form(document)
    if not isinstance(document, dict) or not isinstance(document.get("fields"), list):
        raise _bad('no object with "leader" and "fields"')
    fields = []
    for item in document["fields"]:
        if not isinstance(item, dict):
            raise _bad("a field is no object")
        fields += [_field_of(key, value) for key, value in item.items()]
    return new_record(_text(document.get("leader")), fields)


def _of_early_form(document: dict[str, Any]) -> Record:
    """MARC-JSON after Andrew Houghton's draft of 2009: controlfield and datafield lists as in MARCXML."""
    fields = []
    for item in _objects(document.get("controlfield", [])):
        fields.append(_field_of(_text(item.get("tag")), _text(item.get("data"))))
    for item in _objects(document.get("datafield", [])):
        pair = (_text(item.get("ind", "  ")) + "  ")[:2]
        subfields = [
            Subfield(_text(part.get("code")), _text(part.get("data"))) for part in _objects(item.get("subfield", []))
        ]
        fields.append(data_field(_tag(_text(item.get("tag"))), pair, subfields))
    return new_record(_text(document.get("leader")), fields)


def _objects(value: Any) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in items):
        raise _bad("a field or subfield is no object")
    return items


def from_json(data: bytes | str) -> Record:
    """The record of `to_json`, or of any MARC-in-JSON. Raises BadRecord."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        document = _leniently(data, error)
    try:
        return _own(document)
    except (KeyError, TypeError, ValueError, AttributeError):
        return record_of(document)


def _leniently(data: bytes | str, error: orjson.JSONDecodeError) -> Any:
    """The document if nothing is wrong with it but control characters inside strings, or bytes that are no UTF-8."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        raise _bad(str(error)) from error


def _own(document: Any) -> Record:
    """The quick way for what `to_json` wrote; anything unexpected raises and is read leniently instead."""
    fields: list[Field] = []
    new, kind = _new_tuple, Subfield
    for item in document["fields"]:
        ((tag, value),) = item.items()
        if value.__class__ is str:
            if not is_control_tag(tag):
                raise ValueError
            fields.append(make_control_field(tag, value))
        else:
            subfields = []
            for part in value["subfields"]:
                ((code, text),) = part.items()
                if text.__class__ is not str:
                    raise ValueError
                subfields.append(new(kind, (code, text)))
            pair = value["ind1"] + value["ind2"]
            if len(pair) != 2 or is_control_tag(tag):
                raise ValueError
            fields.append(data_field(tag, pair, subfields))
    leader = document["leader"]
    if len(leader) != _LEADER_LENGTH:
        raise ValueError
    return new_record(leader, fields)
