"""Reading and writing MARC on one core, against yaz-marcdump and pymarc on the same bytes in the same run.

python -m bench reading [--repeat 3]

One row a file: records/s from bytes to normalised records (best of some runs), the same by yaz-marcdump (Debian's
yaz, which converts to UTF-8 and prints) and by pymarc (which does not normalise), and the ratios. Below: writing.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import io
import logging
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pymarc

from bench._corpus import shared_data
from unioncat.marc import Record, from_json, to_iso2709, to_json, to_marcxml
from unioncat.model import BadRecord
from unioncat.services.formats import Formats

FILES = (
    # (file under records/, format, what yaz-marcdump is told, goal in records/s)
    ("vn_hcmut/book3part0final.mrc.gz", "iso2709", ("-f", "utf-8", "-t", "utf-8"), 20_000),
    ("hathi_goldfinch/goldfinch_val.converted.mrc.gz", "iso2709", ("-f", "utf-8", "-t", "utf-8"), 20_000),
    ("gpo/nistir_marc8.mrc.gz", "iso2709", ("-f", "marc-8", "-t", "utf-8"), 5_000),
    ("uva_solrmarc/uva_001_2000.mrc.gz", "iso2709", ("-f", "marc-8", "-t", "utf-8"), 5_000),
    ("hathi_goldfinch/goldfinch_val.converted.mrc.gz", "marcxml", (), 8_000),
    ("rism/rism_sample.xml.gz", "marcxml", (), 8_000),
)
WRITING_GOAL = 10_000


@dataclass(frozen=True, slots=True)
class Timing:
    records: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.records / self.seconds if self.seconds else 0.0


def _best(work: Callable[[], int], repeat: int) -> Timing:
    """The quickest of some runs, in CPU seconds of this process."""
    best = Timing(0, float("inf"))
    for _ in range(repeat):
        gc.collect()
        start = time.process_time()
        records = work()
        seconds = time.process_time() - start
        if seconds < best.seconds:
            best = Timing(records, seconds)
    return best


def _read(formats: Formats, name: str, data: bytes) -> int:
    reader = formats.reader(name)
    count = 0
    for harvested in reader.split(io.BytesIO(data), {}):
        if harvested.raw is None or harvested.refused:
            continue
        try:
            reader.parse(harvested.raw)
        except BadRecord:
            continue
        count += 1
    return count


def _yaz(program: str, data: bytes, name: str, arguments: tuple[str, ...], repeat: int) -> Timing:
    """yaz-marcdump on the same bytes, in CPU seconds of that process."""
    kind = ("-i", "marcxml", "-o", "line") if name == "marcxml" else ("-i", "marc", "-o", "line", *arguments)
    best = float("inf")
    with tempfile.NamedTemporaryFile(suffix=".marc") as target:
        target.write(data)
        target.flush()
        for _ in range(repeat):
            before = _children_time()
            subprocess.run(
                [program, *kind, target.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
            best = min(best, _children_time() - before)
    return Timing(0, best)


def _children_time() -> float:
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _pymarc_reads(data: bytes) -> int:
    return sum(1 for record in pymarc.MARCReader(data) if record is not None)


def _pymarc_reads_xml(data: bytes) -> int:
    return len(pymarc.parse_xml_to_array(io.BytesIO(data)))  # type: ignore[no-untyped-call]


def _bytes_of(path: Path, name: str, formats: Formats) -> bytes:
    data = gzip.decompress(path.read_bytes())
    if name == "marcxml" and ".mrc" in path.name:  # the same records, written as MARCXML
        reader = formats.reader("iso2709")
        parts = [to_marcxml(reader.parse(one.raw).record) for one in reader.split(io.BytesIO(data), {}) if one.raw]
        return b'<collection xmlns="http://www.loc.gov/MARC21/slim">\n' + b"\n".join(parts) + b"\n</collection>\n"
    return data


def _reading(formats: Formats, repeat: int, failures: list[str]) -> None:
    program = shutil.which("yaz-marcdump")
    print(
        f"{'file':<48} {'format':<8} {'records':>7} {'MB':>6} {'ours/s':>8} {'yaz/s':>8} {'ours:yaz':>8} "
        f"{'pymarc/s':>8} {'ours:pymarc':>11}"
    )
    for file, name, arguments, goal in FILES:
        data = _bytes_of(shared_data() / "records" / file, name, formats)
        ours = _best(partial(_read, formats, name, data), repeat)
        theirs = _best(partial(_pymarc_reads_xml if name == "marcxml" else _pymarc_reads, data), 1)
        yaz = _yaz(program, data, name, arguments, repeat) if program else None
        yaz_rate = ours.records / yaz.seconds if yaz and yaz.seconds else 0.0
        ratio = ours.rate / yaz_rate if yaz_rate else 0
        print(
            f"{file[-48:]:<48} {name:<8} {ours.records:>7} {len(data) / 1e6:>6.1f} {ours.rate:>8,.0f} "
            f"{yaz_rate:>8,.0f} {ratio:>8.2f} {theirs.rate:>8,.0f} {ours.rate / theirs.rate:>11.2f}"
        )
        if ours.rate < goal:
            failures.append(f"{file} as {name}: {ours.rate:,.0f} records/s, the goal is {goal:,}")
    if program is None:
        print("yaz-marcdump is not installed (Debian package yaz): no ratio to it")


def _writing(formats: Formats, repeat: int, failures: list[str]) -> None:
    path = shared_data() / "records" / "hathi_goldfinch/goldfinch_val.converted.mrc.gz"
    reader = formats.reader("iso2709")
    data = gzip.decompress(path.read_bytes())
    records: list[Record] = []
    for one in reader.split(io.BytesIO(data), {}):
        if one.raw is not None and len(records) < 5000:
            records.append(reader.parse(one.raw).record)
    stored = [to_json(record) for record in records]
    works: dict[str, Callable[[], int]] = {
        "MARCXML from records": lambda: sum(1 for _ in map(to_marcxml, records)),
        "MARCXML from stored JSON": lambda: sum(1 for line in stored if to_marcxml(from_json(line))),
        "ISO 2709 from records": lambda: sum(1 for _ in map(to_iso2709, records)),
        "stored JSON from records": lambda: sum(1 for _ in map(to_json, records)),
        "records from stored JSON": lambda: sum(1 for _ in map(from_json, stored)),
        "MARCXML by pymarc": lambda: sum(1 for _ in map(pymarc.record_to_xml, records)),
    }
    print(f"\nwriting {len(records):,} records of {path.name}")
    for what, work in works.items():
        rate = _best(work, repeat).rate
        print(f"  {what:<26} {rate:>9,.0f}/s")
        if what == "MARCXML from stored JSON" and rate < WRITING_GOAL:
            failures.append(f"{what}: {rate:,.0f}/s, the goal is {WRITING_GOAL:,}")


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench reading")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the quickest counts")
    options = parser.parse_args(arguments)
    logging.getLogger("pymarc").setLevel(logging.CRITICAL)
    quiet, sys.stderr = sys.stderr, io.StringIO()  # pymarc tells every MARC-8 doubt
    failures: list[str] = []
    try:
        formats = Formats.load()
        _reading(formats, options.repeat, failures)
        _writing(formats, options.repeat, failures)
    finally:
        sys.stderr = quiet
    for failure in failures:
        print(f"under the goal: {failure}")
    return 1 if failures else 0
