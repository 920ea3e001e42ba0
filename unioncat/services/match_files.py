"""Cluster record files without touching a catalogue: ``unioncat match cluster FILE... -o clusters.csv``."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import orjson

from unioncat.marc import Record, first
from unioncat.matching import Clustering, MatchView, Ruleset, cluster_views, match_view
from unioncat.model import BadRecord, RawRecord, RecordKey
from unioncat.services.formats import Formats

__all__ = ["ClusteredFiles", "Refused", "cluster_files", "read_records", "write_clusters"]


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that could not be read. position: counted from 1."""

    file: str
    position: int
    reason: str


@dataclass(slots=True)
class ClusteredFiles:
    """What clustering some files gave.

    names:   record key → record id as the file has it (ids that repeat have keys of their own)
    views:   record key → match view
    refused: records that could not be read; they are in no cluster
    """

    names: dict[RecordKey, str] = field(default_factory=dict)
    views: dict[RecordKey, MatchView] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    clustering: Clustering | None = None

    @property
    def clusters(self) -> list[frozenset[RecordKey]]:
        return self.clustering.partition.clusters if self.clustering is not None else []

    def rows(self) -> Iterator[tuple[str, str]]:
        """(record_id, cluster_id), by cluster; the cluster id is the first record key of the cluster."""
        for cluster in self.clusters:
            name = min(cluster)
            for key in sorted(cluster):
                yield self.names[key], name

    def assignment(self) -> dict[str, str]:
        """record key → cluster id."""
        return {key: min(cluster) for cluster in self.clusters for key in cluster}


def cluster_files(
    paths: Iterable[Path | str],
    ruleset: Ruleset,
    formats: Formats,
    *,
    format: str = "",
    progress: Callable[[int], None] | None = None,
) -> ClusteredFiles:
    """Read, cluster. Raises UnreadableInput for a file that cannot be read at all; bad records are listed.

    record id: the ``id`` of a JSON line, else 001, else ``file#position``. progress: told the records read.
    """
    found = ClusteredFiles()
    for path in paths:
        for name, record in read_records(Path(path), formats, found.refused, format=format):
            view = match_view(record, ruleset)
            key = RecordKey(name)
            if key in found.names:
                key = RecordKey(f"{name}#{view.digest.hex()}")
                copy = 1
                while key in found.names:
                    copy += 1
                    key = RecordKey(f"{name}#{view.digest.hex()}#{copy}")
            found.names[key] = name
            found.views[key] = view
            if progress is not None and len(found.names) % 1000 == 0:
                progress(len(found.names))
    found.clustering = cluster_views(found.views, ruleset)
    return found


def read_records(
    path: Path, formats: Formats, refused: list[Refused], *, format: str = ""
) -> Iterator[tuple[str, Record]]:
    """(record id, record) of a file in any format that is known; what cannot be read goes to `refused`."""
    for position, harvested in enumerate(formats.open(path, format), 1):
        if harvested.refused is not None or harvested.raw is None:
            if harvested.refused is not None:
                refused.append(Refused(path.name, position, harvested.refused))
            continue
        name, raw = _unwrapped(harvested.raw)
        try:
            parsed = formats.parse(raw)
        except BadRecord as error:
            refused.append(Refused(path.name, position, error.reason))
            continue
        if parsed.deleted and not parsed.record.get_fields("245"):
            continue  # a bare notice; a whole record that is marked as deleted is still compared
        identifier = name or parsed.identifier or first(parsed.record, "001") or f"{path.name}#{position}"
        yield identifier.strip(), parsed.record


def _unwrapped(raw: RawRecord) -> tuple[str, RawRecord]:
    """A JSON line may carry its record under ``marc`` and name it by ``id``."""
    if raw.format != "marcjson" or not raw.data.lstrip().startswith(b"{"):
        return "", raw
    head = raw.data[:400]
    if b'"id"' not in head and b'"marc"' not in head:
        return "", raw
    try:
        facts = orjson.loads(raw.data)
    except orjson.JSONDecodeError:
        return "", raw
    name = str(facts["id"]) if isinstance(facts.get("id"), str | int) else ""
    if isinstance(facts.get("marc"), dict):
        return name, RawRecord(raw.format, orjson.dumps(facts["marc"]), raw.position, raw.hints)
    return name, raw


def write_clusters(found: ClusteredFiles, stream: IO[str]) -> int:
    """CSV with the columns record_id, cluster_id; the number of rows."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("record_id", "cluster_id"))
    count = 0
    for row in found.rows():
        writer.writerow(row)
        count += 1
    return count
