"""Extent of a resource: largest paged number, volumes, units, duration, height (MARC 300)."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Extent", "extent_of", "height_of"]

_PAGES = re.compile(
    r"(?<![\d.])(\d{1,5})\]?\s*(?:p|pp|pg|pgs|page|pages|tr|trang|s|ss|st|seite|seiten|str|stran|sivua|l|leaves|leaf|bl|"
    r"blatt|f|ff|folios|paginas|c|columns|sp)(?![a-z])"
)
_VOLUMES = re.compile(r"(?<!\d)(\d{1,3})\s*(?:v|vol|vols|volumes|volume|bd|bde|bande|tap|quyen|cuon|tomes|t)(?![a-z])")
_UNITS = re.compile(
    r"(?<!\d)(\d{1,3})\s+(?:[a-z\-]+\s+){0,2}?(?:cd|cds|dvd|dvds|blu-ray|disc|discs|disques?|discos?|schallplatten?|"
    r"compact|kassetten?|cassettes?|tonkassetten?|videocassettes?|videodiscs?|karten?|cartes?|maps?|lp|lps|cd-roms?|"
    r"dvd-videos?|reels?|posters?|tonbander|compactdiscs?|audio)(?![a-z])"
)
_MINUTES = re.compile(r"(?<!\d)(\d{1,4})\s*(?:min|minuten|minutes|mn|phut|')(?![a-z])")
_HOURS = re.compile(r"(?<!\d)(\d{1,2})\s*(?:h|hr|hrs|std)\.?\s*(\d{1,2})?(?![a-z\d])")
_NUMBER_ALONE = re.compile(r"\W*(\d{1,5})\W*\Z")
_CENTIMETRES = re.compile(r"(\d{1,3}(?:[.,]\d)?)\s*(?:cm|x)")
_MILLIMETRES = re.compile(r"(\d{2,4})\s*mm")


@dataclass(frozen=True, slots=True)
class Extent:
    """pages: the largest paged number; volumes, units: counted pieces; minutes: duration. 0 is "not said"."""

    pages: int = 0
    volumes: int = 0
    units: int = 0
    minutes: int = 0


def extent_of(text: str) -> Extent:
    """Extent from 300$a (plain). ``0p``, a constant of some exports, says nothing."""
    if not text:
        return Extent()
    pages = max((int(number) for number in _PAGES.findall(text)), default=0)
    volumes = max((int(number) for number in _VOLUMES.findall(text)), default=0)
    if not pages:
        alone = _NUMBER_ALONE.match(text)
        pages = int(alone[1]) if alone else 0
    units = minutes = 0
    if not pages or "min" in text or "d" in text:
        units = sum(int(number) for number in _UNITS.findall(text)[:1])
        minutes = max((int(number) for number in _MINUTES.findall(text)), default=0)
        if not minutes:
            hours = _HOURS.search(text)
            minutes = int(hours[1]) * 60 + int(hours[2] or 0) if hours else 0
    return Extent(pages, volumes, units, minutes)


def height_of(text: str) -> int:
    """Height in whole centimetres from 300$c (plain), the greatest number named; 0 if not said."""
    sizes = [float(size.replace(",", ".")) for size in _CENTIMETRES.findall(text)]
    sizes += [float(size) / 10 for size in _MILLIMETRES.findall(text)]
    height = round(max(sizes, default=0.0))
    return height if 5 <= height <= 120 else 0
