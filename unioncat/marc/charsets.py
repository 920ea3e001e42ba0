"""Which encoding the bytes of a record are in, whatever its leader says."""

from __future__ import annotations

from unioncat.marc.findings import finding
from unioncat.marc.marc8 import decode_marc8
from unioncat.model import Finding

__all__ = ["decode_body"]

_ESCAPE = b"\x1b"


def decode_body(body: bytes, *, utf8_flag: bool, encoding: str = "") -> tuple[str, list[Finding]]:
    """The text of a record's fields, which are joined by 1E; delimiters stay where they are.

    encoding: a codec named by the operator; it is then taken at its word
    """
    if encoding:
        text = body.decode(encoding, "replace")
        bad = text.count("\ufffd")
        return text, [finding("encoding-invalid", "", f"{bad} characters")] if bad else []
    if body.isascii() and (utf8_flag or _ESCAPE not in body):
        return body.decode("ascii"), []
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and not (_ESCAPE in body and not utf8_flag):
        return text, [] if utf8_flag else [finding("leader-encoding", "LDR/09", "UTF-8", fixed=True)]
    text, unknown = decode_marc8(body)
    findings = [finding("leader-encoding", "LDR/09", "MARC-8", fixed=True)] if utf8_flag else []
    if unknown:
        findings.append(finding("encoding-invalid", "", f"{unknown} characters"))
    return text, findings
