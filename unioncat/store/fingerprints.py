"""The catalogue in short: for each merged record, which source records it is made of and what came out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import select
from sqlalchemy.orm import Session

from unioncat.model import ClusterId, RecordKey, record_key
from unioncat.store.tables import ClusterRow, ClusterSetRow, SourceRecordRow, SourceRow


@dataclass(frozen=True, slots=True)
class Made:
    """One merged record. content: fingerprint of record, holdings and sets, free of ids; keys: its records, sorted."""

    id: ClusterId
    content: bytes
    keys: tuple[RecordKey, ...]

    @property
    def membership(self) -> bytes:
        """Sixteen bytes that equal sets of records share."""
        return blake2b("\n".join(self.keys).encode(), digest_size=16).digest()


def catalogue_content(session: Session) -> Iterator[Made]:
    """Every live merged record by id, streamed."""
    rows = session.execute(
        select(SourceRecordRow.cluster, SourceRow.code, SourceRecordRow.identifier)
        .join(SourceRow, SourceRow.id == SourceRecordRow.source)
        .where(SourceRecordRow.deleted.is_(False), SourceRecordRow.cluster.is_not(None))
        .order_by(SourceRecordRow.cluster)
        .execution_options(yield_per=5000)
    )
    sets = session.execute(
        select(ClusterSetRow.cluster, ClusterSetRow.set_spec)
        .where(ClusterSetRow.gone.is_(False))
        .order_by(ClusterSetRow.cluster, ClusterSetRow.set_spec)
        .execution_options(yield_per=5000)
    )
    prints = session.execute(
        select(ClusterRow.id, ClusterRow.fingerprint)
        .where(ClusterRow.deleted.is_(False))
        .order_by(ClusterRow.id)
        .execution_options(yield_per=5000)
    )
    record = next(rows, None)
    line = next(sets, None)
    for cluster, fingerprint in prints:
        keys = []
        while record is not None and record[0] is not None and record[0] <= cluster:
            if record[0] == cluster:
                keys.append(record_key(record[1], record[2]))
            record = next(rows, None)
        specs = []
        while line is not None and line[0] <= cluster:
            if line[0] == cluster:
                specs.append(line[1])
            line = next(sets, None)
        content = blake2b(fingerprint + "\n".join(specs).encode(), digest_size=16).digest()
        yield Made(ClusterId(cluster), content, tuple(sorted(keys)))


def catalogue_fingerprint(session: Session) -> str:
    """Hex digest that two stores share exactly if their catalogues are equal but for ids and dates."""
    lines = sorted(made.membership + made.content for made in catalogue_content(session))
    return blake2b(b"".join(lines), digest_size=16).hexdigest()
