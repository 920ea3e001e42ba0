"""What puts a record higher: marks as typed, the exact title, title words, author, words side by side.

BM25 of the folded words decides first; the bonuses below are added to it. Libraries and recency are a factor
of the whole score (``Document.weight``). The figures were set with tests/search/relevance.tsv.
"""

from __future__ import annotations

from unioncat.search import plan
from unioncat.search.access_points import AccessPoint
from unioncat.search.analysis import MARKS, START, WHOLE, whole_form
from unioncat.search.masks import contains_mask, exact_text, folded_text
from unioncat.search.plan import Plan
from unioncat.search.query import Position, Relation, Term
from unioncat.text import exact_tokens

__all__ = ["preferred"]

EXACT_TITLE = 60.0
TITLE_BEGINS = 20.0
IN_TITLE = 12.0
TITLE_PHRASE = 14.0
IN_AUTHOR = 8.0
AUTHOR_PHRASE = 6.0
IN_SUBJECT = 3.0
SIDE_BY_SIDE = 5.0
MARKS_AS_TYPED = 120.0
_WORDS = 12


def preferred(row: AccessPoint, term: Term, found: Plan) -> Plan:
    """`found`, with the bonuses that this term deserves."""
    if term.relation not in (Relation.EQ, Relation.ALL, Relation.ANY, Relation.ADJ) or term.marks:
        return found
    if len(term.words) > _WORDS or any(contains_mask(word) for word in term.words):
        return found
    words = folded_text(term.words).split()
    if not words or term.position is not Position.ANY:
        return found
    bonuses: list[Plan] = []
    if row.name == "anywhere":
        bonuses += _of_anywhere(words)
    elif row.name in ("title", "title_proper"):
        bonuses.append(plan.Constant(plan.Token("title" + WHOLE, whole_form(" ".join(words))), EXACT_TITLE))
        if len(words) > 1:
            bonuses.append(plan.Constant(_together("title_proper", [START, *words]), TITLE_BEGINS))
        bonuses.append(plan.Constant(_all("title_proper", words), IN_TITLE))
    if len(words) > 1 and term.relation is not Relation.ADJ:
        bonuses.append(plan.Constant(_together(row.name, words), SIDE_BY_SIDE))
    typed = exact_text(term.words)
    if not typed.isascii():
        exact = exact_tokens(typed)
        if exact:
            bonuses.append(plan.Constant(_all(row.name + MARKS, exact), MARKS_AS_TYPED))
    return plan.Preferred(found, tuple(bonuses)) if bonuses else found


def _of_anywhere(words: list[str]) -> list[Plan]:
    whole = whole_form(" ".join(words))
    found: list[Plan] = [
        plan.Constant(plan.Token("title" + WHOLE, whole), EXACT_TITLE),
        plan.Constant(_all("title", words), IN_TITLE),
        plan.Constant(_all("author", words), IN_AUTHOR),
        plan.Constant(_all("subject", words), IN_SUBJECT),
    ]
    if len(words) > 1:  # with one word, nearly every record of a big catalogue would have to be looked at
        found.append(plan.Constant(_together("title_proper", [START, *words]), TITLE_BEGINS))
        found.append(plan.Constant(_together("title", words), TITLE_PHRASE))
        found.append(plan.Constant(_together("author", words), AUTHOR_PHRASE))
    return found


def _all(field: str, words: list[str]) -> Plan:
    if len(words) == 1:
        return plan.Token(field, words[0])
    return plan.All(tuple(plan.Token(field, word) for word in dict.fromkeys(words)))


def _together(field: str, words: list[str]) -> Plan:
    if len(words) == 1:
        return plan.Token(field, words[0])
    return plan.Sequence(field, tuple(enumerate(words)))
