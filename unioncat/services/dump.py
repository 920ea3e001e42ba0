"""Dumps of the whole catalogue, or of what changed, in open formats, for open-data portals and other systems.

::

    <folder>/20261122T071500Z-full/   unioncat.mrc.gz, unioncat.marcxml.gz, …, SHA256SUMS, manifest.json
    <folder>/latest-full              link to the newest
    <folder>/catalog.jsonld           DCAT description of all that is published

A dump is one snapshot of the store. It is written aside and moved into place when it is whole, so that nobody ever
downloads half of one. Its manifest names the last change it holds: a later delta goes on from there.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Self

import orjson

from unioncat.marc.formats import ExportFormat, ExportRecord
from unioncat.model import BadRecord, ClusterId, ConfigError, UnionRecord, WrongUse, public_id
from unioncat.services.catalogue import Catalogue
from unioncat.services.dcat import Publication, catalog
from unioncat.services.disseminate import Disseminator
from unioncat.store import Changes, Clusters, ClusterSets, Store
from unioncat.store.dissemination import Dissemination
from unioncat.store.stamping import utc_now

__all__ = ["DumpReport", "DumpedFile", "Dumps"]

_PAGE = 500
_LEVEL = 6
_OVERSIZE = "marcxml"  # what a record that ISO 2709 cannot hold is written as
MANIFEST = "manifest.json"
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """What stands before, between and behind the records of a format's file."""

    before: bytes = b""
    between: bytes = b""
    after: bytes = b""


def _xml(element: str, namespace: str) -> _Wrapper:
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<{element} xmlns="{namespace}">\n'
    return _Wrapper(opening.encode(), b"\n", f"\n</{element}>\n".encode())


_WRAPPERS: Mapping[str, _Wrapper] = {
    "iso2709": _Wrapper(),
    "marcxml": _xml("collection", "http://www.loc.gov/MARC21/slim"),
    "marc21_holdings": _xml("collection", "http://www.loc.gov/MARC21/slim"),
    "mods": _xml("modsCollection", "http://www.loc.gov/mods/v3"),
    "oai_dc": _xml("records", "urn:unioncat:records"),
    "oai_qdc": _xml("records", "urn:unioncat:records"),
    "marcjson": _Wrapper(between=b"\n", after=b"\n"),
    "ntriples": _Wrapper(),
    "jsonld": _Wrapper(b"[\n", b",\n", b"\n]\n"),
}


@dataclass(frozen=True, slots=True)
class DumpedFile:
    """bytes, sha256: of the packed file."""

    name: str
    media_type: str
    records: int
    bytes: int
    sha256: str


@dataclass(slots=True)
class DumpReport:
    """path: folder of the dump. last_change: number of the last change it holds. oversize: records that ISO 2709
    could not hold and that stand in a file of their own."""

    path: Path
    kind: str
    made: datetime
    records: int = 0
    deleted: int = 0
    last_change: int = 0
    since: str = ""
    oversize: int = 0
    files: list[DumpedFile] = field(default_factory=list)


class Dumps:
    """Makes dumps into one folder.

    exports: export formats by name (`Formats.export`)
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        exports: Mapping[str, ExportFormat],
        folder: Path,
        publication: Publication,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._exports = exports
        self._folder = folder
        self._publication = publication
        self._clock = clock

    def formats(self) -> list[str]:
        """Formats in which a dump can be made here."""
        return [name for name in _WRAPPERS if name in self._exports]

    def make(
        self, formats: Sequence[str] = (), *, since: str = "", keep: int = 0, progress: Progress | None = None
    ) -> DumpReport:
        """Write and publish one dump.

        formats: empty for all; since: "" for a full one, "last" (what changed since the newest dump), a change
        number, or a date; keep: dumps of this kind to keep, 0 for all.
        Raises WrongUse, or ConfigError if it cannot be written.
        """
        names = list(formats) or self.formats()
        if unknown := [name for name in names if name not in self.formats()]:
            raise WrongUse(f"no dumps in {', '.join(unknown)}; there are {', '.join(self.formats())}")
        made = self._clock().replace(microsecond=0)
        kind = "delta" if since else "full"
        report = DumpReport(self._folder / f"{made:%Y%m%dT%H%M%SZ}-{kind}", kind, made)
        aside = self._folder / f".{report.path.name}.{os.getpid()}"
        if report.path.exists():
            raise WrongUse(f"{report.path} is there already")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            try:
                self._write(aside, names, since, report, progress)
                self._describe(aside, report)
                _sync(aside)
                aside.rename(report.path)
            except BaseException:
                shutil.rmtree(aside, ignore_errors=True)
                raise
            self._publish(report, keep)
        except OSError as error:
            raise ConfigError(f"the dump cannot be written to {self._folder}: {error}") from error
        return report

    def giveback(
        self,
        disseminator: Disseminator,
        member: str,
        path: Path,
        name: str = "iso2709",
        progress: Progress | None = None,
    ) -> int:
        """A library's own records, enriched, in one file under its own numbers, ready to overlay; how many.

        Raises WrongUse for a format that is none of MARC, or for a library that holds nothing.
        """
        if name not in ("iso2709", "marcxml", "marcjson"):
            raise WrongUse(f"give-back comes as iso2709, marcxml or marcjson, not as {name}")
        wrapper, export, count = _WRAPPERS[name], self._exports[name], 0
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        with aside.open("wb") as stream:
            stream.write(wrapper.before)
            for rendered in disseminator.giveback(member, export):
                stream.write((wrapper.between if count else b"") + rendered)
                count += 1
                if progress is not None:
                    progress(count)
            stream.write(wrapper.after)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
        return count

    def published(self) -> list[dict[str, Any]]:
        """Manifests of all dumps in the folder, the newest first."""
        found = []
        for path in self._folder.glob(f"*/{MANIFEST}"):
            if not path.parent.name.startswith(".") and not path.parent.is_symlink():
                found.append(orjson.loads(path.read_bytes()))
        return sorted(found, key=lambda manifest: str(manifest["name"]), reverse=True)

    # --- inside --------------------------------------------------------------------------------------------

    def _write(
        self, aside: Path, names: Sequence[str], since: str, report: DumpReport, progress: Progress | None
    ) -> None:
        with ExitStack() as stack:
            files = {name: stack.enter_context(_File(aside, self._exports[name])) for name in names}
            gone = stack.enter_context(_Packed(aside / "deleted.jsonl.gz"))
            oversize: _File | None = None
            with self._store.read() as session:
                report.last_change = Changes(session).last()
                for ids in _chunks(self._ids(session, since, report)):
                    hidden = Dissemination(session).hidden_among(ids)
                    for record in Clusters(session).many(ids):
                        if record.deleted or record.id in hidden:
                            report.deleted += 1
                            gone.write(_tombstone(record))
                            continue
                        report.records += 1
                        export = self._catalogue.export(record, self._publication.base_url)
                        for name, file in files.items():
                            try:
                                file.add(export)
                            except BadRecord:
                                if name != "iso2709":
                                    raise
                                if oversize is None:
                                    held = _File(aside, self._exports[_OVERSIZE], "oversize")
                                    oversize = stack.enter_context(held)
                                oversize.add(export)
                                report.oversize += 1
                    if progress is not None:
                        progress(report.records + report.deleted)
            finished = [*files.values(), *([oversize] if oversize is not None else [])]
        for file in finished:
            report.files.append(_described(file.path, file.media_type, file.count))
        if report.deleted or report.kind == "delta":
            report.files.append(_described(aside / "deleted.jsonl.gz", "application/x-ndjson", report.deleted))
        else:
            (aside / "deleted.jsonl.gz").unlink()

    def _ids(self, session: Any, since: str, report: DumpReport) -> Iterator[ClusterId]:
        """Clusters to write, each once."""
        if not since:
            yield from Clusters(session).ids()
            return
        number, moment = self._start(since)
        report.since = since if moment is not None else str(number)
        seen: set[ClusterId] = set()
        if moment is not None:
            after = None
            while page := ClusterSets(session).page("", from_=moment, after=after, limit=_PAGE):
                yield from (each.cluster for each in page)
                after = (page[-1].datestamp, page[-1].cluster)
            return
        changes = Changes(session)
        while batch := changes.after(number, _PAGE):
            number = batch[-1][0]
            for _, cluster in batch:
                if cluster not in seen:
                    seen.add(cluster)
                    yield cluster

    def _start(self, since: str) -> tuple[int, datetime | None]:
        if since == "last":
            manifests = self.published()
            if not manifests:
                raise WrongUse("there is no dump yet that a delta could go on from; make a full one first")
            return int(manifests[0]["last_change"]), None
        if since.isdecimal() and len(since) < 19:
            return int(since), None
        try:
            moment = datetime.fromisoformat(since)
        except ValueError:
            raise WrongUse(f"since {since!r}: say last, a change number, or a date such as 2026-11-01") from None
        return 0, moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

    def _describe(self, aside: Path, report: DumpReport) -> None:
        sums = "".join(f"{file.sha256}  {file.name}\n" for file in report.files)
        (aside / "SHA256SUMS").write_text(sums, encoding="ascii")
        manifest = {
            "name": report.path.name,
            "kind": report.kind,
            "made": report.made.isoformat(),
            "since": report.since,
            "records": report.records,
            "deleted": report.deleted,
            "oversize": report.oversize,
            "last_change": report.last_change,
            "files": [
                {
                    "name": file.name,
                    "media_type": file.media_type,
                    "records": file.records,
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                }
                for file in report.files
            ],
        }
        (aside / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))

    def _publish(self, report: DumpReport, keep: int) -> None:
        """Move the link on, write the description of all anew, and let old ones go."""
        link = self._folder / f".latest.{os.getpid()}"
        link.unlink(missing_ok=True)
        link.symlink_to(report.path.name)
        link.replace(self._folder / f"latest-{report.kind}")
        if keep:
            of_kind = [each for each in self.published() if each["kind"] == report.kind]
            for manifest in of_kind[keep:]:
                shutil.rmtree(self._folder / manifest["name"])
        described = orjson.dumps(catalog(self._publication, self.published()), option=orjson.OPT_INDENT_2)
        aside = self._folder / f".catalog.{os.getpid()}"
        aside.write_bytes(described)
        aside.replace(self._folder / "catalog.jsonld")
        _sync(self._folder)


class _Packed:
    """A gzip file whose bytes depend on its content alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw: BinaryIO = path.open("wb")
        self._gzip = gzip.GzipFile("", "wb", _LEVEL, self._raw, mtime=0)
        self._stream = io.BufferedWriter(self._gzip, 1 << 18)

    def write(self, data: bytes) -> None:
        self._stream.write(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self._raw.close()


class _File(_Packed):
    """The file of one format."""

    def __init__(self, folder: Path, export: ExportFormat, stem: str = "unioncat") -> None:
        super().__init__(folder / f"{stem}.{export.extension}.gz")
        self.media_type = export.media_type
        self.count = 0
        self._export = export
        self._wrapper = _WRAPPERS[export.name]
        self.write(self._wrapper.before)

    def add(self, record: ExportRecord) -> None:
        """Raises BadRecord if the format cannot hold it; nothing is written then."""
        rendered = self._export.render(record)
        if self.count:
            self.write(self._wrapper.between)
        self.write(rendered)
        self.count += 1

    def __exit__(self, *_: object) -> None:
        self.write(self._wrapper.after)
        super().__exit__()


def _tombstone(record: UnionRecord) -> bytes:
    heir = public_id(record.heir) if record.heir is not None else None
    return orjson.dumps({"id": record.public_id, "datestamp": record.datestamp, "heir": heir}) + b"\n"


def _described(path: Path, media_type: str, records: int) -> DumpedFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return DumpedFile(path.name, media_type, records, path.stat().st_size, digest)


def _chunks(ids: Iterator[ClusterId]) -> Iterator[list[ClusterId]]:
    chunk: list[ClusterId] = []
    for each in ids:
        chunk.append(each)
        if len(chunk) == _PAGE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
