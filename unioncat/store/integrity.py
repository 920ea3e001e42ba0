"""What must hold in a store, as questions: each counts what breaks it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Rule:
    """name: for tests and scripts. sql: counts the offenders. vi, en: what is wrong if there are any."""

    name: str
    sql: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule and how many break it."""

    rule: Rule
    count: int

    def __str__(self) -> str:
        return f"{self.count} {self.rule.en}"


RULES = (
    Rule(
        "live-record-without-cluster",
        "SELECT count(*) FROM source_record r LEFT JOIN dirty_record d ON d.record = r.id"
        " LEFT JOIN cluster c ON c.id = r.cluster"
        " WHERE NOT r.deleted AND d.record IS NULL AND (c.id IS NULL OR c.deleted)",
        "biểu ghi nguồn đang dùng không thuộc biểu ghi hợp nhất nào",
        "live source records are in no live merged record",
    ),
    Rule(
        "cluster-without-record",
        "SELECT count(*) FROM cluster c WHERE NOT c.deleted AND NOT EXISTS"
        " (SELECT 1 FROM source_record r WHERE r.cluster = c.id AND"
        " (NOT r.deleted OR EXISTS (SELECT 1 FROM dirty_record d WHERE d.record = r.id)))",
        "biểu ghi hợp nhất đang dùng không có biểu ghi nguồn",
        "live merged records have no source record",
    ),
    Rule(
        "record-without-body",
        "SELECT count(*) FROM source_record r LEFT JOIN source_body b ON b.record = r.id WHERE b.record IS NULL",
        "biểu ghi nguồn mất nội dung",
        "source records have lost their content",
    ),
    Rule(
        "cluster-not-listed",
        "SELECT count(*) FROM cluster c LEFT JOIN cluster_set s ON s.cluster = c.id AND s.set_spec = ''"
        " WHERE s.cluster IS NULL OR s.datestamp <> c.datestamp OR s.gone <> c.deleted",
        "biểu ghi hợp nhất không khớp với danh mục OAI-PMH",
        "merged records do not agree with the OAI-PMH list",
    ),
    Rule(
        "set-newer-than-cluster",
        "SELECT count(*) FROM cluster_set s JOIN cluster c ON c.id = s.cluster WHERE s.datestamp > c.datestamp",
        "dòng trong bộ OAI-PMH mới hơn biểu ghi của nó",
        "lines of OAI-PMH sets are newer than their record",
    ),
    Rule(
        "holding-without-record",
        "SELECT count(*) FROM holding h JOIN source_record r ON r.id = h.record"
        " WHERE (r.deleted OR r.cluster <> h.cluster)"
        " AND NOT EXISTS (SELECT 1 FROM dirty_record d WHERE d.record = r.id)",
        "dòng vốn tài liệu không thuộc biểu ghi nguồn của biểu ghi hợp nhất",
        "holdings belong to no source record of their merged record",
    ),
    Rule(
        "holding-of-deleted",
        "SELECT count(*) FROM holding h JOIN cluster c ON c.id = h.cluster WHERE c.deleted",
        "dòng vốn tài liệu thuộc biểu ghi đã xóa",
        "holdings belong to deleted merged records",
    ),
    Rule(
        "heir-of-living",
        "SELECT count(*) FROM cluster WHERE heir IS NOT NULL AND NOT deleted",
        "biểu ghi đang dùng lại có biểu ghi thừa kế",
        "live merged records have an heir",
    ),
    Rule(
        "heir-is-itself",
        "SELECT count(*) FROM cluster WHERE heir = id",
        "biểu ghi là thừa kế của chính nó",
        "merged records are their own heirs",
    ),
    Rule(
        "cluster-without-change",
        "SELECT count(*) FROM cluster c WHERE NOT EXISTS (SELECT 1 FROM change g WHERE g.cluster = c.id)",
        "biểu ghi hợp nhất không có trong nhật ký thay đổi",
        "merged records are missing from the change log",
    ),
    Rule(
        "link-to-deleted",
        'SELECT count(*) FROM link l JOIN source_record r ON r.id = l."left" OR r.id = l."right"'
        " WHERE r.deleted AND NOT EXISTS (SELECT 1 FROM dirty_record d WHERE d.record = r.id)",
        "liên kết trỏ tới biểu ghi nguồn đã xóa",
        "links lead to deleted source records",
    ),
    Rule(
        "match-key-of-nobody",
        "SELECT count(*) FROM match_key k LEFT JOIN matched m ON m.record = k.record WHERE m.record IS NULL",
        "khóa đối sánh không thuộc biểu ghi nào",
        "match keys belong to no record",
    ),
    Rule(
        "harvest-of-nobody",
        "SELECT count(*) FROM harvest h LEFT JOIN source s ON s.id = h.source WHERE s.id IS NULL",
        "lượt thu hoạch không có nguồn",
        "harvests have no source",
    ),
    Rule(
        "refusals-not-counted",
        "SELECT count(*) FROM harvest h WHERE h.refused <>"
        " (SELECT count(*) FROM refusal f WHERE f.harvest = h.id) AND h.state <> 'running'",
        "lượt thu hoạch có số biểu ghi bị từ chối không khớp với số đã giữ lại",
        "harvests count other refused records than were kept",
    ),
)


def broken_rules(session: Session) -> list[Broken]:
    """The rules that do not hold, in the order of the table."""
    counted = ((rule, session.scalar(text(rule.sql)) or 0) for rule in RULES)
    return [Broken(rule, count) for rule, count in counted if count]
