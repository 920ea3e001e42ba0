"""The database behind a URL: SQLite (default) or PostgreSQL, each set up for what we promise.

SQLite: write-ahead log, so that readers never wait for the writer; writers start with BEGIN IMMEDIATE, so
that two of them queue (up to `BUSY_SECONDS`) instead of failing at the first write after a read.
PostgreSQL: a read session is one snapshot (REPEATABLE READ, READ ONLY), as it is in SQLite.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from unioncat.model import ConfigError

BUSY_SECONDS = 60.0
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16384",  # KiB, of each connection
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA wal_autocheckpoint=16000",  # pages of 4 KiB (64 MiB): what is written often is folded once, not often
)


def parse_url(text: str) -> URL:
    """The URL of a store. A plain path is SQLite; ``postgresql:`` and ``postgres:`` get the psycopg driver."""
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except ArgumentError:
        raise ConfigError(
            f"{text!r} is not a database address; use sqlite:///path/unioncat.db or postgresql://user@host/database"
        ) from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigError(f"{url.get_backend_name()} databases are not supported; use sqlite:/// or postgresql://")
    if url.get_backend_name() == "sqlite" and not url.database:
        raise ConfigError("the SQLite address names no file; use sqlite:///path/unioncat.db")
    return url


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite store; None for PostgreSQL and ``:memory:``."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def make_engine(url: URL) -> Engine:
    """An engine on `url`; nothing is opened yet. Raises ConfigError if its driver is not installed."""
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite(url)
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise ConfigError("the driver for PostgreSQL is not installed; run: pip install 'unioncat[postgres]'") from None


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("unioncat_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def reading(engine: Engine) -> Engine:
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine


def writing(engine: Engine) -> Engine:
    return engine.execution_options(unioncat_write=True)
