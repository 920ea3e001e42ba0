"""The parser against the standard: what is CQL and what tree it is (OASIS searchRetrieve part 5; CQL 1.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.cql import (
    MAX_CLAUSES,
    MAX_DEPTH,
    MAX_LENGTH,
    Boolean,
    CqlQuery,
    CqlSyntaxError,
    Modifier,
    Prefix,
    SearchClause,
    SortSpec,
    parse,
    serialise,
    to_xcql,
)
from protocols.cql.ast import Node


def shape(node: Node) -> str:
    """The tree as one line: every boolean in brackets, every part in quotes."""
    prefixes = "".join(f">{each.name}={each.uri} " for each in node.prefixes)
    modifiers = "".join(f"/{each.name}{each.comparison}{each.value}" for each in node.modifiers)
    if isinstance(node, Boolean):
        return f"{prefixes}[{shape(node.left)} {node.operator}{modifiers} {shape(node.right)}]"
    index = f"{node.index} {node.relation}{modifiers} " if node.index is not None else ""
    return f"{prefixes}<{index}{node.term}>"


VALID: tuple[tuple[str, str], ...] = (
    # simple terms
    ("cat", "<cat>"),
    ('"cat"', "<cat>"),
    ('"cat dog"', "<cat dog>"),
    ("comp.os.linux", "<comp.os.linux>"),
    ("xml:element", "<xml:element>"),
    ('"<xml.element>"', "<<xml.element>>"),
    ('"prox/word/>=/5"', "<prox/word/>=/5>"),
    ('""', "<>"),
    ("  cat  ", "<cat>"),
    ("\tcat\n", "<cat>"),
    ("c*t", "<c*t>"),
    ("^cat", "<^cat>"),
    (r"c\*t", r"<c\*t>"),
    (r'"say \"cat\""', r"<say \"cat\">"),
    (r'"back\\slash"', r"<back\\slash>"),
    ("'cat'", "<'cat'>"),
    ("nguyễn", "<nguyễn>"),
    ('"Lục Vân Tiên"', "<Lục Vân Tiên>"),
    ("c++", "<c++>"),
    ("a,b;c", "<a,b;c>"),
    ("978-0-306-40615-7", "<978-0-306-40615-7>"),
    # index, relation, term
    ("title=fish", "<title = fish>"),
    ("title = fish", "<title = fish>"),
    ('"title"="fish"', "<title = fish>"),
    ("dc.title = fish", "<dc.title = fish>"),
    ("title == fish", "<title == fish>"),
    ("title exact fish", "<title exact fish>"),
    ('title any "fish chips"', "<title any fish chips>"),
    ("title all fish", "<title all fish>"),
    ("title adj fish", "<title adj fish>"),
    ("title cql.any fish", "<title cql.any fish>"),
    ("date > 1998", "<date > 1998>"),
    ("date>1998", "<date > 1998>"),
    ("date >= 1998", "<date >= 1998>"),
    ("date < 1998", "<date < 1998>"),
    ("date <= 1998", "<date <= 1998>"),
    ("date<>1998", "<date <> 1998>"),
    ('date within "1990 1998"', "<date within 1990 1998>"),
    ("date encloses 1998", "<date encloses 1998>"),
    ('title ANY "fish"', "<title ANY fish>"),
    ("title=/stem fish", "<title =/stem fish>"),
    ("title any/stem fish", "<title any/stem fish>"),
    ('title any /stem /cql.fuzzy "fish chips"', "<title any/stem/cql.fuzzy fish chips>"),
    ("title =/rel.algorithm=cori fish", "<title =/rel.algorithm=cori fish>"),
    ("title any/relevant/cql.string fish", "<title any/relevant/cql.string fish>"),
    ("title = / locale = vi fish", "<title =/locale=vi fish>"),
    ('title =/x>="a b" fish', "<title =/x>=a b fish>"),
    ("(title any frog)", "<title any frog>"),
    ('((dc.title any/stem "frog pond"))', "<dc.title any/stem frog pond>"),
    # booleans
    ("cat and dog", "[<cat> and <dog>]"),
    ("cat or dog", "[<cat> or <dog>]"),
    ("cat not dog", "[<cat> not <dog>]"),
    ("cat AND dog", "[<cat> and <dog>]"),
    ("cat And dog oR fish", "[[<cat> and <dog>] or <fish>]"),
    ('"cat" not "fish food"', "[<cat> not <fish food>]"),
    ("a and b or c", "[[<a> and <b>] or <c>]"),
    ("a or b and c", "[[<a> or <b>] and <c>]"),
    ("a or (b and c)", "[<a> or [<b> and <c>]]"),
    ("(a or b) and (c or d)", "[[<a> or <b>] and [<c> or <d>]]"),
    ("a and b not c or d", "[[[<a> and <b>] not <c>] or <d>]"),
    ("((((a))))", "<a>"),
    ("(a)and(b)", "[<a> and <b>]"),
    ("title=a and author=b", "[<title = a> and <author = b>]"),
    ("title any a or author all b not c", "[[<title any a> or <author all b>] not <c>]"),
    ("a and/rel.sum b", "[<a> and/rel.sum <b>]"),
    ('xml and "prox///"', "[<xml> and <prox///>]"),
    # reserved words where a term is expected, and names of relations that are terms
    ("and", "<and>"),
    ("and and and", "[<and> and <and>]"),
    ("or or or", "[<or> or <or>]"),
    ("title = and", "<title = and>"),
    ("title = or and not = prox", "[<title = or> and <not = prox>]"),
    ('"and" and "or"', "[<and> and <or>]"),
    ("any or all", "[<any> or <all>]"),
    ("all all all", "<all all all>"),
    ("any any any or all all all", "[<any any any> or <all all all>]"),
    ("fred and any", "[<fred> and <any>]"),
    ("sortby", "<sortby>"),
    ("(a and not) or b", "[[<a> and <not>] or <b>]"),
    # proximity
    ("cat prox dog", "[<cat> prox <dog>]"),
    ("cat prox/distance<3 dog", "[<cat> prox/distance<3 <dog>]"),
    ("cat prox / distance <= 3 / unit = word / ordered dog", "[<cat> prox/distance<=3/unit=word/ordered <dog>]"),
    ("(cat prox dog) and fish", "[[<cat> prox <dog>] and <fish>]"),
    ("title=cat prox/unit=sentence title=dog", "[<title = cat> prox/unit=sentence <title = dog>]"),
    # prefixes
    ('>dc="http://purl.org/dc" dc.title=cat', ">dc=http://purl.org/dc <dc.title = cat>"),
    ('> "http://purl.org/dc" title=cat', ">=http://purl.org/dc <title = cat>"),
    ('>a="u1" >b="u2" a.x=1 and b.y=2', ">a=u1 >b=u2 [<a.x = 1> and <b.y = 2>]"),
    ('cat and (>d="u" d.title=dog)', "[<cat> and >d=u <d.title = dog>]"),
    ('>d=u cat or dog', ">d=u [<cat> or <dog>]"),
)  # fmt: skip

INVALID: tuple[tuple[str, int], ...] = (
    ("", 0),
    ("   ", 3),
    ("cat dog", 7),
    ("cat any", 7),
    ("title =", 7),
    ("= fish", 0),
    ("title = = fish", 8),
    ("cat and", 7),
    ("and cat", 7),
    ("cat and or dog", 14),
    ("(cat", 4),
    ("cat)", 3),
    ("()", 1),
    ("(cat and )", 9),
    (")", 0),
    ('"cat', 0),
    ('cat and "dog', 8),
    ('title = "a" "b"', 12),
    ("title = a b", 10),
    ("title any/ fish", 15),
    ("title any/= fish", 10),
    ("title any/x= ", 13),
    ("title any/x=(a)", 12),
    ("title = (a or b)", 8),
    ("cat prox/ dog", 13),
    ("cat and/ dog", 12),
    ("cat /x dog", 4),
    ("<cat>", 0),
    ("cat > ", 6),
    (">dc= cat", 8),
    (">dc", 3),
    (">dc=uri", 7),
    ("> = u cat", 2),
    ("cat sortby", 10),
    ("cat sortby title/", 17),
    ("cat sortby (title)", 11),
    ("(cat sortby title)", 5),
    ("a and (b or (c and d)", 21),
    ("cat =/x", 7),
    ("title any fish any chips", 15),
    ("/cat", 0),
    ("cat or >d=u d.title=dog", 7),
    ('cat "dog"', 4),
)  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), VALID, ids=[text for text, _ in VALID])
def test_parses_as_the_standard_says(text: str, wanted: str) -> None:
    assert shape(parse(text).root) == wanted


@pytest.mark.parametrize(("text", "wanted"), VALID, ids=[text for text, _ in VALID])
def test_comes_back_from_its_serialisation(text: str, wanted: str) -> None:
    query = parse(text)
    assert parse(serialise(query)) == query


@pytest.mark.parametrize(("text", "position"), INVALID, ids=[repr(text) for text, _ in INVALID])
def test_refuses_what_is_no_cql_and_says_where(text: str, position: int) -> None:
    with pytest.raises(CqlSyntaxError) as caught:
        parse(text)
    assert caught.value.kind == "syntax"
    assert caught.value.position == position
    assert f"position {position + 1}" in str(caught.value)


def test_there_are_as_many_queries_as_in_a_regression_suite() -> None:
    assert len(VALID) + len(INVALID) >= 92


def test_sort_keys() -> None:
    query = parse('cat and dog sortBy dc.title/sort.descending "date" /sort.missingValue=x title')
    assert query.sort == (
        SortSpec("dc.title", (Modifier("sort.descending"),)),
        SortSpec("date", (Modifier("sort.missingValue", "=", "x"),)),
        SortSpec("title"),
    )
    assert shape(query.root) == "[<cat> and <dog>]"
    assert parse(serialise(query)) == query


def test_positions_are_those_of_the_terms() -> None:
    root = parse("title = fish and dog").root
    assert isinstance(root, Boolean)
    assert isinstance(root.left, SearchClause)
    assert isinstance(root.right, SearchClause)
    assert (root.left.position, root.right.position) == (8, 17)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a" * (MAX_LENGTH + 1), "too_long"),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), "too_deep"),
        ("(" * 60_000, "too_deep"),
        (" or ".join("a" for _ in range(MAX_CLAUSES + 1)), "too_many_booleans"),
        (" or ".join("a" for _ in range(10_000)), "too_many_booleans"),
    ],
    ids=["long", "deep", "very deep", "many", "10,000 clauses"],
)
def test_caps(text: str, kind: str) -> None:
    with pytest.raises(CqlSyntaxError) as caught:
        parse(text)
    assert caught.value.kind == kind


def test_just_within_the_caps() -> None:
    deep = "(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH
    assert parse(deep) == parse("a")
    query = parse(" and ".join(f"t{place}" for place in range(MAX_CLAUSES)))
    assert len(serialise(query).split(" and ")) == MAX_CLAUSES
    assert len(to_xcql(query).findall(".//{*}searchClause")) == MAX_CLAUSES


@given(st.text(max_size=200))
def test_any_text_is_a_query_or_a_syntax_error(text: str) -> None:
    try:
        query = parse(text)
    except CqlSyntaxError as error:
        position = error.position
    else:
        assert parse(serialise(query)) == query
        position = 0
    assert 0 <= position <= len(text)


WORD = st.text(st.characters(codec="utf-8", exclude_characters='"\\'), max_size=8)
MODIFIERS = st.lists(
    st.builds(Modifier, WORD) | st.builds(Modifier, WORD, st.sampled_from(["=", "<", ">=", "<>"]), WORD), max_size=2
).map(tuple)
PREFIXES = st.lists(st.builds(Prefix, WORD, WORD), max_size=1).map(tuple)
NAMED = st.sampled_from(["=", "==", "any", "all", "cql.adj", "<", "within"])
CLAUSES = st.builds(SearchClause, WORD, st.none(), prefixes=PREFIXES) | st.builds(
    SearchClause, WORD, WORD, NAMED, MODIFIERS, PREFIXES
)
TREES = st.recursive(
    CLAUSES,
    lambda inner: st.builds(Boolean, st.sampled_from(["and", "or", "not", "prox"]), inner, inner, MODIFIERS, PREFIXES),
    max_leaves=8,
)
QUERIES = st.builds(CqlQuery, TREES, st.lists(st.builds(SortSpec, WORD, MODIFIERS), max_size=2).map(tuple))


@given(QUERIES)
def test_every_tree_comes_back_from_its_serialisation(query: CqlQuery) -> None:
    assert shape(parse(serialise(query)).root) == shape(query.root)
    assert parse(serialise(query)) == query


@given(QUERIES)
def test_every_tree_has_an_xcql(query: CqlQuery) -> None:
    assert to_xcql(query).tag.endswith(("}triple", "}searchClause"))
