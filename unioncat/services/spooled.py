"""Bytes as a file on disk, for readers that want one; removed at the end."""

from __future__ import annotations

import tempfile
from pathlib import Path

__all__ = ["Spooled"]


class Spooled:
    """A context manager that gives the path. The name keeps its ending, by which formats are known."""

    def __init__(self, name: str, content: bytes) -> None:
        self._name, self._content = name, content
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Path:
        self._folder = tempfile.TemporaryDirectory(prefix="unioncat-upload-")
        ending = "".join(Path(self._name).suffixes[-2:])
        path = Path(self._folder.name) / f"upload{ending if ending.isascii() and len(ending) < 20 else ''}"
        path.write_bytes(self._content)
        return path

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()
