"""Harvester for files in an SFTP folder: ``sftp://user@host:22/folder/*.mrc``.

The server's key must be known: from the quirk ``host_key`` (``ssh-ed25519 AAAA…``) or the account's known_hosts
file. Credentials name a password; the quirk ``key_file`` names a private key, and the credentials its passphrase then.
"""

from __future__ import annotations

import base64
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import paramiko
from paramiko.pkey import UnknownKeyType

from harvesters.base import quirk_float, resolve_credentials
from harvesters.drops import Drop, DropHarvester, FoundFile, matches
from unioncat.model import ConfigError, SourceUnavailable

__all__ = ["SftpDropHarvester"]


class _Remote:
    def __init__(self, client: paramiko.SFTPClient, path: str, quirks: Mapping[str, str], spool: Path | None) -> None:
        self._client = client
        self._path = path
        self._quirks = quirks
        self._spool = spool
        self._rest = quirk_float(quirks, "min_age", 5.0)
        self._most = int(quirk_float(quirks, "max_file_mb", 4096) * 1024 * 1024)

    def files(self) -> Sequence[FoundFile]:
        path = PurePosixPath(self._path or ".")
        folder, pattern = (path.parent, path.name) if "*" in path.name or "?" in path.name else (path, "")
        try:
            if not pattern and not stat.S_ISDIR(self._client.stat(str(path)).st_mode or 0):
                return self._found(str(path.parent), [(path.name, self._client.stat(str(path)))])
            listed = [(entry.filename, entry) for entry in self._client.listdir_attr(str(folder))]
        except FileNotFoundError as error:
            raise ConfigError(f"the SFTP server has no {path}") from error
        except (OSError, paramiko.SSHException) as error:
            raise SourceUnavailable(f"the SFTP server did not list {folder}: {error}") from error
        fitting = [
            (name, entry)
            for name, entry in listed
            if stat.S_ISREG(entry.st_mode or 0)
            and matches(name, self._quirks)
            and (not pattern or fnmatch(name, pattern))
        ]
        return self._found(str(folder), fitting)

    def _found(self, folder: str, entries: Sequence[tuple[str, paramiko.SFTPAttributes]]) -> list[FoundFile]:
        found = []
        for name, entry in sorted(entries, key=lambda each: each[0]):
            changed = float(entry.st_mtime or 0)
            if time.time() - changed >= self._rest:
                where = str(PurePosixPath(folder) / name)
                stamp = datetime.fromtimestamp(changed, UTC)
                found.append(FoundFile(where, f"{entry.st_size}/{entry.st_mtime}", entry.st_size, stamp))
        return found

    @contextmanager
    def fetch(self, file: FoundFile) -> Iterator[Path]:
        if (file.size or 0) > self._most:
            raise ConfigError(f"{file.name} is longer than {self._most} bytes (quirk max_file_mb)")
        if self._spool is not None:
            self._spool.mkdir(parents=True, exist_ok=True)
        suffix = PurePosixPath(file.name).name[-80:]
        with tempfile.NamedTemporaryFile(dir=self._spool, prefix="drop-", suffix=f"-{suffix}") as spooled:
            try:
                self._client.getfo(file.name, spooled)  # checks the size itself
            except (OSError, EOFError, paramiko.SSHException) as error:
                raise SourceUnavailable(f"{file.name} did not come whole over SFTP: {error}") from error
            spooled.flush()
            yield Path(spooled.name)


class SftpDropHarvester(DropHarvester):
    name = "sftp"

    @contextmanager
    def open(self, endpoint: str, credentials: str, quirks: Mapping[str, str]) -> Iterator[Drop]:
        address = urlsplit(endpoint)
        if address.scheme != "sftp" or not address.hostname:
            raise ConfigError(f"{endpoint!r} is no SFTP address; write sftp://user@host/folder")
        secret = resolve_credentials(credentials) or None
        key_file = quirks.get("key_file") or None
        with paramiko.SSHClient() as ssh:
            self._trust(ssh, address.hostname, address.port or 22, quirks)
            try:
                ssh.connect(
                    address.hostname,
                    port=address.port or 22,
                    username=unquote(address.username or "") or None,
                    password=None if key_file else secret,
                    key_filename=key_file,
                    passphrase=secret if key_file else None,
                    timeout=30.0,
                    banner_timeout=30.0,
                    auth_timeout=30.0,
                    allow_agent=False,
                    look_for_keys=False,
                )
                client = ssh.open_sftp()
            except paramiko.BadHostKeyException as error:
                raise ConfigError(f"{address.hostname} shows another key than the one known: {error}") from error
            except paramiko.AuthenticationException as error:
                raise ConfigError(f"{address.hostname} does not let us in; check user and credentials") from error
            except paramiko.SSHException as error:
                if "known_hosts" in str(error):
                    raise ConfigError(
                        f"the key of {address.hostname} is not known; name it in the quirk host_key"
                    ) from error
                raise SourceUnavailable(f"{address.hostname} does not speak SFTP as it should: {error}") from error
            except (OSError, EOFError) as error:
                raise SourceUnavailable(f"{address.hostname} did not answer: {error}") from error
            client.get_channel().settimeout(quirk_float(quirks, "timeout", 60.0))  # type: ignore[union-attr]
            yield _Remote(client, unquote(address.path).removeprefix("/~/"), quirks, self._context.spool)

    def _trust(self, ssh: paramiko.SSHClient, host: str, port: int, quirks: Mapping[str, str]) -> None:
        """Only keys that were named, or that known_hosts has. Raises ConfigError for an unreadable one."""
        named = str(quirks.get("host_key") or "").split()
        if not named:
            ssh.load_system_host_keys()
            return
        try:
            kind, data = named[0], base64.b64decode(named[1], validate=True)
            key = paramiko.PKey.from_type_string(kind, data)
        except (IndexError, ValueError, paramiko.SSHException, UnknownKeyType) as error:
            raise ConfigError("quirk host_key: write it as in known_hosts, such as ssh-ed25519 AAAA…") from error
        ssh.get_host_keys().add(host if port == 22 else f"[{host}]:{port}", kind, key)
