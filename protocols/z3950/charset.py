"""Octets of terms and names as text, and the negotiation of character sets (OID 1.2.840.10003.15.3).

Without negotiation the standard leaves the octets of a term undefined. What is valid UTF-8 is UTF-8: text in
another encoding hardly ever is. Other octets are read as Latin-1, as MARC-8 and as Windows-1258, and the
search takes every reading that gives letters: one of them is what the user typed, and the others find nothing.
"""

from __future__ import annotations

from typing import Any
from unicodedata import category, normalize

from protocols.z3950 import oids
from protocols.z3950.asn1 import decode
from protocols.z3950.ber import MalformedBer
from protocols.z3950.structures import CHARSET_NEGOTIATION
from unioncat.marc.marc8 import decode_marc8

__all__ = ["LANGUAGES", "Negotiation", "answer", "printable", "propose_utf8", "readings", "text_of"]

LANGUAGES = {"vie": "vi", "vi": "vi", "eng": "en", "en": "en"}
"""Language codes (ANSI Z39.53, and the two-letter ones that clients send) in which we have messages."""

SHOWN = 200


def _decoded(octets: bytes) -> list[str]:
    texts = [octets.decode("latin-1")]
    marc8, lost = decode_marc8(octets)
    if not lost:
        texts.append(marc8)
    try:
        texts.append(octets.decode("cp1258"))
    except UnicodeDecodeError:
        pass
    return texts


def readings(octets: bytes) -> tuple[str, ...]:
    """Every text that these octets can stand for, NFC, the likeliest first; never empty."""
    try:
        return (normalize("NFC", octets.decode("utf-8")),)
    except UnicodeDecodeError:
        texts = [normalize("NFC", text) for text in _decoded(octets)]
    plausible = [
        text for text in texts if not any(category(character) in ("Cc", "Cn", "So", "Sk") for character in text)
    ]
    return tuple(dict.fromkeys(plausible or texts[:1]))


def text_of(name: str) -> str:
    """A character string of an APDU, read with surrogate escapes, as the likeliest text."""
    return name if name.isascii() else readings(name.encode("utf-8", "surrogateescape"))[0]


def printable(text: object) -> str:
    """What a stranger sent, fit for a log line or a message: one line, no control characters, not long."""
    shown = "".join(
        character if category(character)[0] not in "CZ" or character == " " else f"\\x{ord(character):02x}"
        for character in str(text)[:SHOWN]
    )
    return shown + "…" if len(str(text)) > SHOWN else shown


class Negotiation:
    """What an InitializeRequest proposes, and what we answer.

    utf8:      both sides use UTF-8 for names, messages and terms
    records:   and for records
    language:  "vi" or "en"; "" if nothing was said
    response:  element of otherInfo to answer with; None if nothing was proposed
    """

    __slots__ = ("language", "records", "response", "utf8")

    def __init__(self, utf8: bool, records: bool, language: str, response: dict[str, Any] | None) -> None:
        self.utf8 = utf8
        self.records = records
        self.language = language
        self.response = response


def _proposals(request: dict[str, Any]) -> list[dict[str, Any]]:
    """EXTERNALs that may hold a proposal, wherever clients put them."""
    found = []
    if "userInformationField" in request:
        found.append(request["userInformationField"])
    for item in request.get("otherInfo", ()):
        kind, value = item["information"]
        if kind == "externallyDefinedInfo":
            found.append(value)
    return [each for each in found if each.get("direct-reference") == oids.CHARSET_NEGOTIATION]


def answer(request: dict[str, Any]) -> Negotiation:
    """Our part of the negotiation in an InitializeRequest; an unreadable proposal counts as none."""
    for external in _proposals(request):
        kind, octets = external["encoding"]
        if kind != "single-ASN1-type":
            continue
        try:
            form, proposal = decode(CHARSET_NEGOTIATION, octets)
        except MalformedBer:
            continue
        if form == "proposal":
            return _respond(proposal)
    return Negotiation(False, False, "", None)


def _respond(proposal: dict[str, Any]) -> Negotiation:
    response: dict[str, Any] = {}
    utf8 = False
    if "proposedCharSets" in proposal:
        for kind, charset in proposal["proposedCharSets"]:
            if kind == "iso10646" and charset["encodingLevel"] == oids.UTF_8_FORM:
                utf8 = True
                response["selectedCharSets"] = ("iso10646", {"encodingLevel": oids.UTF_8_FORM})
                break
        else:
            response["selectedCharSets"] = ("none", None)
    language = ""
    for code in proposal.get("proposedlanguages", ()):
        if code.lower() in LANGUAGES:
            language = LANGUAGES[code.lower()]
            response["selectedLanguage"] = code
            break
    records = utf8 and proposal.get("recordsInSelectedCharSets", False)
    if "recordsInSelectedCharSets" in proposal:
        response["recordsInSelectedCharSets"] = records
    return Negotiation(utf8, records, language, _carried(CHARSET_NEGOTIATION.write(("response", response))))


def _carried(octets: bytes) -> dict[str, Any]:
    external = {"direct-reference": oids.CHARSET_NEGOTIATION, "encoding": ("single-ASN1-type", octets)}
    return {"information": ("externallyDefinedInfo", external)}


def propose_utf8(language: str = "") -> dict[str, Any]:
    """An element of otherInfo by which a client proposes UTF-8 for names, terms and records."""
    proposal: dict[str, Any] = {
        "proposedCharSets": [("iso10646", {"encodingLevel": oids.UTF_8_FORM})],
        "recordsInSelectedCharSets": True,
    }
    if language:
        proposal["proposedlanguages"] = [language]
    return _carried(CHARSET_NEGOTIATION.write(("proposal", proposal)))
