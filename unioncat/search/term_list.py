"""An ordered list of index terms for browsing: one block of bytes and offsets, so that a million terms take 40 MB.

Tantivy lists the terms with a prefix by frequency, not in order, and cannot start at a place in its dictionary;
so scan keeps the terms of a field in order beside it (decision 0032). Frequencies are never kept here: they
are counted by searching, so that a scan and a search agree whatever was deleted meanwhile.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable, Iterable

__all__ = ["TermList", "TermLists"]

AT_ONCE_SECONDS = 0.05
"""A list that was read as fast as this is read again before a scan is answered; a slower one, meanwhile."""


class TermList:
    """Terms in code point order (which is the order of their UTF-8 bytes)."""

    __slots__ = ("_data", "_ends")

    def __init__(self, terms: Iterable[str]) -> None:
        encoded = sorted(term.encode("utf-8") for term in terms)
        self._data = b"".join(encoded)
        self._ends = array("Q")
        end = 0
        for term in encoded:
            end += len(term)
            self._ends.append(end)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, place: int) -> str:
        return self._bytes(place).decode("utf-8")

    def _bytes(self, place: int) -> bytes:
        return self._data[self._ends[place - 1] if place else 0 : self._ends[place]]

    def find(self, term: str) -> int:
        """Place of the first term that is not below `term`."""
        wanted = term.encode("utf-8", "surrogatepass")
        low, high = 0, len(self._ends)
        while low < high:
            middle = (low + high) // 2
            if self._bytes(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low


class _Entry:
    __slots__ = ("generation", "refreshing", "seconds", "terms")

    def __init__(self, generation: object, terms: TermList, seconds: float) -> None:
        self.generation = generation
        self.terms = terms
        self.seconds = seconds
        self.refreshing = False


class TermLists:
    """The lists of an index's fields, read when first asked for and again when the index has changed.

    read: gives the terms of some fields, in any order, each once, from the index as it is now
    """

    def __init__(self, read: Callable[[tuple[str, ...]], Iterable[str]]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, ...], _Entry] = {}

    def of(self, fields: tuple[str, ...], generation: object) -> TermList:
        """The terms of `fields` together; for big ones and a new `generation` perhaps those of a moment ago."""
        with self._lock:
            entry = self._entries.get(fields)
            if entry is not None and entry.generation == generation:
                return entry.terms
            if entry is not None and entry.seconds > AT_ONCE_SECONDS:
                if not entry.refreshing:
                    entry.refreshing = True
                    threading.Thread(target=self._load, args=(fields, generation), daemon=True).start()
                return entry.terms
        return self._load(fields, generation)

    def _load(self, fields: tuple[str, ...], generation: object) -> TermList:
        started = time.perf_counter()
        try:
            terms = TermList(self._read(fields))
        except BaseException:
            with self._lock:
                if fields in self._entries:
                    self._entries[fields].refreshing = False
            raise
        with self._lock:
            self._entries[fields] = _Entry(generation, terms, time.perf_counter() - started)
        return terms
