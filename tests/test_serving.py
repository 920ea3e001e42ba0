"""The servers in one process: free ports are told, taken ones are a sentence, signals end it in good order."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from unioncat.bootstrap import App
from unioncat.model import ConfigError, WrongUse
from unioncat.serving import Servers, Wanted, host_and_port
from unioncat.settings import load_settings


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App.create(load_settings(tmp_path / "home", {}))


def test_everything_is_served_and_stops(app: App) -> None:
    with app, Servers(app, Wanted("127.0.0.1:0", "127.0.0.1:0", indexer=True, schedule=True)) as servers:
        assert servers.http_address is not None
        assert servers.z3950_address is not None
        with urllib.request.urlopen(f"{servers.http_url}/healthz", timeout=10) as answer:
            assert answer.status == 200
        with socket.create_connection(servers.z3950_address, timeout=5):
            pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(servers.http_address, timeout=5)


def test_a_port_in_use_is_a_sentence(app: App) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for wanted in (Wanted(http=f"127.0.0.1:{port}"), Wanted(z3950=f"127.0.0.1:{port}")):
            with app, pytest.raises(ConfigError, match=f":{port} is in use"), Servers(app, wanted):
                pass


@pytest.mark.parametrize("text", ["8080", "localhost", "host:port", "host:70000", "host:-1"])
def test_an_address_that_is_none_is_wrong_use(text: str) -> None:
    with pytest.raises(WrongUse, match="host:port"):
        host_and_port(text, "--http")


def test_addresses_of_all_families() -> None:
    assert host_and_port("[::1]:80", "--http") == ("::1", 80)
    assert host_and_port(":2100", "--z3950") == ("0.0.0.0", 2100)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_serve_with_status_0(app: App, sign: signal.Signals) -> None:
    home = app.settings.home
    app.close()
    process = subprocess.Popen(
        [sys.executable, "-m", "unioncat", "--home", str(home), "serve", "--http", "127.0.0.1:0", "--z3950", ""],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        lines = []
        while line := process.stdout.readline().decode():
            lines.append(line)
            if "Ctrl-C" in line:
                break
        url = re.search(r"http://\S+", "".join(lines))
        assert url is not None, lines
        with urllib.request.urlopen(url[0], timeout=60) as answer:
            assert answer.status == 200
    finally:
        process.send_signal(sign)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()
    assert b"Traceback" not in errors


def test_several_processes_answer_and_end_by_a_signal(app: App) -> None:
    home = app.settings.home
    app.indexer.rebuild()
    app.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--http", f"127.0.0.1:{port}", "--processes", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "unioncat", "--home", str(home), "serve", "http", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
                    assert answer.status == 200
                    break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail("no process answered")
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()


def test_processes_that_are_still_starting_end_by_a_signal_too(app: App) -> None:
    home = app.settings.home
    app.indexer.rebuild()
    app.close()
    process = subprocess.Popen(
        [sys.executable, "-m", "unioncat", "--home", str(home), "serve", "http", "--http", ":0", "--processes", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    said = b""
    try:
        for line in process.stdout:
            said += line
            if b"Spawning worker-2" in line:
                break
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0, (said + rest).decode()
