"""Publishers' core words: "Nxb.", "NXB", "Nhà xuất bản", "& Co." fold to nothing."""

from __future__ import annotations

import re

from unioncat.matching.words import word_list
from unioncat.text import tokens

__all__ = ["publisher_core"]

_NOTHING = word_list("not_publishers")
_UNKNOWN = re.compile(r"\W*s\.?\s*n\.?\s*\]?\W*\Z", re.IGNORECASE)


def publisher_core(text: str) -> str:
    """Significant folded words in order, joined by spaces; if nothing but common words, all of them; "" if unknown."""
    if _UNKNOWN.match(text):
        return ""
    words = tokens(text)
    core = [word for word in words if word not in _NOTHING]
    return " ".join(core or words)
