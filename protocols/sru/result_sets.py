"""Result sets that clients asked to be kept (SRU 1.2 §3: resultSetTTL, cql.resultSetId).

Kept as files, so that any process of the server finds them; a set is the list of its records in order. Past
its time it does not exist; what is past is swept away when new sets are made.
"""

from __future__ import annotations

import re
import secrets
import struct
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unioncat.model import ClusterId

__all__ = ["MAX_SETS", "ResultSet", "ResultSets"]

MAX_IDS = 100_000
"""Records that a set holds at most; a bigger one is not made, and the client told so by the missing id."""

MAX_SETS = 2000
_NAME = re.compile(r"[0-9a-f]{32}")
_HEAD = struct.Struct("<dQ")  # expiry, total


@dataclass(frozen=True, slots=True)
class ResultSet:
    """ids: all records, in order. total: how many there are."""

    name: str
    ids: tuple[ClusterId, ...]
    total: int


class ResultSets:
    """The sets in one folder. Safe for threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, ids: Sequence[ClusterId], seconds: int) -> str:
        """The name of a new set that lives `seconds`; "" if there are too many sets or records already."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if len(ids) > MAX_IDS or self._sweep() >= MAX_SETS:
            return ""
        name = secrets.token_hex(16)
        waiting = self._folder / f"{name}.new"
        waiting.write_bytes(_HEAD.pack(time.time() + seconds, len(ids)) + array("q", ids).tobytes())
        waiting.replace(self._folder / name)
        return name

    def find(self, name: str) -> ResultSet | None:
        """The set of this name; None if there is none, or its time is over."""
        if not _NAME.fullmatch(name):
            return None
        try:
            data = (self._folder / name).read_bytes()
        except OSError:
            return None
        expiry, total = _HEAD.unpack_from(data)
        if expiry < time.time():
            return None
        ids = array("q")
        ids.frombytes(data[_HEAD.size :])
        return ResultSet(name, tuple(ClusterId(each) for each in ids), total)

    def _sweep(self) -> int:
        """Remove what is past; how many sets are left."""
        left = 0
        for path in list(self._folder.iterdir()):
            try:
                if path.suffix == ".new":
                    past = path.stat().st_mtime < time.time() - 60
                else:
                    with path.open("rb") as file:
                        past = _HEAD.unpack(file.read(_HEAD.size))[0] < time.time()
                if past:
                    path.unlink(missing_ok=True)
                else:
                    left += 1
            except (OSError, struct.error):
                continue
        return left
