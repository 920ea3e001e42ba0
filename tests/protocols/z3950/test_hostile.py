"""What strangers may send: every association but theirs goes on, and theirs gets a reason."""

from __future__ import annotations

import logging
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from z_catalogue import Peer, condition, init_request, make_parts, present_request, search_request, served
from z_mutations import CAPTURES, mutations

from protocols.z3950 import dispatch
from protocols.z3950.apdu import decode_pdu, encode_pdu
from protocols.z3950.association import Association, Parts
from protocols.z3950.ber import tlv
from protocols.z3950.dispatch import answer
from protocols.z3950.limits import Limits
from protocols.z3950.pqf import parse_pqf

LIMITS = Limits(
    request_size=100_000,
    per_address=230,
    running=4,
    running_per_address=3,
    idle_seconds=600.0,
    write_buffer=10_000,
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return make_parts(tmp_path_factory.mktemp("index"), limits=LIMITS)


@pytest.fixture(scope="module")
def address(parts: Parts) -> Iterator[tuple[str, int]]:
    with served(parts) as found:
        yield found


def raw(address: tuple[str, int], octets: bytes) -> bytes:
    """What comes back until the server hangs up."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(octets)
        found = b""
        while True:
            try:
                data = connection.recv(65_536)
            except ConnectionResetError:
                return found
            if not data:
                return found
            found += data


INIT = encode_pdu("initRequest", init_request())


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 6),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 6),
        (b"SSH-2.0-OpenSSH_9.2\r\n", 6),
        (INIT + b"\xb6\x03\x80\x05a", 6),
        (INIT + b"\xb6\x84\x7f\xff\xff\xff", 4),
        (INIT + b"\xb6\x80" + b"\x80\x01a" * 50_000, 4),
        (INIT + b"\xb6\x80" * 20_000 + b"\0\0" * 20_000, 6),
        (INIT + tlv(b"\xb6", b"\x80\0" * 40_000), 6),
        (INIT + encode_pdu("initResponse", init_request(result=True)), 6),
        (encode_pdu("searchRequest", search_request("x")), 6),
        (INIT + b"\xbf\xff\xff\xff\xff\x7f\x00", 6),
    ],
    ids=["tls", "http", "ssh", "broken", "huge", "endless", "nested", "empty", "response", "no init", "tag"],
)
def test_a_close_says_why(address: tuple[str, int], octets: bytes, reason: int) -> None:
    answered = raw(address, octets)
    close = encode_pdu("close", {"closeReason": reason})
    assert close[3:] in answered  # the reason stands in it, whatever message follows
    with Peer(address) as peer:
        assert peer.search("@attr 1=4 kieu")["resultCount"] == 2


def test_one_octet_at_a_time(address: tuple[str, int]) -> None:
    with Peer(address, init=False) as peer:
        for octet in INIT + encode_pdu("searchRequest", search_request("@attr 1=4 kieu")):
            peer.socket.send(bytes([octet]))
        first, second = peer.receive(), peer.receive()
        assert first is not None
        assert second is not None
        assert second[1]["resultCount"] == 2


def test_two_thousand_operators_get_a_diagnostic(address: tuple[str, int]) -> None:
    with Peer(address) as peer:
        assert condition(peer.search("@and " * 2_000 + "x " * 2_001)) == 6
        assert condition(peer.search("@and x " * 2_000 + "x")) == 6
        assert condition(peer.search("@and x @or y " * 100 + "x")) == 6
        assert peer.search("@or " * 900 + "kieu " * 901)["resultCount"] == 2
        assert peer.search("@not @or kieu x y")["resultCount"] == 2


def test_sets_without_end(address: tuple[str, int]) -> None:
    with Peer(address) as peer:
        for number in range(3_000):
            assert condition(peer.search("kieu", resultSetName=f"s{number}")) is None
        assert condition(peer.present(resultSetId="s2900")) == 27
        for name in ("s1", "s2"):
            peer.search("kieu", resultSetName=name)
        for _ in range(80):  # a set that is made of itself does not grow without end
            response = peer.search("@or @set s1 @set s2", resultSetName="s1")
            assert condition(response) in (None, 6)
        assert peer.search("@attr 1=4 kieu", resultSetName="s3")["resultCount"] == 2


def test_long_and_odd_terms(address: tuple[str, int]) -> None:
    with Peer(address) as peer:
        for text in ("a" * 50_000, "a " * 20_000, "\0", "\ud800", "*", "?" * 100, "(" * 1_000, "\u202e\u0301"):
            for attributes in ("@attr 1=4", "@attr 1=4 @attr 5=1", "@attr 1=4 @attr 5=104", "@attr 1=7 @attr 5=3"):
                query = parse_pqf(f"{attributes} x")
                query["rpn"][1][1]["term"] = ("general", text.encode("utf-8", "surrogatepass"))
                response = peer.search("", query=("type-1", query))
                assert response["searchStatus"] or condition(response)
        assert peer.search("@attr 1=4 kieu")["resultCount"] == 2


def test_a_client_that_never_reads_holds_up_nobody(parts: Parts) -> None:
    slow = replace(parts, limits=replace(LIMITS, write_seconds=1.0))
    with served(slow) as address, Peer(address) as deaf, Peer(address) as other:
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.search("@attr 2=103 x")
        request = encode_pdu("presentRequest", present_request(1, 10))
        deaf.socket.settimeout(0.2)
        try:
            for _ in range(20_000):
                deaf.socket.sendall(request)
        except TimeoutError:
            pass  # the server does not read on from somebody who takes nothing
        began = time.monotonic()
        for _ in range(50):
            assert other.search("@attr 1=4 kieu")["resultCount"] == 2
        assert time.monotonic() - began < 5
        time.sleep(3.5)
        assert not still_there(deaf.socket, request)


def still_there(sock: socket.socket, request: bytes) -> bool:
    """The server has not hung up, whatever we have not read yet."""
    try:
        for _ in range(10_000):
            sock.sendall(request)
    except TimeoutError:
        return True
    except ConnectionError:
        return False
    return True


class SlowEngine:
    """An engine that takes its time over one word."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.let_go = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def search(self, query: Any, **more: Any) -> Any:
        if "slow" in repr(query):
            self.let_go.wait(20)
        return self._engine.search(query, **more)


def test_slow_queries_hold_up_nobody_else_and_end_with_a_diagnostic(parts: Parts) -> None:
    engine = SlowEngine(parts.engine)
    limits = replace(LIMITS, request_seconds=1.0, running_per_address=4, running=6)
    slow = replace(parts, engine=engine, limits=limits)  # type: ignore[arg-type]
    with served(slow) as address, Peer(address) as one, Peer(address) as two, Peer(address) as other:
        for peer in (one, two):
            peer.send("searchRequest", search_request("slow", referenceId=b"r"))
        began = time.monotonic()
        for _ in range(20):
            assert other.search("@attr 1=4 kieu")["resultCount"] == 2
        assert time.monotonic() - began < 1.0
        for peer in (one, two):
            received = peer.receive()
            assert received is not None
            assert condition(received[1]) == 31
            assert received[1]["referenceId"] == b"r"
            assert peer.search("@attr 1=4 kieu")["resultCount"] == 2  # the association goes on
        engine.let_go.set()
        time.sleep(0.2)
        assert one.present(2)["numberOfRecordsReturned"] == 1


def test_an_idle_association_is_closed_and_so_is_one_that_never_begins(parts: Parts) -> None:
    limits = replace(LIMITS, idle_seconds=0.5, init_seconds=0.5)
    with served(replace(parts, limits=limits)) as address, Peer(address) as idle, Peer(address, init=False) as silent:
        for peer in (idle, silent):
            received = peer.receive()
            assert received is not None
            assert received[0] == "close"
            assert received[1]["closeReason"] == 7
            assert peer.receive() is None


def test_a_flood_from_one_address(parts: Parts) -> None:
    with served(replace(parts, limits=replace(LIMITS, per_address=5))) as address:
        peers = [Peer(address) for _ in range(5)]
        with Peer(address, init=False) as sixth:
            received = sixth.receive()
            assert received is not None
            assert received[1]["closeReason"] == 4
        assert peers[0].search("@attr 1=4 kieu")["resultCount"] == 2
        for peer in peers:
            peer.socket.close()
        time.sleep(0.3)
        with Peer(address) as again:
            assert again.init_response["result"] is True


def test_150_idle_and_50_busy_associations(parts: Parts) -> None:
    """Also what an idle one costs: at most 200 kB."""
    with served(parts) as address:
        warm = [Peer(address) for _ in range(20)]
        process = psutil.Process(os.getpid())
        before = process.memory_info().rss
        idle = [Peer(address) for _ in range(150)]
        for peer in idle:
            assert peer.search("@attr 1=4 kieu")["resultCount"] == 2
        grown = process.memory_info().rss - before
        assert grown / 150 < 200_000  # both ends of the connection live in this process
        errors: list[object] = []

        def work(number: int) -> None:
            try:
                with Peer(address) as peer:
                    for _ in range(20):
                        assert peer.search("@attr 1=1003 nguyen", resultSetName=str(number))["resultCount"] == 5
                        assert peer.present(1, 5, resultSetId=str(number))["numberOfRecordsReturned"] == 5
            except (AssertionError, OSError) as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []
        for peer in idle:
            assert peer.present(2)["numberOfRecordsReturned"] == 1
        for peer in (*idle, *warm):
            peer.socket.close()


def test_a_client_that_hangs_up_at_any_moment(address: tuple[str, int]) -> None:
    octets = INIT + encode_pdu("searchRequest", search_request("kieu"))
    for cut in range(0, len(octets), 7):
        with socket.create_connection(address) as connection:
            connection.sendall(octets[:cut])
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)  # what was asked is still answered
        found = b""
        while data := connection.recv(65_536):
            found += data
    assert len(found) > 60
    with Peer(address) as peer:
        assert peer.search("@attr 1=4 kieu")["resultCount"] == 2


def test_shutdown_says_goodbye(parts: Parts) -> None:
    with served(parts) as address:
        peer = Peer(address)
        peer.search("kieu")
    received = peer.receive()
    assert received is not None
    assert received[1]["closeReason"] == 1
    peer.socket.close()


def test_nothing_in_the_log_is_as_a_stranger_wrote_it(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        raw(address, INIT + b"\xb6\x0a\x1b\x08\n\x1b[31mEVIL")
        raw(address, b"\n\x1b[31mEVIL\n")
    for record in caplog.records:
        assert "\n" not in record.getMessage()
        assert "\x1b" not in record.getMessage()


def test_a_fault_of_ours_is_logged_and_answered(
    parts: Parts, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(association: Association, request: dict[str, Any]) -> Any:
        raise RuntimeError("a fault")

    monkeypatch.setitem(dispatch.SERVICES, "scanRequest", replace(dispatch.SERVICES["scanRequest"], handle=broken))
    association = Association(parts)
    answer(association, INIT)
    request = {
        "databaseNames": ["Default"],
        "termListAndStartPoint": parse_pqf("x")["rpn"][1][1],
        "numberOfTermsRequested": 1,
    }
    _, response = decode_pdu(answer(association, encode_pdu("scanRequest", request)).octets)
    assert condition(response) == 2
    assert "a fault" in caplog.text


@pytest.mark.parametrize("name", list(CAPTURES))
def test_mutated_requests(parts: Parts, name: str) -> None:
    """A small, fixed part of what bench/z3950_fuzz.py does at length: no mutation may raise, or cost a diagnosis 2."""
    association = Association(parts)
    answer(association, INIT)
    for octets in mutations(CAPTURES[name], random.Random(name), 150):
        given = answer(association, octets)
        assert isinstance(given.octets, bytes)
        if not association.opened:
            association = Association(parts)
            answer(association, INIT)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=60), max_size=4))
def test_any_octets_after_init(address: tuple[str, int], pieces: list[bytes]) -> None:
    with Peer(address) as peer:
        try:
            for piece in pieces:
                peer.socket.sendall(piece)
        except ConnectionError:
            pass
    with Peer(address) as peer:
        assert peer.search("@attr 1=4 kieu")["resultCount"] == 2
