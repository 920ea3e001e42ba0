"""Which version a store has, creating it, and bringing it up to date (Alembic).

Migrations are numbered files ``migrations/versions/NNNN_what.py``; the number is the revision. A new store is
made from the tables directly and marked with the newest number; a test holds the two against each other.
"""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from unioncat.model import ConfigError, WrongStoreVersion
from unioncat.store.tables import Base

MIGRATIONS = Path(__file__).parent / "migrations"
_NUMBERED = re.compile(r"(\d{4})_\w+\.py\Z")


def newest_revision() -> str:
    """Number of the newest migration that this version knows."""
    numbers = [found[1] for path in (MIGRATIONS / "versions").iterdir() if (found := _NUMBERED.match(path.name))]
    return max(numbers)


def revision_of(connection: Connection) -> str | None:
    """Number of the store's last migration; None for an empty database.

    Raises ConfigError if there are tables, but not ours.
    """
    names = set(inspect(connection).get_table_names())
    if "alembic_version" not in names:
        if not names:
            return None
        raise ConfigError("this database holds something else than a UnionCat store; give another database address")
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None


def check(connection: Connection) -> None:
    """Raises WrongStoreVersion or ConfigError unless the store is of this version."""
    found, ours = revision_of(connection), newest_revision()
    if found is None:
        raise ConfigError("the store is empty; run: unioncat init")
    if found > ours:
        raise WrongStoreVersion(
            f"the store was made by a newer version of UnionCat (its schema is {found}, ours {ours});"
            " install that version"
        )
    if found < ours:
        raise WrongStoreVersion(
            f"the store was made by an older version of UnionCat (its schema is {found}, ours {ours});"
            " run: unioncat upgrade"
        )


def create(connection: Connection) -> None:
    """All tables, marked with the newest revision."""
    Base.metadata.create_all(connection)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:number)"), {"number": newest_revision()})


def upgrade(connection: Connection) -> str:
    """Run the missing migrations; the revision reached. Raises WrongStoreVersion for a store newer than we are."""
    from alembic import command
    from alembic.config import Config

    found = revision_of(connection)
    if found is not None and found > newest_revision():
        check(connection)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return newest_revision()
