"""A reference to a title as text, in the styles that Vietnamese schools ask for."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from unioncat.marc import Record, values
from unioncat.web.display import brief, trim

__all__ = ["Style", "styles"]


@dataclass(frozen=True, slots=True)
class Style:
    name: str
    text: str


def styles(record: Record, address: str) -> tuple[Style, ...]:
    """The Vietnamese ministry's thesis style (year in brackets after the name), APA 7 and ISO 690.

    Names stay as the records have them: a Vietnamese name is not cut into family and given name.
    """
    head = brief(record)
    title = f"{head.title}: {head.rest}" if head.rest else head.title
    names = [trim(name) for name in values(record, "100$a") + values(record, "110$ab") + values(record, "700$a")]
    people = ", ".join(dict.fromkeys(name for name in names if name)) or head.author
    year = head.year or _("n.d.")
    edition = head.edition
    vietnamese = ", ".join(part for part in (title, edition, head.publisher, head.place) if part)
    apa = f"{people} ({year}). " if people else ""
    apa += title + (f" ({edition})" if edition else "") + "."
    apa += f" {head.publisher}." if head.publisher else ""
    place = ": ".join(part for part in (head.place, head.publisher) if part)
    iso = ". ".join(part.rstrip(".") for part in (people.upper() if people else "", title, edition, place) if part)
    iso += f", {year}." + (f" ISBN {head.isbn}." if head.isbn else "")
    return (
        Style(_("Vietnamese thesis style"), (f"{people} ({year}), " if people else "") + f"{vietnamese}."),
        Style("APA 7", apa if people else f"{apa} ({year})."),
        Style("ISO 690", f"{iso} {address}"),
    )
