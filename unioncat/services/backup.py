"""Backup and restore: one consistent copy of the store while it is in use.

A backup is a SQLite file, whatever database the store is in; so it is also the way from one to the other. The
search index is not in it: it is a projection, and is built anew after a restore.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from unioncat.model import ConfigError, Conflict, UnreadableInput
from unioncat.store import Members, Store
from unioncat.store.copying import copy_store
from unioncat.store.engine import parse_url, sqlite_path

__all__ = ["backup", "restore"]

PAGES = 4096  # copied between two looks at who else wants to write


def backup(store: Store, path: Path | str) -> int:
    """Write a copy of the store to `path`, which must not exist; its size in bytes.

    What is committed when it begins is in it; what is written meanwhile may be. A copy that was interrupted
    leaves no file of that name.
    """
    target = Path(path)
    if target.exists():
        raise Conflict(f"{target} exists already; give another name, or remove it first")
    if not target.parent.is_dir():
        raise ConfigError(f"there is no folder {target.parent} to put the backup in")
    part = target.with_name(target.name + ".part")
    _remove(part)
    try:
        if store.is_sqlite:
            _copy_file(_file_of(store.url), part)
        else:
            with Store.create(str(part)) as copy:
                copy_store(store, copy)
            _fold(part)
        _durable(part)
        part.rename(target)
    finally:
        _remove(part)
    return target.stat().st_size


def restore(path: Path | str, url: str) -> None:
    """Make a store at `url`, where none may be, out of a backup.

    Raises UnreadableInput if `path` is no backup, WrongStoreVersion if it is of another version (upgrade a copy
    of it first), Conflict if there is a store at `url` already.
    """
    source = Path(path)
    if not source.is_file():
        raise UnreadableInput(f"there is no backup {source}")
    with source.open("rb") as file:
        if file.read(16) != b"SQLite format 3\x00":
            raise UnreadableInput(f"{source} is not a backup of UnionCat")
    target = sqlite_path(parse_url(url))
    if target is not None:
        if target.exists():
            raise Conflict(f"there is a store at {target} already; move it away first")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        _remove(part)
        try:
            _copy_file(source, part)
            Store.open(str(part)).close()  # of our version, and whole
            _fold(part)
            _durable(part)
            part.rename(target)
        finally:
            _remove(part)
        return
    with Store.open(str(source)) as saved, Store.create(url) as store:
        with store.read() as session:
            if Members(session).count():
                raise Conflict("there is a store in that database already; give an empty database")
        copy_store(saved, store)


def _file_of(url: str) -> Path:
    path = sqlite_path(parse_url(url))
    if path is None:
        raise ConfigError("a store in memory cannot be backed up")
    return path


def _copy_file(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as reading, sqlite3.connect(target) as writing:
        reading.backup(writing, pages=PAGES)
    reading.close()
    writing.close()


def _fold(path: Path) -> None:
    """Leave one file, without a write-ahead log beside it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()


def _durable(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
