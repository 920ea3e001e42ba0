"""Tables of the store (ARCHITECTURE: The store). Times are UTC; texts are NFC.

Source records, verdicts, members, sources and accounts are the truth; match keys, links, clusters,
holdings and sets are computed from them and can be dropped and rebuilt.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts rows by itself only in INTEGER primary keys


class Utc(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps no zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Utc(), dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class MemberRow(Base):
    __tablename__ = "member"
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(String(20))
    district: Mapped[str] = mapped_column(Text, default="")
    province: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(8), default="vi")
    link_template: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    profile: Mapped[dict[str, Any]] = mapped_column(default=dict)


class SourceRow(Base):
    __tablename__ = "source"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    member: Mapped[str] = mapped_column(ForeignKey("member.code"), index=True)
    harvester: Mapped[str] = mapped_column(String(40))
    endpoint: Mapped[str] = mapped_column(Text, default="")
    format: Mapped[str] = mapped_column(String(40), default="")
    set_spec: Mapped[str] = mapped_column(Text, default="")
    schedule: Mapped[str] = mapped_column(String(120), default="")
    quirks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    credentials: Mapped[str] = mapped_column(Text, default="")
    cursor: Mapped[datetime | None]
    rank: Mapped[int] = mapped_column(default=50)
    paused: Mapped[bool] = mapped_column(Boolean, default=False)
    next_run: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]


class HarvestRow(Base):
    """One run. state: running, complete, interrupted, failed, held (waits for a person), discarded."""

    __tablename__ = "harvest"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    full: Mapped[bool] = mapped_column(Boolean, default=False)
    started: Mapped[datetime]
    finished: Mapped[datetime | None]
    since: Mapped[datetime | None]
    response_date: Mapped[datetime | None]
    resume: Mapped[str] = mapped_column(Text, default="")
    stored: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    deleted: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(Text, default="")


class RefusalRow(Base):
    """A refused record with its bytes, place and reason; retried after a fix."""

    __tablename__ = "refusal"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    harvest: Mapped[int] = mapped_column(ForeignKey("harvest.id"), index=True)
    source: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    position: Mapped[int | None]
    identifier: Mapped[str] = mapped_column(Text, default="")
    format: Mapped[str] = mapped_column(String(40), default="")
    raw: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    hints: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(Text)
    settled: Mapped[bool] = mapped_column(Boolean, default=False)


class SourceRecordRow(Base):
    """The narrow half of a source record: what is looked up and rewritten often. The wide half: SourceBodyRow.

    cluster: kept when the record is deleted, so that its library can be told where it had gone
    """

    __tablename__ = "source_record"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source: Mapped[int] = mapped_column(ForeignKey("source.id"))
    identifier: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(String(40))
    digest: Mapped[bytes] = mapped_column(LargeBinary(16))
    datestamp: Mapped[datetime]
    deleted: Mapped[bool] = mapped_column(Boolean, default=False)
    harvest: Mapped[int | None] = mapped_column(Id)
    cluster: Mapped[int | None] = mapped_column(Id, index=True)
    __table_args__ = (
        UniqueConstraint("source", "identifier"),
        Index("ix_source_record_digest", "source", "digest"),
    )


class SourceBodyRow(Base):
    """The wide half of a source record. What matching reads stands before the long columns, for SQLite reads a
    row from its beginning.

    keys:     match keys, eight bytes each, little-endian and signed
    findings: [[rule, severity, place, detail, fixed], …]
    """

    __tablename__ = "source_body"
    record: Mapped[int] = mapped_column(ForeignKey("source_record.id"), primary_key=True)
    keys: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    view: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    findings: Mapped[list[Any]] = mapped_column(default=list)
    hints: Mapped[dict[str, Any]] = mapped_column(default=dict)
    marc: Mapped[bytes] = mapped_column(LargeBinary)
    raw: Mapped[bytes] = mapped_column(LargeBinary)


class SeenRow(Base):
    """Records that a run has come by, unchanged ones too: what a complete run has not seen is gone from its source."""

    __tablename__ = "seen"
    harvest: Mapped[int] = mapped_column(Id, primary_key=True)
    record: Mapped[int] = mapped_column(Id, primary_key=True)
    __table_args__ = ({"sqlite_with_rowid": False},)


class MatchKeyRow(Base):
    """The index of match keys (64-bit digests, signed) of linked records; of copies, only the first has them all."""

    __tablename__ = "match_key"
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    record: Mapped[int] = mapped_column(Id, primary_key=True)
    __table_args__ = ({"sqlite_with_rowid": False},)


class MatchedRow(Base):
    """Records whose keys are in `match_key` and whose links are made. keys: packed, as they stand there."""

    __tablename__ = "matched"
    record: Mapped[int] = mapped_column(Id, primary_key=True)
    keys: Mapped[bytes] = mapped_column(LargeBinary)


class LinkRow(Base):
    """An accepted or borderline pair (band: merge, review); evidence is recomputed."""

    __tablename__ = "link"
    left: Mapped[int] = mapped_column(Id, primary_key=True)
    right: Mapped[int] = mapped_column(Id, primary_key=True, index=True)
    score: Mapped[float] = mapped_column(Float)
    band: Mapped[str] = mapped_column(String(8))
    __table_args__ = (CheckConstraint('"left" < "right"'), {"sqlite_with_rowid": False})


class VerdictRow(Base):
    """A person's word on a pair; keys, not row numbers, so that it outlives re-harvest. left_key < right_key."""

    __tablename__ = "verdict"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    left_key: Mapped[str] = mapped_column(Text, index=True)
    right_key: Mapped[str] = mapped_column(Text, index=True)
    same: Mapped[bool] = mapped_column(Boolean)
    who: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    made: Mapped[datetime]
    superseded: Mapped[datetime | None]
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("verdict.id"))
    __table_args__ = (
        CheckConstraint("left_key < right_key"),
        Index(
            "uq_live_verdict",
            "left_key",
            "right_key",
            unique=True,
            sqlite_where=text("superseded IS NULL"),
            postgresql_where=text("superseded IS NULL"),
        ),
    )


class ClusterRow(Base):
    """marc: merged record as MARC-in-JSON; provenance: JSON, see `unioncat.store.clusters`."""

    __tablename__ = "cluster"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    marc: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    provenance: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16), default=b"")
    heir: Mapped[int | None] = mapped_column(ForeignKey("cluster.id"))
    created: Mapped[datetime]
    datestamp: Mapped[datetime]
    deleted: Mapped[bool] = mapped_column(Boolean, default=False)
    suppressed: Mapped[bool] = mapped_column(Boolean, default=False)
    __table_args__ = ({"sqlite_autoincrement": True},)


class ClusterSetRow(Base):
    """The OAI-PMH page index. set_spec "" is the whole catalogue; gone: left the set, or deleted."""

    __tablename__ = "cluster_set"
    cluster: Mapped[int] = mapped_column(Id, primary_key=True)
    set_spec: Mapped[str] = mapped_column(String(120), primary_key=True)
    datestamp: Mapped[datetime]
    gone: Mapped[bool] = mapped_column(Boolean, default=False)
    __table_args__ = (Index("ix_cluster_set_page", "set_spec", "datestamp", "cluster"), {"sqlite_with_rowid": False})


class HoldingRow(Base):
    """place: position in the merge's list, from 0. items: [[barcode, call number, location, note], …]."""

    __tablename__ = "holding"
    cluster: Mapped[int] = mapped_column(ForeignKey("cluster.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    member: Mapped[str] = mapped_column(ForeignKey("member.code"), index=True)
    record: Mapped[int] = mapped_column(Id)
    call_number: Mapped[str | None] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(Text)
    copies: Mapped[int | None]
    summary: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    local_id: Mapped[str | None] = mapped_column(Text)
    items: Mapped[list[Any]] = mapped_column(default=list)
    __table_args__ = ({"sqlite_with_rowid": False},)


class ChangeRow(Base):
    """What every reader follows: numbers grow in the order of commit (see `unioncat.store.changes`)."""

    __tablename__ = "change"
    number: Mapped[int] = mapped_column(Id, primary_key=True)
    cluster: Mapped[int] = mapped_column(Id)
    made: Mapped[datetime]
    __table_args__ = ({"sqlite_autoincrement": True},)


class UnsettledRow(Base):
    """Changes whose datestamp may be older than the moment they became visible (see `unioncat.store.stamping`)."""

    __tablename__ = "unsettled"
    first: Mapped[int] = mapped_column(Id, primary_key=True)
    last: Mapped[int] = mapped_column(Id)


class DirtyRecordRow(Base):
    """Source records stored but not yet clustered: what a crash between the two leaves to be done.

    mark:   a random number of the transaction that made it dirty; work that read an older state cannot clear it
    linked: its links are up to date, only its component has to be clustered
    """

    __tablename__ = "dirty_record"
    record: Mapped[int] = mapped_column(Id, primary_key=True)
    mark: Mapped[int] = mapped_column(BigInteger)
    linked: Mapped[bool] = mapped_column(Boolean, default=False)


class RulesetRow(Base):
    """A ruleset that was put live, or (live_from NULL) the one rehearsed last.

    Of those that were put live, the one with the highest id is in use.

    body: JSON of the ruleset and its weights; figures: what its rehearsal said, {} if there was none
    """

    __tablename__ = "ruleset"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(32))
    body: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text, default="")
    made: Mapped[datetime]
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    live_from: Mapped[datetime | None]
    __table_args__ = ({"sqlite_autoincrement": True},)


class SettingRow(Base):
    """Small facts of the store: secret key of tokens, catalogue id, …"""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class AccountRow(Base):
    """role: admin, cataloguer, viewer. member: the library a cataloguer acts for."""

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(Text, default="")
    password: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(16))
    member: Mapped[str | None] = mapped_column(ForeignKey("member.code"))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created: Mapped[datetime]


class TokenRow(Base):
    __tablename__ = "token"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created: Mapped[datetime]
    expires: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


class AuditRow(Base):
    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(40), index=True)
    target: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class BatchRow(Base):
    """A file that a library uploaded. state: preview, committed, undone, discarded.

    before: what its records had been before (``services.batches`` knows the form), so that it can be undone
    """

    __tablename__ = "batch"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member: Mapped[str] = mapped_column(ForeignKey("member.code"), index=True)
    who: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(String(40))
    hints: Mapped[dict[str, Any]] = mapped_column(default=dict)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    before: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    state: Mapped[str] = mapped_column(String(16))
    made: Mapped[datetime]
    settled: Mapped[datetime | None]
    harvest: Mapped[int | None] = mapped_column(Id)


class DraftRow(Base):
    """A record being edited: kept when the session ends. base: digest of what the editing began with.

    same_as: the cluster of which this is a better record
    """

    __tablename__ = "draft"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    member: Mapped[str] = mapped_column(ForeignKey("member.code"))
    identifier: Mapped[str] = mapped_column(Text, default="")
    same_as: Mapped[int | None] = mapped_column(Id)
    base: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    marc: Mapped[bytes] = mapped_column(LargeBinary)
    changed: Mapped[datetime]
