"""Sickle, with our own manners: it makes the requests, we read what comes back however broken it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

import requests
from sickle.app import Sickle

from harvesters.fetching import Fetched, Fetcher
from harvesters.oai_page import CutOff, OaiPage, parse_page
from unioncat.model import ConfigError, SourceUnavailable

__all__ = ["OaiClient", "TooMuchAtOnce"]


_ROOT = re.compile(rb"</?(?:[\w.\-]+:)?OAI-PMH\b|O\0A\0I\0-\0P\0M\0H")  # the latter in UTF-16


class TooMuchAtOnce(Exception):
    """HTTP 422, or 413/414: some endpoints refuse long date windows; ask for shorter ones."""


class _Polite(Sickle):
    """Sickle asks, the fetcher fetches. Answers 4xx that carry an OAI-PMH error count as answers."""

    def __init__(self, endpoint: str, fetcher: Fetcher, extra: Mapping[str, str]) -> None:
        super().__init__(endpoint, max_retries=0)  # type: ignore[no-untyped-call]
        self._fetcher = fetcher
        self._extra = extra

    def _request(self, kwargs: Mapping[str, str]) -> requests.Response:
        params = {name: value for name, value in {**self._extra, **kwargs}.items() if value is not None}
        fetched = self._fetcher.get(self.endpoint, params, _broken)
        response = requests.Response()
        response.status_code = 200 if _is_oai(fetched) else fetched.status
        response.url, response.encoding, response._content = fetched.url, "utf-8", fetched.content
        response.headers.update(fetched.headers)
        return response


class OaiClient:
    """One endpoint.

    extra: further arguments that it wants with every request, such as a key
    """

    def __init__(self, endpoint: str, fetcher: Fetcher, extra: Mapping[str, str] | None = None) -> None:
        self.endpoint = endpoint
        self._sickle = _Polite(endpoint, fetcher, extra or {})

    def ask(self, arguments: Mapping[str, str], prefix: str = "", position: int = 1) -> OaiPage:
        """One request. Raises SourceUnavailable, ConfigError, or TooMuchAtOnce."""
        try:
            response = self._sickle.harvest(**arguments)  # type: ignore[no-untyped-call]
        except requests.exceptions.HTTPError as error:
            raise _refusal(self.endpoint, error) from error
        try:
            return parse_page(response.http_response.content, prefix, position)
        except CutOff as error:
            raise SourceUnavailable(f"{self.endpoint}: {error}") from error


def _broken(fetched: Fetched) -> str:
    """An answer that must be asked for again: not whole, although the connection was in order."""
    if fetched.status >= 400:
        return ""
    if not fetched.content.strip():
        return f"{fetched.url} sent nothing but blanks"
    found = _ROOT.findall(fetched.content)
    if not found:
        return f"{fetched.url} does not speak OAI-PMH: its answer has no such document"
    if found[-1].startswith(b"<") and not found[-1].startswith(b"</"):
        return f"{fetched.url}: the answer is cut off before its end"
    return ""


def _is_oai(fetched: Fetched) -> bool:
    return b"<error" in fetched.content and _ROOT.search(fetched.content) is not None


def _refusal(endpoint: str, error: requests.exceptions.HTTPError) -> Exception:
    status = error.response.status_code
    if status in (413, 414, 422):
        return TooMuchAtOnce(f"{endpoint} answered HTTP {status}")
    if status in (401, 403, 407):
        return ConfigError(f"{endpoint} answered HTTP {status}: it wants other credentials, or does not want us")
    if status in (404, 410):
        return ConfigError(f"{endpoint} answered HTTP {status}: there is nothing at this address; check it")
    return SourceUnavailable(f"{endpoint} answered HTTP {status}")
