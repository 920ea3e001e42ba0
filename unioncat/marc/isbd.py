"""ISBD punctuation around the parts of a description (ISBD consolidated 2011, A.3): taken off the ends."""

from __future__ import annotations

import re

__all__ = ["strip_brackets", "strip_isbd"]

_END = re.compile(r"\s*(?:\s[/:;=+,]|[,;:/=])+\s*$")
_FULL_STOP = re.compile(r"(?<=[^\s.][^\s.])\.\s*$|(?<=\))\.\s*$|(?<=\])\.\s*$")
_ABBREVIATED = re.compile(
    r"(?:^|[\s.(])(?:[^\W\d_]|Co|Corp|Inc|Ltd|Jr|Sr|St|Dr|ed|ill|vol|no|pp?|tr|Nxb|TS|ThS|PGS|GS|TP|Tp|Q|P|etc|tập|t)\.\s*$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"^\[(.*)\]$", re.DOTALL)


def strip_isbd(text: str) -> str:
    """The text without the punctuation that leads to the next part (`` /``, `` :``, ``,`` …) or ends the area.

    A full stop stays where it belongs to an abbreviation or an initial (``Nguyễn, T.``, ``2 ed.``).
    """
    text = _END.sub("", text.strip())
    if text.endswith(".") and not text.endswith("..") and not _ABBREVIATED.search(text):
        text = _FULL_STOP.sub("", text)
    return text.strip()


def strip_brackets(text: str) -> str:
    """``[Bến Tre]`` → ``Bến Tre``: supplied by the cataloguer (ISBD A.5); one pair around the whole text."""
    found = _BRACKETED.match(text.strip())
    return found[1].strip() if found and "[" not in found[1] and "]" not in found[1] else text
