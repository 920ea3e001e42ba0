"""Z39.50 speed beside Debian's zebrasrv: the same 50,416 records, the same machine, the same run.

::

    python -m bench z3950 [--records N] [--rounds N]

The records are those of the throughput corpus. Measures: search and present of one USmarc record on one connection
(each search new, and searches repeated); 50 connections with 40 such operations each; presents of 400 records. Both
servers run in processes of their own and are measured in turns; the client is the same for both, in a third process,
and sends octets made beforehand, so that what is compared is servers. Prints the best rates, and the median of the
ratios of each round (ours : Zebra's), which what else the machine does troubles least.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import multiprocessing
import random
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from bench._corpus import shared_data
from protocols.z3950 import oids
from protocols.z3950.apdu import decode_pdu, encode_pdu
from protocols.z3950.ber import Framer
from protocols.z3950.pqf import parse_pqf
from unioncat.marc import Field, Record, to_iso2709, to_json, values
from unioncat.marc.iso2709 import Iso2709
from unioncat.model import ClusterId, RawRecord, UnionCatError, public_id
from unioncat.search import document_from_json, open_writer
from unioncat.store import Store
from unioncat.store.tables import ClusterRow

FILES = (
    "hathi_goldfinch/goldfinch_val.converted.mrc.gz",
    "vn_hcmut/book3part0final.mrc.gz",
    "vn_hcmut/book3part1final.mrc.gz",
    "vn_hcmut/book3part2final.mrc.gz",
)
CONNECTIONS, OPERATIONS = 50, 40
PRESENTED = 400
ZEBRA_CONFIG = """\
profilePath: {folder}:/usr/share/idzebra-2.0/tab:/usr/share/yaz/etc
modulePath: {modules}
register: {folder}/register:8G
lockDir: {folder}/lock
keyTmpDir: {folder}/tmp
attset: bib1.att
recordType: grs.marcxml.marc21
database: Default
storeData: 1
storeKeys: 0
"""


# ---------------------------------------------------------------- the records, and both servers


def corpus(folder: Path, limit: int) -> Iterator[Record]:
    """Records as we keep them, numbered from 1 in field 001."""
    reader = Iso2709()
    number = 0
    for name in FILES:
        with gzip.open(folder / "records" / name) as stream:
            for harvested in reader.split(stream, {}):
                if harvested.raw is None or harvested.refused:
                    continue
                if number >= limit:
                    return
                try:
                    record = reader.parse(RawRecord("iso2709", harvested.raw.data, 1)).record
                    number += 1
                    record.remove_fields("001")
                    record.fields.insert(0, Field("001", data=public_id(ClusterId(number))))
                    to_iso2709(record)
                except UnionCatError:
                    number -= 1
                    continue
                yield record


def build(folder: Path, data: Path, limit: int) -> tuple[int, list[str], list[str]]:
    """Our store and index, and Zebra's. Returns the number of records, title words for single hits, frequent words."""
    now = datetime.now(UTC).replace(microsecond=0)
    store = Store.create(f"sqlite:///{folder}/unioncat.db")
    writer = open_writer(f"tantivy://{folder}/index")
    words: dict[str, int] = {}
    count = 0
    batch: list[tuple[int, Record]] = []

    def flush(output: object) -> None:
        rows = [
            {
                "id": number,
                "marc": to_json(record),
                "created": now,
                "datestamp": now,
                "fingerprint": number.to_bytes(16),
            }
            for number, record in batch
        ]
        with store.write() as session:
            session.execute(insert(ClusterRow), rows)
        writer.put(
            document_from_json(row["marc"], (), {}, now, cluster=ClusterId(row["id"]), created=now, version=row["id"])  # type: ignore[arg-type]
            for row in rows
        )
        batch.clear()

    (folder / "marc").mkdir()
    with (folder / "marc" / "all.mrc").open("wb") as output:
        for count, record in enumerate(corpus(data, limit), 1):
            output.write(to_iso2709(record))
            batch.append((count, record))
            for word in {
                word.lower() for text in values(record, "245$a") for word in re.findall(r"[A-Za-z]{4,}", text)
            }:
                words[word] = words.get(word, 0) + 1
            if len(batch) >= 5_000:
                flush(output)
        flush(output)
    writer.commit(1)
    writer.close()
    store.close()
    (folder / "register").mkdir()
    (folder / "lock").mkdir()
    (folder / "tmp").mkdir()
    modules = next(Path("/usr/lib").glob("*/idzebra-2.0/modules"), Path("/usr/lib/idzebra-2.0/modules"))
    (folder / "zebra.cfg").write_text(ZEBRA_CONFIG.format(folder=folder, modules=modules))
    for command in (["init"], ["update", str(folder / "marc")], ["commit"]):
        subprocess.run(["zebraidx", "-c", "zebra.cfg", *command], cwd=folder, check=True, capture_output=True)
    rare = sorted(word for word, found in words.items() if found <= 20)
    frequent = sorted((word for word, found in words.items() if found >= PRESENTED + 50), key=lambda word: words[word])
    return count, rare, frequent


def serve_ours(folder: str, port: int) -> None:
    import asyncio

    from protocols.z3950.server import Z3950Server
    from protocols.z3950.wiring import make_parts
    from unioncat.search import open_engine
    from unioncat.services.catalogue import Catalogue
    from unioncat.services.find import Finder
    from unioncat.services.formats import Formats

    async def run() -> None:
        store = Store.open(f"sqlite:///{folder}/unioncat.db")
        finder = Finder(open_engine(f"tantivy://{folder}/index"), Catalogue(store))
        server = Z3950Server(make_parts(finder, Formats.load().export), "127.0.0.1", port)
        await server.start()
        await asyncio.Event().wait()

    asyncio.run(run())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ---------------------------------------------------------------- the client


def search_octets(pqf: str) -> bytes:
    return encode_pdu(
        "searchRequest",
        {
            "smallSetUpperBound": 0,
            "largeSetLowerBound": 1,
            "mediumSetPresentNumber": 0,
            "replaceIndicator": True,
            "resultSetName": "default",
            "databaseNames": ["Default"],
            "query": ("type-1", parse_pqf(pqf)),
        },
    )


def present_octets(start: int, count: int) -> bytes:
    return encode_pdu(
        "presentRequest",
        {
            "resultSetId": "default",
            "resultSetStartPoint": start,
            "numberOfRecordsRequested": count,
            "recordComposition": ("simple", ("genericElementSetName", "F")),
            "preferredRecordSyntax": oids.USMARC,
        },
    )


class Line:
    """One connection that sends ready octets and counts answers."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.framer = Framer(64_000_000)
        name, value = decode_pdu(
            self.ask(
                encode_pdu(
                    "initRequest",
                    {
                        "protocolVersion": frozenset({0, 1, 2}),
                        "options": frozenset({0, 1, 2, 7, 8, 14}),
                        "preferredMessageSize": 8_000_000,
                        "exceptionalRecordSize": 8_000_000,
                    },
                )
            )
        )
        assert name == "initResponse"
        assert value["result"]

    def ask(self, octets: bytes) -> bytes:
        self.socket.sendall(octets)
        while (pdu := self.framer.next()) is None:
            self.framer.feed(self.socket.recv(1_000_000))
        return pdu


def check(port: int, searches: list[bytes]) -> list[int]:
    """Hits of each search; every one must be found and its first record presented."""
    line = Line(port)
    found = []
    for search in searches:
        hits = decode_pdu(line.ask(search))[1]["resultCount"]
        found.append(hits)
        if hits:
            _, value = decode_pdu(line.ask(present_octets(1, 1)))
            kind, records = value["records"]
            assert kind == "responseRecords", value
            assert records[0]["record"][0] == "retrievalRecord", records
    return found


def one_connection(port: int, searches: list[bytes]) -> float:
    """Operations (search, then present of one record) per second."""
    line = Line(port)
    present = present_octets(1, 1)
    began = time.perf_counter()
    for search in searches:
        line.ask(search)
        line.ask(present)
    return len(searches) / (time.perf_counter() - began)


def many_connections(port: int, searches: list[bytes]) -> float:
    """Operations per second over CONNECTIONS connections, OPERATIONS each, all at once."""
    lines = [Line(port) for _ in range(CONNECTIONS)]
    present = present_octets(1, 1)
    work: dict[Line, Iterator[bytes]] = {}
    selector = selectors.DefaultSelector()
    for number, line in enumerate(lines):
        own = [searches[(number * OPERATIONS + place) % len(searches)] for place in range(OPERATIONS)]
        work[line] = (octets for search in own for octets in (search, present))
        selector.register(line.socket, selectors.EVENT_READ, line)
    began = time.perf_counter()
    for line in lines:
        line.socket.sendall(next(work[line]))
    left = len(lines)
    while left:
        for key, _ in selector.select():
            line = key.data
            line.framer.feed(line.socket.recv(1_000_000))
            while line.framer.next() is not None:
                following = next(work[line], None)
                if following is None:
                    selector.unregister(line.socket)
                    left -= 1
                    break
                line.socket.sendall(following)
    took = time.perf_counter() - began
    for line in lines:
        line.socket.close()
    return CONNECTIONS * OPERATIONS / took


def big_presents(port: int, searches: list[bytes]) -> float:
    """Records per second, PRESENTED at once."""
    line = Line(port)
    present = present_octets(1, PRESENTED)
    began = time.perf_counter()
    total = 0
    for search in searches:
        line.ask(search)
        total += decode_pdu(line.ask(present))[1]["numberOfRecordsReturned"]
    return total / (time.perf_counter() - began)


# ---------------------------------------------------------------- measuring


def rounds_of(measure: Callable[[int], float], ports: dict[str, int], rounds: int) -> dict[str, list[float]]:
    """Rates of both servers in turns, so that whatever else the machine does troubles both alike."""
    rates: dict[str, list[float]] = {name: [] for name in ports}
    for _ in range(rounds):
        for name, port in ports.items():
            rates[name].append(measure(port))
    return rates


def wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server does not answer")


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench z3950", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder of the record corpus (default: where the tests look for it)")
    parser.add_argument("--records", type=int, default=50_416)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=Path, help="keep what was built here, and use it again")
    options = parser.parse_args(arguments)
    data = options.data or shared_data()
    if shutil.which("zebraidx") is None:
        raise SystemExit("zebraidx is not installed (Debian package idzebra-2.0)")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.work or Path(temporary)
        remembered = folder / "words.txt"
        if remembered.exists():
            count, rare, frequent = ast.literal_eval(remembered.read_text())
        else:
            folder.mkdir(parents=True, exist_ok=True)
            count, rare, frequent = build(folder, data, options.records)
            remembered.write_text(repr((count, rare, frequent)))
        draw = random.Random(1)
        single = [search_octets(f"@attr 1=4 {word}") for word in draw.sample(rare, min(2_000, len(rare)))]
        common = [search_octets(f"@attr 1=4 {word}") for word in frequent[:10]]
        print(f"{count} records, {len(single)} searches for single words, {len(common)} for frequent ones")
        ports = {"ours": free_port(), "zebrasrv": free_port()}
        ours = multiprocessing.get_context("spawn").Process(target=serve_ours, args=(str(folder), ports["ours"]))
        ours.start()
        zebra = subprocess.Popen(
            ["zebrasrv", "-v", "none", "-c", "zebra.cfg", f"tcp:127.0.0.1:{ports['zebrasrv']}"], cwd=folder
        )
        try:
            for port in ports.values():
                wait_for(port)
            if not all(check(ports["ours"], [*common, *single[-20:]])):
                raise SystemExit(f"our server does not find what is there; was {folder} built by another version?")
            rare_half = len(single) // 2
            measures: list[tuple[str, Callable[[int], float], int, float]] = [
                ("one connection, each search new", lambda port: one_connection(port, single[rare_half:]), 1, 0.0),
                ("one connection", lambda port: one_connection(port, single[:rare_half]), options.rounds, 0.5),
                (
                    f"{CONNECTIONS} connections × {OPERATIONS}",
                    lambda port: many_connections(port, single),
                    options.rounds,
                    0.5,
                ),
                (f"presents of {PRESENTED}, records", lambda port: big_presents(port, common), options.rounds, 0.5),
            ]
            failed = False
            for what, measure, rounds, floor in measures:
                rates = rounds_of(measure, ports, rounds)
                top = {name: max(found) for name, found in rates.items()}
                ratios = [a / b for a, b in zip(rates["ours"], rates["zebrasrv"], strict=True)]
                ratio = median(ratios)
                failed = failed or ratio < floor
                print(
                    f"{what:34} ours {top['ours']:9,.0f}/s   zebrasrv {top['zebrasrv']:9,.0f}/s   "
                    f"ratio {ratio:.2f} (of the best {top['ours'] / top['zebrasrv']:.2f})",
                    flush=True,
                )
            hits = {name: check(port, common + single[:200]) for name, port in ports.items()}
            equal = sum(a == b for a, b in zip(hits["ours"], hits["zebrasrv"], strict=True))
            print(f"hits: equal for {equal} of {len(hits['ours'])} searches (words are folded differently)")
        finally:
            ours.terminate()
            zebra.terminate()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
