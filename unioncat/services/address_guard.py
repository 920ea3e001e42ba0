"""No request of ours to private addresses because somebody typed one into a form (OWASP: SSRF).

`public_only` looks at the addresses at the moment of the connection, so that neither a redirect nor a name that
changes its mind (DNS rebinding) leads inside. It works through `socket.getaddrinfo`, which every client library that
harvesters use asks before it connects, and only within its own ``with`` block and thread.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from unioncat.model import WrongUse

__all__ = ["check_address", "is_public", "public_only"]

_guarded: ContextVar[bool] = ContextVar("guarded", default=False)
_resolve = socket.getaddrinfo


class PrivateAddress(OSError):
    """A name led to an address that is not public."""


def is_public(address: str) -> bool:
    """True for an IP address that is reachable from everywhere; IPv4 within IPv6 is looked at as IPv4."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            found = inner
        elif found in ipaddress.ip_network("64:ff9b::/96"):
            found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.is_global and not found.is_multicast


def _looked_up(host: Any, *arguments: Any, **named: Any) -> Any:
    answers = _resolve(host, *arguments, **named)
    if _guarded.get():
        for answer in answers:
            if not is_public(str(answer[4][0])):
                raise PrivateAddress(f"{host} is at the private address {answer[4][0]}")
    return answers


@contextmanager
def public_only() -> Iterator[None]:
    """Within, in this thread, connections to private addresses fail with OSError."""
    socket.getaddrinfo = _looked_up
    token = _guarded.set(True)
    try:
        yield
    finally:
        _guarded.reset(token)


def check_address(endpoint: str) -> None:
    """Raises WrongUse for what a form may not name: local files, unknown schemes, private or unknown hosts."""
    try:
        split = urlsplit(endpoint if "://" in endpoint else f"tcp://{endpoint}")
        host, port = split.hostname, split.port
    except ValueError:
        raise WrongUse(f"{endpoint!r} is no address") from None
    if split.scheme not in {"http", "https", "sftp", "tcp", "z3950"} or not host:
        raise WrongUse(f"{endpoint!r} is no address of a library server: begin with https:// or name host:port")
    try:
        answers = _resolve(host, port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise WrongUse(f"there is no host {host!r}") from None
    for answer in answers:
        if not is_public(str(answer[4][0])):
            raise WrongUse(
                f"{host} is at a private address; only an operator may allow that (setting allow_private_sources)"
            )
