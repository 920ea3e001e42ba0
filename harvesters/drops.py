"""What all drop folders share: which files changed, their records in pages, and where a broken run goes on.

Quirks of a source, beside those of its own kind:

=============  ===============================================================================================
``complete``   yes: the files together are all the library has; what is missing from them is deleted
``pattern``    glob for file names, where the endpoint is a folder (default: every file)
``min_age``    seconds that a file must have rested, lest it is still being written (5)
``hint.<n>``   what the file does not say, for its reading format (``hint.encoding=tcvn3``)
=============  ===============================================================================================
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import Protocol

import orjson

from harvesters.base import HarvesterContext, Page, Probe, quirk_flag
from unioncat.model import ConfigError, HarvestedRecord, RawRecord, Source, UnreadableInput

__all__ = ["Drop", "DropHarvester", "FoundFile", "matches"]

PAGE = 500
_SHOWN_OF_UNREADABLE = 65_536


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file in a drop folder. tag: ETag, or size and time: equal as long as nobody touched the file."""

    name: str
    tag: str
    size: int | None = None
    changed: datetime | None = None


class Drop(Protocol):
    """One drop folder, opened."""

    def files(self) -> Sequence[FoundFile]:
        """The files there, by name, those still being written left out. Raises ConfigError, SourceUnavailable."""
        ...

    def fetch(self, file: FoundFile) -> AbstractContextManager[Path]:
        """The file on our disk, as long as the context lasts."""
        ...


class DropHarvester(ABC):
    """A `Harvester` over any `Drop`. Remembers tag and digest of each file it read to its end."""

    name = ""

    def __init__(self, context: HarvesterContext) -> None:
        self._context = context

    @abstractmethod
    def open(self, endpoint: str, credentials: str, quirks: Mapping[str, str]) -> AbstractContextManager[Drop]:
        """The folder at an endpoint, as long as the context lasts. Raises ConfigError, SourceUnavailable."""

    def covers_all(self, source: Source) -> bool:
        """Whether what a full run does not come by is gone from the library."""
        return quirk_flag(source.quirks, "complete")

    def has_news(self, source: Source) -> bool:
        """Whether any file changed since the last complete run."""
        known = _memory(source)
        with self.open(source.endpoint, source.credentials, source.quirks) as drop:
            return any(known.get(file.name, ("", ""))[0] != file.tag for file in drop.files())

    def probe(self, endpoint: str, credentials: str = "") -> Probe:
        with self.open(endpoint, credentials, {}) as drop:
            files = drop.files()
            count, remarks = None, []
            if files:
                with drop.fetch(files[0]) as path:
                    try:
                        count = sum(1 for _ in self._context.open_file(path, "", {}))
                    except UnreadableInput as error:
                        remarks.append((f"Không đọc được {files[0].name}: {error}", f"{files[0].name}: {error}"))
            if len(files) != 1:
                count = None
            names = ", ".join(file.name for file in files[:10])
            remarks.append((f"{len(files)} tệp: {names}", f"{len(files)} files: {names}"))
        return Probe(
            harvester=self.name,
            endpoint=endpoint,
            deletions="no",
            count=count,
            suggested={"harvester": self.name, "endpoint": endpoint, "quirks": {}},
            remarks=tuple(remarks),
        )

    def harvest(self, source: Source, since: datetime | None, resume: str = "") -> Iterator[Page]:
        """The records of changed files (since None, or a complete drop: of all files), file by file."""
        everything = since is None or self.covers_all(source)
        known: dict[str, tuple[str, str]] = {} if everything else _memory(source)
        past = _memory(source)
        done, skip = _read_resume(resume)
        hints = {
            name.removeprefix("hint."): str(value) for name, value in source.quirks.items() if name.startswith("hint.")
        }
        with self.open(source.endpoint, source.credentials, source.quirks) as drop:
            memory = {name: tag for name, tag in past.items() if name not in done}
            memory.update(done)
            found = drop.files()
            memory = {name: seen for name, seen in memory.items() if name in {file.name for file in found}}
            for file in found:
                if done.get(file.name, ("", ""))[0] == file.tag or known.get(file.name, ("", ""))[0] == file.tag:
                    continue
                with drop.fetch(file) as path:
                    digest = _digest(path)
                    if known.get(file.name, ("", ""))[1] == digest:
                        memory[file.name] = done[file.name] = (file.tag, digest)
                        continue
                    skipped = skip[1] if skip[0] == f"{file.name}\n{digest}" else 0
                    for records in self._pages(path, source, hints, file.name, skipped):
                        skipped += len(records)
                        yield Page(records, resume=_resume(done, (f"{file.name}\n{digest}", skipped)))
                memory[file.name] = done[file.name] = (file.tag, digest)
                yield Page((), resume=_resume(done, ("", 0)))
            yield Page((), memory=orjson.dumps(memory).decode())

    def _pages(
        self, path: Path, source: Source, hints: Mapping[str, str], name: str, skipped: int
    ) -> Iterator[list[HarvestedRecord]]:
        try:
            records = iter(self._context.open_file(path, source.format, hints))
            for _ in islice(records, skipped):
                pass
            while page := list(islice(records, PAGE)):
                yield page
        except UnreadableInput as error:
            with path.open("rb") as stream:
                raw = RawRecord(source.format, stream.read(_SHOWN_OF_UNREADABLE), 1, {"file": name})
            yield [HarvestedRecord(None, raw, refused=f"the file {name} cannot be used: {error}")]


def matches(name: str, quirks: Mapping[str, str]) -> bool:
    """Whether a file's name fits the quirk ``pattern``; hidden and half-written ones never do."""
    base = name.rpartition("/")[2]
    if base.startswith(".") or base.endswith((".part", ".tmp", ".filepart", "~")):
        return False
    return fnmatch(base.lower(), str(quirks.get("pattern") or "*").lower())


def _memory(source: Source) -> dict[str, tuple[str, str]]:
    """File name → (tag, digest), as the last complete run left it."""
    try:
        value = orjson.loads(source.quirks.get("memory") or "{}")
        return {str(name): (str(tag), str(digest)) for name, (tag, digest) in value.items()}
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        return {}


def _resume(done: Mapping[str, tuple[str, str]], place: tuple[str, int]) -> str:
    return orjson.dumps({"done": done, "place": place}).decode()


def _read_resume(text: str) -> tuple[dict[str, tuple[str, str]], tuple[str, int]]:
    if not text:
        return {}, ("", 0)
    try:
        value = orjson.loads(text)
        done = {name: (tag, digest) for name, (tag, digest) in value["done"].items()}
        return done, (value["place"][0], int(value["place"][1]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ConfigError("the run's resume note is not one of ours; start the run anew with --full") from error


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
