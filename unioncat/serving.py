"""Runs the servers of one catalogue in one process: HTTP, Z39.50, the indexer and the schedule.

Each stands in a thread of its own; `Servers` starts what is asked for, says where, and stops it in order.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType

import waitress
from waitress.server import BaseWSGIServer

from protocols import oaipmh
from protocols.z3950.server import Z3950Server
from unioncat.bootstrap import App
from unioncat.model import ConfigError, WrongUse

__all__ = ["Servers", "Wanted", "host_and_port", "serve_in_processes"]

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
CHANNEL_SECONDS = 120
BACKLOG = 512
CONNECTIONS = 500


def host_and_port(text: str, what: str) -> tuple[str, int]:
    """``host:port``, ``[::1]:port`` or ``:port``. Raises WrongUse."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise WrongUse(f"{what} {text!r}: write host:port, such as 127.0.0.1:8080 (port 0 takes a free one)")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104  (":8080" is said by the operator)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to run. http, z3950: ``host:port``; "" for none."""

    http: str = ""
    z3950: str = ""
    indexer: bool = False
    schedule: bool = False


class Servers:
    """A context manager: everything runs inside the block."""

    def __init__(self, app: App, wanted: Wanted) -> None:
        self._app = app
        self._wanted = wanted
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._http: BaseWSGIServer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._z3950: Z3950Server | None = None
        self.http_address: tuple[str, int] | None = None
        self.z3950_address: tuple[str, int] | None = None

    @property
    def http_url(self) -> str:
        assert self.http_address is not None
        host, port = self.http_address
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        return f"http://{shown}:{port}"

    def __enter__(self) -> Servers:
        try:
            if self._wanted.indexer:
                self._thread("indexer", lambda: self._app.indexer.run_forever(self._stop))
            if self._wanted.schedule:
                self._thread("schedule", self._run_schedule)
            if self._wanted.http:
                self._start_http(*host_and_port(self._wanted.http, "--http"))
            if self._wanted.z3950:
                self._start_z3950(*host_and_port(self._wanted.z3950, "--z3950"))
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait(self) -> None:
        """Until `stop` is called, by a signal perhaps."""
        while not self._stop.wait(3600):
            pass

    def ask_to_stop(self) -> None:
        """Safe in a signal handler."""
        self._stop.set()

    def stop(self) -> None:
        """Ends everything that runs; waits a little for each."""
        self._stop.set()
        if self._http is not None:
            server = self._http
            server.task_dispatcher.shutdown(timeout=STOP_SECONDS)  # answers under way are finished

            def end() -> None:
                for channel in list(server.active_channels.values()):
                    channel.handle_close()
                server.close()

            server.trigger.pull_trigger(end)  # in the server's own loop: it must not lose its sockets while it waits
            self._http = None
        if self._loop is not None and self._z3950 is not None:
            asyncio.run_coroutine_threadsafe(self._z3950.stop(), self._loop).result(STOP_SECONDS)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._z3950 = None
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        self._threads.clear()

    def _run_schedule(self) -> None:
        """Harvests when they are due; else renders ahead what aggregators will ask for."""
        self._app.scheduler.run_forever(self._stop, idle=lambda: oaipmh.warm(self._app.provider, stop=self._stop))

    def _thread(self, name: str, run: Callable[[], object]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _start_http(self, host: str, port: int) -> None:
        application = self._app.web
        with _address(f"{host}:{port}", "--http"):
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            bound = socket.create_server((host, port), family=family, backlog=BACKLOG)
        server = waitress.create_server(
            application,
            sockets=[bound],
            threads=self._app.settings.http_threads,
            ident="UnionCat",
            connection_limit=CONNECTIONS,
            channel_timeout=CHANNEL_SECONDS,
            max_request_body_size=self._app.settings.max_upload_mb * 1024 * 1024,
            clear_untrusted_proxy_headers=self._app.settings.trusted_proxies == 0,
        )
        self._http = server
        self.http_address = (host, bound.getsockname()[1])
        self._thread("http", server.run)

    def _start_z3950(self, host: str, port: int) -> None:
        loop = asyncio.new_event_loop()
        self._loop = loop

        def run() -> None:
            asyncio.set_event_loop(loop)
            loop.run_forever()
            loop.close()

        self._thread("z3950", run)

        async def start() -> Z3950Server:
            server = Z3950Server(self._app.z3950_parts, host, port)
            await server.start()
            return server

        with _address(f"{host}:{port}", "--z3950"):
            self._z3950 = asyncio.run_coroutine_threadsafe(start(), loop).result()
        self.z3950_address = self._z3950.address


def serve_in_processes(app: App, http: str, processes: int) -> None:
    """HTTP alone in several processes, so that all cores answer; until a signal ends it. Raises ConfigError.

    waitress in one process stays below one core (docs/decisions/0039).
    """
    from granian import Granian
    from granian.constants import Interfaces

    host, port = host_and_port(http, "--http")
    with _address(http, "--http"), socket.create_server((host, port)) as tried:
        port = tried.getsockname()[1]
    app.catalogue.counts()  # a store that cannot be used is said here, once, and not by every process
    os.environ["UNIONCAT_HOME"] = str(app.settings.home)
    app.close()
    Granian(
        "unioncat.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=2,
        backlog=BACKLOG,
        websockets=False,
        respawn_failed_workers=True,
        # a process that is told to end while it starts does not hear it
        workers_kill_timeout=int(STOP_SECONDS),
    ).serve()


@contextmanager
def _address(address: str, option: str) -> Iterator[None]:
    """Turns what a socket says of an address that cannot be bound into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sentence = f"{address} is in use by another program; stop it or choose another port with {option}"
        elif error.errno == errno.EACCES:
            sentence = f"{address} may not be used by this account; choose a port above 1023 with {option}"
        else:
            sentence = f"{address} cannot be served: {error.strerror or error}; see {option}"
        raise ConfigError(sentence) from error
