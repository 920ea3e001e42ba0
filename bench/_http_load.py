"""A small HTTP load generator: connections that each send one request after the other and read the whole answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Load:
    """seconds: of the whole run. latencies: of each request, in seconds. bytes: of all answers."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    bytes: int = 0
    failures: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def add(self, other: Load) -> None:
        """Another round of the same."""
        self.seconds += other.seconds
        self.latencies += other.latencies
        self.bytes += other.bytes
        self.failures += other.failures

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def run_load(base: str, targets: Sequence[str], connections: int = 4) -> Load:
    """Ask `base` + each target once, shared among the connections."""
    load, lock, place = Load(), threading.Lock(), iter(range(len(targets)))
    parts = urlsplit(base)

    def work() -> None:
        connection: _Connection | None = None
        while True:
            with lock:
                number = next(place, None)
            if number is None:
                return
            began = time.perf_counter()
            size, good = 0, False
            for _ in range(2):  # a kept connection may have been closed meanwhile
                if connection is None:
                    connection = _Connection(parts.hostname or "127.0.0.1", parts.port or 80)
                try:
                    size, good = connection.get(parts.path + targets[number])
                    break
                except OSError:
                    connection = None
            with lock:
                load.latencies.append(time.perf_counter() - began)
                load.bytes += size
                load.failures += not good

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load.seconds = time.perf_counter() - began
    return load


class _Connection:
    def __init__(self, host: str, port: int) -> None:
        self._host = f"{host}:{port}"
        self._socket = socket.create_connection((host, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def get(self, target: str) -> tuple[int, bool]:
        """(bytes of the body, whether it is a good answer: status 200 and no diagnostic)."""
        self._socket.sendall(f"GET {target} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), None)
        refused = False
        if length is None:
            size = self._chunks()
        else:
            while len(self._buffer) < length:
                self._more()
            refused = b"diagnostic/1/" in self._buffer[:length]
            self._buffer, size = self._buffer[length:], length
        if "connection: close" in lines:
            self._socket.close()
        return size, " 200" in lines[0] and not refused

    def _more(self) -> None:
        piece = self._socket.recv(262_144)
        if not piece:
            raise OSError("closed")
        self._buffer += piece

    def _chunks(self) -> int:
        size = 0
        while True:
            while b"\r\n" not in self._buffer:
                self._more()
            line, _, self._buffer = self._buffer.partition(b"\r\n")
            wanted = int(line.split(b";")[0], 16)
            while len(self._buffer) < wanted + 2:
                self._more()
            self._buffer = self._buffer[wanted + 2 :]
            if not wanted:
                return size
            size += wanted
