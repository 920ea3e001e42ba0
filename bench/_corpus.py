"""The throughput corpus: 50,416 records of a Vietnamese university and of HathiTrust, in four files."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD_END = b"\x1d"


@dataclass(frozen=True)
class Feed:
    """One library's part. code: of library and source."""

    code: str
    name: str
    files: tuple[Path, ...]


def shared_data() -> Path:
    folder = Path(os.environ.get("UNIONCAT_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "records").is_dir():
        raise SystemExit(f"the record corpus is not at {folder}; set UNIONCAT_SHARED_DATA to the folder that holds it")
    return folder


def feeds() -> tuple[Feed, ...]:
    records = shared_data() / "records"
    copies = tuple(records / "vn_hcmut" / f"book3part{part}final.mrc.gz" for part in range(3))
    return (
        Feed("hcmut", "Thư viện Trường Đại học Bách khoa TP. HCM", copies),
        Feed("hathi", "HathiTrust", (records / "hathi_goldfinch" / "goldfinch_val.converted.mrc.gz",)),
    )


def write_plain(path: Path, limit: int | None = None) -> int:
    """All records as one uncompressed ISO 2709 file; how many. limit: the first of each feed only."""
    count = 0
    with path.open("wb") as target:
        for feed in feeds():
            left = limit
            for record in _records(feed.files):
                if left is not None:
                    if left == 0:
                        break
                    left -= 1
                target.write(record)
                count += 1
    return count


def _records(files: tuple[Path, ...]) -> Iterator[bytes]:
    for path in files:
        with gzip.open(path) as stream:
            rest = b""
            while block := stream.read(1 << 20):
                *whole, rest = (rest + block).split(RECORD_END)
                yield from (record + RECORD_END for record in whole)
