"""Blackout windows: hours in which an endpoint is not to be asked (``mon-fri 07:30-17:00, 22:00-02:00``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from unioncat.model import ConfigError

__all__ = ["Blackout", "out_of_blackouts", "parse_blackouts"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"(?:([a-z]{3})(?:-([a-z]{3}))?\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Blackout:
    """Local time. days: 0 is Monday, the day on which it begins; it may reach over midnight. `end` is free again."""

    days: frozenset[int]
    begin: time
    end: time

    def end_for(self, local: datetime) -> datetime | None:
        """When the window around `local` ends; None if `local` is in no such window."""
        for back in (0, 1):
            day = local.date() - timedelta(days=back)
            if day.weekday() in self.days:
                begin = datetime.combine(day, self.begin, local.tzinfo)
                over = self.end <= self.begin
                end = datetime.combine(day + timedelta(days=1 if over else 0), self.end, local.tzinfo)
                if begin <= local < end:
                    return end
        return None


def parse_blackouts(text: str) -> tuple[Blackout, ...]:
    """Raises ConfigError for what is no list of windows."""
    found = []
    for part in filter(None, (piece.strip().lower() for piece in text.split(","))):
        window = _WINDOW.fullmatch(part)
        if window is None:
            raise ConfigError(f"blackout {part!r}: write mon-fri 07:30-17:00, several with commas")
        first, last, *clock = window.groups()
        try:
            days = _days(first, last)
            begin, end = time(int(clock[0]), int(clock[1])), time(int(clock[2]) % 24, int(clock[3]))
        except ValueError as error:
            raise ConfigError(f"blackout {part!r}: there is no such day or hour") from error
        found.append(Blackout(days, begin, end))
    return tuple(found)


def _days(first: str | None, last: str | None) -> frozenset[int]:
    if first is None:
        return frozenset(range(7))
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return frozenset((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def out_of_blackouts(local: datetime, blackouts: tuple[Blackout, ...]) -> datetime:
    """`local`, or the next moment that no window covers. Raises ConfigError if they leave no such moment in a week."""
    moment = local
    while True:
        ends = [end for each in blackouts if (end := each.end_for(moment)) is not None]
        if not ends:
            return moment
        moment = max(ends)
        if moment - local > timedelta(days=7):
            raise ConfigError("the blackout windows of this source leave no hour of the week free")
