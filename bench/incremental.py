"""Adding 1,000 records to a catalogue of 50,000 beside adding them to one of 5,000: it must not take longer.

Several batches of 1,000, each added to three catalogues that hold all other batches:

    small:   5,000 records drawn at random
    related: 5,000 records, among them all that stand in the large catalogue in one cluster with a record of the batch
    large:   the whole corpus but the batch

The large one has more that the new records belong to, so more is merged anew; beside the related one, of which the
same is merged anew, what is left is what size itself costs. Each batch is measured in a process of its own, on a
copy of the store, with its workers started and nothing else remembered.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from bench._corpus import feeds
from unioncat.matching import load_ruleset
from unioncat.model import HarvestedRecord, Member, MemberCode, RawRecord, RecordId, Source, SourceId
from unioncat.services.formats import Formats
from unioncat.services.ingest import Ingest
from unioncat.services.ingest_batch import digest_of
from unioncat.services.pipeline import as_raw
from unioncat.services.pool import WorkPool
from unioncat.services.recluster import Recluster, Report
from unioncat.store import Members, SourceRecords, Sources, Store
from unioncat.store.dirty import Dirty

GOAL = 1.5
WARMING = 2_000  # records by which the workers are started
Records = Sequence[tuple[str, HarvestedRecord]]


@dataclass
class Figures:
    """One batch added to one catalogue.

    seconds: by the clock; work: of processors, over all processes; stages: parts of `work`, which overlap nowhere
    folding: seconds to write the log back into the database afterwards, which a writer does every 64 MiB
    met:     digests of the records that now share a cluster with a new one
    """

    seconds: float
    work: float
    folding: float
    report: Report
    stages: dict[str, float]
    met: set[bytes]

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.work:.2f})"


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench incremental", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--small", type=int, default=5_000)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--added", type=int, default=1_000, help="records of a batch")
    parser.add_argument("--batches", type=int, default=5)
    parser.add_argument("--workers", type=int, default=0, help="processes for the pure stages (default: one a core)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    formats = Formats.load()
    records = [(feed.code, each) for feed in feeds() for path in feed.files for each in formats.open(path)]
    random.Random(options.seed).shuffle(records)
    held_back = options.batches * options.added
    batches = [records[start : start + options.added] for start in range(0, held_back, options.added)]
    rest = records[held_back:]
    others = [[each for other in batches if other is not batch for each in other] for batch in batches]
    found: dict[str, list[Figures]] = {"large": [], "small": [], "related": []}
    by_digest = {digest_of(each.raw): (code, each) for code, each in records if each.raw is not None}
    with Workshop(options.workers, warm=rest[-WARMING:]) as workshop:
        large, small = (workshop.base(rest[: max(size - len(others[0]), 0)]) for size in (options.large, options.small))
        empty = workshop.base([])
        for place, (batch, other) in enumerate(zip(batches, others, strict=True), 1):  # one after the other, fairly
            figures = workshop.measure(large, other, batch)
            own = {digest_of(each.raw) for _, each in batch if each.raw is not None}
            related = [by_digest[digest] for digest in figures.met - own]
            filled = [each for each in rest if each[1].raw is None or digest_of(each[1].raw) not in figures.met]
            found["large"].append(figures)
            found["small"].append(workshop.measure(small, other, batch))
            found["related"].append(workshop.measure(empty, (related + filled)[: options.small], batch))
            print(f"batch {place}: " + ", ".join(f"{name} {found[name][-1]}" for name in found), flush=True)
    print(f"large: {min(options.large, len(records) - options.added):,} records; the others: {options.small:,}")
    return show(found)


class Workshop:
    """Makes catalogues and adds to them. A context manager around a folder of its own."""

    def __init__(self, workers: int, warm: Records) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="unioncat-bench-"))
        self._workers = workers
        self._warm = warm
        self._made = 0

    def base(self, records: Records) -> Path:
        """A store of these records."""
        self._made += 1
        path = self._folder / str(self._made) / "store.db"
        path.parent.mkdir()
        with Store.create(str(path)) as store, open_pool(self._workers) as pool:
            with store.write() as session:
                for feed in feeds():
                    code = MemberCode(feed.code.upper())
                    Members(session).add(Member(code, feed.name, "university"))
                    Sources(session).add(Source(SourceId(0), feed.code, code, "file"))
            take(store, pool, records)
            Recluster(store, pool).run()
        return path

    def measure(self, base: Path, others: Records, batch: Records) -> Figures:
        """Add `batch` to a copy of `base` with `others`."""
        path = self._folder / "copy" / "store.db"
        shutil.copytree(base.parent, path.parent)
        try:
            with Store.open(str(path)) as store, open_pool(self._workers) as pool:
                take(store, pool, others)
                Recluster(store, pool).run()
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
                return child.submit(measure, path, self._warm, batch, self._workers).result()
        finally:
            shutil.rmtree(path.parent)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def open_pool(workers: int) -> WorkPool:
    return WorkPool(load_ruleset("default"), workers, Formats.load())


def take(store: Store, pool: WorkPool, records: Records) -> dict[str, float]:
    """Store these; seconds of this process's processor by stage."""
    seconds: dict[str, float] = {}
    for feed in feeds():
        with store.read() as session:
            source = Sources(session).get(feed.code)
        run = Ingest(store, pool).run(source, _of(records, feed.code))
        for stage, spent in run.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + spent
    return seconds


def _of(records: Iterable[tuple[str, HarvestedRecord]], code: str) -> Iterator[HarvestedRecord]:
    return (each for where, each in records if where == code)


def measure(path: Path, warm: Records, batch: Records, workers: int) -> Figures:
    """In a process of its own: add `batch` to the store at `path`."""
    with Store.open(str(path)) as store:
        with open_pool(workers) as pool:
            start_workers(pool, [each.raw for _, each in warm if each.raw is not None])
            pool.busy.clear()
            here = pool.here
            begun, used = time.perf_counter(), time.process_time()
            stages = take(store, pool, batch)
            with store.read() as session:
                new = [record for record, _ in Dirty(session).page(linked=False, limit=2 * len(batch))]
            report = Recluster(store, pool).run()
            seconds = time.perf_counter() - begun
            work = time.process_time() - used + sum(pool.busy.values()) - (pool.here - here)
            stages |= {stage: report.seconds.get(stage, 0.0) for stage in ("block", "components", "write")} | pool.busy
            stages["others"] = work - sum(stages.values())
        met = records_beside(store, new)
        begun = time.perf_counter()
    folding = time.perf_counter() - begun  # closing does it
    return Figures(seconds, work, folding, report, stages, met)


def start_workers(pool: WorkPool, raws: Sequence[RawRecord]) -> None:
    """Have every worker work, and wait for the slowest to come up."""
    tasks = [([as_raw(raw) for raw in raws[start : start + 100]],) for start in range(0, len(raws), 100)]
    until = time.monotonic() + 5.0
    while pool.workers > 1 and time.monotonic() < until:
        for _ in pool.map("prepare", tasks):
            pass
    for _ in pool.map("prepare", tasks):
        pass


def records_beside(store: Store, new: Sequence[RecordId]) -> set[bytes]:
    """Digests of all records of the clusters that these are in."""
    with store.read() as session:
        reader = SourceRecords(session)
        clusters = set(reader.cluster_of([record.key for record in reader.many(new)]).values())
        return {record.digest for cluster in clusters for record in reader.of_cluster(cluster)}


def show(found: dict[str, list[Figures]]) -> int:
    """Print the medians; 0 if the goal is reached."""
    for name, figures in found.items():
        middle = {each: median(getattr(one.report, each) for one in figures) for each in COUNTS}
        print(
            f"{name:8} {middle_of(figures, 'seconds'):.3f} s ({middle_of(figures, 'work'):.3f} s of processors);"
            f" {middle['pairs']:,.0f} pairs decided, {middle['touched']:,.0f} records touched;"
            f" merged records: {middle['created']:,.0f} new, {middle['changed']:,.0f} changed,"
            f" {middle['deleted']:,.0f} merged away; folding the log: {middle_of(figures, 'folding'):.3f} s"
        )
        stages = {stage: median(one.stages.get(stage, 0.0) for one in figures) for stage in STAGES}
        print("         " + ", ".join(f"{STAGES[stage]} {spent * 1000:.0f}" for stage, spent in stages.items()) + " ms")
        a_record = [1e6 * one.work / one.report.touched for one in figures]
        print(f"         {median(a_record):.0f} µs of processors a record touched")
    ratio = 0.0
    for name in ("related", "small"):
        clock, work = (
            median(
                getattr(large, what) / getattr(other, what)
                for large, other in zip(found["large"], found[name], strict=True)
            )
            for what in ("seconds", "work")
        )
        ratio = clock
        print(f"ratio, large to {name}: {clock:.2f} by the clock, {work:.2f} by work (at most {GOAL})")
    print(f"load average of this machine at the end: {os.getloadavg()[0]:.1f}")
    return 0 if ratio <= GOAL else 1


COUNTS = ("pairs", "touched", "created", "changed", "deleted")
STAGES = {
    "prepare": "reading",
    "store": "storing",
    "block": "blocks",
    "compare": "pairs",
    "components": "components",
    "group": "clusters",
    "unite": "merging",
    "write": "writing",
    "others": "others",
}


def middle_of(figures: Sequence[Figures], what: str) -> float:
    return float(median(getattr(one, what) for one in figures))
