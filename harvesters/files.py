"""Harvester for files on this machine: a path, a folder or a glob (``/srv/drop/*.mrc``); also ``file://`` addresses."""

from __future__ import annotations

import glob
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from harvesters.base import quirk_float
from harvesters.drops import Drop, DropHarvester, FoundFile, matches
from unioncat.model import ConfigError

__all__ = ["FileHarvester"]


class _Folder:
    def __init__(self, endpoint: str, quirks: Mapping[str, str]) -> None:
        self._endpoint = unquote(urlsplit(endpoint).path) if endpoint.startswith("file://") else endpoint
        self._quirks = quirks
        self._rest = quirk_float(quirks, "min_age", 5.0)

    def files(self) -> Sequence[FoundFile]:
        try:
            found = [self._found(path) for path in self._paths()]
        except OSError as error:
            raise ConfigError(f"{self._endpoint} cannot be read: {error.strerror}") from error
        return [file for file in found if file is not None]

    def fetch(self, file: FoundFile) -> AbstractContextManager[Path]:
        return nullcontext(Path(file.name))

    def _paths(self) -> list[Path]:
        path = Path(self._endpoint)
        if not self._endpoint:
            raise ConfigError("this source has no path; it is loaded by hand with: unioncat load FILE --source CODE")
        if path.is_dir():
            return sorted(each for each in path.iterdir() if each.is_file() and matches(each.name, self._quirks))
        if path.is_file():
            return [path]
        if glob.has_magic(self._endpoint):
            folder = Path(self._endpoint.partition("*")[0].rpartition("/")[0] or "/")
            if not folder.is_dir():
                raise ConfigError(f"there is no folder {folder}")
            names = glob.glob(self._endpoint, recursive=True)
            return sorted(Path(name) for name in names if Path(name).is_file() and matches(name, {}))
        raise ConfigError(f"there is no file or folder {self._endpoint}")

    def _found(self, path: Path) -> FoundFile | None:
        """None for a file that has not rested long enough: somebody may still be writing it."""
        stat = path.stat()
        if time.time() - stat.st_mtime < self._rest:
            return None
        changed = datetime.fromtimestamp(stat.st_mtime, UTC)
        return FoundFile(str(path), f"{stat.st_size}/{stat.st_mtime_ns}/{stat.st_ino}", stat.st_size, changed)


class FileHarvester(DropHarvester):
    name = "file"

    @contextmanager
    def open(self, endpoint: str, credentials: str, quirks: Mapping[str, str]) -> Iterator[Drop]:
        yield _Folder(endpoint, quirks)
