"""The contract of an engine: same hits, same order when sorted, same scan lists, same facets, on every engine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from unioncat.marc import from_json
from unioncat.model import BadQuery, ClusterId, ConfigError, Conflict, Holding, Member, MemberCode, NotFound, RecordKey
from unioncat.search import Document, FacetRequest, SearchEngine, document, open_engine, open_writer
from unioncat.search.query import (
    And,
    Everything,
    FacetIs,
    Ids,
    Not,
    Or,
    Position,
    Prox,
    Query,
    Relation,
    SortKey,
    Term,
    masked_words,
    term,
)

ENGINES = ("tantivy", "whoosh")
BT, CL = MemberCode("VN-BT"), MemberCode("VN-CL")
MEMBERS = {
    BT: Member(BT, "Thư viện tỉnh Bến Tre", "public", "Ben Tre Provincial Library", district="Bến Tre"),
    CL: Member(CL, "Thư viện Chợ Lách", "district", "Cho Lach Library", district="Chợ Lách"),
}
SETS = {"vie": ("lang:vie", "type:book"), "eng": ("lang:eng", "type:book"), "ser": ("lang:vie", "type:serial")}


def bibliographic(
    title: str, author: str = "", year: str = "", *, subjects: tuple[str, ...] = (), extra: str = "", lang: str = "vie"
) -> bytes:
    fields = [f'{{"008":"000101s{year or "    "}    vm            000 0 {lang} d"}}']
    if author:
        fields.append(f'{{"100":{{"ind1":"1","ind2":" ","subfields":[{{"a":"{author}"}}]}}}}')
    parts = title.split(" : ")
    sub = ",".join(f'{{"{code}":"{text}"}}' for code, text in zip("abc", parts, strict=False))
    fields.append(f'{{"245":{{"ind1":"1","ind2":"0","subfields":[{sub}]}}}}')
    fields += [f'{{"650":{{"ind1":" ","ind2":"4","subfields":[{{"a":"{each}"}}]}}}}' for each in subjects]
    if extra:
        fields.append(extra)
    return ('{"leader":"00000nam a2200000 a 4500","fields":[' + ",".join(fields) + "]}").encode()


def data_field(tag: str, text: str, code: str = "a") -> str:
    return f'{{"{tag}":{{"ind1":" ","ind2":" ","subfields":[{{"{code}":"{text}"}}]}}}}'


RECORDS: tuple[tuple[bytes, tuple[MemberCode, ...], str], ...] = (
    (bibliographic("Lục Vân Tiên", "Nguyễn Đình Chiểu", "1967", subjects=("Thơ",)), (BT, CL), "vie"),  # 1
    (bibliographic("Truyện Lục Vân Tiên : khảo đính", "Nguyễn Đình Chiểu", "1998"), (BT,), "vie"),  # 2
    (bibliographic("Van Tien Luc", "Luc, Van Tien", "2001", lang="eng"), (CL,), "eng"),  # 3
    (bibliographic("Hương rừng Cà Mau", "Sơn Nam", "1962", subjects=("Truyện ngắn", "Cà Mau")), (BT,), "vie"),  # 4
    (bibliographic("Đất phương Nam", "Đoàn Giỏi", "1957", extra=data_field("020", "0-306-40615-2 :")), (BT,), "vie"),
    (bibliographic("Tạp chí Xưa và Nay", "", "1994", extra=data_field("022", "0868-331X")), (BT, CL), "ser"),  # 6
    (bibliographic("E-mail cho người mới", "Lý Lan", "2005", extra=data_field("082", "004.692 NG")), (CL,), "vie"),  # 7
    (bibliographic("Lí thuyết tập hợp", "Trần Văn A", "2005", extra=data_field("082", "511.322")), (CL,), "vie"),  # 8
    (bibliographic("東方學報", "", "1931", lang="jpn", extra=data_field("500", "Có 20 * sao")), (BT,), "vie"),  # 9
    (bibliographic("Bến Tre xưa", "Huỳnh Minh", "", subjects=("Bến Tre",)), (BT,), "vie"),  # 10
    (bibliographic("Một hai ba bốn năm sáu bảy", "", "1967"), (), "vie"),  # 11
    (bibliographic("Moby Dick : or, The whale", "Melville, Herman", "1851", lang="eng"), (BT,), "eng"),  # 12
)  # fmt: skip


def made(number: int) -> Document:
    marc, libraries, kind = RECORDS[number - 1]
    holdings = [
        Holding(code, RecordKey(f"{code}/{number}"), call_number=f"{number}.5 X", local_id=f"L{number}")
        for code in libraries
    ]
    return document(
        from_json(marc),
        holdings,
        MEMBERS,
        datetime(2026, 11, number, 8, 30, 15, tzinfo=UTC),
        cluster=ClusterId(number),
        created=datetime(2020, 1, number, tzinfo=UTC),
        sets=SETS[kind],
        version=number * 7,
    )


def build(url: str, change: int = 5) -> None:
    writer = open_writer(url)
    writer.put(made(number) for number in range(1, len(RECORDS) + 1))
    writer.commit(change)
    writer.close()


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    url = f"{request.param}://{tmp_path_factory.mktemp('index')}"
    build(url)
    return open_engine(url)


def found(engine: SearchEngine, query: Query) -> set[int]:
    hits = engine.search(query, count=50)
    assert hits.total == len(hits.ids)
    return set(hits.ids)


def masked(access_point: str, text: str, relation: Relation = Relation.EQ, **more: object) -> Term:
    return Term(access_point, masked_words(text), relation, **more)  # type: ignore[arg-type]


ALL = set(range(1, 13))
CASES: tuple[tuple[str, Query, set[int]], ...] = (
    # words, folded
    ("marks do not matter", term("title", "luc van tien"), {1, 2, 3}),
    ("nor do marks typed", term("title", "Lục Vân Tiên"), {1, 2, 3}),
    ("decomposed marks", term("title", "Lục Vân Tiên"), {1, 2, 3}),
    ("đ is d", term("title", "dat phuong nam"), {5}),
    ("i is y where one word is spelled so", term("title", "lý thuyết"), {8}),
    ("anywhere looks into all fields", term("anywhere", "chieu tien"), {1, 2}),
    ("anywhere finds a bare ISBN", term("anywhere", "0306406152"), {5}),
    ("anywhere finds a hyphened ISBN", term("anywhere", "0-306-40615-2"), {5}),
    ("any", term("title", "moby bến", Relation.ANY), {10, 12}),
    ("all", term("title", "tien luc", Relation.ALL), {1, 2, 3}),
    ("side by side", term("title", "vân tiên", Relation.ADJ), {1, 2, 3}),
    ("side by side in this order", term("title", "tien luc", Relation.ADJ), {3}),
    ("never across two values", term("subject", "ngắn cà", Relation.ADJ), set()),
    ("never across two fields", term("anywhere", "tien nguyen", Relation.ADJ), set()),
    ("parts of a hyphened word stand together", term("title", "e-mail"), {7}),
    ("characters of a run stand together", term("title", "方學"), {9}),
    ("and in order", term("title", "學方"), set()),
    ("a union finds in all its parts", term("name", "chieu"), {1, 2}),
    # exact
    ("whole value", term("title", "luc van tien", Relation.EXACT), {1}),
    ("whole value without whole terms", term("title_proper", "truyen luc van tien khao dinh", Relation.EXACT), {2}),
    ("whole value anywhere", term("anywhere", "Sơn Nam", Relation.EXACT), {4}),
    ("a part is not the whole", term("title", "van tien", Relation.EXACT), set()),
    ("not equal", term("title", "tien", Relation.NE), ALL - {1, 2, 3}),
    # marks
    ("marks as typed", Term("title", masked_words("Vân"), marks=True), {1, 2}),
    ("no marks as typed", Term("title", masked_words("van"), marks=True), {3}),
    ("marks in a phrase", Term("title", masked_words("Lục Vân Tiên"), Relation.ADJ, marks=True), {1, 2}),
    ("marks and whole value", Term("title", masked_words("lục vân tiên"), Relation.EXACT, marks=True), {1}),
    # anchors
    ("first in field", Term("title", masked_words("luc van"), position=Position.FIRST_IN_FIELD), {1}),
    ("last in field", Term("title", masked_words("luc"), position=Position.LAST_IN_FIELD), {3}),
    ("whole field", Term("title", masked_words("luc van tien"), position=Position.WHOLE_FIELD), {1}),
    ("first in any field", Term("anywhere", masked_words("huynh"), position=Position.FIRST_IN_FIELD), {10}),
    # masks
    ("right", masked("title", "phuo*"), {5}),
    ("left", masked("title", "*uyen"), {2}),
    ("both", masked("title", "*uye*"), {2, 8}),
    ("one character", masked("title", "t?en"), {1, 2, 3}),
    ("exactly one", masked("title", "tie?"), {1, 2, 3}),
    ("none is not one", masked("title", "tien?"), set()),
    ("inside", masked("title", "m*y"), {12}),
    ("with marks typed", masked("title", "Đấ*"), {5}),
    ("a spelling is no bar", masked("title", "lí*"), {8}),
    ("escaped is literal", masked("notes", r"20 \*"), {9}),
    ("in a phrase", masked("title", "l?c v*", Relation.ADJ), {1, 2}),
    ("any word between", masked("title", "luc * tien", Relation.ADJ), {1, 2}),
    ("any two words", masked("title", "* *", Relation.ADJ), ALL),
    ("in a whole value", masked("title", "luc*", Relation.EXACT), {1}),
    ("a star alone: has any", masked("subject", "*"), {1, 4, 10}),
    ("a hyphened word", masked("title", "e-ma*"), {7}),
    # numbers
    ("ISBN-10", term("isbn", "0306406152"), {5}),
    ("the same as ISBN-13", term("isbn", "978-0-306-40615-7"), {5}),
    ("ISBN masked", masked("isbn", "97803064*"), {5}),
    ("ISSN", term("issn", "0868-331x"), {6}),
    ("identifier", term("identifier", "0868331X"), {6}),
    ("own number", term("record_id", "uc00000004"), {4}),
    ("a library's number", term("local_number", "L7"), {7}),
    ("with its code", term("local_number", "VN-CL L7"), {7}),
    ("class number", term("dewey", "004.692"), {7}),
    ("class number, masked", masked("dewey", "511*"), {8}),
    ("class number, exactly", term("dewey", "004.692", Relation.EXACT), set()),
    ("call number of a library", term("call_number", "12.5 X"), {12}),
    ("class number as call number", term("call_number", "004.692"), {7}),
    ("call numbers in order", term("call_number", "511", Relation.GE), {6, 7, 8, 9}),
    ("any classification", masked("classification", "*"), {7, 8}),
    ("any name", masked("name", "*"), {1, 2, 3, 4, 5, 7, 8, 10, 12}),
    # codes
    ("language", term("language", "ENG"), {3, 12}),
    ("type", term("type", "serial"), {6}),
    ("library", term("library", "VN-CL"), {1, 3, 6, 7, 8}),
    ("library kind", term("library_kind", "district"), {1, 3, 6, 7, 8}),
    ("district", term("district", "chợ lách"), {1, 3, 6, 7, 8}),
    ("library by name", term("library_name", "cho lach"), {1, 3, 6, 7, 8}),
    # years, dates, ranges
    ("year", term("year", "1967"), {1, 11}),
    ("year masked", masked("year", "196?"), {1, 4, 11}),
    ("year before", term("year", "1957", Relation.LT), {9, 12}),
    ("year up to", term("year", "1957", Relation.LE), {5, 9, 12}),
    ("year after", term("year", "2001", Relation.GT), {7, 8}),
    ("year from", term("year", "2001", Relation.GE), {3, 7, 8}),
    ("years within", term("year", "1994 2001", Relation.WITHIN), {2, 3, 6}),
    ("years as people write them", term("year", "1994-2001"), {2, 3, 6}),
    ("years backwards", term("year", "2001 1994", Relation.WITHIN), set()),
    ("changed on a day", term("changed", "2026-11-03"), {3}),
    ("changed in a month", term("changed", "2026-11"), ALL),
    ("changed since", term("changed", "2026-11-10", Relation.GE), {10, 11, 12}),
    ("changed after", term("changed", "2026-11-10", Relation.GT), {11, 12}),
    ("changed up to", term("changed", "2026-11-02", Relation.LE), {1, 2}),
    ("changed before a moment", term("changed", "2026-11-02T08:30:15Z", Relation.LT), {1}),
    ("titles in order", term("title", "bao", Relation.LT), set()),
    ("titles from", term("title", "truyen", Relation.GE), {2, 3, 9}),
    ("titles up to", term("title", "dat phuong nam", Relation.LE), {5, 10}),
    ("titles within", Term("title", masked_words("dat lz"), Relation.WITHIN), {1, 4, 5, 7, 8}),
    # booleans
    ("and", And((term("author", "chieu"), term("year", "1998"))), {2}),
    ("or", Or((term("author", "chieu"), term("author", "nam"))), {1, 2, 4}),
    ("not", Not(term("title", "tien"), term("author", "chieu")), {3}),
    ("everything", Everything(), ALL),
    ("nothing but ids", Ids(frozenset({2, 5, 99})), {2, 5}),
    ("ids and a term", And((Ids(frozenset({2, 3})), term("author", "chieu"))), {2}),
    ("no ids", Ids(), set()),
    ("a facet value", FacetIs("author", "Nguyễn Đình Chiểu"), {1, 2}),
    # proximity
    ("beside, either order", Prox(term("title", "tien"), term("title", "van"), 1), {1, 2, 3}),
    ("beside, this order", Prox(term("title", "van"), term("title", "luc"), 1, ordered=True), set()),
    ("within two", Prox(term("title", "luc"), term("title", "tien"), 2, ordered=True), {1, 2}),
    ("exactly four", Prox(term("title", "hai"), term("title", "sau"), 4, Relation.EQ), {11}),
    ("not exactly three", Prox(term("title", "hai"), term("title", "sau"), 3, Relation.EQ), set()),
    ("less than five", Prox(term("title", "hai"), term("title", "sau"), 5, Relation.LT), {11}),
    ("phrases near", Prox(term("title", "một hai"), term("title", "sáu bảy"), 4), {11}),
    # nothing to find
    ("punctuation only", term("title", "!!!"), set()),
    ("no such word", term("title", "khongcotunay"), set()),
    ("a term of 10,000 letters", term("title", "a" * 10_000), set()),
)


@pytest.mark.parametrize(("query", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_finds(engine: SearchEngine, query: Query, wanted: set[int]) -> None:
    assert found(engine, query) == wanted


BAD: tuple[tuple[str, Query, str], ...] = (
    ("empty term", Term("title", ()), "empty_term"),
    ("unknown access point", term("nonsense", "x"), "unsupported_access_point"),
    ("order among words", term("notes", "x", Relation.LT), "unsupported_relation"),
    ("order anywhere", term("anywhere", "x", Relation.GE), "unsupported_relation"),
    ("encloses", term("year", "1990", Relation.ENCLOSES), "unsupported_relation"),
    ("a word for a year", term("year", "năm"), "bad_term"),
    ("a word for a date", term("changed", "hôm qua"), "bad_term"),
    ("within one bound", term("year", "1990", Relation.WITHIN), "bad_term"),
    ("eleven masks", masked("title", "?a" * 11), "too_many_masks"),
    ("1,001 terms", Or(tuple(term("title", f"w{place}") for place in range(1001))), "too_complex"),
    ("proximity of sentences", Prox(term("title", "a"), term("title", "b"), unit="page"), "unsupported_proximity_unit"),
    ("far away", Prox(term("title", "a"), term("title", "b"), 51), "unsupported_proximity_distance"),
    ("farther than", Prox(term("title", "a"), term("title", "b"), 2, Relation.GT), "unsupported_proximity_relation"),
    ("across access points", Prox(term("title", "a"), term("author", "b")), "unsupported_proximity"),
    ("proximity in a union", Prox(term("name", "a"), term("name", "b")), "unsupported_proximity"),
    ("order in a union of numbers", term("identifier", "1", Relation.LT), "unsupported_relation"),
    ("proximity of numbers", Prox(term("isbn", "a"), term("isbn", "b")), "unsupported_proximity"),
    ("unknown facet value", FacetIs("title", "x"), "unsupported_facet"),
)  # fmt: skip


@pytest.mark.parametrize(("query", "kind"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_says_what_cannot_be_answered(engine: SearchEngine, query: Query, kind: str) -> None:
    with pytest.raises(BadQuery) as caught:
        engine.search(query)
    assert caught.value.kind == kind


def test_deep_queries_are_refused(engine: SearchEngine) -> None:
    query: Query = term("title", "x")
    for _ in range(300):
        query = Not(query, term("title", "y"))
    with pytest.raises(BadQuery) as caught:
        engine.search(query)
    assert caught.value.kind == "too_complex"


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        ((SortKey("title"),), (10, 5, 7, 4, 8, 1, 12, 11, 6, 2, 3, 9)),
        ((SortKey("title", descending=True),), (9, 3, 2, 6, 11, 12, 1, 8, 4, 7, 5, 10)),
        ((SortKey("year"),), (12, 9, 5, 4, 1, 11, 6, 2, 3, 7, 8, 10)),
        ((SortKey("year", descending=True),), (7, 8, 3, 2, 6, 1, 11, 4, 5, 9, 12, 10)),
        ((SortKey("author"), SortKey("year")), (5, 10, 3, 7, 12, 1, 2, 4, 8, 9, 11, 6)),
        ((SortKey("author"), SortKey("year", descending=True)), (5, 10, 3, 7, 12, 2, 1, 4, 8, 6, 11, 9)),
        ((SortKey("language"), SortKey("changed", descending=True)), (12, 3, 11, 10, 9, 8, 7, 6, 5, 4, 2, 1)),
    ],
)
def test_sorts(engine: SearchEngine, sort: tuple[SortKey, ...], wanted: tuple[int, ...]) -> None:
    assert engine.search(Everything(), count=50, sort=sort).ids == wanted
    for size in (1, 2, 5):
        paged: list[int] = []
        for start in range(0, 14, size):
            paged += engine.search(Everything(), start=start, count=size, sort=sort).ids
        assert tuple(paged) == wanted


def test_sorting_by_what_is_not_sortable_is_refused(engine: SearchEngine) -> None:
    with pytest.raises(BadQuery) as caught:
        engine.search(Everything(), sort=(SortKey("notes"),))
    assert caught.value.kind == "unsupported_sort"


def test_pages_of_a_relevance_list_hold_each_record_once(engine: SearchEngine) -> None:
    query = Or((term("title", "tien"), term("anywhere", "tre"), term("language", "vie")))
    paged: list[int] = []
    for start in range(0, 16, 3):
        hits = engine.search(query, start=start, count=3)
        paged += hits.ids
        assert hits.versions == tuple(7 * cluster for cluster in hits.ids)
    assert sorted(paged) == sorted(found(engine, query))


def test_marks_as_typed_come_first(engine: SearchEngine) -> None:
    assert engine.search(term("title", "Lục Vân Tiên"), count=3).ids[0] == 1
    assert engine.search(term("title", "Vân Tiên Lục"), count=3).ids[-1] == 3


def test_counting_costs_no_page(engine: SearchEngine) -> None:
    hits = engine.search(term("title", "tien"), count=0)
    assert (hits.total, hits.ids) == (3, ())
    far = engine.search(term("title", "tien"), start=10**9, count=10)
    assert (far.total, far.ids) == (3, ())


def test_facets(engine: SearchEngine) -> None:
    facets = (FacetRequest("library"), FacetRequest("year", limit=3, minimum=2), FacetRequest("author", limit=2))
    hits = engine.search(Everything(), count=1, facets=facets)
    assert [(each.value, each.count) for each in hits.facets["library"]] == [("VN-BT", 8), ("VN-CL", 5)]
    assert [(each.value, each.count) for each in hits.facets["year"]] == [("1967", 2), ("2005", 2)]
    assert [(each.value, each.count) for each in hits.facets["author"]] == [
        ("Nguyễn Đình Chiểu", 2),
        ("Huỳnh Minh", 1),
    ]
    with pytest.raises(BadQuery) as caught:
        engine.search(Everything(), facets=(FacetRequest("notes"),))
    assert caught.value.kind == "unsupported_facet"


@pytest.mark.parametrize("name", ["author", "subject", "library", "language", "year", "district", "type"])
def test_a_facet_counts_what_choosing_it_finds(engine: SearchEngine, name: str) -> None:
    for each in engine.search(Everything(), facets=(FacetRequest(name, limit=50),)).facets[name]:
        assert engine.search(FacetIs(name, each.value), count=0).total == each.count


def texts(engine: SearchEngine, *args: object, **more: object) -> list[tuple[str, int]]:
    return [(each.text, each.count) for each in engine.scan(*args, **more)]  # type: ignore[arg-type]


def test_scans_words(engine: SearchEngine) -> None:
    assert texts(engine, "title", "tie", count=3) == [("tien", 3), ("tre", 1), ("truyen", 1)]
    assert texts(engine, "title", "Tiên", before=2, count=1) == [("the", 1), ("thuyet", 1), ("tien", 3)]
    assert texts(engine, "title", "", count=2) == [("ba", 1), ("bay", 1)]
    assert texts(engine, "title", "\U0001f600", count=5) == texts(engine, "title", "", count=5)
    assert texts(engine, "title", "zzz", before=1, count=5)[0] == ("xua", 2)
    assert texts(engine, "name", "chieu", count=2) == [("chieu", 2), ("dinh", 2)]


def test_scans_whole_values(engine: SearchEngine) -> None:
    assert texts(engine, "title", "l", count=2, whole=True) == [("luc van tien", 1), ("ly thuyet tap hop", 1)]
    assert texts(engine, "author", "ng", count=1, whole=True) == [("nguyen dinh chieu", 2)]
    assert texts(engine, "year", "1960", count=2) == [("1962", 1), ("1967", 2)]
    assert texts(engine, "isbn", "978", count=5) == [("9780306406157", 1)]
    assert texts(engine, "dewey", "004", count=5) == [("004 692 ng", 1), ("511 322", 1)]


def test_a_scan_counts_what_a_search_finds(engine: SearchEngine) -> None:
    for access_point in ("title", "author", "subject", "anywhere", "language", "name"):
        for entry in engine.scan(access_point, "", count=200):
            assert engine.search(term(access_point, entry.text), count=0).total == entry.count
            assert entry.sample is None or entry.sample in ALL


def test_scanning_an_unknown_access_point_is_refused(engine: SearchEngine) -> None:
    with pytest.raises(BadQuery):
        engine.scan("nonsense", "a")


def test_spellings_and_completions(engine: SearchEngine) -> None:
    assert [each.text for each in engine.spellings("title", "thuyt")] == ["thuyet"]
    assert [each.text for each in engine.spellings("title", "mboy")] == ["moby"]
    assert engine.spellings("title", "x") == ()
    assert [each.text for each in engine.completions("author", "Nguyễn đ")] == ["nguyen dinh chieu"]
    assert [each.text for each in engine.completions("title", "lu")] == ["luc van tien"]
    assert engine.completions("title", " ") == ()


def test_a_phrase_of_masks_for_too_many_words_is_refused(tmp_path: Path) -> None:
    writer = open_writer(f"tantivy://{tmp_path}")
    writer.put(
        Document(ClusterId(number), {"title": tuple(f"w{number}x{place}" for place in range(20))})
        for number in range(1, 1001)
    )
    writer.commit(1)
    writer.close()
    engine = open_engine(f"tantivy://{tmp_path}")
    with pytest.raises(BadQuery) as caught:
        engine.search(masked("title", "w* w*", Relation.ADJ))
    assert caught.value.kind == "too_complex"


# ---------------------------------------------------------------- the life of an index


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"{request.param}://{tmp_path}/index"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers look for a new commit at every search, not five times a second."""
    monkeypatch.setattr("unioncat.search.tantivy_engine._LOOK_SECONDS", 0.0)
    monkeypatch.setattr("unioncat.search.whoosh_engine._LOOK_SECONDS", 0.0)


def test_no_index_is_said(url: str) -> None:
    with pytest.raises(NotFound, match="unioncat index rebuild"):
        open_engine(url).search(Everything())


@pytest.mark.usefixtures("at_once")
def test_put_replaces_and_delete_removes(url: str) -> None:
    build(url)
    reader = open_engine(url)
    assert (reader.count(), reader.change_number()) == (12, 5)
    writer = open_writer(url)
    changed = made(2)
    writer.put([Document(ClusterId(1), changed.tokens, changed.sort, changed.facets, version=99)])
    writer.delete([ClusterId(3), ClusterId(77)])
    assert reader.count() == 12
    writer.commit(9)
    writer.close()
    assert (reader.count(), reader.change_number()) == (11, 9)
    assert found(reader, term("title", "khao dinh")) == {1, 2}
    assert found(reader, term("title", "tien")) == {1, 2}
    assert reader.search(Ids(frozenset({1}))).versions == (99,)
    assert ("luc", 2) in texts(reader, "title", "luc")
    assert [each.text for each in reader.scan("author", "luc van tien", whole=True)][:1] == ["ly lan"]


@pytest.mark.usefixtures("at_once")
def test_the_last_of_two_in_one_batch_counts(url: str) -> None:
    writer = open_writer(url)
    first, second = made(1), made(4)
    writer.put([first, Document(ClusterId(1), second.tokens, second.sort, second.facets)])
    writer.put([made(2)])
    writer.put([Document(ClusterId(2), second.tokens, second.sort, second.facets)])
    writer.commit(1)
    writer.close()
    assert found(open_engine(url), term("title", "huong rung")) == {1, 2}
    assert open_engine(url).count() == 2


def test_what_is_not_committed_is_dropped(url: str) -> None:
    build(url)
    writer = open_writer(url)
    writer.delete([ClusterId(1)])
    writer.close()
    assert open_engine(url).count() == 12


def test_one_writer(url: str) -> None:
    writer = open_writer(url)
    with pytest.raises(Conflict):
        open_writer(url)
    writer.close()
    open_writer(url).close()


@pytest.mark.usefixtures("at_once")
def test_a_fresh_index_takes_over_at_its_first_commit(url: str) -> None:
    build(url)
    reader = open_engine(url)
    writer = open_writer(url, fresh=True)
    writer.put([made(4)])
    assert reader.count() == 12
    writer.commit(6)
    assert (reader.count(), reader.change_number()) == (1, 6)
    writer.put([made(5)])
    writer.commit(7)
    writer.close()
    assert reader.count() == 2


def test_a_damaged_index_is_said(url: str, tmp_path: Path) -> None:
    build(url)
    folder = next((tmp_path / "index").glob("g*"))
    for path in folder.iterdir():
        if path.is_file() and path.name != "state.json" and path.stat().st_size:
            path.unlink() if url.startswith("whoosh") else path.write_bytes(b"\0" * 10)
    with pytest.raises(ConfigError, match="rebuild"):
        open_engine(url).search(Everything())


def test_an_index_of_another_layout_is_said(url: str, tmp_path: Path) -> None:
    build(url)
    state = next((tmp_path / "index").glob("g*/state.json"))
    state.write_bytes(b'{"layout":0,"change":5,"documents":12}')
    with pytest.raises(ConfigError, match="layout"):
        open_engine(url).search(Everything())


@pytest.mark.parametrize("text", ["", "tantivy", "elastic:///x", "tantivy://"])
def test_index_urls_that_are_none(text: str) -> None:
    with pytest.raises(ConfigError):
        open_engine(text)
