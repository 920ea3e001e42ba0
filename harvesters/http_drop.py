"""Harvester for files published over HTTP(S): one file, or a page that links to several.

Changed or not is asked with HEAD (ETag, Last-Modified, length); a server that says none of these is read, and the
digest of what came decides.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import requests
import urllib3
from lxml import html

from harvesters.base import quirk_float, quirk_int, resolve_credentials
from harvesters.drops import Drop, DropHarvester, FoundFile, matches
from harvesters.fetching import Fetcher, Manners
from unioncat.model import ConfigError, SourceUnavailable

__all__ = ["HttpDropHarvester"]

_CHUNK = 256 * 1024


class _Site:
    def __init__(self, endpoint: str, fetcher: Fetcher, quirks: Mapping[str, str], spool: Path | None) -> None:
        self._endpoint = endpoint
        self._fetcher = fetcher
        self._quirks = quirks
        self._spool = spool
        self._most = int(quirk_float(quirks, "max_file_mb", 4096) * 1024 * 1024)
        self._retries = quirk_int(quirks, "retries", 4)
        self._deadline = quirk_float(quirks, "deadline", 3600.0)

    def files(self) -> Sequence[FoundFile]:
        address = urlsplit(self._endpoint)
        if not address.path.endswith("/") and not self._quirks.get("pattern"):
            return [self._found(self._endpoint)]
        page = self._fetcher.get(self._endpoint, {})
        if page.status != 200:
            raise ConfigError(f"{self._endpoint} answered HTTP {page.status}; check the address")
        links = {urljoin(page.url, link) for link in self._links(page.content)}
        near = [
            link
            for link in sorted(links)
            if urlsplit(link).netloc == address.netloc
            and not urlsplit(link).path.endswith("/")
            and matches(unquote(urlsplit(link).path), self._quirks)
        ]
        return [self._found(link) for link in near]

    def _links(self, content: bytes) -> list[str]:
        if not content.strip():
            return []
        links = [link.get("href") or "" for link in html.document_fromstring(content).iter("a")]
        return [link.partition("#")[0] for link in links if link and not link.startswith(("?", "#", "mailto:"))]

    def _found(self, url: str) -> FoundFile:
        try:
            with self._fetcher.stream("HEAD", url) as response:
                said = [response.headers.get(name, "") for name in ("ETag", "Last-Modified", "Content-Length")]
                status = response.status_code
        except (requests.exceptions.RequestException, OSError) as error:
            raise SourceUnavailable(f"{url} did not answer: {error}") from error
        if status >= 500:
            raise SourceUnavailable(f"{url} answered HTTP {status}")
        if status >= 400 and status != 405:
            raise ConfigError(f"{url} answered HTTP {status}; check the address")
        tag = "/".join(said) if status < 400 and any(said[:2]) else f"unknown/{time.time_ns()}"
        return FoundFile(url, tag, int(said[2]) if said[2].isdecimal() else None)

    @contextmanager
    def fetch(self, file: FoundFile) -> Iterator[Path]:
        if self._spool is not None:
            self._spool.mkdir(parents=True, exist_ok=True)
        suffix = Path(unquote(urlsplit(file.name).path)).name[-80:]
        with tempfile.NamedTemporaryFile(dir=self._spool, prefix="drop-", suffix=f"-{suffix}") as spooled:
            for attempt in range(self._retries + 1):
                spooled.seek(0)
                spooled.truncate()
                try:
                    self._download(file.name, spooled)
                    break
                except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                    if attempt == self._retries:
                        raise SourceUnavailable(f"{file.name} did not come whole: {error}") from error
                    self._fetcher.pause(attempt)
            spooled.flush()
            yield Path(spooled.name)

    def _download(self, url: str, into: tempfile._TemporaryFileWrapper[bytes]) -> None:
        until, size = time.monotonic() + self._deadline, 0
        with self._fetcher.stream("GET", url) as response:
            response.raise_for_status()
            encoded = response.headers.get("Content-Encoding", "identity") not in ("", "identity")
            while part := response.raw.read1(_CHUNK, decode_content=encoded):
                into.write(part)
                size += len(part)
                if size > self._most:
                    raise ConfigError(f"{url} is longer than {self._most} bytes (quirk max_file_mb)")
                if time.monotonic() > until:
                    raise SourceUnavailable(f"{url} was not complete after {self._deadline:.0f} seconds")
            if response.raw.length_remaining:
                raise OSError(f"cut {response.raw.length_remaining} bytes before its end")


class HttpDropHarvester(DropHarvester):
    name = "http"

    @contextmanager
    def open(self, endpoint: str, credentials: str, quirks: Mapping[str, str]) -> Iterator[Drop]:
        if not endpoint.startswith(("http://", "https://")):
            raise ConfigError(f"{endpoint!r} is no address of a file or folder; it begins with http:// or https://")
        fetcher = Fetcher(
            Manners.of(quirks),
            self._context.user_agent,
            contact=self._context.contact,
            credentials=resolve_credentials(credentials),
        )
        try:
            yield _Site(endpoint, fetcher, quirks, self._context.spool)
        finally:
            fetcher.close()
