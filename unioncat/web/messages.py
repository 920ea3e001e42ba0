"""What a service refuses with, in the page's language.

Services speak English, for they do not know of pages; ``data/messages.csv`` has their sentences as patterns (``{}``
stands for what they name) with the Vietnamese beside. A sentence that no row knows is shown as it is.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

from unioncat.web.language import chosen

__all__ = ["said", "vietnamese"]


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = files("unioncat.web").joinpath("data", "messages.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    rows.sort(key=lambda row: -len(row["en"].replace("{}", "")))  # the sentence that says most is tried first
    return tuple(
        (re.compile("(.*?)".join(map(re.escape, row["en"].split("{}"))), re.DOTALL), row["vi"]) for row in rows
    )


def vietnamese(sentence: str) -> str | None:
    """The Vietnamese of a service's sentence; None if no row of the table fits."""
    for pattern, text in _patterns():
        found = pattern.fullmatch(sentence)
        if found is not None:
            shown = text.format(*(part.strip("'\"") for part in found.groups()))
            return shown[:1].upper() + shown[1:] + ("" if shown.endswith((".", "!", "?")) else ".")
    return None


def said(problem: Exception | str) -> str:
    """The sentence for a page."""
    sentence = str(problem)
    if chosen() == "vi":
        return vietnamese(sentence) or sentence
    return sentence[:1].upper() + sentence[1:]
