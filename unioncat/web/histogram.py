"""Publication years as a bar picture: years gathered into spans, drawn as SVG by the template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from unioncat.search.engine import FacetValue

__all__ = ["Bar", "Histogram", "histogram"]

MOST_BARS = 24
SPANS = (1, 2, 5, 10, 20, 50, 100)
HEIGHT, STEP, GAP = 64, 10, 2
EARLIEST = 1400


@dataclass(frozen=True, slots=True)
class Bar:
    """Years first..last, inclusive. x, y, width, height: in units of the picture, origin at the upper left."""

    first: int
    last: int
    count: int
    x: int
    y: float
    width: int
    height: float

    @property
    def years(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


@dataclass(frozen=True, slots=True)
class Histogram:
    bars: tuple[Bar, ...]
    width: int
    height: int = HEIGHT


def histogram(values: Iterable[FacetValue], latest: int) -> Histogram | None:
    """At most MOST_BARS bars over the years that occur; None if fewer than two years do.

    latest: years after this one are mistakes and left out, like those before EARLIEST.
    """
    years = {
        int(one.value): one.count for one in values if one.value.isdigit() and EARLIEST <= int(one.value) <= latest
    }
    if len(years) < 2:
        return None
    first, last = min(years), max(years)
    span = next((span for span in SPANS if last // span - first // span < MOST_BARS), SPANS[-1])
    spans = range(first // span, last // span + 1)
    sums = {number: sum(years.get(year, 0) for year in range(number * span, number * span + span)) for number in spans}
    most = max(sums.values())
    bars = []
    for place, (number, count) in enumerate(sums.items()):
        height = round(max(2.0, (HEIGHT - 2) * count / most), 1) if count else 0.0
        bars.append(
            Bar(number * span, number * span + span - 1, count, place * STEP, HEIGHT - height, STEP - GAP, height)
        )
    return Histogram(tuple(bars), len(bars) * STEP - GAP)
