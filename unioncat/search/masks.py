"""Words with masks: what is literal, what is not, and what becomes of them when they are folded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unioncat.model import BadQuery
from unioncat.search.analysis import GAP, WORD_LENGTH
from unioncat.search.plan import Mask, Shape
from unioncat.search.query import Word
from unioncat.text import exact_tokens, tokens

__all__ = ["MAX_MASKS", "contains_mask", "exact_text", "folded_text", "shape_of", "whole_shape", "word_steps"]

MAX_MASKS = 10
"""Masks in one term: each one multiplies the states of the automaton that is run over the dictionary."""

Step = str | tuple[Shape, ...]


def contains_mask(word: Word) -> bool:
    return bool(word.masks)


def exact_text(words: Sequence[Word]) -> str:
    """The words as typed, joined by spaces."""
    return " ".join(word.text for word in words)


def folded_text(words: Sequence[Word]) -> str:
    """Tokens of words without masks, joined by single spaces and cut as in the index."""
    return " ".join(token[:WORD_LENGTH] for token in tokens(exact_text(words)))


def _pieces(word: Word) -> list[str]:
    """Literal pieces and masks in order; neighbouring stars are one."""
    if len(word.masks) > MAX_MASKS:
        raise BadQuery("too_many_masks", str(MAX_MASKS), f"more than {MAX_MASKS} masks in one word")
    pieces: list[str] = []
    literal = ""
    for place, letter in enumerate(word.text):
        if place not in word.masks:
            literal += letter
            continue
        if literal:
            pieces.append(literal)
            literal = ""
        mask = Mask.MANY if letter == "*" else Mask.ONE
        if not (mask == Mask.MANY and pieces and pieces[-1] == Mask.MANY):
            pieces.append(mask)
    if literal:
        pieces.append(literal)
    return pieces


def shape_of(word: Word, form: Callable[[str], str]) -> Shape:
    """The shape of a word whose literal pieces are brought into the form of the index by `form`."""
    found = [piece if piece in (Mask.MANY, Mask.ONE) else form(piece) for piece in _pieces(word)]
    return tuple(piece for piece in found if piece)


def _split(piece: str, analyse: Callable[[str], list[str]], first: bool, last: bool) -> list[str]:
    """Tokens of a literal piece; beside a mask the outer ones are parts of words, which a digit keeps as they are.

    ``tokens("hi")`` is "hy", as in *hỷ*; but the "hi" of ``hi*`` may begin *history*.
    """
    found = analyse(("" if first else "0") + piece + ("" if last else "0"))
    if not first and found:
        found[0] = found[0][1:]
    if not last and found:
        found[-1] = found[-1][:-1]
    return found


def word_steps(word: Word, *, marks: bool) -> list[Step]:
    """Tokens and shapes that one typed word stands for; several must stand side by side."""
    analyse = exact_tokens if marks else tokens
    if not word.masks:
        return [token[:WORD_LENGTH] for token in analyse(word.text)]
    pieces = _pieces(word)
    current: list[str] = []
    steps: list[list[str]] = [current]
    for place, piece in enumerate(pieces):
        if piece in (Mask.MANY, Mask.ONE):
            current.append(piece)
            continue
        found = _split(piece, analyse, place == 0, place == len(pieces) - 1)
        for number, token in enumerate(found):
            if number:
                current = []
                steps.append(current)
            if token:
                current.append(token[:WORD_LENGTH])
    return [_step(tuple(parts), analyse) for parts in steps if parts]


def _step(parts: Shape, analyse: Callable[[str], list[str]]) -> Step:
    if len(parts) == 1 and parts[0] not in (Mask.MANY, Mask.ONE):
        return parts[0]
    if len(parts) == 2 and parts[1] == Mask.MANY and len(spelled := analyse(parts[0])) == 1 and spelled[0] != parts[0]:
        return (parts, (spelled[0],))  # lí* must find lí too, which is indexed as "ly"
    return (parts,)


def whole_shape(words: Sequence[Word]) -> Shape:
    """The shape of a whole value of several words, some masked."""
    shape: list[str] = []
    if sum(len(word.masks) for word in words) > MAX_MASKS:
        raise BadQuery("too_many_masks", str(MAX_MASKS), f"more than {MAX_MASKS} masks in one term")
    for word in words:
        for step in word_steps(word, marks=False):
            if shape:
                shape.append(GAP)
            if isinstance(step, str):
                shape.append(step)
            else:
                shape += step[0]
    return tuple(shape)
