"""MARCMaker text (``.mrk``), as MarcEdit and LC's MARCBreaker write it.

One field a line: ``=245  10$aTitle``; a blank is ``\\``, a dollar ``{dollar}``. Records are separated by an
empty line or begin with ``=LDR``.
"""

from __future__ import annotations

from pymarc import Record

__all__ = ["to_mrk"]

_ESCAPES = str.maketrans({"$": "{dollar}", "{": "{lcub}", "}": "{rcub}", "\n": " ", "\r": " "})


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES) if any(character in text for character in "${}\r\n") else text


def to_mrk(record: Record) -> bytes:
    """The record as MARCMaker text in UTF-8, with an empty line at its end."""
    lines = [f"=LDR  {record.leader.leader}"]
    for field in record.fields:
        if field.control_field or field.data is not None:
            data = _escaped((field.data or "").replace("\\", "{bsol}")).replace(" ", "\\")
            lines.append(f"={field.tag}  {data}")
        else:
            pair = "".join(field._indicators or (" ", " ")).replace(" ", "\\")
            text = "".join(f"${code}{_escaped(value)}" for code, value in field.subfields)
            lines.append(f"={field.tag}  {pair}{text}")
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")
