"""The default engine, write side: one writer an index, held by a lock."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import tantivy

from unioncat.model import ClusterId, ConfigError
from unioncat.search.analysis import FACET, SORT
from unioncat.search.documents import indexed_text
from unioncat.search.engine import Document
from unioncat.search.fields import FIELDS
from unioncat.search.index_files import IndexFiles, IndexState, WriterLock
from unioncat.search.tantivy_index import is_panic, open_index

__all__ = ["TantivyWriter", "encode"]

_HEAP = 64_000_000
"""Bytes that the writer fills before it writes a segment. One thread takes 18,000 documents a second, more than two
cores make; a second one with a heap of its own costs a third more work, for the segments are smaller."""

_BATCH = 1000
_WORDS = frozenset(field.name for field in FIELDS if field.kind == "words")
_KNOWN = frozenset(field.name for field in FIELDS)


def encode(document: Document) -> str:
    """A document as Tantivy takes it quickest. Pure: the pool that makes documents may do this too."""
    row: dict[str, Any] = {"id": document.id, "version": document.version, "weight": document.weight}
    for name, values in document.tokens.items():
        if name in _WORDS:
            row[name] = indexed_text(values)
        elif name in _KNOWN:
            row[name] = values
    for name, key in document.sort.items():
        if name + SORT in _KNOWN:
            row[name + SORT] = key
    for name, values in document.facets.items():
        if name + FACET in _KNOWN:
            row[name + FACET] = values
    return orjson.dumps(row).decode()


class TantivyWriter:
    """Writes the current generation, or with `fresh` a new one that becomes current at its first commit.

    heap: bytes; threads: of Tantivy, which share the heap
    Raises Conflict if another process writes; ConfigError if the index is damaged.
    """

    def __init__(self, root: Path, *, fresh: bool = False, heap: int = _HEAP, threads: int = 1) -> None:
        self._lock = WriterLock(root)
        self._files = IndexFiles(root)
        try:
            folder = None if fresh else self._files.current()
            self._waiting = folder is None
            self._folder = self._files.new_generation() if folder is None else folder
            self._index = open_index(self._folder, create=folder is None)
            self._writer: Any = self._index.writer(heap, threads)
            self._index.reload()
            self._empty = self._index.searcher().num_docs == 0
        except (OSError, ValueError) as error:
            self._lock.release()
            raise ConfigError(f"the index in {root} is damaged ({error}); run: unioncat index rebuild") from error
        except BaseException:
            self._lock.release()
            raise
        self._highest = -1

    def put(self, documents: Iterable[Document]) -> None:
        """Add documents, each in place of what was there under its id."""
        source = iter(documents)
        while batch := list(islice(source, _BATCH)):
            self.put_encoded([document.id for document in batch], [encode(document) for document in batch])

    def put_encoded(self, ids: list[ClusterId], encoded: list[str]) -> None:
        """The same with documents encoded elsewhere."""
        lowest = min(ids, default=0)
        if not self._empty or lowest <= self._highest or len(set(ids)) < len(ids):
            if len(set(ids)) < len(ids):  # the last one counts
                last = dict(zip(ids, encoded, strict=True))
                ids, encoded = list(last), list(last.values())
            self.delete(ids)
        add = self._writer.add_json
        for text in encoded:
            add(text)
        self._highest = max(self._highest, *ids) if ids else self._highest

    def delete(self, ids: Iterable[ClusterId]) -> None:
        wanted = list(ids)
        if wanted:
            self._writer.delete_documents_by_query(tantivy.Query.term_set_query(self._index.schema, "id", wanted))

    def commit(self, change_number: int) -> None:
        """Make everything visible; a reader that sees it also sees that number."""
        try:
            self._writer.commit()
            self._index.reload()
        except (OSError, ValueError) as error:
            raise ConfigError(f"the index in {self._folder} cannot be written: {error}") from error
        documents = int(self._index.searcher().num_docs)
        self._files.write_state(self._folder, IndexState(change=change_number, documents=documents))
        if self._waiting:
            self._files.make_current(self._folder)
            self._files.remove_others()
            self._waiting = False

    def close(self) -> None:
        """Let go of the lock; what was not committed is dropped."""
        writer, self._writer = self._writer, None
        try:
            if writer is not None:
                writer.rollback()
                writer.wait_merging_threads()
        except BaseException as error:
            if not (is_panic(error) or isinstance(error, ValueError)):
                raise
        finally:
            self._lock.release()
