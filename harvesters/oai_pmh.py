"""Harvester for OAI-PMH 2.0 endpoints (checklist: docs/harvesting.md).

Quirks of a source, beside those of `harvesters.fetching.Manners`:

========================  ====================================================================================
``granularity``           ``day`` or ``second``, where Identify lies
``window_days``           harvest in date windows of so many days (endpoints that refuse or lose long lists)
``ignore_list_size``      completeListSize is only an estimate there
``max_empty_pages``       pages without records in a row that are not yet taken for a loop (3)
``max_restarts``          how often an expired token may begin the window anew (3)
``param.<name>``          a further argument of every request, such as a key
========================  ====================================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import orjson

from harvesters.base import HarvesterContext, Page, Probe, quirk_flag, quirk_int, resolve_credentials
from harvesters.fetching import Fetcher, Manners
from harvesters.oai_client import OaiClient, TooMuchAtOnce
from harvesters.oai_page import OaiPage, parse_stamp
from harvesters.oai_probe import choose_format, probe
from unioncat.model import ConfigError, Source, SourceUnavailable

__all__ = ["OaiPmhHarvester"]

Window = tuple[datetime | None, datetime | None]
_SHORTEST_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Progress:
    """All that a resume string holds.

    windows:   date windows still to do, the present one first; bounds inclusive, UTC, None is open
    token:     resumption token of the next page; "" before the first page of a window
    received:  records of the present window's list so far; size: its completeListSize as last said
    """

    prefix: str
    windows: tuple[Window, ...]
    token: str = ""
    received: int = 0
    size: int | None = None

    def written(self) -> str:
        return orjson.dumps(
            {
                "prefix": self.prefix,
                "windows": [[low, high] for low, high in self.windows],
                "token": self.token,
                "received": self.received,
                "size": self.size,
            }
        ).decode()

    @classmethod
    def read(cls, text: str) -> _Progress:
        try:
            value = orjson.loads(text)
            windows = tuple((parse_stamp(low), parse_stamp(high)) for low, high in value["windows"])
            return cls(value["prefix"], windows, value["token"], value["received"], value["size"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError("the run's resume note is not one of ours; start the run anew with --full") from error


class OaiPmhHarvester:
    """See `harvesters.base.Harvester` and `ListsIdentifiers`."""

    name = "oai-pmh"

    def __init__(self, context: HarvesterContext) -> None:
        self._context = context

    def probe(self, endpoint: str, credentials: str = "") -> Probe:
        manners = replace(Manners(), retries=1, backoff=1.0, timeout=20.0, deadline=60.0)
        with _Asking(self._context, endpoint, manners, credentials, {}) as client:
            return probe(client, self._context.formats)

    def harvest(self, source: Source, since: datetime | None, resume: str = "") -> Iterator[Page]:
        with self._client(source) as client:
            yield from _Walk(client, source, "ListRecords", self._context.formats).pages(since, resume)

    def identifiers(self, source: Source) -> Iterator[str]:
        with self._client(source) as client:
            for page in _Walk(client, source, "ListIdentifiers", self._context.formats).pages(None, ""):
                for record in page.records:
                    if not record.deleted and record.identifier is not None:
                        yield record.identifier

    def _client(self, source: Source) -> _Asking:
        extra = {
            name.removeprefix("param."): str(value)
            for name, value in source.quirks.items()
            if name.startswith("param.")
        }
        manners = Manners.of(source.quirks)
        return _Asking(self._context, source.endpoint, manners, source.credentials, extra)


class _Asking:
    """A client whose connections are closed in the end."""

    def __init__(
        self, context: HarvesterContext, endpoint: str, manners: Manners, credentials: str, extra: dict[str, str]
    ) -> None:
        if not endpoint.startswith(("http://", "https://")):
            raise ConfigError(f"{endpoint!r} is no OAI-PMH address; it begins with http:// or https://")
        secret = resolve_credentials(credentials)
        self._fetcher = Fetcher(manners, context.user_agent, contact=context.contact, credentials=secret)
        self._client = OaiClient(endpoint, self._fetcher, extra)

    def __enter__(self) -> OaiClient:
        return self._client

    def __exit__(self, *_: object) -> None:
        self._fetcher.close()


class _Walk:
    """One list from its beginning, or from where it broke off, to its end."""

    def __init__(self, client: OaiClient, source: Source, verb: str, formats: frozenset[str]) -> None:
        self._client = client
        self._source = source
        self._verb = verb
        self._formats = formats
        self._empty_allowed = quirk_int(source.quirks, "max_empty_pages", 3)
        self._restarts_left = quirk_int(source.quirks, "max_restarts", 3)
        self._count_matters = not quirk_flag(source.quirks, "ignore_list_size")
        self._granularity = ""
        self._seen: set[bytes] = set()
        self._position = 1
        self._empty = 0

    def pages(self, since: datetime | None, resume: str) -> Iterator[Page]:
        if resume:
            progress = _Progress.read(resume)
            if progress.token == "" and not progress.windows:
                return
        else:
            prefix = choose_format(self._client, self._source.format, self._formats)
            progress = _Progress(prefix, tuple(self._windows(since)))
        restarted = False
        while progress.windows:
            try:
                page = self._ask(progress)
            except TooMuchAtOnce as error:
                progress = self._halved(progress, error)
                continue
            if page.error == "badResumptionToken" and progress.token:
                progress = self._again(progress, page)
                restarted = True
                continue
            progress, out = self._step(progress, page)
            yield replace(out, restarted=restarted)
            restarted = False

    def _step(self, progress: _Progress, page: OaiPage) -> tuple[_Progress, Page]:
        """Where to go on after `page`, and what to hand out. Raises for a list that cannot be complete."""
        if page.error and page.error != "noRecordsMatch":
            raise self._complaint(page)
        if page.error == "noRecordsMatch":
            self._check_set_is_there()
            if progress.token:
                raise SourceUnavailable(
                    f"{self._client.endpoint} says noRecordsMatch in the middle of a list of {progress.size} records"
                )
        received = progress.received + len(page.records)
        size = page.size if page.size is not None else progress.size
        self._position += len(page.records)
        self._watch_for_loops(progress, page)
        if page.token:
            following = replace(progress, token=page.token, received=received, size=size)
        else:
            if self._count_matters and size is not None and received < size and not page.error:
                page.mended.append(f"received {received} of {size} records")
            following = replace(progress, windows=progress.windows[1:], token="", received=0, size=None)
        resume = following.written() if following.windows else ""
        counted = size if self._count_matters and not page.token and size is not None and received < size else None
        return following, Page(
            records=page.records,
            resume=resume,
            response_date=page.response_date,
            complete_size=size,
            warnings=tuple(page.mended),
            missing=0 if counted is None else counted - received,
        )

    def _ask(self, progress: _Progress) -> OaiPage:
        if progress.token:
            arguments = {"verb": self._verb, "resumptionToken": progress.token}
        else:
            low, high = progress.windows[0]
            arguments = {"verb": self._verb, "metadataPrefix": progress.prefix}
            if self._source.set_spec:
                arguments["set"] = self._source.set_spec
            if low is not None:
                arguments["from"] = self._written(low)
            if high is not None:
                arguments["until"] = self._written(high)
        return self._client.ask(arguments, progress.prefix, self._position)

    # --- dates -----------------------------------------------------------------------------------------

    def _written(self, moment: datetime) -> str:
        if self._granularity == "":
            self._granularity = self._source.quirks.get("granularity", "") or self._identify()[0]
        return moment.astimezone(UTC).strftime("%Y-%m-%d" if self._granularity == "day" else "%Y-%m-%dT%H:%M:%SZ")

    def _identify(self) -> tuple[str, datetime | None, datetime | None]:
        """(granularity, earliest datestamp, response date)."""
        page = self._client.ask({"verb": "Identify"})
        found = {} if page.root is None else {_name(each): (each.text or "").strip() for each in page.root.iter("{*}*")}
        return (
            "second" if "hh" in found.get("granularity", "") else "day",
            parse_stamp(found.get("earliestDatestamp")),
            page.response_date,
        )

    def _windows(self, since: datetime | None) -> list[Window]:
        days = quirk_int(self._source.quirks, "window_days", 0)
        if not days:
            return [(since, None)]
        _, earliest, now = self._identify()
        low, end = since or earliest or datetime(1990, 1, 1, tzinfo=UTC), now or datetime.now(UTC)
        windows: list[Window] = []
        while low + timedelta(days=days) < end:
            high = low + timedelta(days=days)
            windows.append((low, high - timedelta(seconds=1)))
            low = high
        return [*windows, (low, None)]

    def _halved(self, progress: _Progress, error: TooMuchAtOnce) -> _Progress:
        """The present window as two. Raises SourceUnavailable when it cannot be cut any more."""
        low, high = progress.windows[0]
        granularity, earliest, now = self._identify()
        shortest = timedelta(days=2) if granularity == "day" else _SHORTEST_WINDOW
        low = low or earliest or datetime(1990, 1, 1, tzinfo=UTC)
        end = high or now or datetime.now(UTC)
        if progress.token or end - low < shortest:
            raise SourceUnavailable(f"{error}; even for {low:%Y-%m-%d} to {end:%Y-%m-%d}") from error
        middle = (low + (end - low) / 2).replace(microsecond=0)
        if granularity == "day":
            middle = middle.replace(hour=0, minute=0, second=0)
        halves: tuple[Window, ...] = ((low, middle - timedelta(seconds=1)), (middle, high))
        return replace(progress, windows=halves + progress.windows[1:], token="", received=0, size=None)

    # --- trouble ---------------------------------------------------------------------------------------

    def _again(self, progress: _Progress, page: OaiPage) -> _Progress:
        """The window from its beginning, for its token has expired."""
        if self._restarts_left <= 0:
            raise SourceUnavailable(
                f"{self._client.endpoint}: its resumption tokens expire again and again: {page.error_text}"
            )
        self._restarts_left -= 1
        self._seen.clear()
        return replace(progress, token="", received=0, size=None)

    def _watch_for_loops(self, progress: _Progress, page: OaiPage) -> None:
        self._empty = self._empty + 1 if page.token and not page.records else 0
        if self._empty > self._empty_allowed:
            raise SourceUnavailable(f"{self._client.endpoint} sent {self._empty} pages without records in a row")
        if not page.token:
            return
        names = "\n".join(record.identifier or str(record.raw) for record in page.records)
        mark = hashlib.sha256(f"{page.token}\0{names}".encode("utf-8", "replace")).digest()
        if mark in self._seen:
            raise SourceUnavailable(
                f"{self._client.endpoint} sends the same page again and again: its tokens go in a circle"
            )
        self._seen.add(mark)

    def _complaint(self, page: OaiPage) -> Exception:
        said = f"{self._client.endpoint} says {page.error}" + (f": {page.error_text}" if page.error_text else "")
        if page.error in ("badArgument", "badVerb", "cannotDisseminateFormat", "noSetHierarchy", "idDoesNotExist"):
            return ConfigError(f"{said}; check format, set and quirks of the source {self._source.code}")
        return SourceUnavailable(said)

    def _check_set_is_there(self) -> None:
        """A set that vanished is a failure, not an empty success. Raises ConfigError."""
        wanted, token = self._source.set_spec, ""
        if not wanted:
            return
        for _ in range(1000):
            page = self._client.ask({"verb": "ListSets", **({"resumptionToken": token} if token else {})})
            if page.error or page.root is None:
                raise ConfigError(f"{self._client.endpoint} has no sets any more ({page.error}), and no set {wanted!r}")
            if any((each.text or "").strip() == wanted for each in page.root.iter("{*}setSpec")):
                return
            following = next(((each.text or "").strip() for each in page.root.iter("{*}resumptionToken")), "")
            if not following or following == token:
                break
            token = following
        raise ConfigError(
            f"{self._client.endpoint} has no set {wanted!r} (any more); see its sets with: unioncat source probe"
        )


def _name(element: object) -> str:
    tag = getattr(element, "tag", "")
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
