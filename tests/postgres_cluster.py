"""A private PostgreSQL, made for the tests and thrown away: Debian's programs, a socket in a folder, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import require_program


@dataclass
class PostgresCluster:
    """socket: folder of its socket; user: whom it runs as and who owns the databases."""

    socket: Path
    user: str
    psql: str

    @classmethod
    @contextmanager
    def start(cls, folder: Path) -> Iterator[PostgresCluster]:
        initdb, pg_ctl, psql = require_program("initdb"), require_program("pg_ctl"), require_program("psql")
        user = _ordinary_user()
        base = Path(tempfile.mkdtemp(prefix="uc-pg-"))  # short: the path of a socket has 107 characters at most
        data = base / "data"
        if os.getuid() == 0:
            shutil.chown(base, user)
        try:
            _as(user, initdb, "-D", str(data), "-A", "trust", "-U", user, "-E", "UTF8", "--locale=C.UTF-8", "-N")
            options = f"-k {base} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c max_connections=60"
            _as(user, pg_ctl, "-D", str(data), "-o", options, "-l", str(base / "log"), "-w", "start")
            try:
                yield cls(base, user, psql)
            finally:
                _as(user, pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop")
        finally:
            shutil.rmtree(base, ignore_errors=True)

    def new_database(self, name: str) -> str:
        """Its URL."""
        command = [
            self.psql,
            "-h",
            str(self.socket),
            "-U",
            self.user,
            "-d",
            "postgres",
            "-c",
            f"CREATE DATABASE {name}",
        ]
        subprocess.run(command, check=True, capture_output=True)
        return f"postgresql+psycopg://{self.user}@/{name}?host={self.socket}"


def _ordinary_user() -> str:
    """PostgreSQL will not run as root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise RuntimeError("no ordinary user to run PostgreSQL as")


def _as(user: str, *command: str) -> None:
    entry = pwd.getpwnam(user)
    extra = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
    done = subprocess.run(command, capture_output=True, text=True, cwd="/tmp", check=False, **extra)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
