"""What CQL means: indexes, relations, modifiers, masks, anchors, proximity, sorting, and the diagnostics of each."""

from __future__ import annotations

import pytest

from protocols.cql import parse, scan_clause, to_query
from unioncat.model import BadQuery
from unioncat.search.access_points import ACCESS_POINTS
from unioncat.search.query import (
    And,
    Everything,
    Not,
    Or,
    Position,
    Prox,
    Query,
    Relation,
    ResultSetRef,
    SortKey,
    Term,
    Word,
    masked_words,
    term,
)

FIRST, LAST, WHOLE = Position.FIRST_IN_FIELD, Position.LAST_IN_FIELD, Position.WHOLE_FIELD


def words(text: str) -> tuple[Word, ...]:
    return masked_words(text)


MEANINGS: tuple[tuple[str, Query], ...] = (
    ("cat", term("anywhere", "cat")),
    ("cql.serverChoice = cat", term("anywhere", "cat")),
    ("srw.serverChoice = cat", term("anywhere", "cat")),
    ("cql.anywhere = cat", term("anywhere", "cat")),
    ("cql.allIndexes = cat", term("anywhere", "cat")),
    ("cql.keywords all cat", term("anywhere", "cat", Relation.ALL)),
    ("cql.allRecords = 1", Everything()),
    ("cql.allRecords=1 not dc.title=x", Not(Everything(), term("title", "x"))),
    ("cql.resultSetId = abc", ResultSetRef("abc")),
    ("TITLE = cat", term("title", "cat")),
    ("dc.Title = cat", term("title", "cat")),
    ("dc.creator scr cat", term("author", "cat")),
    ("dc.creator cql.any cat", term("author", "cat", Relation.ANY)),
    ('>x="info:srw/cql-context-set/1/dc-v1.1" x.creator = cat', term("author", "cat")),
    ('>"info:srw/cql-context-set/1/dc-v1.1" creator = cat', term("author", "cat")),
    ('>"info:srw/cql-context-set/1/cql-v1.2" allRecords = 1', Everything()),
    ('a or (>x="info:srw/cql-context-set/1/dc-v1.1" x.title=b)', Or((term("anywhere", "a"), term("title", "b")))),
    ("a and b and c", And((term("anywhere", "a"), term("anywhere", "b"), term("anywhere", "c")))),
    ("a or b and c", And((Or((term("anywhere", "a"), term("anywhere", "b"))), term("anywhere", "c")))),
    ("title =/relevant/ignoreCase/word cat", term("title", "cat")),
    ("title =/string cat", term("title", "cat", Relation.EXACT)),
    ("title =/respectAccents cat", Term("title", words("cat"), marks=True)),
    ("title = c*t", Term("title", (Word("c*t", frozenset({1})),))),
    ("title = c?t", Term("title", (Word("c?t", frozenset({1})),))),
    (r"title = c\*t", Term("title", (Word("c*t"),))),
    (r'title = "say \"cat\""', Term("title", (Word("say"), Word('"cat"')))),
    ("title =/unmasked c*t", Term("title", (Word("c*t"),))),
    ("title = ^cat", Term("title", words("cat"), position=FIRST)),
    ('title = "cat dog^"', Term("title", words("cat dog"), position=LAST)),
    ('title adj "^cat dog^"', Term("title", words("cat dog"), Relation.ADJ, WHOLE)),
    (r"title = \^cat", Term("title", words(r"\^cat"))),
    ('title any "^cat dog"', Or((Term("title", words("cat"), position=FIRST), term("title", "dog")))),
    ('title all "cat^ ^dog"',
     And((Term("title", words("cat"), position=LAST), Term("title", words("dog"), position=FIRST)))),
    ("a prox b", Prox(term("anywhere", "a"), term("anywhere", "b"), 1)),
    ("a prox/distance<5/ordered b", Prox(term("anywhere", "a"), term("anywhere", "b"), 5, Relation.LT, ordered=True)),
    ("a prox/unit=sentence b", Prox(term("anywhere", "a"), term("anywhere", "b"), 0, unit="sentence")),
    ('date within "1990 1995"', term("year", "1990 1995", Relation.WITHIN)),
    ("date >= 1990", term("year", "1990", Relation.GE)),
)  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_means(text: str, wanted: Query) -> None:
    assert to_query(parse(text)).query == wanted


REFUSED: tuple[tuple[str, str, str], ...] = (
    ("foo.title = x", "unsupported_context_set", "foo"),
    ('>foo="http://example.org/x" foo.title = x', "unsupported_context_set", "foo"),
    ('>"http://example.org/x" title = x', "unsupported_context_set", "http://example.org/x"),
    ("dc.nonsense = x", "unsupported_access_point", "dc.nonsense"),
    ("nonsense = x", "unsupported_access_point", "nonsense"),
    ("title like x", "unsupported_relation", "like"),
    ("title =/stem x", "unsupported_relation_modifier", "stem"),
    ("title =/cql.fuzzy x", "unsupported_relation_modifier", "cql.fuzzy"),
    ("title =/respectCase x", "unsupported_relation_modifier", "respectCase"),
    ("a and/rel.sum b", "unsupported_boolean_modifier", "rel.sum"),
    ("a prox/nonsense b", "unsupported_boolean_modifier", "nonsense"),
    ("a prox/distance=x b", "unsupported_proximity_distance", "x"),
    ('""', "empty_term", ""),
    ('title = ""', "empty_term", "title"),
    ("title = ^", "empty_term", "title"),
    ('title = "a ^b c"', "unsupported_anchor", "a ^b c"),
    ("title = a^b", "unsupported_anchor", "a^b"),
    ("cql.resultSetId > 1", "unsupported_relation", ">"),
    ("a sortBy dc.nonsense", "unsupported_access_point", "dc.nonsense"),
    ("a sortBy notes", "unsupported_sort", "notes"),
    ("a sortBy title/sort.sideways", "unsupported_sort_modifier", "sort.sideways"),
    ("a sortBy title/sort.missingOmit", "unsupported_missing_value", "sort.missingOmit"),
    ("a sortBy title dc.title", "duplicate_sort_key", "dc.title"),
)


@pytest.mark.parametrize(("text", "kind", "details"), REFUSED, ids=[text for text, _, _ in REFUSED])
def test_refuses(text: str, kind: str, details: str) -> None:
    with pytest.raises(BadQuery) as caught:
        to_query(parse(text))
    assert (caught.value.kind, caught.value.details) == (kind, details)


def test_sort_keys() -> None:
    found = to_query(parse("a sortBy dc.title date/sort.descending/sort.ignoreCase relevance"))
    assert found.sort == (SortKey("title"), SortKey("year", descending=True), SortKey("relevance"))


@pytest.mark.parametrize("name", [name for row in ACCESS_POINTS for name in row.cql_names])
def test_every_name_of_the_table_is_an_index(name: str) -> None:
    query = to_query(parse(f"{name} = 1998")).query
    assert isinstance(query, Term)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("tien", ("anywhere", "tien", False)),
        ("dc.title = tien", ("title", "tien", False)),
        ('title == "luc van"', ("title", "luc van", True)),
        ("title exact ^luc", ("title", "luc", True)),
        ("title =/string luc", ("title", "luc", True)),
        ('title = ""', ("title", "", False)),
    ],
)
def test_scan_clauses(text: str, wanted: tuple[str, str, bool]) -> None:
    row, start, whole = scan_clause(parse(text))
    assert (row.name, start, whole) == wanted


@pytest.mark.parametrize("text", ["a and b", "a sortBy title"])
def test_what_is_no_scan_clause(text: str) -> None:
    with pytest.raises(BadQuery) as caught:
        scan_clause(parse(text))
    assert caught.value.kind == "syntax"
