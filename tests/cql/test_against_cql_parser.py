"""The parser against another one (PyPI cql-parser): the same trees, but for differences explained one by one."""

from __future__ import annotations

from typing import Any

import pytest
from cql.lexer import CQLLexer
from cql.parser import CQLParser12
from lxml import etree

from protocols.cql import CqlSyntaxError, parse, to_xcql

QUERIES = (
    "cat", '"cat dog"', "comp.os.linux", '"<xml.element>"', '""', "title=fish", "title == fish", "title exact fish",
    'title any "fish chips"', "date > 1998", "date<>1998", "title any/stem fish", 'title any /stem /cql.fuzzy "a b"',
    "title =/rel.algorithm=cori fish", '((dc.title any/stem "frog pond"))', "cat and dog", "cat And dog oR fish",
    "a or b and c", "a or (b and c)", "(a or b) and (c or d)", "a and b not c or d", "a and/rel.sum b", "and",
    "and and and", "title = and", "any or all", "all all all", "fred and any", "cat prox dog",
    "cat prox / distance <= 3 / unit = word / ordered dog", "(cat prox dog) and fish", 'cat and (>d="u" d.title=dog)',
    '>dc="http://purl.org/dc" dc.title=cat', '>a="u1" >b="u2" a.x=1 and b.y=2', "cat sortby title/x date",
    "c*t", "^cat", r"c\*t", "nguyễn", '"Lục Vân Tiên"', "sortby",
    "", "cat dog", "cat any", "title =", "= fish", "cat and", "(cat", "cat)", "()", ")", '"cat', "title = a b",
    "title any/ fish", "title = (a or b)", "cat prox/ dog", "<cat>", "cat > ", ">dc=uri", "cat sortby",
    "(cat sortby title)", "cat or >d=u d.title=dog", "/cat", 'cat "dog"', "title any fish any chips",
)  # fmt: skip

DIFFERENCES: dict[str, tuple[str, str, str]] = {
    r'"say \"cat\""': (
        r"<cql.serverChoice = say \"cat\">",
        '<cql.serverChoice = say "cat">',
        "it takes the backslashes away, so that an escaped star could no longer be told from a mask; ours stay",
    ),
    '> "http://purl.org/dc" title=cat': (
        ">=http://purl.org/dc <title = cat>",
        ">cql.serverChoice=http://purl.org/dc <title = cat>",
        "it calls the default context set, which has no prefix, by the name of the default index",
    ),
}


def shape(element: Any) -> str:
    """An XCQL element as one line."""
    if etree.QName(element).localname == "xcql":
        element = next(child for child in element if etree.QName(child).localname in ("triple", "searchClause"))

    def text(parent: Any, path: str) -> str:
        return parent.findtext("/".join(f"{{*}}{step}" for step in path.split("/"))) or ""

    def modifiers(parent: Any) -> str:
        found = parent.findall("{*}modifiers/{*}modifier")
        return "".join(f"/{text(each, 'type')}{text(each, 'comparison')}{text(each, 'value')}" for each in found)

    prefixes = "".join(
        f">{text(each, 'name')}={text(each, 'identifier')} " for each in element.findall("{*}prefixes/{*}prefix")
    )
    if etree.QName(element).localname == "triple":
        boolean = element.find("{*}boolean")
        left, right = element.find("{*}leftOperand")[0], element.find("{*}rightOperand")[0]
        return f"{prefixes}[{shape(left)} {text(boolean, 'value').lower()}{modifiers(boolean)} {shape(right)}]"
    relation = element.find("{*}relation")
    value = text(relation, "value")
    return f"{prefixes}<{text(element, 'index')} {value}{modifiers(relation)} {text(element, 'term')}>"


def ours(text: str) -> str | None:
    try:
        return shape(to_xcql(parse(text)))
    except CqlSyntaxError:
        return None


@pytest.fixture(scope="module")
def oracle() -> CQLParser12:
    lexer = CQLLexer()
    lexer.build()
    parser = CQLParser12()
    parser.build(lexer)
    return parser


def theirs(oracle: CQLParser12, text: str) -> str | None:
    try:
        query = oracle.parse(text)
    except Exception:  # it has errors of several families for the same thing
        return None
    if query is None:
        return None
    query.setServerDefaults()
    return shape(etree.fromstring(query.toXCQLString().encode()))


@pytest.mark.parametrize("text", QUERIES)
def test_agrees(oracle: CQLParser12, text: str) -> None:
    assert ours(text) == theirs(oracle, text)


@pytest.mark.parametrize("text", DIFFERENCES)
def test_differs_only_where_we_know_why(oracle: CQLParser12, text: str) -> None:
    mine, other, why = DIFFERENCES[text]
    assert why
    assert ours(text) == mine
    assert theirs(oracle, text) == other
