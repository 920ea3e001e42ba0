"""From a MARC record to its match view: one pass over the fields, each tag where it belongs."""

from __future__ import annotations

import re
from functools import lru_cache

from unioncat.marc import Record
from unioncat.matching.carriers import carrier_form, content_kind, level_of, score_form
from unioncat.matching.editions import edition_of_field
from unioncat.matching.extents import extent_of, height_of
from unioncat.matching.identifiers import bar_code, doi, isbn13, issn, lccn, system_number
from unioncat.matching.music import has_works
from unioncat.matching.names import names_in, responsibility_words
from unioncat.matching.plain import plain
from unioncat.matching.publishers import publisher_core
from unioncat.matching.ruleset import Ruleset
from unioncat.matching.standards import find_standards
from unioncat.matching.titles import Title, dress_of, title_of
from unioncat.matching.view import Levels, MatchView
from unioncat.matching.volumes import volume_of_field
from unioncat.matching.years import year_of_issue, years_of
from unioncat.text import fold

__all__ = ["match_view"]

_DIGITS = re.compile(r"\d{1,3}(?:\.\d+)?")
_CUTTER = re.compile(r"(?<![a-z])([a-z]{2,3})\s*-\s*([a-z])(?![a-z])|\s([a-z]{2,4})[\s.,;]*$")
_PAGED = re.compile(r"(?<![a-z0-9])(?:\d+|[ivxlc]{1,8})(?![a-z0-9])")
_REPRINT = re.compile(r"(?i)\b(?:reprint|facsim|nachdruck|reissue of|photocopy|reproduction of|originally published)")
_NAME_TAGS = frozenset({"100", "110", "111", "700", "710", "711", "720"})
_LOOKED_AT = _NAME_TAGS.union(
    ("007", "008", "010", "020", "022", "024", "028", "035", "040", "041", "080", "082", "084", "090", "092"),
    ("130", "240", "245", "246", "250", "254", "260", "264", "300", "337", "338", "440", "490", "500", "533", "534"),
    ("740", "773", "800", "810", "830", "880"),
)
"""Tags that mean something below; most fields of a record have others."""
_ISSUER = re.compile(r"phat hanh|distributor|publisher|nha xuat ban")
_STANDARD_NAME = re.compile(r"^\s*(?:tcvn|tcxd|tcn|qcvn|tcxdvn|tcvs)\b")

_LONGEST_KEPT = 300
"""Characters of a value up to which what was made of it is kept for the next record that has it."""

# what many records share: authors, publishers, places, sizes, and the titles of copies
_kept_fold = lru_cache(maxsize=8192)(fold)
_kept_names = lru_cache(maxsize=8192)(names_in)
_kept_publisher = lru_cache(maxsize=4096)(publisher_core)
_kept_responsibility = lru_cache(maxsize=4096)(responsibility_words)
_kept_extent = lru_cache(maxsize=4096)(extent_of)
_kept_height = lru_cache(maxsize=1024)(height_of)
_kept_volume = lru_cache(maxsize=1024)(volume_of_field)


def _fold(text: str) -> str:
    return _kept_fold(text) if len(text) <= _LONGEST_KEPT else fold(text)


def _names(text: str) -> list[str]:
    """Not to be changed."""
    return _kept_names(text) if len(text) <= _LONGEST_KEPT else names_in(text)


def _volume(text: str) -> Levels:
    return _kept_volume(text) if len(text) <= _LONGEST_KEPT else volume_of_field(text)


def _height(text: str) -> int:
    return _kept_height(text) if len(text) <= _LONGEST_KEPT else height_of(text)


def _title(subfields: list[tuple[str, str]], music: bool) -> Title:
    if sum(len(value) for _, value in subfields) <= _LONGEST_KEPT:
        return _kept_title(tuple(subfields), music)
    return title_of(subfields, music=music)


@lru_cache(maxsize=4096)
def _kept_title(subfields: tuple[tuple[str, str], ...], music: bool) -> Title:
    return title_of(list(subfields), music=music)


def match_view(record: Record, ruleset: Ruleset) -> MatchView:
    """The match view of one record. Never raises for odd content: what is not understood is not said."""
    leader = str(record.leader).ljust(24)
    kind = content_kind(leader[6])
    level = level_of(leader[7])
    control_008 = ""
    codes_007: list[str] = []
    title_subfields: list[tuple[str, str]] = []
    alternates: list[str] = []
    names: list[str] = []
    publishers: list[str] = []
    places: list[str] = []
    imprints: list[str] = []
    copyrights: list[str] = []
    series: list[str] = []
    isbns: list[str] = []
    elsewhere: list[str] = []
    classes: list[str] = []
    levels: list[tuple[str, str]] = []
    series_levels: list[tuple[str, tuple[tuple[str, str], ...]]] = []
    form_words: list[str] = []
    extent_words: list[str] = []
    size_words = edition_words = responsibility = cutter = host = language = part_of_series = variant_words = ""
    standard_words = ""
    rare = reprint = False
    nothing = ruleset.constants

    for field in record.fields:
        tag = field.tag
        if tag not in _LOOKED_AT:
            continue
        if tag == "008":
            control_008 = field.data or ""
            continue
        if tag == "007":
            codes_007.append(field.data or "")
            continue
        subfields = field.subfields
        if not subfields:
            continue
        if tag == "245":
            if not title_subfields:
                for code, value in subfields:
                    if code in "abnpfgks":
                        title_subfields.append((code, value))
                    elif code == "c":
                        responsibility = value
                    elif code == "h":
                        form_words.append(value)
        elif tag in _NAME_TAGS:
            text = role = ""
            for code, value in subfields:
                if code in "ab":
                    text = f"{text} {value}" if text else value
                elif code in "e4":
                    role = value
            if not text:
                continue
            text = plain(text[:500])
            if tag[1:] == "10" or tag[1:] == "11":
                if role and _ISSUER.search(plain(role)):
                    publishers.append(text)
                else:
                    names.append(_fold(text))
                    if tag == "710":
                        alternates.extend(value for code, value in subfields if code == "t")
                continue
            if _STANDARD_NAME.match(text):
                standard_words += " " + text
                continue
            if role and _ISSUER.search(plain(role)):
                publishers.append(text)
                continue
            names.extend(_names(text))
            if tag == "700":
                alternates.extend(value for code, value in subfields if code == "t")
        elif tag == "260" or tag == "264":
            issue = True
            if tag == "264":
                indicator = field.indicators[1] if field.indicators else " "
                if indicator == "4":
                    copyrights.extend(plain(value) for code, value in subfields if code == "c")
                    continue
                issue = indicator in " 01"
            for code, value in subfields:
                if code == "b":
                    if _fold(value) not in nothing:
                        publishers.append(value)
                elif code == "c" and issue:
                    imprints.append(plain(value))
                elif code == "a":
                    places.append(value)
        elif tag == "300":
            for code, value in subfields:
                if code == "a":
                    extent_words.append(plain(value))
                elif code == "c":
                    size_words += " " + value
                elif code in "be":
                    form_words.append(value)
        elif tag == "250":
            edition_words += " " + " ".join(value for code, value in subfields if code in "ab")
        elif tag == "020":
            for code, value in subfields:
                if code == "a":
                    number = isbn13(value)
                    if number:
                        isbns.append(number)
        elif tag == "490" or tag == "440" or tag == "830" or tag == "800" or tag == "810":
            name = number = ""
            for code, value in subfields:
                if code in "at" and (code == "t" or tag[0] != "8" or tag == "830"):
                    name = value
                elif code == "v":
                    number = value
            if name:
                series.append(name)
            if number:
                found = _volume(plain(number))
                series_levels.append((name, found))
                if not name and not found:
                    part_of_series = number
        elif tag == "035":
            for code, value in subfields:
                if code == "a":
                    number = system_number(value)
                    if number:
                        elsewhere.append(number)
        elif tag == "246" or tag == "240" or tag == "130" or tag == "740":
            value = " ".join(value for code, value in subfields if code in "abnp")
            if value:
                alternates.append(value)
        elif tag == "880":
            linked = next((value[:3] for code, value in subfields if code == "6"), "")
            if linked in ("245", "246"):
                alternates.append(" ".join(value for code, value in subfields if code in "abnp"))
            elif linked in ("100", "700"):
                names.extend(_names(plain(" ".join(value for code, value in subfields if code == "a"))))
        elif tag == "024" or tag == "028":
            for code, value in subfields:
                if code == "a":
                    digital = doi(value) if tag == "024" else ""
                    if digital:
                        elsewhere.append("doi:" + digital)
                        continue
                    number = bar_code(_fold(value).replace(" ", ""))
                    if len(number) >= 4:
                        book = isbn13(value) if number[:3] in ("978", "979") else ""
                        if book:
                            isbns.append(book)
                        else:
                            elsewhere.append(("pub:" if tag == "028" else "std:") + number)
        elif tag == "010":
            for code, value in subfields:
                if code == "a":
                    number = lccn(value)
                    if number:
                        elsewhere.append("lccn:" + number)
        elif tag == "022":
            for code, value in subfields:
                if code == "a":
                    number = issn(value)
                    if number:
                        elsewhere.append("issn:" + number)
        elif tag == "082" or tag == "080" or tag == "084" or tag == "092" or tag == "090":
            for code, value in subfields:
                if code == "a":
                    text = plain(value)
                    if tag == "082" or tag == "092":
                        compact = text.replace(" ", "").replace("/", "").replace("'", "")
                        found_class = _DIGITS.match(compact)
                        if found_class:
                            classes.append(found_class[0])
                    letters = _CUTTER.search(text.rstrip(" /"))
                    if letters:
                        cutter = f"{letters[1]} {letters[2]}" if letters[1] else letters[3]
        elif tag == "041":
            for code, value in subfields:
                if code == "a" and not language:
                    language = value[:3].lower()
        elif tag == "773":
            parts = dict(subfields)
            host = _fold(parts.get("w", "") or parts.get("t", "") or parts.get("a", ""))
            if parts.get("g"):
                host += "|" + _fold(parts["g"])
        elif tag == "338" or tag == "337":
            form_words.extend(value for code, value in subfields if code in "a3")
        elif tag == "500" or tag == "534" or tag == "533":
            note = subfields[0][1]
            if tag == "534" or _REPRINT.search(note):
                reprint = True
            if tag == "533":
                form_words.extend(value for code, value in subfields if code == "a")
            elif len(note) < 40:
                variant_words += " ; " + note
        elif tag == "254":
            form_words.extend(value for code, value in subfields if code == "a")
        elif tag == "040":
            rare = rare or any(
                code == "e" and value.lower().startswith(("dcrm", "bdrb", "dcrb")) for code, value in subfields
            )

    title = _title(title_subfields, has_works(kind))
    numbers_in_field = list(title.volume)
    standards, _ = find_standards(standard_words) if standard_words else ((), "")
    own_series: list[str] = [_fold(name[:200]) for name in series]
    for name, found in series_levels:
        # a number without a series, or with the title itself as series, is the number of this volume
        folded = _fold(name)
        if found and (not folded or folded == title.head):
            numbers_in_field.extend(
                level for level in found if level not in numbers_in_field and (folded or not _is_large(level[1]))
            )
    levels.extend(_settled(numbers_in_field))
    edition = edition_of_field(plain(edition_words)) if edition_words else None
    extent_text = " ; ".join(extent_words)[:500]
    if level == "component" and (isbns or (not host and (imprints or publishers))):
        level = "monograph"  # a book coded as a part: e-book collections, offprints with an imprint of their own
    extent = _kept_extent(extent_text)
    form_text = plain(" ; ".join(form_words)[:1000])
    issued, rights, span = years_of(imprints, copyrights, control_008)
    country = control_008[15:18].strip(" |").lower() if len(control_008) >= 18 else ""
    if not language and len(control_008) >= 38:
        language = control_008[35:38].lower()
    if language in ("und", "zxx", "mul", "   ", "|||", "xxx") or not language.isalpha():
        language = ""
    variants = set(title.variants)
    if variant_words:
        variants |= dress_of(plain(variant_words))
    part = title.part or _fold(part_of_series)
    return MatchView(
        kind=kind,
        form=carrier_form(leader[6], codes_007, control_008, f"{form_text} ; {extent_text}"),
        score=score_form(f"{extent_text} ; {form_text} ; {title.score_words} ; {plain(responsibility)}")
        if kind == "score"
        else "",
        level=level,
        title=title.whole,
        head=title.head,
        exact=title.exact,
        subtitle=title.subtitle,
        alternates=tuple(dict.fromkeys(filter(None, [*title.alternates, *(_fold(text[:500]) for text in alternates)])))[
            :12
        ],
        numbers=title.numbers,
        works=title.works,
        volume=tuple(levels),
        part=part,
        in_set=title.in_set or (extent.volumes if extent.volumes > 1 and not levels else 0),
        issued=issued,
        dated=year_of_issue(imprints, control_008),
        copyright=rights,
        span=span,
        edition=(edition.number if edition else "") or title.edition,
        reissue=title.reissue or bool(edition and edition.reissue),
        revised=title.revised or bool(edition and edition.revised),
        reissued=title.reissued or (edition.year if edition else 0),
        statement=_fold(edition_words[:300]),
        variants=tuple(sorted(variants)),
        pages=extent.pages,
        volumes=extent.volumes,
        units=extent.units,
        minutes=extent.minutes,
        height=_height(plain(size_words)) if size_words else 0,
        pagination=" ".join(_PAGED.findall(extent_text)) if extent.pages else "",
        country="" if country in ("xx", "un", "vp", "uuu") else country,
        reprint=reprint or control_008[6:7] == "r",
        publishers=tuple(dict.fromkeys(filter(None, (_kept_publisher(text[:200]) for text in publishers[:6])))),
        places=tuple(dict.fromkeys(filter(None, (_fold(text[:100]) for text in places))))[:4],
        names=tuple(dict.fromkeys(names))[:30],
        responsibility=_kept_responsibility(responsibility[:1000]),
        series=tuple(dict.fromkeys(own_series))[:4],
        isbns=tuple(dict.fromkeys(isbns))[:20],
        numbers_elsewhere=tuple(dict.fromkeys(elsewhere))[:30],
        standards=standards or title.standards,
        language=language,
        classes=tuple(dict.fromkeys(classes))[:4],
        cutter=cutter,
        host=host,
        rare=rare,
        old=bool(issued) and max(issued) <= ruleset.rare_until,
    )


_LARGE = 200


def _is_large(number: str) -> bool:
    """A number beyond any volume: it counts the books of a publisher's series (Reclam 2620) that is not named."""
    return number.isdigit() and int(number) >= _LARGE


def _settled(levels: list[tuple[str, str]]) -> Levels:
    """One number for each kind, the first said, ordered by kind: ``P.1-T.02`` and ``T. 2, P. 1`` are one."""
    kept: dict[str, str] = {}
    for kind, number in levels:
        kept.setdefault(kind, number)
    return tuple(sorted(kept.items(), key=lambda level: "tqpn".index(level[0])))
