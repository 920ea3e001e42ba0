"""Vietnamese legacy encodings in the fields of a record: found, turned back where that is certain, reported."""

from __future__ import annotations

from collections import Counter
from unicodedata import normalize

from pymarc import Field, Subfield

from unioncat.marc.findings import finding
from unioncat.model import Finding
from unioncat.text import LEGACY_CODECS, Detection, decode_as, detect_legacy, is_suspicious

__all__ = ["repair_legacy"]

_REPORTED = 0.5
"""Below this confidence nothing is said."""

_RULES = {"legacy": "text-legacy", "double": "text-double-conversion", "lost": "text-lost-letters"}


def repair_legacy(fields: list[Field], findings: list[Finding], known: str = "") -> None:
    """Repair the subfields of `fields` in place; each repair and each suspicion is appended to `findings`.

    known: encoding that the bytes are known to have been in; every text is then turned back by it. "" takes the one
           that most of the record's doubtful texts are in, where it is certain
    """
    if known in LEGACY_CODECS and known != "viqr":
        _turn_back(fields, findings, known)
        return
    texts = [value for field in fields for _, value in field.subfields if is_suspicious(value)]
    if not texts and not known:
        return
    certain = Counter(
        detection.encoding
        for detection in map(detect_legacy, texts)
        if detection.is_certain and detection.problem == "legacy"
    )
    prior = known if known in LEGACY_CODECS else (certain.most_common(1)[0][0] if certain else "")
    for field in fields:
        for place, (code, value) in enumerate(field.subfields):
            if value.isascii() and not (prior == "viqr" or is_suspicious(value)):
                continue
            if not prior and not is_suspicious(value):
                continue
            detection = detect_legacy(value, prior)
            if detection.problem and _applied(detection, f"{field.tag}${code}", value, findings):
                field.subfields[place] = Subfield(code, detection.text)


def _turn_back(fields: list[Field], findings: list[Finding], known: str) -> None:
    for field in fields:
        for place, (code, value) in enumerate(field.subfields):
            text = value if value.isascii() else normalize("NFC", decode_as(value, known))
            if text != value:
                findings.append(finding("text-legacy", f"{field.tag}${code}", f"{known}: {value}", fixed=True))
                field.subfields[place] = Subfield(code, text)


def _applied(detection: Detection, place: str, value: str, findings: list[Finding]) -> bool:
    """Whether the repair is certain enough to be made."""
    detail = f"{detection.encoding} {detection.confidence:.2f}: {value}"
    if detection.is_certain:
        findings.append(finding(_RULES[detection.problem], place, detail, fixed=True))
        return True
    if detection.confidence >= _REPORTED:
        rule = "text-lost-letters" if detection.problem == "lost" else "text-legacy-suspected"
        findings.append(finding(rule, place, detail))
    return False
