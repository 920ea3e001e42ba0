"""OAI-PMH out and in: a plain reader on one connection, beside nginx with the same bytes; then a harvest of it all."""

from __future__ import annotations

import argparse
import http.client
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from flask import Flask

from bench._corpus import feeds
from bench._memory import MemoryWatch
from harvesters.base import HarvesterContext
from harvesters.oai_pmh import OaiPmhHarvester
from protocols.oaipmh import Provider, TokenSigner, blueprint
from unioncat.marc import Field, to_json
from unioncat.matching import load_ruleset
from unioncat.model import Holding, Member, MemberCode, Source, SourceId, public_id, record_key
from unioncat.services.catalogue import Catalogue
from unioncat.services.disseminate import Disseminator
from unioncat.services.formats import Formats
from unioncat.services.harvesting import HarvestRunner
from unioncat.services.ingest import Ingest
from unioncat.services.oai_sets import set_specs
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster
from unioncat.store import Members, Sources, Store
from unioncat.store.bulk import db_time, insert_rows
from unioncat.store.rendered import RenderedCache
from unioncat.store.tables import ClusterRow, ClusterSetRow

PREFIXES = ("marc21", "oai_dc")
TOKEN = re.compile(rb"<resumptionToken[^>]*>([^<]*)</resumptionToken>")
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; keepalive_requests 1000000; sendfile on; types {{ text/xml xml; }}
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/pages; }}
}}
"""


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench oai", description=__doc__)
    parser.add_argument("--limit", type=int, help="records of each library (default: all)")
    parser.add_argument("--page", type=int, default=250, help="records in one page")
    parser.add_argument("--harvest", default="library:hathi", help='set to harvest through the whole path; "": none')
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve is not None:
        serve(options.serve, options.page)
        return 0
    folder = Path(tempfile.mkdtemp(prefix="unioncat-oai-"))
    try:
        figures = measure(folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 0


def plant(folder: Path, limit: int | None) -> int:
    """The corpus as merged records, straight into the tables, stamped over some weeks; how many."""
    formats = Formats.load()
    members = {
        MemberCode(feed.code): Member(MemberCode(feed.code), feed.name, "university", province="Bến Tre")
        for feed in feeds()
    }
    start, number = datetime(2026, 1, 1, tzinfo=UTC), 0
    with Store.create(f"sqlite:///{folder / 'catalogue.db'}") as store:
        with store.write() as session:
            for member in members.values():
                Members(session).add(member)
        clusters: list[tuple[Any, ...]] = []
        for feed in feeds():
            held = Holding(MemberCode(feed.code), record_key(feed.code, "1"))
            for raw in _raws(formats, feed.files, limit):
                number += 1
                found = formats.parse(raw).record
                for field in found.get_fields("001"):
                    found.remove_field(field)
                found.fields.insert(0, Field(tag="001", data=public_id(number)))  # type: ignore[arg-type]
                specs = set_specs(found, [held], members)
                clusters.append((number, to_json(found), specs))
                if len(clusters) == 5000:
                    _store(store, clusters, start)
                    clusters.clear()
        _store(store, clusters, start)
    return number


def _raws(formats: Formats, files: tuple[Path, ...], limit: int | None) -> Iterator[Any]:
    left = limit
    for path in files:
        for record in formats.open(path, "iso2709"):
            if left is not None:
                if left == 0:
                    return
                left -= 1
            if record.raw is not None and record.refused is None:
                yield record.raw


def _store(store: Store, clusters: list[tuple[Any, ...]], start: datetime) -> None:
    with store.write() as session:
        rows, sets = [], []
        for number, marc, specs in clusters:
            stamp = db_time(session, start + timedelta(seconds=number // 500))
            rows.append((number, marc, b"[]", number.to_bytes(16, "big"), stamp, stamp, False, False))
            sets += [(number, spec, stamp, False) for spec in ("", *specs)]
        columns = ("id", "marc", "provenance", "fingerprint", "created", "datestamp", "deleted", "suppressed")
        insert_rows(session, ClusterRow, columns, rows)
        insert_rows(session, ClusterSetRow, ("cluster", "set_spec", "datestamp", "gone"), sets)


def provider_of(folder: Path, page: int) -> Provider:
    store = Store.open(f"sqlite:///{folder / 'catalogue.db'}")
    exports = Formats.load().export
    disseminator = Disseminator(
        store,
        Catalogue(store),
        {name: exports[name] for name in PREFIXES},
        repository="mucluc.example.vn",
        base_url="https://mucluc.example.vn",
        cache=RenderedCache(folder / "rendered.db", "bench"),
    )
    return Provider(disseminator, TokenSigner(b"0" * 32), "Bench", ["a@example.vn"], page=page)


def serve(folder: Path, page: int) -> None:
    """The provider behind the project's own WSGI server; its port is the first line printed."""
    import waitress

    app = Flask("bench")
    app.register_blueprint(blueprint(provider_of(folder, page)))
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    print(server.effective_port, flush=True)
    server.run()


class Reader:
    """A plain HTTP reader on one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        body = response.read()
        assert response.status == 200, (response.status, body[:200])
        return body


def walk(port: int, prefix: str, keep: Path | None = None) -> dict[str, Any]:
    """One whole harvest: records, seconds, seconds of each page. keep: where the pages go, for nginx."""
    reader, path = Reader(port), f"/oai?verb=ListRecords&metadataPrefix={prefix}"
    pages: list[float] = []
    records = size = 0
    while True:
        begun = time.perf_counter()
        body = reader.get(path)
        pages.append(time.perf_counter() - begun)
        size += len(body)
        records += body.count(b"<header>")
        if keep is not None:
            (keep / f"{prefix}{len(pages) - 1}.xml").write_bytes(body)
        found = TOKEN.search(body, len(body) - 800)
        if found is None or not found[1]:
            break
        path = f"/oai?verb=ListRecords&resumptionToken={quote(found[1].decode())}"
    whole = pages[:-1] or pages  # the last may be short
    tenth = max(1, len(whole) // 10)
    return {
        "records": records,
        "bytes": size,
        "seconds": sum(pages),
        "records_per_second": records / sum(pages),
        "last_to_first": median(whole[-tenth:]) / median(whole[:tenth]),
        "pages": len(pages),
    }


def static(port: int, prefix: str, pages: int) -> float:
    """Seconds for the same pages as files."""
    reader = Reader(port)
    begun = time.perf_counter()
    for number in range(pages):
        body = reader.get(f"/{prefix}{number}.xml")
        body.count(b"<header>")
        TOKEN.search(body, len(body) - 800)
    return time.perf_counter() - begun


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    begun = time.perf_counter()
    figures: dict[str, Any] = {"records": plant(folder, options.limit), "planted_seconds": time.perf_counter() - begun}
    pages = folder / "pages"
    pages.mkdir()
    command = [sys.executable, "-m", "bench", "oai", "--serve", str(folder), "--page", str(options.page)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, MemoryWatch(server.pid) as memory:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            for prefix in PREFIXES:
                figures[f"{prefix} cold"] = walk(port, prefix)
                walk(port, prefix, pages)
                figures[f"{prefix} stored"] = walk(port, prefix)
            figures["get_record_ms"] = single(port, figures["records"])
            if options.harvest:
                figures["harvest"] = harvest(folder, port, options.harvest)
        finally:
            server.terminate()
    figures["server_peak_mb"] = memory.peak / 1e6
    if shutil.which("nginx"):
        figures["nginx"] = beside_nginx(folder, figures)
    return figures


def single(port: int, records: int) -> dict[str, float]:
    """GetRecord over the whole catalogue: milliseconds at the median and the 99th of a hundred."""
    reader, taken = Reader(port), []
    for step in range(1000):
        number = 1 + (step * 7919) % records
        begun = time.perf_counter()
        reader.get(f"/oai?verb=GetRecord&metadataPrefix=marc21&identifier=oai:mucluc.example.vn:uc{number:08d}")
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return {"p50": taken[500], "p99": taken[990]}


def harvest(folder: Path, port: int, set_spec: str) -> dict[str, Any]:
    """One set through the whole path: harvested, stored, matched, merged."""
    pool = WorkPool(load_ruleset("default"), 0, Formats.load())
    with Store.create(f"sqlite:///{folder / 'harvested.db'}") as store:
        with store.write() as session:
            Members(session).add(Member(MemberCode("union"), "Union", "university"))
            new = Source(
                SourceId(0),
                "union",
                MemberCode("union"),
                "oai-pmh",
                f"http://127.0.0.1:{port}/oai",
                "marc21",
                set_spec,
            )
            source = Sources(session).add(new)
        recluster = Recluster(store, pool)
        runner = HarvestRunner(store, Ingest(store, pool))
        begun = time.perf_counter()
        result = runner.run(OaiPmhHarvester(HarvesterContext()), source)
        stored = time.perf_counter()
        recluster.run()
        ended = time.perf_counter()
    pool.close()
    assert result.state == "complete", result.message
    return {
        "records": result.account.read,
        "harvest_and_store_seconds": stored - begun,
        "cluster_and_merge_seconds": ended - stored,
        "records_per_second": result.account.read / (ended - begun),
    }


def beside_nginx(folder: Path, figures: dict[str, Any]) -> dict[str, float]:
    """Ratio of nginx's time to ours for the same bytes: 1.0 is as fast as static files."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")
    folder.chmod(0o755)
    command = [str(shutil.which("nginx")), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "user root;"]
    ratios: dict[str, float] = {}
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as nginx:
        try:
            time.sleep(0.5)
            for prefix in PREFIXES:
                seconds = min(static(port, prefix, figures[f"{prefix} stored"]["pages"]) for _ in range(2))
                ratios[prefix] = seconds / figures[f"{prefix} stored"]["seconds"]
        finally:
            nginx.terminate()
    return ratios


def show(figures: dict[str, Any]) -> None:
    print(f"{figures['records']} records planted in {figures['planted_seconds']:.1f} s")
    for prefix in PREFIXES:
        for state in ("cold", "stored"):
            one = figures[f"{prefix} {state}"]
            print(
                f"{prefix:7} {state:7} {one['records']:7d} records {one['bytes'] / 1e6:7.1f} MB {one['seconds']:6.2f} s"
                f" {one['records_per_second']:8.0f} records/s   last pages / first {one['last_to_first']:.2f}"
            )
    single_record = figures["get_record_ms"]
    print(f"GetRecord p50 {single_record['p50']:.1f} ms, p99 {single_record['p99']:.1f} ms")
    for prefix, ratio in figures.get("nginx", {}).items():
        print(f"{prefix:7} nginx's time for the same bytes / ours: {ratio:.2f}")
    if "harvest" in figures:
        got = figures["harvest"]
        print(
            f"harvested {got['records']} records through the whole path at {got['records_per_second']:.0f} records/s"
            f" (harvest and store {got['harvest_and_store_seconds']:.1f} s,"
            f" cluster and merge {got['cluster_and_merge_seconds']:.1f} s)"
        )
    print(f"server's peak memory {figures['server_peak_mb']:.0f} MB")
