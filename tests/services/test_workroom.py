"""What cataloguers do by hand, on a real store, pipeline and index: contribute, drafts, batches, review."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.province import marc_of
from tests.workroom import ADMIN, LAN, MINH, VIEWER, Workroom, workroom
from unioncat.demo.editions import editions
from unioncat.marc import Record, first, from_json, to_iso2709
from unioncat.model import (
    BadRecord,
    ClusterId,
    Conflict,
    NotAllowed,
    NotFound,
    UnionRecord,
    UnreadableInput,
    WrongUse,
)
from unioncat.services.contribute import HoldingWords
from unioncat.services.marc_text import FieldRow, from_rows, from_text, rows_of, to_text


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Workroom]:
    with workroom(tmp_path, limit=12) as made:
        yield made


def found(room: Workroom, text: str) -> list[UnionRecord]:
    from unioncat.services.find import parse_box

    return list(room.finder.search(parse_box(text)).records)


def new_record(title: str = "Sách hoàn toàn mới", isbn: str = "9786041234563") -> Record:
    return from_text(
        "=LDR  00000nam\\a22000007i\\4500\n"
        "=008  260101s2026\\\\\\\\vm\\\\\\\\\\\\\\\\\\\\\\\\000\\0\\vie\\d\n"
        f"=020  \\\\$a{isbn}\n=100  0\\$aLê Văn Mới\n=245  10$a{title} /$cLê Văn Mới\n"
        "=264  \\1$aBến Tre :$bThanh niên,$c2026\n=300  \\\\$a120 tr. ;$c21 cm\n"
    )


# --- text of a record --------------------------------------------------------------------------------------


def test_text_and_table_say_the_same() -> None:
    for edition in editions()[:30]:
        record = marc_of(edition)
        assert to_text(from_text(to_text(record))) == to_text(record)
        assert to_text(from_rows(rows_of(record))) == to_text(record)


def test_signs_that_mean_something_survive() -> None:
    record = new_record("Giá $5 {và} hơn".replace("$", "{dollar}").replace("{và}", "{lcub}và{rcub}"))
    assert first(record, "245$a") == "Giá $5 {và} hơn /"
    assert first(from_text(to_text(record)), "245$a") == "Giá $5 {và} hơn /"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("xyz", "line 1 does not begin"),
        ("=LDR  short", "24 characters"),
        ("=245  10$aA\n=24  10$a", "line 2"),
        ("=245  10", "is empty"),
        ("=245  10x$aA", "does not begin with a subfield"),
        ("=5\u00e05  10$aA", "line 1"),
        ("=245  10$a" + "x" * 10_000, "longer than"),
        ("=500  \\\\$ax\n" * 500, "at most"),
    ],
)
def test_what_is_no_record_says_where(text: str, message: str) -> None:
    if message == "does not begin with a subfield":
        with pytest.raises(BadRecord, match=message):
            from_rows([FieldRow("245", "10", "$")])
        return
    with pytest.raises(BadRecord, match=message):
        from_text(text)


# --- contribute --------------------------------------------------------------------------------------------


def test_a_typed_record_is_in_the_catalogue_at_once(room: Workroom) -> None:
    done = room.contribute.submit(LAN, "VN-BT", new_record())
    assert [record.id for record in found(room, "sach hoan toan moi")] == [done.cluster]
    record = room.catalogue.record(done.cluster)
    assert [holding.member for holding in record.holdings] == ["VN-BT"]
    assert first(from_json(room.contribute.source_record(done.key).marc), "040$a") == "VN-BT"
    assert room.accounts.audit()[0].action == "record-submit"


def test_a_record_like_one_that_is_there_is_noticed_and_merged(room: Workroom) -> None:
    edition = editions()[1]
    likely = room.contribute.likely(marc_of(edition))
    assert likely
    assert likely[0].decision.band == "merge"
    done = room.contribute.submit(MINH, "VN-BT-BATRI", marc_of(edition))
    assert done.cluster == likely[0].record.id
    assert room.contribute.likely(new_record("Không giống ai cả", "9786049999994")) == []


def test_the_second_editor_sees_the_firsts_change(room: Workroom) -> None:
    done = room.contribute.submit(LAN, "VN-BT", new_record())
    held = room.contribute.source_record(done.key)
    room.contribute.submit(ADMIN, "VN-BT", new_record("Sửa lần một"), identifier=held.identifier, base=held.digest)
    with pytest.raises(Conflict):
        room.contribute.submit(LAN, "VN-BT", new_record("Sửa lần hai"), identifier=held.identifier, base=held.digest)
    newer = room.contribute.source_record(done.key)
    room.contribute.submit(LAN, "VN-BT", new_record("Sửa lần hai"), identifier=held.identifier, base=newer.digest)
    assert found(room, "sua lan hai")
    assert not found(room, "sua lan mot")


def test_nobody_writes_for_another_library(room: Workroom) -> None:
    for actor, member in ((LAN, "VN-BT-BATRI"), (VIEWER, "VN-BT")):
        with pytest.raises(NotAllowed):
            room.contribute.submit(actor, member, new_record())
        with pytest.raises(NotAllowed):
            room.contribute.we_have_it(actor, member, ClusterId(1), HoldingWords())
    done = room.contribute.submit(LAN, "VN-BT", new_record())
    with pytest.raises(NotAllowed):
        room.contribute.withdraw(MINH, done.key)
    with pytest.raises(NotFound):
        room.contribute.submit(ADMIN, "VN-NO", new_record())


def test_a_record_without_a_title_is_refused(room: Workroom) -> None:
    record = new_record()
    record.remove_fields("245")
    with pytest.raises(BadRecord, match="245"):
        room.contribute.submit(LAN, "VN-BT", record)


def test_withdrawing_takes_it_out_again(room: Workroom) -> None:
    done = room.contribute.submit(LAN, "VN-BT", new_record())
    room.contribute.withdraw(LAN, done.key)
    assert found(room, "sach hoan toan moi") == []
    assert room.catalogue.record(done.cluster).deleted
    harvested = next(one for one in room.catalogue.source_records(ClusterId(1)))
    with pytest.raises(WrongUse):
        room.contribute.withdraw(ADMIN, harvested.key)


def test_we_have_it_is_one_click_and_can_be_said_better(room: Workroom) -> None:
    target = next(one for one in found(room, "luc van tien") if all(h.member != "VN-BT-CDBT" for h in one.holdings))
    titles = first(from_json(target.marc), "245$a")
    done = room.contribute.we_have_it(ADMIN, "VN-BT-CDBT", target.id, HoldingWords("895.9221 L", "Kho mở", 2))
    assert done.cluster == target.id
    mine = [one for one in room.catalogue.record(target.id).holdings if one.member == "VN-BT-CDBT"]
    assert [(one.call_number, one.location, one.copies) for one in mine] == [("895.9221 L", "Kho mở", 2)]
    room.contribute.we_have_it(ADMIN, "VN-BT-CDBT", target.id, HoldingWords("895.9221 M", "Kho mở", 3, "có chữ ký"))
    mine = [one for one in room.catalogue.record(target.id).holdings if one.member == "VN-BT-CDBT"]
    assert [(one.call_number, one.copies, one.note) for one in mine] == [("895.9221 M", 3, "có chữ ký")]
    assert first(from_json(room.catalogue.record(target.id).marc), "245$a") == titles
    statement = room.contribute.statement("VN-BT-CDBT", target.id)
    assert statement is not None
    room.contribute.withdraw(ADMIN, statement.key)
    assert all(one.member != "VN-BT-CDBT" for one in room.catalogue.record(target.id).holdings)
    for words in (HoldingWords(copies=0), HoldingWords(url="javascript:alert(1)")):
        with pytest.raises(WrongUse):
            room.contribute.we_have_it(ADMIN, "VN-BT-CDBT", target.id, words)


def test_a_better_record_joins_the_one_it_betters(room: Workroom) -> None:
    target = found(room, "luc van tien")[0]
    better = from_json(target.marc)
    better.remove_fields("300")
    done = room.contribute.submit(LAN, "VN-BT", better, same_as=target.id)
    assert done.cluster == target.id


def test_remarks_have_sentences_in_both_languages(room: Workroom) -> None:
    record = new_record(isbn="9786041234560")
    remarks = room.contribute.remarks(record)
    assert any(one.finding.place.startswith("020") and one.vi and one.en and one.vi != one.en for one in remarks)


# --- drafts ------------------------------------------------------------------------------------------------


def test_a_draft_outlives_the_session_and_is_ones_own(room: Workroom) -> None:
    number = room.drafts.save(LAN, "VN-BT", new_record())
    assert room.drafts.save(LAN, "VN-BT", new_record("Đã sửa"), draft=number) == number
    assert first(room.drafts.get(LAN, number).record, "245$a") == "Đã sửa /"
    with pytest.raises(NotFound):
        room.drafts.get(MINH, number)
    with pytest.raises(NotAllowed):
        room.drafts.save(MINH, "VN-BT", new_record())
    room.drafts.discard(MINH, number)
    assert [draft.id for draft in room.drafts.all(LAN)] == [number]
    room.drafts.discard(LAN, number)
    assert room.drafts.all(LAN) == []


# --- batches -----------------------------------------------------------------------------------------------


def file_of(*titles: str, start: int = 1) -> bytes:
    out = b""
    for number, title in enumerate(titles, start):
        record = new_record(title, f"97860412345{number:02}")
        record.remove_fields("020")
        from unioncat.marc import Field

        record.fields.insert(0, Field("001", data=f"u{number}"))
        out += to_iso2709(record)
    return out


def test_an_upload_counts_only_when_committed_and_goes_back_whole(room: Workroom) -> None:
    number = room.batches.upload(LAN, "VN-BT", "mới.mrc", file_of("Tàu hũ nước cốt dừa", "Kẹo dừa Mỏ Cày"))
    preview = room.batches.preview(LAN, number)
    assert [(row.title, row.outcome) for row in preview.rows] == [
        ("Tàu hũ nước cốt dừa", "new"),
        ("Kẹo dừa Mỏ Cày", "new"),
    ]
    assert found(room, "keo dua") == []
    batch = room.batches.commit(LAN, number)
    assert batch.state == "committed"
    assert len(found(room, "keo dua mo cay")) == 1
    account = room.batches.account(batch)
    assert account is not None
    assert account.account.stored == 2
    with pytest.raises(Conflict):
        room.batches.commit(LAN, number)

    later = room.batches.upload(LAN, "VN-BT", "sửa.mrc", file_of("Tàu hũ nước cốt dừa", "Kẹo dừa Bến Tre"))
    assert [row.outcome for row in room.batches.preview(LAN, later).rows] == ["unchanged", "changed"]
    room.batches.commit(LAN, later)
    assert found(room, "keo dua mo cay") == []
    assert room.batches.undo(LAN, later) == 1
    assert len(found(room, "keo dua mo cay")) == 1
    assert room.batches.undo(LAN, number) == 2
    assert found(room, "keo dua") == []
    with pytest.raises(Conflict):
        room.batches.undo(LAN, number)


def test_undoing_leaves_alone_what_a_later_batch_changed(room: Workroom) -> None:
    first_batch = room.batches.upload(LAN, "VN-BT", "a.mrc", file_of("Một thứ", "Hai thứ"))
    room.batches.commit(LAN, first_batch)
    second = room.batches.upload(LAN, "VN-BT", "b.mrc", file_of("Một thứ khác hẳn"))
    room.batches.commit(LAN, second)
    assert room.batches.undo(LAN, first_batch) == 1
    assert len(found(room, "mot thu khac han")) == 1


def test_a_preview_tells_what_would_merge(room: Workroom) -> None:
    edition = editions()[1]
    number = room.batches.upload(MINH, "VN-BT-BATRI", "x.mrc", to_iso2709(marc_of(edition)))
    row = room.batches.preview(MINH, number).rows[0]
    assert row.matches.split("/")[0] in {"VN-BT-file", "VN-BT-BATRI-file", "VN-BT-THPT01-file"}
    room.batches.discard(MINH, number)
    with pytest.raises(Conflict):
        room.batches.commit(MINH, number)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02nothing" * 30, b"PK\x03\x04 not a zip really"])
def test_what_cannot_be_read_is_refused_with_a_sentence(room: Workroom, content: bytes) -> None:
    with pytest.raises(UnreadableInput, match=r"empty|format|zip"):
        room.batches.upload(LAN, "VN-BT", "x.bin", content)


def test_batches_are_the_librarys_own(room: Workroom) -> None:
    number = room.batches.upload(LAN, "VN-BT", "a.mrc", file_of("Một thứ"))
    for act in (room.batches.get, room.batches.preview, room.batches.commit, room.batches.discard, room.batches.undo):
        with pytest.raises(NotAllowed):
            act(MINH, number)
    with pytest.raises(NotAllowed):
        room.batches.upload(VIEWER, "VN-BT", "a.mrc", file_of("Một thứ"))
    assert [batch.id for batch in room.batches.all(LAN, "VN-BT")] == [number]


# --- review ------------------------------------------------------------------------------------------------


def test_records_are_taken_apart_and_put_together_again(room: Workroom) -> None:
    target = next(one for one in found(room, "luc van tien") if len({h.member for h in one.holdings}) > 1)
    keys = [one.key for one in room.catalogue.source_records(target.id)]
    assert len(keys) > 1
    leaving = next(key for key in keys if key.startswith("VN-BT-BATRI-file"))
    made = room.review.split(MINH, target.id, [leaving], "bản in khác")
    assert len(made) == len(keys) - 1
    assert leaving not in [one.key for one in room.catalogue.source_records(target.id)]
    assert [verdict.who for verdict in room.review.history(key=leaving)] == ["minh"] * len(made)
    for spoken in made:
        room.review.undo(MINH, spoken.verdict.id)
    assert leaving in [one.key for one in room.catalogue.source_records(target.id)]
    with pytest.raises(WrongUse):
        room.review.split(MINH, target.id, [])


def test_a_verdict_needs_a_part_in_the_pair(room: Workroom) -> None:
    pair = ("VN-BT-file/P0001", "VN-BT-file/P0002")
    with pytest.raises(NotAllowed):
        room.review.judge(MINH, *pair, same=True)
    with pytest.raises(NotAllowed):
        room.review.judge(VIEWER, *pair, same=True)
    verdict = room.review.judge(LAN, *pair, same=True, why="thử").verdict
    clusters = {room.review.pair(LAN, *pair).left.cluster, room.review.pair(LAN, *pair).right.cluster}
    assert len(clusters) == 1
    with pytest.raises(NotAllowed):
        room.review.undo(MINH, verdict.id)
    room.review.undo(ADMIN, verdict.id)
    assert room.review.pair(LAN, *pair).left.cluster != room.review.pair(LAN, *pair).right.cluster


def test_the_queue_gives_each_borderline_pair_once(room: Workroom) -> None:
    seen: list[tuple[str, str]] = []
    after = None
    while (pair := room.review.next(ADMIN, after)[0]) is not None:
        assert pair.waiting is not None
        seen.append((pair.left.record.key, pair.right.record.key))
        assert pair.explanation.vi
        assert pair.explanation.en
        after = pair.waiting.place
    assert len(seen) == len(set(seen)) == room.review.waiting(ADMIN)
    if seen:
        room.review.judge(ADMIN, *seen[0], same=False)
        again, waiting = room.review.next(ADMIN)
        assert waiting == len(seen) - 1
        assert again is None or (again.left.record.key, again.right.record.key) != seen[0]
    with pytest.raises(NotAllowed):
        room.review.next(VIEWER)
