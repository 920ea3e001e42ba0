"""Harvester and searcher for Z39.50 targets.

The endpoint of a source is ``host:port/database``. Its quirks:

==================  ==========================================================================================
``query``           PQF that finds what is wanted; with windows, joined to each of them
``windows``         ``1950-now``, ``1950-1999``, or terms: one query each
``window_use``      use attribute of the windows (31, date of publication)
``rest_query``      PQF for what no window finds
``changed_use``     use attribute of the date of last change (1012 where the target has it): later runs ask only
                    for the days since the last one
``max_hits``        more hits than that in one window are split by the first letter of the title (10,000)
``syntax``          ``usmarc`` (default), ``xml``, ``opac``; several with commas, in this order
``elements``        element set name (F); ``-`` for none
``batch``           records in one present (50); smaller ones are tried where that fails
``encoding``        of records that do not say it rightly themselves
``timeout``         seconds for one answer (30)
``retries``         new associations in one run after broken ones (5)
==================  ==========================================================================================

Credentials are ``user/password`` or ``group/user/password``, by reference. Z39.50 knows no deletions.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson

from harvesters.base import HarvesterContext, Page, Probe, quirk_float, quirk_int, resolve_credentials
from harvesters.z3950_client import Diagnosed, Retrieved, Z3950Client, batches, cql_query, parse_address
from harvesters.z3950_windows import WindowPlan, split_window
from protocols.z3950 import oids
from protocols.z3950.pqf import parse_pqf
from unioncat.model import BadQuery, ConfigError, HarvestedRecord, RawRecord, Source, SourceUnavailable
from unioncat.model.harvest import OfferedFormat
from unioncat.model.target import Target, TargetAnswer, TargetQuery

__all__ = ["Z3950Harvester", "Z3950Searcher"]

_FORMATS = {oids.USMARC: "iso2709", oids.TEXT_XML: "marcxml", oids.APPLICATION_XML: "marcxml"}
_REMEMBERED = 2_000_000
"""Digests of records seen in a run, 16 octets each, by which duplicates between windows are dropped."""


def _syntaxes(text: str) -> tuple[str, ...]:
    """OIDs of a list of names; the others that carry MARC follow, to fall back to. Raises ConfigError."""
    chosen = []
    for name in filter(None, (part.strip().lower() for part in text.split(","))):
        if name not in oids.RECORD_SYNTAXES:
            raise ConfigError(f"{name!r} is no record syntax; known are {', '.join(sorted(oids.RECORD_SYNTAXES))}")
        chosen.append(oids.RECORD_SYNTAXES[name])
    return tuple(dict.fromkeys([*chosen, oids.USMARC, oids.TEXT_XML, oids.OPAC]))


def _raw(record: Retrieved, position: int, encoding: str) -> RawRecord:
    name = _FORMATS.get(record.syntax)
    if name is None:
        name = "marcxml" if record.data.lstrip()[:1] == b"<" else "iso2709"
    return RawRecord(name, record.data, position, {"encoding": encoding} if encoding else {})


@dataclass(frozen=True, slots=True)
class _Progress:
    """All that a resume string holds. queries: still to do, the present one first. done: records of that one."""

    queries: tuple[str, ...]
    done: int = 0
    read: int = 0

    def written(self) -> str:
        return orjson.dumps({"queries": self.queries, "done": self.done, "read": self.read}).decode()

    @classmethod
    def of(cls, text: str) -> _Progress:
        try:
            value = orjson.loads(text)
            return cls(tuple(map(str, value["queries"])), int(value["done"]), int(value["read"]))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError("the run's resume note is not one of ours; start the run anew with --full") from error


class Z3950Harvester:
    """See `harvesters.base.Harvester`."""

    name = "z3950"

    def __init__(self, context: HarvesterContext) -> None:
        self._context = context

    def probe(self, endpoint: str, credentials: str = "") -> Probe:
        """Searches for a common word and presents one record in each syntax."""
        address = parse_address(endpoint)
        with Z3950Client(address, seconds=20.0, credentials=resolve_credentials(credentials)) as client:
            total = 0
            remarks: list[tuple[str, str]] = []
            for query in ("@attr 1=4 a", "@attr 1=1016 a", "a"):
                try:
                    total = client.search(("type-1", parse_pqf(query))).total
                except Diagnosed as error:
                    remarks.append((f"Truy vấn {query}: {error}", f"Query {query}: {error}"))
                    continue
                if total:
                    break
            offered = []
            for syntax in (oids.USMARC, oids.TEXT_XML, oids.OPAC) if total else ():
                try:
                    records = client.present(1, 1, syntax=syntax)
                except Diagnosed:
                    continue
                if records and records[0].error is None and records[0].syntax in (syntax, *_FORMATS):
                    reads_as = _FORMATS.get(records[0].syntax, "")
                    offered.append(OfferedFormat(oids.name_of_syntax(syntax), reads_as=reads_as))
            if not offered:
                remarks.append(
                    (
                        "Máy đích tìm được nhưng không gửi biểu ghi nào: hãy thử SRU.",
                        "The target finds records but sends none: try SRU.",
                    )
                )
            client.say_goodbye()
        year = datetime.now(UTC).year
        return Probe(
            harvester=self.name,
            endpoint=str(address),
            name=client.name,
            formats=offered,
            deletions="no",
            suggested={
                "harvester": self.name,
                "endpoint": str(address),
                "quirks": {"windows": f"{year - 80}-now", "syntax": offered[0].prefix if offered else "usmarc"},
            },
            remarks=remarks,
        )

    def harvest(self, source: Source, since: datetime | None, resume: str = "") -> Iterator[Page]:
        quirks = source.quirks
        progress = _Progress.of(resume) if resume else _Progress(WindowPlan.of(quirks, since).queries)
        seen: set[bytes] = set()
        retries = quirk_int(quirks, "retries", 5)
        while True:
            try:
                for page, reached in self._pages(source, progress, seen):
                    progress = reached
                    yield page
                return
            except BadQuery as error:
                raise ConfigError(f"{source.endpoint} does not take the query: {error}") from error
            except Diagnosed:
                raise
            except SourceUnavailable:
                # a target that hangs up between two pages is asked anew, from the position that was reached
                retries -= 1
                if retries < 0:
                    raise
                time.sleep(min(quirk_float(quirks, "pause", 1.0), 60.0))

    def _pages(self, source: Source, progress: _Progress, seen: set[bytes]) -> Iterator[tuple[Page, _Progress]]:
        quirks = source.quirks
        size = max(1, min(quirk_int(quirks, "batch", 50), 1_000))
        elements = "" if quirks.get("elements") == "-" else str(quirks.get("elements", "F"))
        syntaxes = _syntaxes(str(quirks.get("syntax", "")) or source.format)
        encoding = str(quirks.get("encoding", ""))
        most = quirk_int(quirks, "max_hits", 10_000)
        address = parse_address(source.endpoint)
        credentials = resolve_credentials(source.credentials)
        with Z3950Client(address, seconds=quirk_float(quirks, "timeout", 30.0), credentials=credentials) as client:
            while progress.queries:
                query = progress.queries[0]
                total = client.search(("type-1", parse_pqf(query))).total
                if total > most and query.count("1=4 @attr 3=1") == 0:
                    progress = replace(progress, queries=(*split_window(query), *progress.queries[1:]), done=0)
                    continue
                warnings = []
                if total > most:
                    warnings.append(f"{query}: {total} records, of which the target may send only {most}")
                last = len(progress.queries) == 1
                if progress.done < total:
                    for position, records in batches(client, progress.done + 1, total, size, syntaxes, elements):
                        done = position - 1 + len(records)
                        wanted = self._fresh(records, progress.read, encoding, seen)
                        progress = replace(progress, done=done, read=progress.read + len(records))
                        note = "" if last and done >= total else progress.written()
                        yield Page(wanted, note, warnings=warnings), progress
                        warnings = []
                elif last:
                    yield Page((), "", warnings=warnings), progress
                progress = replace(progress, queries=progress.queries[1:], done=0)
            client.say_goodbye()

    def _fresh(
        self, records: Sequence[Retrieved], before: int, encoding: str, seen: set[bytes]
    ) -> list[HarvestedRecord]:
        """What has not come in this run yet; windows overlap, and a record may stand in several."""
        fresh = []
        for place, record in enumerate(records, before + 1):
            if record.error is not None:
                refused = RawRecord("iso2709", b"", place)
                fresh.append(HarvestedRecord(None, refused, refused=f"the target does not send it: {record.error}"))
                continue
            digest = hashlib.blake2b(record.data, digest_size=16).digest()
            if digest in seen:
                continue
            if len(seen) < _REMEMBERED:
                seen.add(digest)
            fresh.append(HarvestedRecord(None, _raw(record, place, encoding)))
        return fresh


class Z3950Searcher:
    """See `unioncat.model.target.TargetSearcher`."""

    def search(
        self,
        target: Target,
        query: TargetQuery,
        *,
        start: int = 1,
        count: int = 10,
        syntax: str = "",
        seconds: float = 20,
    ) -> TargetAnswer:
        end = time.monotonic() + seconds
        address = parse_address(target.address)
        asked = ("type-1", parse_pqf(query.pqf)) if query.pqf else cql_query(query.cql)
        elements = target.elements or "F"
        credentials = resolve_credentials(target.credentials)
        syntaxes = _syntaxes(syntax or target.syntax)
        warnings: list[str] = []
        records: list[RawRecord] = []
        per_answer = quirk_float(target.quirks, "timeout", seconds)
        with Z3950Client(address, seconds=min(per_answer, seconds), credentials=credentials) as client:
            total = client.search(asked).total
            last = min(total, start - 1 + count)
            if start <= last:
                size = max(1, quirk_int(target.quirks, "batch", count))
                for position, found in batches(client, start, last, size, syntaxes, elements):
                    for place, record in enumerate(found, position):
                        if record.error is not None:
                            warnings.append(f"{place}: {record.error}")
                        else:
                            records.append(_raw(record, place, target.charset))
                    if time.monotonic() > end and position - 1 + len(found) < last:
                        warnings.append(f"{seconds:g} s were up before all records had come")
                        break
            client.say_goodbye()
        return TargetAnswer(total, tuple(records), start, tuple(warnings))
