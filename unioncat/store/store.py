"""The store: one database, opened by URL, with short read and write sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from unioncat.model import ConfigError, Conflict
from unioncat.store import schema
from unioncat.store.engine import BUSY_SECONDS, make_engine, parse_url, reading, sqlite_path, writing


class Store:
    """One database. Safe for threads; a forked process opens its own.

    `read` is one consistent snapshot and writes nothing; `write` commits at its end and rolls back on any
    exception. Large work is done in several short writes: while one is open, on SQLite no other begins.
    """

    def __init__(self, url: str, engine: Engine) -> None:
        self.url = url
        self.engine = engine
        self._reading = reading(engine)
        self._writing = writing(engine)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @classmethod
    def open(cls, url: str) -> Store:
        """An existing store of this version.

        Raises ConfigError (missing, empty, unreachable, somebody else's) or WrongStoreVersion.
        """
        store = cls._connect(url, must_exist=True)
        try:
            with _sentences(store.url), store._reading.connect() as connection:
                schema.check(connection)
        except ConfigError:
            store.close()
            raise
        return store

    @classmethod
    def create(cls, url: str) -> Store:
        """A new store in an empty or missing database; an existing one is opened."""
        store = cls._connect(url, must_exist=False)
        try:
            with _sentences(store.url), store._writing.begin() as connection:
                if schema.revision_of(connection) is None:
                    schema.create(connection)
                else:
                    schema.check(connection)
        except ConfigError:
            store.close()
            raise
        return store

    @classmethod
    def upgrade(cls, url: str) -> str:
        """Bring a store of an older version up to date; the schema revision reached."""
        store = cls._connect(url, must_exist=True)
        try:
            with _sentences(store.url), store._writing.begin() as connection:
                return schema.upgrade(connection)
        finally:
            store.close()

    @classmethod
    def _connect(cls, text: str, *, must_exist: bool) -> Store:
        url = parse_url(text)
        path = sqlite_path(url)
        if path is not None:
            if must_exist and not path.exists():
                raise ConfigError(f"there is no store at {path}; run: unioncat init")
            if not path.parent.is_dir():
                try:
                    path.parent.mkdir(parents=True)
                except OSError as error:
                    raise ConfigError(
                        f"the folder {path.parent} of the store cannot be made: {error.strerror}"
                    ) from None
        return cls(url.render_as_string(hide_password=False), make_engine(url))

    @contextmanager
    def read(self) -> Iterator[Session]:
        with _sentences(self.url), Session(self._reading, autoflush=False, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with (
            _sentences(self.url),
            Session(self._writing, autoflush=False, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.connection()  # BEGIN IMMEDIATE now, not at the first statement
            yield session

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def _sentences(url: str) -> Iterator[None]:
    """Turn the driver's errors about the database itself into our own, each with a sentence."""
    try:
        yield
    except OperationalError as error:
        reason = str(error.orig)
        shown = parse_url(url).render_as_string(hide_password=True)
        if "locked" in reason or "busy" in reason:
            raise Conflict(
                f"another process has held the store {shown} for more than {BUSY_SECONDS:.0f} seconds;"
                " wait for it to end and try again"
            ) from error
        if "full" in reason and "disk" in reason:
            raise ConfigError(f"the disk of the store {shown} is full; make room and try again") from error
        if "readonly" in reason or "read-only" in reason:
            raise ConfigError(f"the store {shown} cannot be written; check the owner of the file and folder") from error
        raise ConfigError(f"the store {shown} cannot be used: {reason.strip()}") from error
    except DatabaseError as error:
        if "not a database" in str(error.orig) or "malformed" in str(error.orig):
            raise ConfigError(
                f"the file of the store {url} is damaged or is not a UnionCat store; restore a backup"
            ) from error
        raise
