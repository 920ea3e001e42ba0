"""Numbers of technical standards (TCVN 5737 - 1993, TCVN 6259-8A:2003): number and year are the identity."""

from __future__ import annotations

import re

__all__ = ["find_standards"]

_STANDARD = re.compile(
    r"(?<![a-z])(tcvn|tcxdvn|tcxd|tcn|tcvs|qcvn|qcxdvn|iso|iec|din|astm|jis|gost)"
    r"[\s:]*(?:/?(?:iso|iec|ieee|cie|astm|bxd|bgtvt)){0,2}\s*(\d{1,6}[a-z]?(?:\s?[-.]\s?\d{1,5}[a-z]?){0,2}?)\s*[:\-]\s*"
    r"((?:19|20)\d\d|\d\d)(?!\d)"
)


_NAMES = ("tc", "iso", "qc", "iec", "din", "astm", "jis", "gost")


def find_standards(text: str) -> tuple[tuple[str, ...], str]:
    """Identities (``tcvn5737:1993``) in order, and the plain text without them."""
    for name in _NAMES:
        if name in text:
            break
    else:
        return (), text
    found: list[str] = []

    def note(match: re.Match[str]) -> str:
        year = match[3] if len(match[3]) == 4 else ("20" if int(match[3]) < 30 else "19") + match[3]
        number = re.sub(r"\s+", "", match[2])
        found.append(f"{match[1]}{number}:{year}")
        return " "

    rest = _STANDARD.sub(note, text)
    return tuple(dict.fromkeys(found)), rest
