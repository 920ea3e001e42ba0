"""One TCP connection: in the event loop while it waits, in a worker's hands while it is answered.

The loop reads until a whole request is there and has a worker answer it. While there is little to do the worker keeps
the connection: it sends the answer itself and looks for a moment whether the next request comes at once, as it does
from clients that search and present, so that such a conversation never goes through the loop. With much to do the
loop sends and reads for all, which costs fewer changes from thread to thread. What a client does not take is sent by
the loop as it can.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from protocols.z3950.association import Association
from protocols.z3950.ber import Framer, MalformedBer, TooLarge
from protocols.z3950.charset import printable
from protocols.z3950.control import CloseReason
from protocols.z3950.dispatch import Answer, answer, farewell, too_slow

if TYPE_CHECKING:
    from protocols.z3950.server import Z3950Server

__all__ = ["Connection"]

log = logging.getLogger(__name__)

READ_SIZE = 65_536
LOOK_SECONDS = 0.001
"""How long a worker looks for the next request before it gives the connection back."""

IN_A_ROW = 32
"""Requests of one connection that a worker answers before others have their turn."""

CLOSING_SECONDS = 2.0
"""After our last word we read on for so long, or what the client still sends would wipe it out (TCP reset)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a worker gives a connection back.

    unsent:   octets that the client has not taken
    close:    hang up after them
    request:  a request that is there already, for which others must wait their turn no longer
    ended:    the client sends no more
    broken:   the connection is gone
    """

    unsent: bytes = b""
    close: bool = False
    request: bytes = b""
    ended: bool = False
    broken: bool = False


class Connection:
    """deadline: monotonic time at which `expire` is called; what it means depends on the state."""

    __slots__ = (
        "_association",
        "_closing",
        "_ended",
        "_framer",
        "_lock",
        "_loop",
        "_out",
        "_reading",
        "_request",
        "_sending",
        "_server",
        "_socket",
        "_turn",
        "_writing",
        "address",
        "deadline",
    )

    def __init__(self, server: Z3950Server, loop: asyncio.AbstractEventLoop, sock: socket.socket, address: str) -> None:
        self._server = server
        self._loop = loop
        self._socket: socket.socket | None = sock
        self._framer = Framer(server.limits.request_size)
        self._association = Association(server.parts, address)
        self._lock = Lock()  # for the next three, which loop and worker share
        self._turn = 0  # counts handings-over, so that a worker that comes too late is known
        self._request = b""  # under way
        self._sending = False  # the worker is past the answer
        self._out = memoryview(b"")
        self._closing = False
        self._ended = False
        self._reading = True
        self._writing = False
        self.address = address
        self.deadline = time.monotonic() + server.limits.init_seconds
        loop.add_reader(sock, self._readable)

    # ------------------------------------------------------------ in the event loop

    def _readable(self) -> None:
        if self._socket is None:
            return
        if self._request:  # not before this one is answered
            self._read(False)
            return
        try:
            data = self._socket.recv(READ_SIZE)
        except (BlockingIOError, InterruptedError, TimeoutError):
            return
        except OSError:
            self.drop()
            return
        if self._closing:
            if not data:
                self.drop()
            return
        if not data:
            self._ended = True
            self._finish()
            return
        self._framer.feed(data)
        self._take()

    def _read(self, wanted: bool) -> None:
        """Watches the socket for what the client sends, or not."""
        if self._socket is None or wanted == self._reading:
            return
        self._reading = wanted
        if wanted:
            self._loop.add_reader(self._socket, self._readable)
        else:
            self._loop.remove_reader(self._socket)

    def _take(self) -> None:
        """Hands the next request over, if a whole one is there."""
        try:
            request = self._framer.next()
        except TooLarge as error:
            self.hang_up(CloseReason.RESOURCES, str(error))
            return
        except MalformedBer as error:
            self.hang_up(CloseReason.PROTOCOL_ERROR, str(error))
            return
        if request is not None:
            self._hand_over(request)
        elif self._ended:
            self._finish()

    def _hand_over(self, request: bytes) -> None:
        sock = self._socket
        assert sock is not None
        workers = self._server.workers
        keep = workers.quiet
        if keep:
            self._read(False)
        with self._lock:
            self._turn += 1
            self._request, self._sending = request, False
            turn, association = self._turn, self._association
        self.deadline = time.monotonic() + self._server.limits.request_seconds
        work = partial(self._answer, turn, association, request)
        if keep:
            work = partial(self._keep, turn, association, request, sock)
        workers.submit(work, partial(self._back, turn), self.address)

    def _back(self, turn: int, outcome: object) -> None:
        """A worker has given us back."""
        if turn != self._turn or self._socket is None:
            return  # it came too late
        assert isinstance(outcome, Outcome)
        with self._lock:
            self._request, self._sending = b"", False
        self._ended = self._ended or outcome.ended
        if outcome.broken:
            self.drop()
        elif outcome.unsent or outcome.close:
            self._send(Answer(outcome.unsent, outcome.close))
        elif outcome.request:
            self._hand_over(outcome.request)
        else:
            self._rest()

    def _rest(self) -> None:
        """Waits for the next request."""
        limits = self._server.limits
        self.deadline = time.monotonic() + (limits.idle_seconds if self._association.opened else limits.init_seconds)
        if self._server.stopping:
            self.hang_up(CloseReason.SHUTDOWN, "shutdown")
            return
        self._take()
        if not self._request and not self._closing:
            self._read(True)

    def _send(self, given: Answer) -> None:
        self._closing = self._closing or given.close
        self._out = memoryview(given.octets)
        self.deadline = time.monotonic() + self._server.limits.write_seconds
        self._writable()

    def _writable(self) -> None:
        if self._socket is None:
            return
        try:
            while self._out:
                self._out = self._out[self._socket.send(self._out) :]
        except (BlockingIOError, InterruptedError, TimeoutError):  # the last, if a worker has just let go
            if not self._writing:
                self._writing = True
                self._read(False)
                self._loop.add_writer(self._socket, self._writable)
            return
        except OSError:
            self.drop()
            return
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._socket)
        if self._closing:
            self._finish()
        else:
            self._rest()

    def _finish(self) -> None:
        """Nothing more will be said: ends our half, and reads on for a while."""
        self._closing = True
        if self._socket is None:
            return
        if self._ended:
            self.drop()
            return
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.drop()
            return
        self.deadline = time.monotonic() + CLOSING_SECONDS
        self._read(True)

    def hang_up(self, reason: int, message: str) -> None:
        """Says Close and why, unless a worker is answering or we are leaving already."""
        if not self._closing and not self._request:
            log.info("%s: closing: %s", self.address, printable(message))
            self._send(farewell(reason, printable(message)))

    def drop(self) -> None:
        sock, self._socket = self._socket, None
        self._closing = True
        if sock is None:
            return
        self._loop.remove_reader(sock)
        self._loop.remove_writer(sock)
        with self._lock:
            self._turn += 1
        sock.close()  # a worker that still has it gets an OSError from now on
        self._association.sets.clear()
        self._server.forget(self)

    def expire(self) -> None:
        """The deadline has passed."""
        if self._socket is None:
            return
        if self._closing or self._out:
            self.drop()
            return
        with self._lock:
            request = self._request
            if request and self._sending:
                return  # done in a moment
            if request:
                self._turn += 1
                self._request = b""
                self._association = self._association.forked()
        if request:
            log.warning("%s: a request takes more than %s s", self.address, self._server.limits.request_seconds)
            self._send(too_slow(request))
        else:
            self.hang_up(CloseReason.LACK_OF_ACTIVITY, "idle")

    # ------------------------------------------------------------ in a worker's thread

    def _answer(self, turn: int, association: Association, request: bytes) -> Outcome:
        """Answers one request; the loop sends."""
        given = answer(association, request)
        return Outcome(given.octets, given.close) if self._still_ours(turn) else Outcome(broken=True)

    def _still_ours(self, turn: int) -> bool:
        """The loop has not answered in our place meanwhile, nor dropped the connection."""
        with self._lock:
            ours = self._turn == turn
            self._sending = self._sending or ours
            return ours

    def _keep(self, turn: int, association: Association, request: bytes, sock: socket.socket) -> Outcome:
        """Answers request after request, as long as they come at once."""
        try:
            sock.settimeout(LOOK_SECONDS)
            outcome = self._conversation(turn, association, request, sock)
            sock.settimeout(0)
        except OSError:
            return Outcome(broken=True)
        return outcome

    def _conversation(self, turn: int, association: Association, request: bytes, sock: socket.socket) -> Outcome:
        for _ in range(IN_A_ROW):
            given = answer(association, request)
            if not self._still_ours(turn):
                return Outcome(broken=True)
            try:
                unsent = _sent(sock, given.octets)
                if unsent or given.close:
                    return Outcome(unsent, given.close)
                following, ended = self._following(sock)
            except MalformedBer as error:
                reason = CloseReason.RESOURCES if isinstance(error, TooLarge) else CloseReason.PROTOCOL_ERROR
                return Outcome(farewell(reason, printable(error)).octets, close=True)
            if following is None:
                return Outcome(ended=ended)
            request = following
            with self._lock:
                if self._turn != turn:
                    return Outcome(broken=True)
                self._request, self._sending = request, False
            self.deadline = time.monotonic() + self._server.limits.request_seconds
        return Outcome(request=request)

    def _following(self, sock: socket.socket) -> tuple[bytes | None, bool]:
        """The next request, if it is there or comes in a moment; and whether the client sends no more."""
        following = self._framer.next()
        if following is not None or self._server.workers.active > 1:
            return following, False
        try:
            while True:
                data = sock.recv(READ_SIZE)
                if not data:
                    return None, True
                following = self._framer.take(data)
                if following is not None:
                    return following, False
        except (BlockingIOError, InterruptedError, TimeoutError):
            return None, False


def _sent(sock: socket.socket, octets: bytes) -> bytes:
    """Sends what can be sent without waiting; the rest."""
    if not octets:
        return b""
    try:
        done = sock.send(octets)
    except (BlockingIOError, InterruptedError, TimeoutError):
        return octets
    return octets[done:]
