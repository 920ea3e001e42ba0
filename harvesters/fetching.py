"""Fetching over HTTP from endpoints that lie, drip, redirect and fall over: polite, bounded, with retries."""

from __future__ import annotations

import base64
import email.utils
import random
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests
import urllib3

from harvesters.base import quirk_flag, quirk_float, quirk_int
from unioncat.model import ConfigError, SourceUnavailable

__all__ = ["Fetched", "Fetcher", "Manners", "unpacked"]

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_LONGEST_WAIT = 3600.0
_REDIRECTS = 5
_CHUNK = 65_536
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Manners:
    """How one endpoint wants to be asked. Read from the quirks of a source.

    delay:       seconds between two requests; by default 0.1, on loopback none
    timeout:     seconds without a byte
    deadline:    seconds for one whole answer, however slowly it drips
    retries:     further attempts after a broken answer
    backoff:     seconds before the first of them; doubled each time, with jitter
    max_wait:    longest wait for one Retry-After; a longer one ends the run, which goes on later
    max_bytes:   of one answer, unpacked
    """

    delay: float | None = None
    timeout: float = 60.0
    deadline: float = 600.0
    retries: int = 4
    backoff: float = 2.0
    max_wait: float = 300.0
    max_bytes: int = 64 * 1024 * 1024
    verify: bool | str = True
    method: str = "GET"

    @classmethod
    def of(cls, quirks: Mapping[str, str]) -> Manners:
        """Raises ConfigError for a value that makes no sense."""
        plain = cls()
        verify: bool | str = quirk_flag(quirks, "verify", True)
        if quirks.get("ca_file"):
            verify = quirks["ca_file"]
        method = str(quirks.get("method", "GET")).upper()
        if method not in ("GET", "POST"):
            raise ConfigError(f"quirk method={method!r}: say GET or POST")
        return cls(
            delay=quirk_float(quirks, "delay", 0.0) if "delay" in quirks else None,
            timeout=quirk_float(quirks, "timeout", plain.timeout) or plain.timeout,
            deadline=quirk_float(quirks, "deadline", plain.deadline) or plain.deadline,
            retries=quirk_int(quirks, "retries", plain.retries),
            backoff=quirk_float(quirks, "backoff", plain.backoff),
            max_wait=quirk_float(quirks, "max_wait", plain.max_wait),
            max_bytes=int(quirk_float(quirks, "max_page_mb", 64) * 1024 * 1024),
            verify=verify,
            method=method,
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer. content: unpacked; url: after redirects."""

    status: int
    content: bytes
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Fetcher:
    """Asks one endpoint. `sleep` and `clock` are for tests."""

    def __init__(
        self,
        manners: Manners,
        user_agent: str,
        *,
        contact: str = "",
        credentials: str = "",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._manners = manners
        self._sleep = sleep
        self._clock = clock
        self._next = 0.0
        self._session = requests.Session()
        self._session.max_redirects = _REDIRECTS
        self._session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"})
        if contact:
            self._session.headers["From"] = contact
        self._authorise(credentials)

    def close(self) -> None:
        self._session.close()

    def get(self, url: str, params: Mapping[str, str], check: Callable[[Fetched], str] = lambda _: "") -> Fetched:
        """An answer that arrived whole, of any status that is not worth a retry.

        check: says why an answer is broken and shall be asked for again; "" if it is good.
        Raises SourceUnavailable (after the retries; `retry_after` as the endpoint asked) or ConfigError.
        """
        reason, asked, attempt = "", None, 0
        while True:
            self._keep_distance(url)
            try:
                fetched = self._once(url, params)
            except _Broken as broken:
                reason, asked = str(broken), None
            else:
                if fetched.status in RETRIED:
                    asked = _retry_after(fetched.headers.get("retry-after", ""))
                    reason = f"{url} answered HTTP {fetched.status}"
                else:
                    reason, asked = check(fetched), None
                    if not reason:
                        return fetched
            attempt += 1
            if attempt > self._manners.retries:
                raise SourceUnavailable(f"{reason} ({attempt} attempts)", retry_after=asked)
            wait = self._manners.backoff * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
            if asked is not None:
                wait = max(asked, 0.0) + random.uniform(0.0, min(1.0, self._manners.backoff))  # noqa: S311
            if wait > self._manners.max_wait:
                raise SourceUnavailable(f"{reason} and asks to come again in {wait:.0f} seconds", retry_after=wait)
            self._sleep(wait)

    def stream(self, method: str, url: str) -> requests.Response:
        """An open answer, to be read by the caller, closed by `with`. Raises what `requests` raises."""
        self._keep_distance(url)
        timeout = (min(30.0, self._manners.timeout), self._manners.timeout)
        return self._session.request(
            method, url, stream=True, timeout=timeout, allow_redirects=True, verify=self._manners.verify
        )

    def pause(self, attempt: int) -> None:
        """Wait after a broken attempt, the longer the more there were; counted from 0."""
        self._sleep(min(self._manners.max_wait, self._manners.backoff * 2**attempt * random.uniform(0.5, 1.5)))  # noqa: S311

    def _keep_distance(self, url: str) -> None:
        delay = self._manners.delay
        if delay is None:
            delay = 0.0 if (urlsplit(url).hostname or "") in _LOOPBACK else 0.1
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + delay

    def _once(self, url: str, params: Mapping[str, str]) -> Fetched:
        method = self._manners.method if params else "GET"
        until = self._clock() + self._manners.deadline
        timeout = (min(30.0, self._manners.timeout), self._manners.timeout)
        try:
            with self._session.request(
                method,
                url,
                params=params if method == "GET" else None,
                data=params if method == "POST" else None,
                stream=True,
                timeout=timeout,
                verify=self._manners.verify,  # each time: the session's own gives way to REQUESTS_CA_BUNDLE
            ) as response:
                content = self._read(response, until)
                return Fetched(
                    status=response.status_code,
                    content=unpacked(content, self._manners.max_bytes),
                    url=response.url,
                    headers={name.lower(): value for name, value in response.headers.items()},
                )
        except requests.exceptions.SSLError as error:
            raise ConfigError(
                f"{url}: its certificate cannot be verified ({_short(error)}); if its authority is known to you,"
                " name a file with the missing certificates in the quirk ca_file"
            ) from error
        except requests.exceptions.TooManyRedirects as error:
            raise ConfigError(f"{url} redirects in a circle; ask its operator for the right address") from error
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
            requests.exceptions.InvalidSchema,
        ) as error:
            raise ConfigError(f"{url!r} is no address that can be asked: {_short(error)}") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _Broken(f"{url} did not answer as it should: {_short(error)}") from error

    def _read(self, response: requests.Response, until: float) -> bytes:
        """The bytes as sent, bounded in number and in time."""
        parts: list[bytes] = []
        size = 0
        while True:
            part = response.raw.read1(_CHUNK, decode_content=False)
            if not part:
                break
            parts.append(part)
            size += len(part)
            if size > self._manners.max_bytes:
                raise _Broken(f"the answer is longer than {self._manners.max_bytes} bytes")
            if self._clock() > until:
                raise _Broken(f"the answer was not complete after {self._manners.deadline:.0f} seconds")
        left = response.raw.length_remaining
        if left:
            raise _Broken(f"the connection was cut {left} bytes before the end")
        return b"".join(parts)

    def _authorise(self, credentials: str) -> None:
        """``user:password``, ``Bearer …``, or a whole header ``Name: value``."""
        if not credentials:
            return
        name, separator, value = credentials.partition(": ")
        if credentials.lower().startswith("bearer "):
            self._session.headers["Authorization"] = credentials
        elif separator and name.replace("-", "").isalnum():
            self._session.headers[name] = value
        else:
            user, _, password = credentials.partition(":")
            basic = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")  # UTF-8, as RFC 7617 has it
            self._session.headers["Authorization"] = f"Basic {basic}"


class _Broken(Exception):
    """One attempt failed; the next may not."""


def unpacked(content: bytes, limit: int) -> bytes:
    """Undo gzip or zlib by what the bytes are, not by what a header says. Raises `_Broken` for cut or too long ones."""
    for _ in range(2):  # packed twice by a proxy: seen
        if content[:2] == b"\x1f\x8b":
            content = _inflated(content, 31, limit)
        elif content[:1] == b"\x78" and len(content) > 1 and (content[0] * 256 + content[1]) % 31 == 0:
            content = _inflated(content, 15, limit)
        else:
            break
    return content


def _inflated(content: bytes, wbits: int, limit: int) -> bytes:
    unpacker = zlib.decompressobj(wbits)
    try:
        plain = unpacker.decompress(content, limit + 1)
    except zlib.error as error:
        raise _Broken(f"the packed answer is damaged: {error}") from error
    if len(plain) > limit:
        raise _Broken(f"the answer is longer than {limit} bytes when unpacked")
    if not unpacker.eof:
        raise _Broken("the packed answer is cut off")
    return plain


def _retry_after(text: str) -> float | None:
    """Seconds of a Retry-After header in either form; None if it is not there or not legible."""
    text = text.strip()
    if text.isdecimal():
        return min(float(text), 10 * _LONGEST_WAIT)
    try:
        at = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return (text[:200] + "…") if len(text) > 200 else text or type(error).__name__
