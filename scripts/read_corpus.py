"""Read every file of the record corpus and print a table: records expected, read, refused and why.

    python scripts/read_corpus.py [FOLDER] [--json]

FOLDER holds the files and a README.md whose tables name them (columns file, format, records). What is expected is
what that page counts: terminators for ISO 2709, leaders for MARCXML, records or headers for OAI-PMH.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from unioncat.model import BadRecord, UnreadableInput
from unioncat.services.formats import Formats

_ROW = re.compile(r"^\| (?P<cells>.+) \|$")
_FOLDER = re.compile(r"^### (\S+)/$")


@dataclass(slots=True)
class FileAccount:
    """What became of one file.

    expected:  records by the corpus' page; None where it counts none
    format:    as recognised; "" if the file is in no format that can be read
    read, deleted, refused: records; `reasons` counts why some were refused
    """

    path: str
    expected: int | None
    format: str = ""
    read: int = 0
    deleted: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return self.expected is not None and self.read + self.deleted == self.expected


def listed_files(folder: Path) -> Iterator[tuple[Path, int | None]]:
    """(file, records) of each row of the corpus' README."""
    current = ""
    for line in (folder / "README.md").read_text("utf-8").splitlines():
        heading = _FOLDER.match(line)
        if heading:
            current = heading[1]
        row = _ROW.match(line)
        if not row or not current:
            continue
        cells = [cell.strip() for cell in row["cells"].split(" | ")]
        path = folder / current / cells[0]
        if len(cells) >= 6 and path.is_file():
            found = re.match(r"\d+", cells[5])
            yield path, int(found[0]) if found else None


def read_file(formats: Formats, folder: Path, path: Path, expected: int | None) -> FileAccount:
    account = FileAccount(str(path.relative_to(folder)), expected)
    reasons: collections.Counter[str] = collections.Counter()
    try:
        account.format = formats.sniff(path)
        for harvested in formats.open(path):
            if harvested.refused is not None:
                reasons[harvested.refused] += 1
            elif harvested.raw is None:
                account.deleted += 1
            else:
                try:
                    formats.parse(harvested.raw)
                    account.read += 1
                except BadRecord as error:
                    reasons[error.reason] += 1
    except UnreadableInput as error:
        reasons[str(error)] += 1
    account.refused = sum(reasons.values())
    account.reasons = dict(reasons.most_common())
    return account


def read_all(folder: Path) -> list[FileAccount]:
    formats = Formats.load()
    return [read_file(formats, folder, path, expected) for path, expected in listed_files(folder)]


def print_table(accounts: list[FileAccount]) -> None:
    print(f"{'file':<70} {'format':<9} {'expected':>8} {'read':>7} {'deleted':>7} {'refused':>7}  why refused")
    for one in accounts:
        why = "; ".join(f"{number} × {reason}" for reason, number in list(one.reasons.items())[:3])
        expected = "-" if one.expected is None else str(one.expected)
        print(
            f"{one.path[-70:]:<70} {one.format:<9} {expected:>8} {one.read:>7} {one.deleted:>7} {one.refused:>7}  {why}"
        )
    read, refused = sum(one.read for one in accounts), sum(one.refused for one in accounts)
    complete = sum(one.is_complete for one in accounts)
    print(f"{len(accounts)} files, {complete} with exactly the records expected: read {read}, refused {refused}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    default = Path(os.environ.get("UNIONCAT_SHARED_DATA", "../shared/data")) / "records"
    parser.add_argument("folder", nargs="?", type=Path, default=default)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the table")
    options = parser.parse_args()
    accounts = read_all(options.folder)
    if options.json:
        json.dump([asdict(account) for account in accounts], sys.stdout, ensure_ascii=False, indent=1)
    else:
        print_table(accounts)


if __name__ == "__main__":
    main()
