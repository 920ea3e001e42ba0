"""The whole path (read, match, store, merge, index) into an empty catalogue, beside zebraidx on the same records."""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from bench._corpus import Feed, feeds, write_plain
from bench._memory import MemoryWatch
from bench._zebra import available, time_zebraidx


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench whole_path", description=__doc__)
    parser.add_argument("--limit", type=int, help="records of each library (default: all)")
    parser.add_argument("--workers", type=int, default=0, help="processes for the pure stages (default: one a core)")
    parser.add_argument(
        "--database", default="", help="URL of an empty database (default: SQLite in a temporary folder)"
    )
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child is not None:
        print(json.dumps(load_all(options.child, options.limit, options.workers, options.database)))
        return 0
    figures = measure(options)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False), encoding="utf-8")
    return 0


def measure(options: argparse.Namespace) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="unioncat-bench-"))
    load = os.getloadavg()[0]
    try:
        records = folder / "all.mrc"
        count = write_plain(records, options.limit)
        zebra = [time_zebraidx(records, folder / "zebra1")] if available() else []
        command = [sys.executable, "-m", "bench", "whole_path", "--child", str(folder / "home")]
        for name in ("limit", "workers", "database"):
            if getattr(options, name):
                command += [f"--{name}", str(getattr(options, name))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child, MemoryWatch(child.pid) as memory:
            output, _ = child.communicate()
        if child.returncode:
            raise SystemExit(child.returncode)
        if available():
            zebra.append(time_zebraidx(records, folder / "zebra2"))
        figures: dict[str, Any] = json.loads(output.splitlines()[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures["records"] = count
    figures["cores"] = os.cpu_count()
    figures["load"] = load
    figures["peak_bytes"] = memory.peak
    figures["zebra_seconds"] = zebra
    return figures


def load_all(home: Path, limit: int | None, workers: int, database: str) -> dict[str, Any]:
    """In a process of its own: everything from the files to the committed index."""
    begun, used = time.perf_counter(), os.times()
    from unioncat.matching import load_ruleset
    from unioncat.model import Member, MemberCode, Source, SourceId
    from unioncat.services.formats import Formats
    from unioncat.services.index_feed import IndexFeed
    from unioncat.services.ingest import Ingest
    from unioncat.services.pool import WorkPool
    from unioncat.services.recluster import Recluster
    from unioncat.store import Members, Sources, Store

    home.mkdir()
    formats = Formats.load()
    account = []
    seconds: dict[str, float] = {}
    with (
        Store.create(database or f"sqlite:///{home / 'unioncat.db'}") as store,
        WorkPool(load_ruleset("default"), workers, formats) as pool,
    ):
        feed = IndexFeed(store, f"tantivy:///{home / 'index'}", pool)
        recluster = Recluster(store, pool, feed=feed)
        ingest = Ingest(store, pool)
        for each in feeds():
            with store.write() as session:
                code = MemberCode(each.code.upper())
                Members(session).add(Member(code, each.name, "university"))
                source = Sources(session).add(Source(SourceId(0), each.code, code, "file"))
            done = ingest.run(source, _records(formats, each, limit))
            account.append(f"{each.code}: {done.account}")
            for stage, spent in done.seconds.items():
                seconds[stage] = seconds.get(stage, 0.0) + spent
        report = recluster.run()
        seconds.update(report.seconds)
        by_stage, here = dict(pool.busy), pool.here
    wall = time.perf_counter() - begun
    mine = resource.getrusage(resource.RUSAGE_SELF)
    now = os.times()
    return {
        "seconds": wall,
        "account": account,
        "clusters": report.created,
        "pairs": report.pairs,
        "large_blocks": len(report.large),
        "documents": feed.documents,
        "main_cpu": now.user + now.system - used.user - used.system,
        "stages_in_main": here,
        "main_max_rss": mine.ru_maxrss * 1024,
        "waits_and_work_of_main": seconds,
        "cpu_of_stages": by_stage,
    }


def _records(formats: Any, feed: Feed, limit: int | None) -> Iterator[Any]:
    return islice(chain.from_iterable(formats.open(path) for path in feed.files), limit)


STAGES = (
    ("reading: parse, normalise, quality, match view, keys", ("prepare",), ("read",)),
    ("matching: pairs, decisions, clusters", ("compare", "group"), ("compare", "components")),
    ("merging", ("unite",), ("plan",)),
    ("storing", (), ("store", "link", "write")),
    ("indexing", ("encode",), ("index",)),
)
"""What a person reads; stages of the workers; stages of the main process."""


def show(figures: dict[str, Any]) -> None:
    wall, count = figures["seconds"], figures["records"]
    for line in figures["account"]:
        print(line)
    print(
        f"{count} records → {figures['clusters']} merged, {figures['documents']} indexed;"
        f" {figures['pairs']} pairs compared, {figures['large_blocks']} large blocks"
    )
    print(f"whole path: {wall:.1f} s, {count / wall:,.0f} records/s; peak memory {figures['peak_bytes'] / 1e6:,.0f} MB")
    busy, mine = figures["cpu_of_stages"], figures["waits_and_work_of_main"]
    shares = {
        name: sum(busy.get(stage, 0.0) for stage in workers) + sum(mine.get(stage, 0.0) for stage in main)
        for name, workers, main in STAGES
    }
    total = sum(shares.values()) or 1.0
    for name, spent in shares.items():
        print(f"  {spent:6.1f} s {spent / total:5.0%}  {name}")
    print("  (seconds of processors; processes overlap, so their sum is more than the wall clock)")
    print(f"  {work_of(figures):.1f} s in all, with the index writer's and what carrying between processes costs")
    zebra = figures["zebra_seconds"]
    for seconds, work in zebra:
        print(f"zebraidx: {seconds:.1f} s, {count / seconds:,.0f} records/s; {work:.1f} s of processors")
    if zebra:
        clock = wall / (sum(seconds for seconds, _ in zebra) / len(zebra))
        work = work_of(figures) / (sum(work for _, work in zebra) / len(zebra))
        print(
            f"ratio: {clock:.2f} times zebraidx by the clock; {work:.2f} times its work, over {figures['cores']} cores"
        )
    else:
        print("zebraidx is not installed (Debian: idzebra-2.0); no ratio")
    print(f"load average of this machine when it began: {figures['load']:.1f}")


def work_of(figures: dict[str, Any]) -> float:
    """Seconds of processors of the whole path, over all its processes."""
    return float(figures["main_cpu"] + sum(figures["cpu_of_stages"].values()) - figures["stages_in_main"])
