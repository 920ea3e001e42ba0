"""Where an index lives on disk, whichever engine wrote it: generations beside each other, one of them current.

::

    index/
      current         name of the generation that is read, replaced atomically
      writer.lock     held by the one writer
      g000001/        a generation
        state.json    what its last commit contains: {"layout", "change", "documents"}
        …             files of the engine

A rebuild fills a new generation beside the one that is read and then becomes current in one rename; readers
notice by the file ``current`` and go over when their search is done. Old generations are removed by the writer.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson

from unioncat.model import ConfigError, Conflict
from unioncat.search.fields import LAYOUT

__all__ = ["IndexFiles", "IndexState", "WriterLock", "write_atomically"]

_NAME = re.compile(r"\Ag(\d{6})\Z")


@dataclass(frozen=True, slots=True)
class IndexState:
    """change: number of the last change contained. documents: how many there were then."""

    layout: int = LAYOUT
    change: int = 0
    documents: int = 0


def write_atomically(path: Path, data: bytes) -> None:
    """After a crash the file holds the old or the new bytes, whole."""
    waiting = path.with_name(path.name + ".new")
    with waiting.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)


class IndexFiles:
    """The folder of one index."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def current_file(self) -> Path:
        return self.root / "current"

    def current(self) -> Path | None:
        """Folder of the generation that is read; None before the first."""
        try:
            name = self.current_file.read_text("ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        return self.root / name if _NAME.match(name) else None

    def new_generation(self) -> Path:
        """An empty folder for the next generation."""
        self.root.mkdir(parents=True, exist_ok=True)
        numbers = [int(found[1]) for path in self.root.iterdir() if (found := _NAME.match(path.name))]
        folder = self.root / f"g{max(numbers, default=0) + 1:06d}"
        folder.mkdir()
        return folder

    def make_current(self, folder: Path) -> None:
        write_atomically(self.current_file, folder.name.encode("ascii"))

    def remove_others(self) -> None:
        """Delete generations that are not current; whoever still has their files open can go on reading them."""
        current = self.current()
        for path in list(self.root.iterdir()):
            if _NAME.match(path.name) and path != current:
                shutil.rmtree(path, ignore_errors=True)

    @staticmethod
    def state(folder: Path) -> IndexState:
        """State of the last commit; an empty one if there was none. Raises ConfigError if it cannot be read."""
        try:
            found = orjson.loads((folder / "state.json").read_bytes())
            return IndexState(int(found["layout"]), int(found["change"]), int(found["documents"]))
        except FileNotFoundError:
            return IndexState()
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise ConfigError(f"the index in {folder} is damaged ({error}); run: unioncat index rebuild") from error

    @staticmethod
    def write_state(folder: Path, state: IndexState) -> None:
        data = {"layout": state.layout, "change": state.change, "documents": state.documents}
        write_atomically(folder / "state.json", orjson.dumps(data))


class WriterLock:
    """One writer an index, in whichever process; the lock goes with the process, so kill -9 leaves none behind."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] | None = (root / "writer.lock").open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            self._file = None
            raise Conflict(
                f"another process is writing the index {root} (is `unioncat worker` or `unioncat serve` running?);"
                " stop it or wait until it is done"
            ) from error

    def release(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_UN)
            self._file.close()
            self._file = None
