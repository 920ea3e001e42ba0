"""Titles taken apart: head, subtitle, numbers, volume, edition, dress.

Order matters: standards, dress ("Bìa cứng", gifts) and edition leave the text first, then the volume
designation cuts it, then ``: = /`` part head from subtitle and parallel title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from unioncat.matching.editions import edition_of_title
from unioncat.matching.music import thematic_numbers, without_score_words
from unioncat.matching.numerals import number_of
from unioncat.matching.plain import has_marks, plain
from unioncat.matching.standards import find_standards
from unioncat.matching.volumes import find_volumes, volume_of_field
from unioncat.text import exact_tokens, fold

__all__ = ["Title", "dress_of", "title_of"]

LONGEST = 1000
"""Characters of a title that matching looks at: what comes after would only cost time."""

_GIFT = re.compile(r"[(\[\-+,]\s*(?:tang|kem|qua tang|tang kem|co kem)\b[^()\[\]]*?(?:[)\]]|$|(?=\s-\s))")
_DRESS = (
    ("bia cung", re.compile(r"bia cung|hardcover|hardback")),
    ("bia mem", re.compile(r"bia mem|paperback|softcover")),
    ("bia gap", re.compile(r"bia gap")),
    ("kho lon", re.compile(r"kho (?:lon|to)")),
    ("kho nho", re.compile(r"kho nho|bo tui")),
    (
        "dac biet",
        re.compile(r"(?:ban|an ban|phien ban)?\s*(?:dac biet|limited|gioi han|suu tam|cao cap|ky niem(?= \d+ nam))"),
    ),
    ("nang cap", re.compile(r"ban nang cap|phien ban nang cap")),
    ("song ngu", re.compile(r"song ngu|bilingual")),
    ("mau", re.compile(r"ban mau|in mau")),
    ("ebook", re.compile(r"ebook|e-book|sach dien tu|\bpdf\b|\bepub\b")),
)
_DRESS_HINT = re.compile(r"bia|kho|ban|song ngu|cover|limited|hardback|book|back|dac biet|gioi han|pdf|in mau")
_DRESS_PIECE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|(?:\s-\s+|-\s+)([^\-()]+)$")
_TYPE_WORDS = re.compile(
    r"^\s*(?:bo sach|sach|combo|truyen tranh)\s*[:\-]?\s+(?=\S)|\((?:truyen tranh|tieu thuyet|sach)\)"
)
_COURSE = re.compile(r"^(?:giao trinh|bai giang|giao khoa)\s*:?\s+(?=\S)")
_ARTICLE = re.compile(r"^(?:the|der|die|das|an|il) (?=\S{3})")
_HEAD_END = re.compile(r"\s*(?::|=|/(?!\d)|;|(?<=[a-z]{3})\.\s+(?=[^\s]))\s*")
_PARALLEL = re.compile(r"\s=\s*")
_NUMBER = re.compile(r"(?<![a-z0-9])(?:[a-z]?\d{1,5}(?:\.\d)?[a-h]?|(?!vi(?![ivx])|xi(?![ivx]))[ivx]{2,5})(?![a-z0-9])")
_CLASS_AT_END = re.compile(r"\s+\d{3}[. ]\d{1,4}(?:\s\d{1,3})?\s*$")
_SET_PREFIX = re.compile(r"^bo (?!luat|mon|giao|doi|xay|cong|y te|tai|van|quoc|ngoai|khoa|lao|nong|tu phap)(?=\w+ \w+)")


@dataclass(frozen=True, slots=True)
class Title:
    """See `unioncat.matching.view.MatchView` for what the parts are."""

    whole: str = ""
    head: str = ""
    exact: str = ""
    subtitle: str = ""
    alternates: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    volume: tuple[tuple[str, str], ...] = ()
    part: str = ""
    in_set: int = 0
    edition: str = ""
    reissue: bool = False
    revised: bool = False
    reissued: int = 0
    variants: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    score_words: str = ""
    works: tuple[str, ...] = ()


def dress_of(text: str) -> set[str]:
    """Binding, size and special issue named in a note or a title (plain)."""
    if not _DRESS_HINT.search(text):
        return set()
    return {name for name, pattern in _DRESS if pattern.search(text)}


def _undress(text: str) -> tuple[str, set[str]]:
    """A shop title (plain) without gifts and dress, and the dress."""
    found: set[str] = set()
    text = _GIFT.sub(" ", text)
    if "(" in text or " - " in text or "- " in text:
        for piece in list(_DRESS_PIECE.finditer(text)):
            inside = piece[1] or piece[2] or piece[3] or ""
            dress = dress_of(inside)
            if dress and len(inside) < 40:
                found |= dress
                text = text.replace(piece[0], " ")
    return text, found


def title_of(subfields: list[tuple[str, str]], *, music: bool = False) -> Title:
    """Takes 245 $a $b $n $p … in their order, as written. music: the title may name a work (KV 620)."""
    if not subfields:
        return Title()
    main: list[str] = []
    rest: list[str] = []
    levels: list[tuple[str, str]] = []
    part_words: list[str] = []
    for code, value in subfields:
        if code == "a":
            main.append(value)
        elif code == "n":
            levels.extend(volume_of_field(plain(value)) or (("p", fold(value)),))
        elif code == "p":
            part_words.append(value)
            levels.extend(find_volumes(plain(value)).levels)
        elif code == "b":
            rest.append(value)
    raw = " ".join(main)[:LONGEST]
    text = plain(raw)
    standards, text = find_standards(text)
    works: tuple[str, ...] = ()
    if music:
        works, text = thematic_numbers(text)
    text, dress = _undress(text)
    edition = edition_of_title(text)
    text = _CLASS_AT_END.sub("", _TYPE_WORDS.sub(" ", edition.rest))
    designation = find_volumes(text)
    levels = [*designation.levels, *levels]
    in_set = designation.volumes_in_set if not levels else 0
    before = designation.parts[0]
    after = " : ".join(piece for piece in designation.parts[1:] if piece.strip(" .,:;/-()"))
    pieces = _HEAD_END.split(before.strip(" .,:;/=-()"), maxsplit=1)
    head_text = pieces[0]
    alternates: list[str] = []
    tail = " ; ".join([*pieces[1:], after]) if after or len(pieces) > 1 else ""
    rest_text = score_words = plain(" ".join(rest)[:LONGEST]) if rest else ""
    if music and rest_text:
        more_works, rest_text = thematic_numbers(rest_text)
        works += more_works
        rest_text = without_score_words(rest_text)
    if rest_text:
        rest_edition = edition_of_title(rest_text)
        if rest_edition.reissue:
            edition = rest_edition if not edition.reissue else edition
        more = find_volumes(rest_edition.rest)
        if more.levels and not levels:
            levels = list(more.levels)
            rest_text = " ; ".join(more.parts)
        else:
            rest_text = rest_edition.rest
        in_set = in_set or (more.volumes_in_set if not levels else 0)
    subtitle_text = f"{tail} ; {rest_text}" if tail and rest_text else tail or rest_text
    if "=" in subtitle_text or "=" in before:
        own, *parallel = _PARALLEL.split(
            f" {subtitle_text}" if not pieces[1:] or "=" not in before else f"= {tail} ; {rest_text}"
        )
        if parallel:
            subtitle_text = own
            alternates.extend(fold(piece) for piece in parallel)
    head = fold(head_text)
    head = _ARTICLE.sub("", head)
    if designation.levels:
        head = _SET_PREFIX.sub("", head)
    course = _COURSE.match(head)
    if course and len(head) - course.end() > 4:
        head = head[course.end() :]
    if not head:
        head = fold(before) or fold(after) or fold(text)
        if not head and standards:
            head = standards[0]
    subtitle = fold(subtitle_text) if subtitle_text else ""
    own_part = fold(" ".join(part_words)[:LONGEST]) if part_words else ""
    part = own_part or (fold(after) if after else "")
    whole = " ".join(filter(None, (head, subtitle, own_part)))
    exact = ""
    if has_marks(raw):
        wanted = head.split()
        marked = exact_tokens(raw)
        # the marked syllables of the head: those that fold to its words, in order
        exact = " ".join(_aligned(wanted, marked))
    numbers = sorted({number_of(found) or found for found in _NUMBER.findall(f"{head} {subtitle}")})
    return Title(
        whole=whole,
        head=head,
        exact=exact,
        subtitle=subtitle,
        alternates=tuple(filter(None, alternates)),
        numbers=tuple(numbers),
        volume=tuple(dict.fromkeys(levels)),
        part=part,
        in_set=in_set,
        edition=edition.number,
        reissue=edition.reissue,
        revised=edition.revised,
        reissued=edition.year,
        variants=tuple(sorted(dress)),
        standards=standards,
        score_words=score_words,
        works=tuple(sorted(set(works))),
    )


_fold_syllable = lru_cache(maxsize=16_384)(fold)


def _aligned(wanted: list[str], marked: list[str]) -> list[str]:
    out: list[str] = []
    place = 0
    for word in wanted:
        for step in range(place, min(place + 6, len(marked))):
            if _fold_syllable(marked[step]) == word:
                out.append(marked[step])
                place = step + 1
                break
    return out
