"""SRU searches and scans beside Debian's zebrasrv on the same records, and the speed of indexing."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil

from bench._corpus import write_plain
from bench._http_load import Load, run_load
from bench._zebra import CONFIG, available

CONNECTIONS = 4
ROUNDS = 10
COMMON = ("engineering", "design", "analysis", "united", "history")
SERVERS = {
    "waitress": ["-m", "waitress", "--threads=8", "--host=127.0.0.1", "--port={port}", "bench._sru_app:app"],
    "gunicorn": ["-m", "gunicorn", "-w", "{workers}", "-k", "gthread", "--threads", "4", "--keep-alive", "60",
                 "-b", "127.0.0.1:{port}", "--log-level", "warning", "bench._sru_app:app"],
    "granian": ["-m", "granian", "--interface", "wsgi", "--workers", "{workers}", "--blocking-threads", "2", "--no-ws",
                "--host", "127.0.0.1", "--port", "{port}", "--log-level", "warning", "bench._sru_app:app"],
}  # fmt: skip


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench search", description=__doc__)
    parser.add_argument("--limit", type=int, help="records of each library (default: all)")
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--servers", default="waitress,gunicorn,granian", help="WSGI servers to try, with commas")
    parser.add_argument("--home", type=Path, help="keep the catalogue here, and use it if it is there")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="unioncat-bench-"))
    try:
        home = options.home or folder / "home"
        records = folder / "all.mrc"
        count = write_plain(records, options.limit)
        if not (home / "unioncat.db").exists():
            command = [sys.executable, "-m", "bench", "whole_path", "--child", str(home)]
            command += ["--limit", str(options.limit)] if options.limit else []
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        print(f"records: {count}")
        _indexing(home, options.workers)
        _searching(home, records, folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


# ---------------------------------------------------------------- indexing


def _indexing(home: Path, workers: int) -> None:
    """Rebuild from the store (reading, analysing and indexing), and indexing alone of documents made before."""
    from unioncat.search import document_from_json
    from unioncat.search.tantivy_writer import TantivyWriter, encode
    from unioncat.services.indexing import Indexer, record_version
    from unioncat.store import Clusters, Members, Store

    store = Store.open(f"sqlite:///{home / 'unioncat.db'}")
    began, used = time.perf_counter(), _own_seconds()
    count = Indexer(store, f"tantivy://{home / 'index'}", workers).rebuild()
    whole = time.perf_counter() - began
    used = _own_seconds() - used
    print(
        f"rebuild from the store     {count / whole:10,.0f} records/s  processor {used / count * 1e6:5.0f} µs a record"
    )
    with store.read() as session:
        members = {member.code: member for member in Members(session).all()}
        ids = list(Clusters(session).ids())
        batches = []
        for start in range(0, len(ids), 1000):
            made = [
                document_from_json(
                    record.marc, record.holdings, members, record.datestamp, cluster=record.id,
                    created=record.created, sets=record.sets, version=record_version(record),
                )
                for record in Clusters(session).many(ids[start : start + 1000])
            ]  # fmt: skip
            batches.append(([each.id for each in made], [encode(each) for each in made]))
    folder = Path(tempfile.mkdtemp(prefix="unioncat-bench-index-"))
    try:
        began, used = time.perf_counter(), _own_seconds()
        writer = TantivyWriter(folder)
        for numbers, encoded in batches:
            writer.put_encoded(numbers, encoded)
        writer.commit(1)
        seconds = time.perf_counter() - began
        writer.close()
        used = _own_seconds() - used
        print(
            f"indexing of ready documents{len(ids) / seconds:10,.0f} documents/s"
            f"  processor {used / len(ids) * 1e6:5.0f} µs a document"
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


# ---------------------------------------------------------------- searching


def _queries(home: Path, number: int) -> tuple[list[str], list[str]]:
    """(words of titles, scan terms) out of the records themselves, the same for every server.

    Words of five letters without marks: Zebra's plain configuration knows no folding, and would find less.
    """
    from unioncat.marc import from_json, values
    from unioncat.store import Clusters, Store
    from unioncat.text import exact_tokens

    chance = random.Random(20261122)
    store = Store.open(f"sqlite:///{home / 'unioncat.db'}")
    found: list[str] = []
    scans: list[str] = []
    with store.read() as session:
        ids = list(Clusters(session).ids())
        for record in Clusters(session).many(chance.sample(ids, min(number, len(ids)))):
            for title in values(from_json(record.marc), "245$a")[:1]:
                words = [word for word in exact_tokens(title) if word.isascii() and word.isalpha() and len(word) > 4]
                if words:
                    found.append(chance.choice(words))
                    scans.append(words[0])
    return found, scans


def _searching(home: Path, records: Path, folder: Path, options: argparse.Namespace) -> None:
    """Rounds of each kind, server after server, so that a busy machine is as busy for one as for the other."""
    queries, scans = _queries(home, options.requests)
    kinds = {
        "10 MARCXML records, new": [_search(query) for query in queries],
        "10 MARCXML records, again": [_search(query) for query in queries],
        "no such title": [_search(f"zq{place}{query}") for place, query in enumerate(queries)],
        "common word": [_search(word) for word in COMMON * (len(queries) // len(COMMON))],
        "scan, 10 terms": [_scan(word) for word in scans],
    }
    with ExitStack() as stack:
        served: dict[str, tuple[str, psutil.Process]] = {}
        if available():
            served["zebrasrv"] = stack.enter_context(_zebrasrv(records, folder))
        for name in options.servers.split(","):
            served[name] = stack.enter_context(_ours(name, home, options.workers))
        for address, _ in served.values():
            run_load(address, [_search("zqzq")] * 100, CONNECTIONS)
        for kind, targets in kinds.items():
            loads = {name: Load() for name in served}
            used = dict.fromkeys(served, 0.0)
            size = max(len(targets) // ROUNDS, 1)
            for start in range(0, len(targets), size):
                for name, (address, process) in served.items():
                    before = _processor_seconds(process)
                    loads[name].add(run_load(address, targets[start : start + size], CONNECTIONS))
                    used[name] += _processor_seconds(process) - before
            for name, load in loads.items():
                _show(name, kind, load, used[name], loads.get("zebrasrv") if name != "zebrasrv" else None)


def _processor_seconds(process: psutil.Process) -> float:
    """Of a server with all its children, also those that have ended."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return float(total)


def _search(words: str) -> str:
    query = quote(f'dc.title all "{words}"')
    return f"?version=1.1&operation=searchRetrieve&maximumRecords=10&query={query}"


def _scan(word: str) -> str:
    return f"?version=1.1&operation=scan&maximumTerms=10&scanClause={quote(f'dc.title={word}')}"


def _show(server: str, kind: str, load: Load, used: float, base: Load | None) -> None:
    ratio = f"{load.rate / base.rate:6.2f} × zebrasrv" if base is not None and base.rate else ""
    count = max(len(load.latencies), 1)
    print(
        f"{server:<9} {kind:<26} {load.rate:8,.0f} requests/s  p50 {load.percentile(0.5) * 1000:6.1f} ms"
        f"  p99 {load.percentile(0.99) * 1000:6.1f} ms  processor {used / count * 1000:5.2f} ms"
        f"  {load.bytes / count / 1000:5.1f} kB  failed {load.failures}  {ratio}",
        flush=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"the server ended with {process.returncode}") from None
            time.sleep(0.1)
    raise SystemExit("the server did not answer")


@contextmanager
def _serving(command: Sequence[str], port: int, cwd: Path, environ: dict[str, str]) -> Iterator[psutil.Process]:
    process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **environ})
    try:
        _wait_for(port, process)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def _ours(name: str, home: Path, workers: int) -> Iterator[tuple[str, psutil.Process]]:
    port = _free_port()
    command = [sys.executable, *(part.format(port=port, workers=workers) for part in SERVERS[name])]
    root = Path(__file__).resolve().parent.parent
    with _serving(command, port, root, {"UNIONCAT_BENCH_HOME": str(home.absolute())}) as process:
        yield f"http://127.0.0.1:{port}/sru", process


@contextmanager
def _zebrasrv(records: Path, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    place = folder / "zebra"
    place.mkdir()
    modules = next(Path("/usr/lib").glob("*/idzebra-2.0/modules"))
    (place / "zebra.cfg").write_text(CONFIG.format(modules=modules))
    for command in (
        ["zebraidx", "-c", "zebra.cfg", "init"],
        ["zebraidx", "-c", "zebra.cfg", "-l", "zebra.log", "update", str(records)],
    ):
        subprocess.run(command, cwd=place, check=True, capture_output=True)
    port = _free_port()
    (place / "server.xml").write_text(
        f'<yazgfs><listen id="one">tcp:127.0.0.1:{port}</listen><server id="s" listenref="one">'
        "<config>zebra.cfg</config><cql2rpn>/usr/share/yaz/etc/pqf.properties</cql2rpn></server></yazgfs>"
    )
    with _serving(["zebrasrv", "-f", "server.xml", "-l", "server.log"], port, place, {}) as process:
        yield f"http://127.0.0.1:{port}/Default", process
