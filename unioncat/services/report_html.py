"""The quality report as one HTML page: no script, no other file, to be mailed or printed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from unioncat.quality import message, todo
from unioncat.services.report import COMPLETENESS, MemberReport, RuleCount
from unioncat.services.report_words import WORDS, number, percent, shown_date

__all__ = ["report_html"]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("unioncat.services", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def report_html(report: MemberReport, language: str = "vi", *, catalogue: str = "", public_url: str = "") -> str:
    """A whole page in `language` (vi or en). catalogue: name of the union catalogue, for the head."""
    language = language if language in WORDS else "vi"
    words = WORDS[language]
    member = report.member
    last = report.trend[-1].rules if report.trend else {}
    wanted = [_Shown(row, last) for row in report.wanted]
    graver = [row for row in wanted if row.severity != "info"]
    view = {**{name: getattr(report, name) for name in _NAMES}, "wanted": wanted}
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=view,
            graver=graver,
            notes=[row for row in wanted if row.severity == "info"],
            first=sorted(graver, key=lambda row: -row.records)[:MOST_FIRST] if len(graver) > 1 else [],
            language=language,
            w=words,
            name=member.name_en if language == "en" and member.name_en else member.name,
            catalogue=catalogue,
            public_url=public_url if public_url.startswith(("http://", "https://")) else "",
            compared=len(report.trend) > 1,
            completeness=[(key, vi if language == "vi" else en) for key, _, vi, en in COMPLETENESS],
            chart=_chart(report, language),
            states={state: words.get(f"{state}_state", words.get(state, state)) for state in _STATES},
            message=lambda rule: message(rule, language),
            todo=lambda rule: todo(rule, language),
            number=lambda value: number(value, language),
            percent=lambda share: percent(share, language),
            date=lambda moment: shown_date(moment, language),
        )
    )


_STATES = ("running", "complete", "interrupted", "failed", "held", "discarded")
_NAMES = (
    *("member", "made", "runs", "records", "clean", "repaired", "fixed", "refused", "refused_total", "complete"),
    *("trend", "share_clean"),
)


MOST_FIRST = 3
"""Rules named as what to do first: those of most records among errors and warnings."""


class _Shown:
    """A row of the list, with its count after the last run for comparison."""

    def __init__(self, row: RuleCount, last: Mapping[str, int]) -> None:
        self.rule, self.severity, self.records = row.rule, row.severity, row.records
        self.before, self.examples = row.before, row.examples
        self.now = last.get(row.rule, row.records) if row.before is not None else row.records


_LEFT, _RIGHT, _TOP, _BOTTOM = 50.0, 624.0, 14.0, 140.0


def _chart(report: MemberReport, language: str) -> dict[str, object]:
    """Points of the line of clean records, from the lowest whole ten per cent below it up to 100 %."""
    trend = report.trend
    if len(trend) < 2:
        return {"lines": [], "points": "", "dots": [], "first": "", "last": ""}
    shares = [one.clean / one.records if one.records else 1.0 for one in trend]
    low = max(0.0, (int(min(shares) * 10) - (min(shares) * 10 == int(min(shares) * 10))) / 10)
    span = (1.0 - low) or 1.0
    dots = []
    for place, (one, share) in enumerate(zip(trend, shares, strict=True)):
        x = _LEFT + (_RIGHT - _LEFT) * place / (len(trend) - 1)
        y = _BOTTOM - (_BOTTOM - _TOP) * (share - low) / span
        title = f"{shown_date(one.at, language)}: {percent(share, language)}"
        dots.append({"x": round(x, 1), "y": round(y, 1), "title": title})
    lines = [
        {
            "y": round(_BOTTOM - (_BOTTOM - _TOP) * step / 2, 1),
            "label": percent(round(low + span * step / 2, 3), language),
        }
        for step in range(3)
    ]
    return {
        "lines": lines,
        "points": " ".join(f"{dot['x']},{dot['y']}" for dot in dots),
        "dots": dots,
        "first": shown_date(trend[0].at, language)[:10],
        "last": shown_date(trend[-1].at, language)[:10],
    }
