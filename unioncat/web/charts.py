"""Pictures of figures as shapes; the templates draw them as SVG, so that they need no script and print well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Bars", "Curve", "bars", "curve"]

WIDTH, ROW, LABEL, VALUE = 640, 34, 250, 70
HEIGHT, LEFT, BOTTOM = 220, 64, 26


@dataclass(frozen=True, slots=True)
class Row:
    """One bar. y: its upper edge; width: of the bar; goal: x of the mark that is wanted, None for none."""

    label: str
    value: str
    y: int
    width: float
    goal: float | None


@dataclass(frozen=True, slots=True)
class Bars:
    rows: tuple[Row, ...]
    height: int
    width: int = WIDTH
    left: int = LABEL
    full: int = WIDTH - LABEL - VALUE
    thick: int = 16


@dataclass(frozen=True, slots=True)
class Curve:
    """points: of an SVG polyline; marks: (y, text) of the left axis; names: (x, text) below."""

    points: str
    marks: tuple[tuple[float, str], ...]
    names: tuple[tuple[float, str], ...]
    last: tuple[float, float]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def bars(rows: Sequence[tuple[str, str, float, float | None]]) -> Bars:
    """rows: label, value as text, share 0-1, wanted share 0-1 or None."""
    full = WIDTH - LABEL - VALUE
    made = tuple(
        Row(
            label,
            value,
            number * ROW,
            round(full * min(max(share, 0.0), 1.0), 1),
            round(LABEL + full * goal, 1) if goal is not None else None,
        )
        for number, (label, value, share, goal) in enumerate(rows)
    )
    return Bars(made, max(1, len(made)) * ROW)


def _ceiling(value: float) -> float:
    """The next round number: 1, 2 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** len(str(int(value)))
    return next(step * power for step in (0.1, 0.2, 0.5, 1.0) if value <= step * power)


def curve(values: Sequence[tuple[str, float]], texts: Sequence[str] | None = None) -> Curve | None:
    """Values over time, in order; None for fewer than two. texts: marks of the axis at 0, half and full."""
    if len(values) < 2:
        return None
    top = _ceiling(max(value for _name, value in values))
    wide, high = WIDTH - LEFT - 10, HEIGHT - BOTTOM - 12
    places = [
        (round(LEFT + wide * number / (len(values) - 1), 1), round(12 + high * (1 - value / top), 1))
        for number, (_name, value) in enumerate(values)
    ]
    step = max(1, len(values) // 6)
    marks = texts or [f"{top * share:g}" for share in (0, 0.5, 1)]
    return Curve(
        points=" ".join(f"{x},{y}" for x, y in places),
        marks=tuple((round(12 + high * (1 - share), 1), text) for share, text in zip((0, 0.5, 1), marks, strict=True)),
        names=tuple((places[number][0], values[number][0]) for number in range(0, len(values), step)),
        last=places[-1],
    )
