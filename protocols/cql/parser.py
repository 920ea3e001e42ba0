"""Recursive-descent parser of CQL 1.2 / 2.0 (grammar: OASIS searchRetrieve part 5, annex A).

Booleans have equal precedence and lean to the left. Reserved words are words all the same where a term is
expected. Recursion happens only in parentheses, up to MAX_DEPTH. Whatever is not CQL raises CqlSyntaxError.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from protocols.cql.ast import Boolean, CqlQuery, Modifier, Node, Prefix, SearchClause, SortSpec
from unioncat.model import BadQuery

__all__ = ["MAX_CLAUSES", "MAX_DEPTH", "MAX_LENGTH", "CqlSyntaxError", "parse"]

MAX_LENGTH = 65_536
MAX_DEPTH = 100
MAX_CLAUSES = 1000

_BOOLEANS = frozenset({"and", "or", "not", "prox"})
_RESERVED = _BOOLEANS | {"sortby"}
_SPECIAL = frozenset('()=<>"/')
_COMPARISONS = ("==", "<=", ">=", "<>", "=", "<", ">")

Kind = Literal["word", "quoted", "symbol", "end"]
Token = tuple[Kind, str, int]
"""(kind, text, position in characters). A quoted text is without its quotes, escapes still in it."""


class CqlSyntaxError(BadQuery):
    """Not CQL, or beyond a cap. position: in characters, counted from 0."""

    def __init__(self, message: str, position: int, kind: str = "syntax") -> None:
        self.position = position
        details = f"{message} (at position {position + 1})" if kind == "syntax" else message
        super().__init__(kind, details, f"{message} (at position {position + 1})")


def parse(text: str) -> CqlQuery:
    """The query. Raises CqlSyntaxError for anything that is none, with the place where it stops being one."""
    if len(text) > MAX_LENGTH:
        raise CqlSyntaxError(str(MAX_LENGTH), MAX_LENGTH, "too_long")
    parser = _Parser(_tokens(text))
    query = parser.sorted_query()
    parser.expect_end()
    return query


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    place, length = 0, len(text)
    while place < length:
        character = text[place]
        if character.isspace():
            place += 1
        elif character == '"':
            end = _closing_quote(text, place)
            found.append(("quoted", text[place + 1 : end], place))
            place = end + 1
        elif character in "=<>":
            symbol = text[place : place + 2] if text[place : place + 2] in _COMPARISONS else character
            found.append(("symbol", symbol, place))
            place += len(symbol)
        elif character in "()/":
            found.append(("symbol", character, place))
            place += 1
        else:
            end = place
            while end < length and not text[end].isspace() and text[end] not in _SPECIAL:
                end += 2 if text[end] == "\\" else 1
            word = text[place : min(end, length)]
            if end > length:
                word += "\\"  # a backslash at the very end can only be meant as one
            found.append(("word", word, place))
            place = end
    found.append(("end", "", length))
    return found


def _closing_quote(text: str, opening: int) -> int:
    place = opening + 1
    while place < len(text):
        if text[place] == "\\":
            place += 2
        elif text[place] == '"':
            return place
        else:
            place += 1
    raise CqlSyntaxError("a quotation mark is not closed", opening)


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._clauses = 0

    # ------------------------------------------------------------ tokens

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    def _peek(self, ahead: int = 1) -> Token:
        return self._tokens[min(self._place + ahead, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._now
        self._place += 1
        return token

    def _is_symbol(self, *symbols: str) -> bool:
        return self._now[0] == "symbol" and self._now[1] in symbols

    def _keyword(self) -> str:
        """The reserved word that stands here, in lower case; "" if none does. A quoted one is none."""
        kind, text, _ = self._now
        return text.lower() if kind == "word" and text.lower() in _RESERVED else ""

    def _term(self, what: str) -> Token:
        if self._now[0] not in ("word", "quoted"):
            raise self._unexpected(what)
        return self._take()

    def _unexpected(self, wanted: str) -> CqlSyntaxError:
        kind, text, place = self._now
        seen = "the query ends" if kind == "end" else f"{text!r} stands"
        return CqlSyntaxError(f"{seen} where {wanted} is expected", place)

    def expect_end(self) -> None:
        if self._now[0] != "end":
            raise self._unexpected("a boolean, sortBy or the end")

    # ------------------------------------------------------------ grammar

    def sorted_query(self) -> CqlQuery:
        prefixes = self._prefixes()
        root = _with_prefixes(self._scoped_clause(0), prefixes)
        sort: list[SortSpec] = []
        if self._keyword() == "sortby":
            self._take()
            while not sort or self._now[0] in ("word", "quoted"):
                _, index, _ = self._term("a sort key")
                sort.append(SortSpec(index, self._modifiers()))
        return CqlQuery(root, tuple(sort))

    def _prefixes(self) -> tuple[Prefix, ...]:
        found: list[Prefix] = []
        while self._is_symbol(">"):
            self._take()
            _, first, _ = self._term("a prefix or the URI of a context set")
            if self._is_symbol("="):
                self._take()
                found.append(Prefix(first, self._term("the URI of a context set")[1]))
            else:
                found.append(Prefix("", first))
        return tuple(found)

    def _scoped_clause(self, depth: int) -> Node:
        left = self._search_clause(depth)
        while (operator := self._keyword()) and operator != "sortby":
            self._take()
            modifiers = self._modifiers()
            left = Boolean(operator, left, self._search_clause(depth), modifiers)
        return left

    def _search_clause(self, depth: int) -> Node:
        if self._is_symbol("("):
            if depth >= MAX_DEPTH:
                raise CqlSyntaxError(f"at most {MAX_DEPTH} levels", self._now[2], "too_deep")
            self._take()
            prefixes = self._prefixes()
            inner = _with_prefixes(self._scoped_clause(depth + 1), prefixes)
            if not self._is_symbol(")"):
                raise self._unexpected("a closing parenthesis")
            self._take()
            return inner
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise CqlSyntaxError(str(MAX_CLAUSES - 1), self._now[2], "too_many_booleans")
        _, first, position = self._term("a search term")
        if not self._at_relation():
            return SearchClause(first, position=position)
        _, relation, _ = self._take()
        modifiers = self._modifiers()
        _, term, position = self._term("a search term")
        return SearchClause(term, first, relation, modifiers, position=position)

    def _at_relation(self) -> bool:
        """A comparison symbol, or a name that is no reserved word: after an index nothing else can follow."""
        if self._is_symbol(*_COMPARISONS):
            return True
        return self._now[0] == "word" and not self._keyword()

    def _modifiers(self) -> tuple[Modifier, ...]:
        found: list[Modifier] = []
        while self._is_symbol("/"):
            self._take()
            _, name, _ = self._term("the name of a modifier")
            if self._is_symbol(*_COMPARISONS):
                _, comparison, _ = self._take()
                found.append(Modifier(name, comparison, self._term("the value of a modifier")[1]))
            else:
                found.append(Modifier(name))
        return tuple(found)


def _with_prefixes(node: Node, prefixes: tuple[Prefix, ...]) -> Node:
    return replace(node, prefixes=prefixes + node.prefixes) if prefixes else node
