"""PQF, attributes, truncation and character sets, without a server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.z3950 import oids
from protocols.z3950.charset import printable, readings, text_of
from protocols.z3950.diagnostics import Z3950Error, diagnostic_of, number_of, text_of_condition
from protocols.z3950.masks import masked
from protocols.z3950.pqf import parse_pqf, term_pqf
from protocols.z3950.rpn import to_query
from unioncat.marc.marc8_encode import encode_marc8
from unioncat.model import BadQuery, NotFound
from unioncat.search.query import And, Everything, Not, Or, Position, Prox, Query, Relation, Term, Word


def query(pqf: str) -> Query:
    def resolve(name: str) -> Query:
        return Term("title", (Word(f"set-{name}"),))

    return to_query(parse_pqf(pqf), resolve)


def one(pqf: str) -> Term:
    found = query(pqf)
    assert isinstance(found, Term)
    return found


def word(text: str, *masks: int) -> Word:
    return Word(text, frozenset(masks))


# ---------------------------------------------------------------- PQF


def test_operators_and_attributes_nest_as_in_yaz() -> None:
    found = query('@attr 4=6 @and @attr 1=4 "a b" @or @attr 1=1003 @attr 4=1 c @set s')
    assert isinstance(found, And)
    left, right = found.children
    assert isinstance(left, Term)
    assert (left.access_point, left.relation) == ("title", Relation.ALL)
    assert isinstance(right, Or)
    assert isinstance(right.children[0], Term)
    assert right.children[0].relation is Relation.ADJ  # the inner attribute counts
    assert right.children[1] == Term("title", (word("set-s"),))


def test_words_in_quotes_are_never_operators() -> None:
    assert one('"@and"').words == (word("@and"),)
    assert one("\\@and").words == (word("@and"),)
    assert one('"say \\"hi\\""').text == 'say "hi"'
    assert one("'một hai'").text == "một hai"


NO_PQF = (
    *("", "   ", "@and a", "@and", "a b", "@attr", "@attr x", "@attr 1=", "@attr 1=4", "@foo a", '"open', "@set"),
    *("@term x y", "@prox 0 1 1 2 k", "@prox a 1 1 2 k 2 a b", "@prox 0 1 1 2 x 2 a b", "@attrset nonsense a"),
    "@term numeric x",
)


@pytest.mark.parametrize("text", NO_PQF)
def test_what_is_no_pqf(text: str) -> None:
    with pytest.raises(BadQuery) as caught:
        parse_pqf(text)
    assert str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_pqf_or_a_bad_query(text: str) -> None:
    try:
        query(text)
    except (BadQuery, Z3950Error):
        pass


@given(st.text(min_size=1, max_size=40))
def test_a_term_may_hold_anything(text: str) -> None:
    term: Any = parse_pqf(term_pqf(text, 4))["rpn"][1][1]["term"]
    assert term == ("general", text.encode("utf-8", "surrogatepass") if text.isprintable() else text.encode())


def test_many_operators_take_no_recursion() -> None:
    assert parse_pqf("@or " * 5_000 + "x " * 5_001)["attributeSet"] == oids.BIB_1


# ---------------------------------------------------------------- attributes


@pytest.mark.parametrize(
    ("attributes", "relation", "position"),
    [
        ("", Relation.EQ, Position.ANY),
        ("@attr 2=3 @attr 3=3 @attr 4=2 @attr 5=100 @attr 6=1", Relation.ALL, Position.ANY),
        ("@attr 4=1", Relation.ADJ, Position.ANY),
        ("@attr 4=6", Relation.ALL, Position.ANY),
        ("@attr 4=105", Relation.ANY, Position.ANY),
        ("@attr 6=3", Relation.EXACT, Position.ANY),
        ("@attr 6=3 @attr 3=1 @attr 4=1", Relation.EXACT, Position.ANY),
        ("@attr 6=2", Relation.ADJ, Position.FIRST_IN_FIELD),
        ("@attr 3=1 @attr 4=1", Relation.ADJ, Position.FIRST_IN_FIELD),
        ("@attr 3=2", Relation.ADJ, Position.FIRST_IN_FIELD),
        ("@attr 2=102", Relation.EQ, Position.ANY),
        ("@attr 2=1", Relation.LT, Position.ANY),
        ("@attr 2=6", Relation.NE, Position.ANY),
    ],
)
def test_relation_position_structure_completeness(attributes: str, relation: Relation, position: Position) -> None:
    found = one(f'@attr 1=4 {attributes} "hai từ"')
    assert (found.relation, found.position) == (relation, position)


def test_a_complete_field_that_is_open_at_its_end_begins_the_field() -> None:
    found = one('@attr 1=4 @attr 6=3 @attr 5=1 "truyện k"')
    assert (found.relation, found.position) == (Relation.ADJ, Position.FIRST_IN_FIELD)
    assert found.words == (word("truyện"), word("k*", 1))


def test_always_matches() -> None:
    assert query("@attr 2=103 x") == Everything()
    assert one("@attr 1=7 @attr 2=103 @term null x").words == (word("*", 0),)


def test_use_attributes_by_number_and_by_name() -> None:
    assert one("x").access_point == "anywhere"
    assert one("@attr 1=1003 x").access_point == "author"
    assert one("@attr 1=dc.title x").access_point == "title"
    assert one("@attr 1=bath.isbn 1").access_point == "isbn"


def test_a_whole_isbn_means_itself_however_it_is_truncated() -> None:
    assert one("@attr 1=7 @attr 5=1 978-0-306-40615-7").words == (word("978-0-306-40615-7"),)
    assert one("@attr 1=7 @attr 5=1 97803").words == (word("97803*", 5),)


def test_a_term_may_be_a_title_page_but_not_a_book() -> None:
    assert len(one('"' + "a " * 150 + '"').words) == 150
    for text in ("a " * 201, "a" * 8_001):
        with pytest.raises(Z3950Error) as caught:
            query(f'"{text}"')
        assert caught.value.diagnostic.condition == 11


def test_the_first_of_two_values_counts_and_a_list_of_words_is_opened_word_by_word() -> None:
    assert one("@attr 4=1 @attr 4=6 x").relation is Relation.ALL  # the inner one comes first on the wire
    assert one('@attr 1=4 @attr 4=6 @attr 5=1 "a b"').words == (word("a*", 1), word("b*", 1))


def test_proximity() -> None:
    found = query("@prox 0 3 1 2 k 2 @attr 1=4 a @attr 1=4 b")
    assert isinstance(found, Prox)
    assert (found.distance, found.relation, found.unit, found.ordered) == (3, Relation.LE, "word", True)


def test_chains_of_one_operator_are_one_node() -> None:
    found = query("@and @and a b @and c d")
    assert isinstance(found, And)
    assert len(found.children) == 4
    assert isinstance(query("@not @and a b c"), Not)


# ---------------------------------------------------------------- truncation


@pytest.mark.parametrize(
    ("truncation", "text", "words"),
    [
        (1, "hai từ", (word("hai"), word("từ*", 2))),
        (2, "hai từ", (word("*hai", 0), word("từ"))),
        (3, "từ", (word("*từ*", 0, 3),)),
        (3, "hai từ", (word("*hai", 0), word("từ*", 2))),
        (100, "t*?", (word("t*?"),)),
        (101, "t#m #", (word("t*m", 1), word("*", 0))),
        (104, "t?m", (word("t*m", 1),)),
        (104, "t?3m#", (word("t*m?", 1, 3),)),
        (102, r"t.m", (word("t?m", 1),)),
        (102, r"t.*m", (word("t*m", 1),)),
        (102, r"t.+m", (word("t?*m", 1, 2),)),
        (102, r"t\.m\*", (word("t.m*"),)),
        (102, "a b.*", (word("a"), word("b*", 1))),
    ],
)
def test_masks(truncation: int, text: str, words: tuple[Word, ...]) -> None:
    assert masked(text, truncation) == [words]


def test_regular_expressions_become_alternatives() -> None:
    assert [words[0].text for words in masked("colou?r", 102)] == ["color", "colour"]
    assert [words[0].text for words in masked("gr[ae]y", 102)] == ["gray", "grey"]
    assert [words[0].text for words in masked("(k|c)iều", 102)] == ["kiều", "ciều"]
    for wrong in ("a{3}", "^a", "a$", "a**", "[^a]", "((a|b)|c)", "("):
        with pytest.raises(Z3950Error):
            masked(wrong, 102)
    with pytest.raises(Z3950Error) as caught:
        masked("[abcdefgh][abcdefgh]", 102)
    assert caught.value.diagnostic.condition == 7
    with pytest.raises(Z3950Error) as caught:
        masked("x", 103)
    assert caught.value.diagnostic.condition == 120


# ---------------------------------------------------------------- octets and messages


def test_readings() -> None:
    assert readings("Nguyễn".encode()) == ("Nguyễn",)
    assert readings(b"Nguye\xcc\x82\xcc\x83n") == ("Nguyễn",)
    assert "Nguyễn" in readings(encode_marc8("Nguyễn")[0])
    assert "Müller" in readings("Müller".encode("latin-1"))
    assert "Kiều" in readings(b"Ki\xea\xccu")
    assert text_of("B\udcf6se") == "Böse"


@given(st.binary(max_size=40))
def test_any_octets_have_a_reading(octets: bytes) -> None:
    assert readings(octets)


@given(st.text(max_size=300))
def test_what_is_shown_is_one_line_without_controls(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable() or shown == ""
    assert len(shown) <= 1_700


def test_diagnostics_have_numbers_and_texts() -> None:
    assert number_of("unsupported_access_point") == 114
    assert number_of("syntax") == 108
    assert number_of("no such word") == 100
    assert text_of_condition(235) == "Database does not exist"
    assert text_of_condition(235, "vi") == "Cơ sở dữ liệu không tồn tại"
    assert text_of_condition(9_999) == ""
    assert diagnostic_of(BadQuery("unsupported_relation", "<")).condition == 117
    assert diagnostic_of(NotFound("x")).condition == 1028
    value = Z3950Error("no_database", "bảng").diagnostic.value()
    assert value["addinfo"] == ("v3Addinfo", "bảng")
    assert Z3950Error("no_database", "x").diagnostic.value()["addinfo"][0] == "v2Addinfo"
