"""The Z39.50 server: one event loop for all sockets, threads for the answers, a bound on everything.

A connection is read only while it has no request under way and has taken what was sent to it. So a client that
pipelines, trickles, never reads or asks slow questions holds up itself and no other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from functools import partial

from protocols.z3950.association import Association, Parts
from protocols.z3950.ber import Framer, MalformedBer, TooLarge
from protocols.z3950.charset import printable
from protocols.z3950.control import CloseReason
from protocols.z3950.dispatch import Answer, answer, farewell, too_slow
from protocols.z3950.workers import Workers

__all__ = ["Z3950Server"]

log = logging.getLogger(__name__)

_SWEEP_SECONDS = 1.0
_READ_AHEAD = 65_536
"""Octets that may wait behind the request under way before reading pauses."""


class _Connection(asyncio.Protocol):
    """One TCP connection. deadline: monotonic time at which `expire` is called; what it means depends on the state."""

    __slots__ = (
        "_association",
        "_closing",
        "_ended",
        "_framer",
        "_paused",
        "_request",
        "_server",
        "_stuffed",
        "_transport",
        "_turn",
        "address",
        "deadline",
    )

    def __init__(self, server: Z3950Server) -> None:
        self._server = server
        self._framer = Framer(server.limits.request_size)
        self._association = Association(server.parts)
        self._transport: asyncio.Transport | None = None
        self._request: bytes | None = None  # under way
        self._turn = 0  # counts requests, so that an answer that comes too late is known
        self._paused = False  # reading
        self._stuffed = False  # the client does not take what was sent
        self._closing = False
        self._ended = False  # the client sends no more
        self.address = ""
        self.deadline = 0.0

    # what the event loop tells us

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else "local"
        self._association.peer = self.address
        self.deadline = time.monotonic() + self._server.limits.init_seconds
        transport.set_write_buffer_limits(high=self._server.limits.write_buffer)
        refusal = self._server.admit(self)
        if refusal:
            self._hang_up(CloseReason.RESOURCES, refusal)

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        self._framer.feed(data)
        if self._request is None and not self._stuffed:
            self._next()
        elif self._framer.waiting > _READ_AHEAD and not self._paused and self._transport is not None:
            self._transport.pause_reading()
            self._paused = True

    def pause_writing(self) -> None:
        self._stuffed = True
        self.deadline = time.monotonic() + self._server.limits.write_seconds

    def resume_writing(self) -> None:
        self._stuffed = False
        if self._closing:
            return
        self._rest()
        if self._request is None:
            self._next()

    def eof_received(self) -> bool:
        self._ended = True
        return self._request is not None or self._stuffed  # answer what was asked before hanging up

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._transport = None
        self._turn += 1
        self._association.sets.clear()
        self._server.forget(self)

    # what we do

    def _next(self) -> None:
        """Takes up the next request, if a whole one is there."""
        try:
            request = self._framer.next()
        except TooLarge as error:
            self._hang_up(CloseReason.RESOURCES, str(error))
            return
        except MalformedBer as error:
            self._hang_up(CloseReason.PROTOCOL_ERROR, str(error))
            return
        transport = self._transport
        if request is None or transport is None:
            if self._paused and transport is not None:
                self._paused = False
                transport.resume_reading()
            if self._ended and transport is not None:
                self._closing = True
                transport.close()
            return
        self._request = request
        self._turn += 1
        self.deadline = time.monotonic() + self._server.limits.request_seconds
        self._server.workers.submit(
            partial(answer, self._association, request), partial(self._answered, self._turn), self.address
        )

    def _answered(self, turn: int, result: object) -> None:
        if turn != self._turn or self._transport is None:
            return  # too late: it was answered by `expire`, or nobody is there any more
        assert isinstance(result, Answer)
        self._request = None
        self._send(result)
        if not self._closing and not self._stuffed:
            self._next()

    def _send(self, given: Answer) -> None:
        transport = self._transport
        if transport is None:
            return
        self._rest()
        if given.octets:
            transport.write(given.octets)
        if given.close:
            self._closing = True
            transport.close()  # after what was written has been taken

    def _rest(self) -> None:
        limits = self._server.limits
        wait = limits.write_seconds if self._stuffed or self._closing else limits.idle_seconds
        self.deadline = time.monotonic() + (wait if self._association.opened else limits.init_seconds)

    def _hang_up(self, reason: int, message: str) -> None:
        if not self._closing:
            log.info("%s: closing: %s", self.address, printable(message))
            self._send(farewell(reason, printable(message)))

    def expire(self) -> None:
        """The deadline has passed."""
        transport = self._transport
        if transport is None:
            return
        if self._closing or self._stuffed:
            log.info("%s: does not take what was sent", self.address)
            transport.abort()
        elif self._request is not None:
            log.warning("%s: a request takes more than %s s", self.address, self._server.limits.request_seconds)
            request, self._request = self._request, None
            self._turn += 1
            self._association = self._association.forked()
            self._send(too_slow(request))
            if not self._closing:
                self._next()
        else:
            self._hang_up(CloseReason.LACK_OF_ACTIVITY, "idle")
            self.deadline = time.monotonic() + self._server.limits.write_seconds

    def shut_down(self) -> None:
        self._hang_up(CloseReason.SHUTDOWN, "shutdown")

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Z3950Server:
    """``await start()``, then ``await stop()``. All of it belongs to one event loop.

    address: (host, port) actually bound, once started; port 0 asks for a free one.
    """

    def __init__(self, parts: Parts, host: str, port: int) -> None:
        self.parts = parts
        self.limits = parts.limits
        self.address = (host, port)
        self._connections: set[_Connection] = set()
        self._addresses: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self.workers: Workers

    async def start(self, *, reuse_port: bool = False) -> None:
        loop = asyncio.get_running_loop()
        self.workers = Workers(loop, self.limits.running, self.limits.running_per_address)
        host, port = self.address
        self._server = await loop.create_server(
            lambda: _Connection(self), host, port, backlog=256, reuse_port=reuse_port or None
        )
        self.address = self._server.sockets[0].getsockname()[:2]
        self._sweeper = asyncio.create_task(self._sweep())
        log.info("Z39.50 on %s:%s", *self.address)

    @property
    def associations(self) -> int:
        """Connections that are open."""
        return len(self._connections)

    def admit(self, connection: _Connection) -> str:
        """Why this connection is one too many; "" if it is not."""
        self._connections.add(connection)
        self._addresses[connection.address] += 1
        if len(self._connections) > self.limits.associations:
            return f"{self.limits.associations} associations are open"
        if self._addresses[connection.address] > self.limits.per_address:
            return f"{self.limits.per_address} associations are open from your address"
        return ""

    def forget(self, connection: _Connection) -> None:
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

    async def stop(self, grace: float = 5.0) -> None:
        """Says Close (shutdown) to all, waits `grace` seconds for them to take it, then drops them."""
        if self._server is not None:
            self._server.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self._connections):
            connection.shut_down()
        end = time.monotonic() + grace
        while self._connections and time.monotonic() < end:
            await asyncio.sleep(0.02)
        for connection in list(self._connections):
            connection.drop()
        self.workers.stop()
