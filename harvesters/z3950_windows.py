"""Query windows: a catalogue that cannot be asked for everything at once is asked year by year.

Targets cap what one query may give, or refuse to present beyond some position. A window is a PQF query; one that
finds more than the cap is split by the first letter of the title, and what no window finds (records without a date)
is fetched last by a query of its own, if the source names one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase, digits

from harvesters.base import quirk_int
from unioncat.model import ConfigError

__all__ = ["WindowPlan", "split_window"]

_RANGE = re.compile(r"(\d{4})-(\d{4}|now)\Z")
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """The windows of a source.

    queries:  PQF, in the order in which they are harvested; the same for the same settings, so that a run resumes
    """

    queries: tuple[str, ...]

    @classmethod
    def of(cls, quirks: Mapping[str, str], since: datetime | None, today: datetime | None = None) -> WindowPlan:
        """From the settings of a source (see `harvesters.z3950`). Raises ConfigError for one that makes no sense."""
        now = today or datetime.now(UTC)
        base = str(quirks.get("query", "")).strip()
        changed = quirk_int(quirks, "changed_use", 0)
        if since is not None and changed:
            return cls(tuple(_joined(base, each) for each in _days(since, now, changed)))
        windows = str(quirks.get("windows", "")).strip()
        if not windows:
            if not base:
                raise ConfigError("a Z39.50 source needs a query, or windows such as 1950-now")
            return cls((base,))
        years = _RANGE.match(windows)
        use = quirk_int(quirks, "window_use", 31)
        if years is not None:
            last = now.year if years[2] == "now" else int(years[2])
            terms = [str(year) for year in range(int(years[1]), last + 1)]
        else:
            terms = windows.split()
        if not 0 < len(terms) <= _LONGEST:
            raise ConfigError(f"windows={windows!r} are {len(terms)} queries; 1 to {_LONGEST} make sense")
        queries = [_joined(base, f'@attr 1={use} "{term}"') for term in terms]
        rest = str(quirks.get("rest_query", "")).strip()
        return cls(tuple(queries + ([rest] if rest else [])))


def _joined(base: str, window: str) -> str:
    return f"@and {window} {base}" if base else window


def _days(since: datetime, now: datetime, use: int) -> list[str]:
    """One query for each day on which something may have changed."""
    first = since.astimezone(UTC).date()
    count = min((now.date() - first).days + 1, _LONGEST)
    return [f"@attr 1={use} {(first + timedelta(days=day)):%Y%m%d}" for day in range(max(count, 1))]


def split_window(query: str) -> tuple[str, ...]:
    """A window as narrower ones, by the first character of the title; together they find what it finds.

    The last one takes what begins with none of those characters.
    """
    starts = [f"@attr 1=4 @attr 3=1 @attr 4=1 @attr 5=1 @attr 6=1 {letter}" for letter in ascii_lowercase + digits]
    parts = [f"@and {start} {query}" for start in starts]
    rest = query
    for start in starts:
        rest = f"@not {rest} {start}"
    return (*parts, rest)
