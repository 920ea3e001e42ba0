"""The quality report of one library: what was fixed here, what to fix at home, how it goes over time.

`Reports.of` gathers; `report_html` and `report_xlsx` write it down in Vietnamese or English. After each complete
run `Reports.remember` keeps the counts, so that the next report can show the trend.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from unioncat.marc import Record, first, from_json, values
from unioncat.model import BadRecord, Finding, Harvest, Member, MemberCode, Source, SourceId, SourceRecord
from unioncat.quality import full_check, rules
from unioncat.quality.numbers import isbn_fault, issn_fault
from unioncat.store import Harvests, Members, Refusals, Session, Settings, SourceRecords, Sources, Store

__all__ = [
    "COMPLETENESS",
    "Detail",
    "Example",
    "MemberReport",
    "RefusedRecord",
    "Reports",
    "RuleCount",
    "Snapshot",
    "SourceRun",
]

MOST_DETAILS = 50_000
"""Rows of the workbook's list of records."""

EXAMPLES = 5
MOST_REFUSED = 200
MOST_SNAPSHOTS = 36
_SEVERITIES = ("error", "warning", "info")

COMPLETENESS: tuple[tuple[str, str, str, str], ...] = (
    ("title", "245$a", "Nhan đề", "Title"),
    ("name", "100$a:110$a:111$a:700$a:710$a", "Tác giả", "Author"),
    ("year", "260$c:264$c", "Năm xuất bản", "Year"),
    ("publisher", "260$b:264$b", "Nhà xuất bản", "Publisher"),
    ("extent", "300$a", "Số trang", "Extent"),
    ("isbn", "020$a:022$a", "ISBN hoặc ISSN", "ISBN or ISSN"),
    ("class", "050$a:080$a:082$a:084$a", "Chỉ số phân loại", "Class number"),
    ("subject", "600$a:610$a:650$a:651$a:653$a", "Chủ đề", "Subject"),
    ("holdings", "852$abhp:876$p:952$abcop", "Thông tin kho, bản", "Holdings"),
)
"""What a record should say: key, where it stands, Vietnamese and English name."""


@dataclass(frozen=True, slots=True)
class Example:
    """identifier: by which the library finds it: its 001, else the number of a copy, else what we gave it."""

    identifier: str
    title: str
    place: str
    detail: str
    key: str


@dataclass(slots=True)
class RuleCount:
    """One rule in one library. records: how many have it; before: at the last run, None if not known."""

    rule: str
    severity: str
    area: str
    records: int = 0
    before: int | None = None
    examples: list[Example] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Detail:
    """One finding that waits to be mended at home."""

    example: Example
    rule: str
    severity: str


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that could not be stored; position counts from 1 in its file or answer."""

    source: str
    position: int | None
    identifier: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceRun:
    """A source with its last run, None before the first."""

    source: Source
    last: Harvest | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counts after one run. clean: records without an error or a warning that waits at home.
    rules: rule → records that have it, unfixed."""

    harvest: int
    at: datetime
    records: int
    clean: int
    rules: dict[str, int]


@dataclass(slots=True)
class MemberReport:
    """All that a report says. fixed: mended in our copy; wanted: to be mended at home, gravest and most frequent first.

    complete: key of COMPLETENESS → records that have it
    """

    member: Member
    made: datetime
    runs: list[SourceRun] = field(default_factory=list)
    records: int = 0
    clean: int = 0
    repaired: int = 0
    fixed: list[RuleCount] = field(default_factory=list)
    wanted: list[RuleCount] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)
    details_cut: bool = False
    refused: list[RefusedRecord] = field(default_factory=list)
    refused_total: int = 0
    complete: dict[str, int] = field(default_factory=dict)
    trend: list[Snapshot] = field(default_factory=list)

    @property
    def share_clean(self) -> float:
        """0.0-1.0; 1.0 for a library without records."""
        return self.clean / self.records if self.records else 1.0


class _Tally:
    """Counts while the records go by."""

    def __init__(self, report: MemberReport) -> None:
        self.report = report
        self.fixed: dict[str, RuleCount] = {}
        self.wanted: dict[str, RuleCount] = {}
        self.complete = {key: 0 for key, *_ in COMPLETENESS}

    def add(self, stored: SourceRecord) -> None:
        report = self.report
        report.records += 1
        try:
            record = from_json(stored.marc)
        except BadRecord:
            return
        found = _findings(stored, record)
        title = ""
        identifier = first(record, "001") or first(record, "952$p:876$p:852$p") or stored.identifier
        fixed: set[str] = set()
        wanted: set[str] = set()
        for one in found:
            if not title:
                title = first(record, "245$ab").rstrip(" /:;,")[:120]
            example = Example(identifier, title, one.place, one.detail, stored.key)
            (fixed if one.fixed else wanted).add(one.rule)
            self._count(self.fixed if one.fixed else self.wanted, one, example)
            if not one.fixed and one.severity != "info":
                if len(report.details) < MOST_DETAILS:
                    report.details.append(Detail(example, one.rule, one.severity))
                else:
                    report.details_cut = True
        for counts, seen in ((self.fixed, fixed), (self.wanted, wanted)):
            for rule in seen:
                counts[rule].records += 1
        report.repaired += bool(fixed)
        report.clean += not any(one.severity != "info" and not one.fixed for one in found)
        for key, spec, *_ in COMPLETENESS:
            told = values(record, spec)
            if told and (key != "isbn" or any(not isbn_fault(text) or not issn_fault(text) for text in told)):
                self.complete[key] += 1

    def _count(self, counts: dict[str, RuleCount], one: Finding, example: Example) -> None:
        row = counts.get(one.rule)
        if row is None:
            known = rules().get(one.rule)
            row = counts[one.rule] = RuleCount(one.rule, one.severity, known.area if known else "values")
        if len(row.examples) < EXAMPLES and all(other.key != example.key for other in row.examples):
            row.examples.append(example)

    def finish(self) -> None:
        self.report.fixed = sorted(self.fixed.values(), key=lambda row: (-row.records, row.rule))
        self.report.wanted = sorted(self.wanted.values(), key=_gravest)
        self.report.complete = self.complete


def _gravest(row: RuleCount) -> tuple[int, int, str]:
    return _SEVERITIES.index(row.severity), -row.records, row.rule


def _findings(stored: SourceRecord, record: Record) -> tuple[Finding, ...]:
    """What was noticed when the record was read, and what the full check sees now."""
    now = full_check(record)
    seen = {(one.rule, one.place) for one in now}
    checked = {one.rule for one in now}
    of_reading = [
        one
        for one in stored.findings
        if (one.rule, one.place) not in seen and (one.rule not in checked or one.fixed) and _is_of_reading(one.rule)
    ]
    return (*of_reading, *now)


def _is_of_reading(rule: str) -> bool:
    """Found while the bytes were read or mapped: the stored record cannot show it again."""
    row = rules().get(rule)
    return row is None or row.area in ("reading", "text", "crosswalk", "spreadsheet") or rule in _ALSO_READING


_ALSO_READING = frozenset(
    {
        *("tag-format", "indicator-count", "indicator-character", "subfield-code", "subfield-empty", "field-empty"),
        *("control-field-subfields", "control-number-repeated", "isbn-check-digit", "isbn-length", "language-unknown"),
        *("duplicate-identifier", "title-missing", "date-unclear", "name-nobody", "issn-check-digit"),
    }
)
"""Structure and values that a reader or crosswalk noticed, or mended so that the record no longer shows it."""


class Reports:
    """Reports over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, member: MemberCode | str, now: datetime | None = None) -> MemberReport:
        """Read every live record of the member and check it in full: about 6,000 records a second.

        Raises NotFound for a code that is no member.
        """
        made = (now or datetime.now(UTC)).replace(microsecond=0)
        with self._store.read() as session:
            report = MemberReport(Members(session).get(str(member)), made)
            sources = Sources(session).all(str(member))
            harvests = Harvests(session)
            report.runs = [SourceRun(source, harvests.last(source.id)) for source in sources]
            tally = _Tally(report)
            for source in sources:
                for stored in SourceRecords(session).of_source(source.id):
                    tally.add(stored)
            tally.finish()
            self._refused(session, report, sources)
            report.trend = _sum_of(list(_snapshots(session, source.id)) for source in sources)
        _compare(report)
        return report

    def _refused(self, session: Session, report: MemberReport, sources: Sequence[Source]) -> None:
        refusals = Refusals(session)
        for source in sources:
            report.refused_total += refusals.count(source=source.id)
            room = MOST_REFUSED - len(report.refused)
            for one in refusals.page(source=source.id, limit=room) if room > 0 else ():
                report.refused.append(RefusedRecord(source.code, one.position, one.identifier, one.reason))

    def remember(self, source: SourceId, now: datetime | None = None) -> Snapshot | None:
        """Keep the counts of a source after its last complete run, once a run; None if there was none.

        Called when a run is complete; cheap enough for that (the stored findings are counted, nothing is checked).
        """
        at = (now or datetime.now(UTC)).replace(microsecond=0)
        with self._store.read() as session:
            last = Harvests(session).last(source, "complete")
            if last is None:
                return None
            kept = list(_snapshots(session, source))
            if kept and kept[-1].harvest == last.id:
                return kept[-1]
            counts: dict[str, int] = {}
            records = clean = 0
            for stored in SourceRecords(session).of_source(source):
                records += 1
                wanted = {one.rule for one in stored.findings if not one.fixed}
                clean += not any(one.severity != "info" and not one.fixed for one in stored.findings)
                for rule in wanted:
                    counts[rule] = counts.get(rule, 0) + 1
        made = Snapshot(last.id, at, records, clean, counts)
        kept = [*kept, made][-MOST_SNAPSHOTS:]
        with self._store.write() as session:
            Settings(session).set(_setting(source), json.dumps([_as_json(one) for one in kept]))
        return made


def _setting(source: SourceId) -> str:
    return f"quality:{source}"


def _as_json(one: Snapshot) -> list[object]:
    return [one.harvest, one.at.isoformat(), one.records, one.clean, one.rules]


def _snapshots(session: Session, source: SourceId) -> Iterator[Snapshot]:
    text = Settings(session).get(_setting(source))
    for harvest, at, records, clean, counts in json.loads(text) if text else ():
        yield Snapshot(harvest, datetime.fromisoformat(at), records, clean, counts)


def _sum_of(by_source: Iterator[list[Snapshot]]) -> list[Snapshot]:
    """The snapshots of several sources as one line: at each moment, the last of every source added up."""
    histories = [history for history in by_source if history]
    moments = sorted({one.at for history in histories for one in history})
    found = []
    for moment in moments:
        current = [
            max((one for one in history if one.at <= moment), key=lambda one: one.at, default=None)
            for history in histories
        ]
        there = [one for one in current if one is not None]
        counts: dict[str, int] = {}
        for one in there:
            for rule, number in one.rules.items():
                counts[rule] = counts.get(rule, 0) + number
        found.append(
            Snapshot(
                max(one.harvest for one in there),
                moment,
                sum(one.records for one in there),
                sum(one.clean for one in there),
                counts,
            )
        )
    return found


def _compare(report: MemberReport) -> None:
    """`before` of each wanted rule: what the run before the last one left. Rules of the full check only are not
    counted after a run, so they have none."""
    if len(report.trend) < 2:
        return
    before, last = report.trend[-2], report.trend[-1]
    counted = set(before.rules) | set(last.rules)
    for row in report.wanted:
        if row.rule in counted:
            row.before = before.rules.get(row.rule, 0)
