"""What kind of thing a record describes: one table from leader/06-07 to the words of each format."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from unioncat.marc import Record

__all__ = ["Material", "dcmi_type", "material_of"]


class Material(NamedTuple):
    """One row.

    code:    our own word, key of ``codes/materials.csv`` with its Vietnamese and English label
    dcmi:    DCMI Type Vocabulary
    mods:    MODS typeOfResource (MODS 3.8 keeps the old list valid)
    schema:  schema.org type
    ris:     RIS reference type
    bibtex:  BibTeX entry type
    """

    code: str
    dcmi: str
    mods: str
    schema: str
    ris: str
    bibtex: str


_BY_TYPE = {
    "a": Material("book", "Text", "text", "Book", "BOOK", "book"),
    "t": Material("manuscript", "Text", "text", "Manuscript", "UNPB", "unpublished"),
    "c": Material("score", "Text", "notated music", "SheetMusic", "MUSIC", "misc"),
    "d": Material("score", "Text", "notated music", "SheetMusic", "MUSIC", "misc"),
    "e": Material("map", "Image", "cartographic", "Map", "MAP", "misc"),
    "f": Material("map", "Image", "cartographic", "Map", "MAP", "misc"),
    "g": Material("film", "MovingImage", "moving image", "Movie", "VIDEO", "misc"),
    "i": Material("recording", "Sound", "sound recording-nonmusical", "Audiobook", "SOUND", "misc"),
    "j": Material("music", "Sound", "sound recording-musical", "MusicRecording", "SOUND", "misc"),
    "k": Material("picture", "StillImage", "still image", "VisualArtwork", "ART", "misc"),
    "m": Material("software", "Software", "software, multimedia", "SoftwareApplication", "COMP", "misc"),
    "o": Material("kit", "Collection", "mixed material", "Collection", "GEN", "misc"),
    "p": Material("mixed", "Collection", "mixed material", "Collection", "GEN", "misc"),
    "r": Material("object", "PhysicalObject", "three dimensional object", "Thing", "GEN", "misc"),
}
_SERIAL = Material("serial", "Text", "text", "Periodical", "JOUR", "periodical")
_ARTICLE = Material("article", "Text", "text", "Article", "JOUR", "article")
_CHAPTER = Material("chapter", "Text", "text", "Chapter", "CHAP", "inbook")
_COLLECTION = Material("collection", "Collection", "text", "Collection", "GEN", "misc")
_THESIS = Material("thesis", "Text", "text", "Thesis", "THES", "phdthesis")
_DEFAULT = _BY_TYPE["a"]


@lru_cache(maxsize=512)
def _row(kind: str, level: str, thesis: bool) -> Material:
    row = _BY_TYPE.get(kind, _DEFAULT)
    if row.code in {"book", "manuscript"}:
        if thesis:
            return _THESIS
        if level in "si":
            return _SERIAL
        if level == "b":
            return _ARTICLE
        if level == "a":
            return _CHAPTER
        if level in "cd":
            return _COLLECTION
    return row


def material_of(record: Record) -> Material:
    """By leader/06, leader/07 and the presence of a 502; a broken leader counts as a book."""
    leader = str(record.leader)
    thesis = any(field.tag == "502" for field in record.fields)
    return _row(leader[6:7], leader[7:8] or " ", thesis)


def dcmi_type(record: Record) -> str:
    leader = str(record.leader)
    return _row(leader[6:7], leader[7:8] or " ", False).dcmi
