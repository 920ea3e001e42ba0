"""The engine for machines without a compiled wheel, write side."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from whoosh import fields as whoosh_fields
from whoosh import index as whoosh_index
from whoosh.analysis import SpaceSeparatedTokenizer

from unioncat.model import ClusterId, ConfigError
from unioncat.search.analysis import FACET
from unioncat.search.documents import indexed_text
from unioncat.search.engine import Document
from unioncat.search.fields import FIELDS
from unioncat.search.index_files import IndexFiles, IndexState, WriterLock

__all__ = ["WhooshWriter"]

_fields: Any = whoosh_fields  # Whoosh has no annotations
_index: Any = whoosh_index
_tokenizer: Any = SpaceSeparatedTokenizer
_WORDS = frozenset(field.name for field in FIELDS if field.kind == "words")
_KNOWN = frozenset(field.name for field in FIELDS)


def _schema() -> Any:
    columns: dict[str, Any] = {"id": _fields.ID(stored=True, unique=True), "data": _fields.STORED}
    for field in FIELDS:
        if field.kind == "words":
            columns[field.name] = _fields.TEXT(analyzer=_tokenizer(), phrase=True)
        elif field.kind != "sort":
            columns[field.name] = _fields.ID()
    return _fields.Schema(**columns)


class WhooshWriter:
    """Write side; see `TantivyWriter`. Documents wait in memory for the commit, for Whoosh cannot replace sooner."""

    def __init__(self, root: Path, *, fresh: bool = False) -> None:
        self._lock = WriterLock(root)
        self._files = IndexFiles(root)
        try:
            folder = None if fresh else self._files.current()
            self._waiting = folder is None
            self._folder = self._files.new_generation() if folder is None else folder
            if folder is None:
                self._index = _index.create_in(str(self._folder), _schema())
            else:
                self._index = _index.open_dir(str(self._folder))
            self._waiting_documents: dict[ClusterId, Document | None] = {}
        except (OSError, whoosh_index.IndexError, ValueError, EOFError) as error:
            self._lock.release()
            raise ConfigError(f"the index in {root} is damaged ({error}); run: unioncat index rebuild") from error

    def put(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self._waiting_documents[document.id] = document

    def put_encoded(self, ids: list[ClusterId], encoded: list[Any]) -> None:
        self.put(encoded)

    def delete(self, ids: Iterable[ClusterId]) -> None:
        self._waiting_documents.update(dict.fromkeys(ids))

    def commit(self, change_number: int) -> None:
        if self._waiting_documents:
            writer = self._index.writer()
            for cluster, document in self._waiting_documents.items():
                writer.delete_by_term("id", str(cluster))
                if document is not None:
                    writer.add_document(**_row(document))
            writer.commit()
            self._waiting_documents = {}
        documents = int(self._index.doc_count())
        self._files.write_state(self._folder, IndexState(change=change_number, documents=documents))
        if self._waiting:
            self._files.make_current(self._folder)
            self._files.remove_others()
            self._waiting = False

    def close(self) -> None:
        """Let go of the lock; what was not committed is dropped."""
        self._waiting_documents = {}
        self._lock.release()


def _row(document: Document) -> dict[str, Any]:
    row: dict[str, Any] = {"id": str(document.id)}
    for name, values in document.tokens.items():
        if name in _WORDS:
            row[name] = indexed_text(values).split(" ")
        elif name in _KNOWN:
            row[name] = list(values)
    for name, shown in document.facets.items():
        if name + FACET in _KNOWN:
            row[name + FACET] = list(shown)
    facets = {name: tuple(shown) for name, shown in document.facets.items()}
    row["data"] = (document.version, document.weight, dict(document.sort), facets)
    return row
