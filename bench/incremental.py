"""Adding 1,000 records to a catalogue of 50,000 beside adding them to one of 5,000: it must not take longer."""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench._corpus import feeds
from unioncat.matching import load_ruleset
from unioncat.model import HarvestedRecord, Member, MemberCode, Source, SourceId
from unioncat.services.formats import Formats
from unioncat.services.ingest import Ingest
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster, Report
from unioncat.store import Members, Sources, Store

ADDED = 1000


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench incremental", description=__doc__)
    parser.add_argument("--small", type=int, default=5_000)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    formats = Formats.load()
    records = [(feed.code, each) for feed in feeds() for path in feed.files for each in formats.open(path)]
    random.Random(options.seed).shuffle(records)
    added, rest = records[:ADDED], records[ADDED:]
    times = {}
    for size in (options.small, options.large):
        folder = Path(tempfile.mkdtemp(prefix="unioncat-bench-"))
        try:
            times[size] = measure(folder, formats, rest[: size - ADDED // 10], added, size)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    wall, work = (times[options.large][which] / times[options.small][which] for which in (0, 1))
    print(f"ratio: {wall:.2f} by the clock, {work:.2f} by work (at most 1.5)")
    return 0


def measure(
    folder: Path,
    formats: Formats,
    base: list[tuple[str, HarvestedRecord]],
    added: list[tuple[str, HarvestedRecord]],
    size: int,
) -> tuple[float, float]:
    """(seconds of wall clock, of processors) to add `added` to a catalogue of `base`."""
    with Store.create(str(folder / "store.db")) as store, WorkPool(load_ruleset("default"), formats=formats) as pool:
        with store.write() as session:
            for feed in feeds():
                code = MemberCode(feed.code.upper())
                Members(session).add(Member(code, feed.name, "university"))
                Sources(session).add(Source(SourceId(0), feed.code, code, "file"))
        load(store, pool, base)
        pool.busy.clear()
        begun, used = time.perf_counter(), time.process_time()
        report = load(store, pool, added)
        seconds = time.perf_counter() - begun
        work = time.process_time() - used + sum(pool.busy.values())
    print(
        f"{ADDED} records added to {size}: {seconds:.2f} s ({work:.2f} s of processors);"
        f" {report.pairs} pairs decided,"
        f" {report.touched} records touched in {report.components} components and singles,"
        f" {report.created} merged records created, {report.changed} changed, {report.deleted} merged away"
    )
    return seconds, work


def load(store: Store, pool: WorkPool, records: list[tuple[str, HarvestedRecord]]) -> Report:
    ingest = Ingest(store, pool)
    for feed in feeds():
        with store.read() as session:
            source = Sources(session).get(feed.code)
        ingest.run(source, _of(records, feed.code))
    return Recluster(store, pool).run()


def _of(records: list[tuple[str, HarvestedRecord]], code: str) -> Iterator[HarvestedRecord]:
    return (each for where, each in records if where == code)
