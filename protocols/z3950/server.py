"""The Z39.50 server: one event loop for all sockets, threads for the answers, a bound on everything.

A connection is read only while it has no request under way and has taken what was sent to it. So a client that
pipelines, trickles, never reads or asks slow questions holds up itself and no other.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections import Counter

from protocols.z3950.association import Parts
from protocols.z3950.connection import Connection
from protocols.z3950.control import CloseReason
from protocols.z3950.workers import Workers

__all__ = ["Z3950Server"]

log = logging.getLogger(__name__)

_SWEEP_SECONDS = 1.0
_AT_ONCE = 64
_BACKLOG = 512


class Z3950Server:
    """``await start()``, then ``await stop()``. All of it belongs to one event loop, of the kind that watches sockets
    (asyncio's default, but on Windows ``asyncio.SelectorEventLoop``).

    address:  (host, port) actually bound, once started; port 0 asks for a free one
    """

    def __init__(self, parts: Parts, host: str, port: int) -> None:
        self.parts = parts
        self.limits = parts.limits
        self.address = (host, port)
        self.stopping = False
        self._listeners: list[socket.socket] = []
        self._connections: set[Connection] = set()
        self._addresses: Counter[str] = Counter()
        self._sweeper: asyncio.Task[None] | None = None
        self.workers: Workers

    async def start(self) -> None:
        """Raises OSError if the address cannot be bound."""
        loop = asyncio.get_running_loop()
        host, port = self.address
        found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, place in dict.fromkeys(found):
            listener = socket.socket(family, socket.SOCK_STREAM)
            self._listeners.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.setblocking(False)
            try:
                listener.bind(place if port or len(self._listeners) == 1 else (place[0], self.address[1]))
            except OSError:
                self._close_listeners()
                raise
            listener.listen(_BACKLOG)
            self.address = listener.getsockname()[:2] if len(self._listeners) == 1 else self.address
        self.workers = Workers(loop, self.limits.running, self.limits.running_per_address)
        for listener in self._listeners:
            loop.add_reader(listener, self._accept, loop, listener)
        self._sweeper = asyncio.create_task(self._sweep())
        log.info("Z39.50 on %s:%s", *self.address)

    @property
    def associations(self) -> int:
        """Connections that are open."""
        return len(self._connections)

    def _accept(self, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                sock, peer = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # no descriptors left: those who wait stay in the backlog
                log.warning("cannot take a connection: %s", error)
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, loop, sock, str(peer[0]))
            refusal = self._admit(connection)
            if refusal:
                connection.hang_up(CloseReason.RESOURCES, refusal)

    def _admit(self, connection: Connection) -> str:
        """Why this connection is one too many; "" if it is not."""
        self._connections.add(connection)
        self._addresses[connection.address] += 1
        if len(self._connections) > self.limits.associations:
            return f"{self.limits.associations} associations are open"
        if self._addresses[connection.address] > self.limits.per_address:
            return f"{self.limits.per_address} associations are open from your address"
        return ""

    def forget(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.discard(connection)
            self._addresses[connection.address] -= 1
            if not self._addresses[connection.address]:
                del self._addresses[connection.address]

    async def _sweep(self) -> None:
        """Once a second: whose time is up? One look at all of them costs less than a timer for each request."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            now = time.monotonic()
            for connection in [each for each in self._connections if each.deadline < now]:
                connection.expire()

    def _close_listeners(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    async def stop(self, grace: float = 5.0) -> None:
        """Says Close (shutdown) to all, waits `grace` seconds for them to take it, then drops them."""
        self.stopping = True
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            loop.remove_reader(listener)
        self._close_listeners()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self._connections):
            connection.hang_up(CloseReason.SHUTDOWN, "shutdown")
        end = time.monotonic() + grace
        while self._connections and time.monotonic() < end:
            await asyncio.sleep(0.02)
        for connection in list(self._connections):
            connection.drop()
        self.workers.stop()
