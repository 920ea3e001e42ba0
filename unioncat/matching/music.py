"""Titles of music: thematic catalogue numbers (KV 620, BWV 244, Op. 12) and the form words of scores.

A thematic number names the work wherever it stands; many records leave it out. Form words ("Klavierauszug mit
Gesang") say what `unioncat.matching.carriers` reads elsewhere. Neither is title: both go before titles are compared.
"""

from __future__ import annotations

import re

__all__ = ["has_works", "thematic_numbers", "without_score_words"]

_WORK = re.compile(
    r"[,;:.(\[/=]?\s*(?<![a-z])(?:"
    r"(?P<mozart>kochelverzeichnis|kochel|koch|kv|k\.?\s?v|k)\b\.?"
    r"|(?P<other>bwv|hob|hwv|rv|woo|twv|buxwv|wwv|swv|opus|op)\b\.?|(?P<schubert>d)\."
    r")\s*(?:nr|no|n)?[\s.:]*(?P<n>\d{1,4}[a-z]?|[ivx]{1,5}\s?[:/ ]\s?\d{1,3}[a-z]?)(?![a-z0-9])[)\]]?"
)
_BETWEEN = re.compile(r"[\s:/]+")
_SCORE_WORDS = re.compile(
    r"(?<![a-z])(?:in vollst\w* )?(?:[kc]lavier ?-?ausz\w*|klav\.? ?-?ausz\w*|(?:orchester|studien|taschen)?partitur"
    r"|stimmen|(?:vocal|piano|study|miniature|full) score|chant et piano|partition\w*|riduzione)\b[^;:/=]*"
)
_KINDS = frozenset(("score", "music", "video"))


def has_works(kind: str) -> bool:
    """Whether titles of this content kind may name works of music."""
    return kind in _KINDS


def thematic_numbers(text: str) -> tuple[tuple[str, ...], str]:
    """Thematic numbers of a title (plain) in order, as ``k620``, ``bwv244``, and the title without them."""
    found: list[str] = []

    def note(match: re.Match[str]) -> str:
        catalogue = "k" if match["mozart"] else (match["other"] or match["schubert"]).replace("opus", "op")
        found.append(catalogue + _BETWEEN.sub(":", match["n"]))
        return " "

    rest = _WORK.sub(note, text)
    return tuple(found), rest


def without_score_words(text: str) -> str:
    """A subtitle (plain) without the statement of the form of the score, up to the next mark of punctuation."""
    return _SCORE_WORDS.sub(" ", text)
