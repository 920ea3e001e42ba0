"""The search box, suggestions, spelling, and what doors get from the finder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sru_world import World, isbn, small_world
from unioncat.model import ClusterId
from unioncat.search.query import And, Everything, Not, Or, Query, Relation, SortKey, Term, masked_words, term
from unioncat.services.find import parse_box


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return small_world(tmp_path_factory.mktemp("find"))


ANY = "anywhere"
BOXES: tuple[tuple[str, Query], ...] = (
    ("", Everything()),
    ("  ", Everything()),
    ("!!!", Everything()),
    ("\x00", Everything()),
    ("Lục Vân Tiên", term(ANY, "Lục Vân Tiên")),
    ('"Lục Vân Tiên"', term(ANY, "Lục Vân Tiên", Relation.ADJ)),
    ("“Lục Vân Tiên”", term(ANY, "Lục Vân Tiên", Relation.ADJ)),
    ('"Lục Vân', term(ANY, "Lục Vân", Relation.ADJ)),
    ('chiểu "vân tiên"', And((term(ANY, "chiểu"), term(ANY, "vân tiên", Relation.ADJ)))),
    ("tiên -chiểu", Not(term(ANY, "tiên"), term(ANY, "chiểu"))),
    ("-chiểu", Not(Everything(), term(ANY, "chiểu"))),
    ("tiên -a -b", Not(term(ANY, "tiên"), Or((term(ANY, "a"), term(ANY, "b"))))),
    ("mèo OR chó", Or((term(ANY, "mèo"), term(ANY, "chó")))),
    ("mèo or chó", term(ANY, "mèo or chó")),
    ("phuo*", Term(ANY, masked_words("phuo*"))),
    ("author:chiểu", term("author", "chiểu")),
    ('title:"vân tiên"', term("title", "vân tiên", Relation.ADJ)),
    ("dc.title:tiên 1967", And((term(ANY, "1967"), term("title", "tiên")))),
    ("http://example.org", term(ANY, "http://example.org")),
    ("Toán: đại số", term(ANY, "Toán: đại số")),
    ("year:1967", term("year", "1967")),
    ("year:1960-1969", term("year", "1960-1969")),
    ("year:soon", Everything()),
    ("978-604-000007-4", term(ANY, "978-604-000007-4")),
    ("0-306-40615-2", term("isbn", "9780306406157")),
    ("ISBN 0 306 40615 2", term("isbn", "9780306406157")),
    ("ISBN: 978-0-306-40615-7", term("isbn", "9780306406157")),
    ("toán 9780306406157", And((term(ANY, "toán"), term("isbn", "9780306406157")))),
    ("0868-331X", Or((term("issn", "0868-331X"), term(ANY, "0868-331X")))),
)


@pytest.mark.parametrize(("text", "wanted"), BOXES, ids=[repr(text) for text, _ in BOXES])
def test_the_box_forgives(text: str, wanted: Query) -> None:
    assert parse_box(text) == wanted


def test_pages_count_from_one(world: World) -> None:
    first = world.finder.search(term("title", "sách"), 1, 5, sort=(SortKey("year"),))
    assert first.total == 40
    assert [record.id for record in first.records] == [1, 2, 3, 4, 5] == list(first.ids)
    assert world.finder.search(term("title", "sách"), 6, 2, sort=(SortKey("year"),)).ids == (6, 7)
    assert first.by_id[ClusterId(2)].public_id == "uc00000002"


def test_records_are_kept_in_memory_by_their_version(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.finder.search(term("isbn", isbn(3)))

    def fail(clusters: object) -> None:
        raise AssertionError("asked again")

    monkeypatch.setattr(world.catalogue, "records", fail)
    assert world.finder.search(term("isbn", isbn(3))).records[0].id == 3


def test_suggestions_are_written_as_in_the_records(world: World) -> None:
    assert "Nguyễn Văn chín, 1822-1888" in world.finder.suggestions("nguyen van ch")
    assert world.finder.suggestions("Bến t")[0] == "Bến Tre"
    assert "Văn học Việt Nam" in world.finder.suggestions("van h")
    assert world.finder.suggestions(" ") == []
    assert world.finder.suggestions("khongcogi") == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("nguyen vam", None), ("nguyenn van", "nguyen van"), ("sahc thu", "sach thu"), ("xyzxyzxyz", None), ("", None)],
)
def test_did_you_mean(world: World, typed: str, meant: str | None) -> None:
    if meant is None:
        assert world.finder.did_you_mean(typed) in (None, "nguyen nam", "nguyen van")
    else:
        assert world.finder.did_you_mean(typed) == meant


def test_whole_values_are_scanned_as_written(world: World) -> None:
    (entry,) = world.finder.scan("subject", "van hoc v", count=1, whole=True)
    assert (entry.text, entry.display, entry.count) == ("van hoc viet nam", "Văn học Việt Nam", 40)
    (entry,) = world.finder.scan("author", "nguyen van chin 1", count=1, whole=True)
    assert entry.display == "Nguyễn Văn chín, 1822-1888"
    (entry,) = world.finder.scan("dewey", "895", count=1)
    assert entry.display == "895.9221"
    (entry,) = world.finder.scan("title", "sach", count=1)
    assert entry.display == "sach"


def test_a_whole_engine_of_the_other_kind(tmp_path: Path) -> None:
    world = small_world(tmp_path, "whoosh")
    assert world.finder.search(parse_box("sách thứ chín")).total == 4
    assert "Nguyễn Văn chín, 1822-1888" in world.finder.suggestions("nguyen van ch")
