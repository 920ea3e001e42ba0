"""What a scan goes through: which engine field, and from which term on. The same for all engines."""

from __future__ import annotations

from unioncat.model import BadQuery
from unioncat.search.access_points import BY_NAME, AccessPoint
from unioncat.search.analysis import WHOLE, whole_form
from unioncat.search.normalise import pattern_form
from unioncat.text import fold

__all__ = ["scan_fields", "scan_start"]


def scan_fields(access_point: str, whole: bool) -> tuple[AccessPoint, tuple[str, ...]]:
    """The row and its fields of words, or of whole values. Raises BadQuery."""
    row = BY_NAME.get(access_point)
    if row is None:
        raise BadQuery("unsupported_access_point", access_point)
    parts = [BY_NAME[name] for name in row.union] or [row]
    whole = whole and all(part.has_whole for part in parts)
    return row, tuple(part.name if part.has_words and not whole else part.name + WHOLE for part in parts)


def scan_start(row: AccessPoint, words: bool, text: str) -> str:
    """The first term wanted, in the form of the fields; "" begins at the beginning. words: single words are scanned."""
    if words:
        return fold(text).split(" ")[0]
    match row.analysis:
        case "identifier":
            return pattern_form(row.normaliser, text.strip())
        case "year" | "date":
            return "".join(character for character in text if character.isdigit())
        case _:
            return whole_form(fold(text))
