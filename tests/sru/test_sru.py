"""The SRU server against the standards' text: every answer is valid, every index and schema explained works."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from protocols.sru.diagnostics import MESSAGES
from protocols.sru.parameters import MAX_RECORDS
from tests.sru_world import World, isbn, numbers, small_world, total
from unioncat.search.access_points import BY_CQL, BY_NAME

MARCXML = "info:srw/schema/1/marcxml-v1.1"
EXPLAIN = "http://explain.z3950.org/dtd/2.0/"


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(Path(__file__).parent / "schemas" / "any.xsd")))


@pytest.fixture(scope="module")
def plain_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return small_world(tmp_path_factory.mktemp("sru"))


@pytest.fixture
def world(plain_world: World, schema: etree.XMLSchema, monkeypatch: pytest.MonkeyPatch) -> World:
    """Every answer is held against the schemas."""
    ask = plain_world.ask

    def valid(_method: str = "GET", **parameters: str) -> etree._Element:
        answer = ask(_method, **parameters)
        schema.assertValid(etree.ElementTree(answer))
        return answer

    monkeypatch.setattr(plain_world, "ask", valid)
    return plain_world


VERSIONS = ("1.1", "1.2", "2.0")


# ---------------------------------------------------------------- versions and operations


@pytest.mark.parametrize(
    ("parameters", "element", "version"),
    [
        ({}, "explainResponse", "1.2"),
        ({"operation": "explain"}, "explainResponse", "1.2"),
        ({"operation": "explain", "version": "1.1"}, "explainResponse", "1.1"),
        ({"operation": "explain", "version": "1.2"}, "explainResponse", "1.2"),
        ({"version": "2.0"}, "explainResponse", "2.0"),
        ({"query": "a"}, "searchRetrieveResponse", "2.0"),
        ({"query": "a", "version": "2.0", "operation": "searchRetrieve"}, "searchRetrieveResponse", "2.0"),
        ({"query": "a", "version": "1.1", "operation": "searchRetrieve"}, "searchRetrieveResponse", "1.1"),
        ({"query": "a", "version": "1.2", "operation": "searchRetrieve"}, "searchRetrieveResponse", "1.2"),
        ({"scanClause": "a"}, "scanResponse", "2.0"),
        ({"scanClause": "a", "version": "1.1", "operation": "scan"}, "scanResponse", "1.1"),
    ],
)
def test_each_operation_answers_in_its_version(
    world: World, parameters: dict[str, str], element: str, version: str
) -> None:
    for method in ("GET", "POST"):
        answer = world.ask(method, **parameters)
        assert etree.QName(answer).localname == element
        assert answer.findtext("{*}version") == version
        space = "http://docs.oasis-open.org/ns/search-ws/" if version == "2.0" else "http://www.loc.gov/zing/srw/"
        assert (etree.QName(answer).namespace or "").startswith(space)
        assert numbers(answer) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_records_carry_the_uri_of_their_schema(world: World, version: str) -> None:
    answer = world.search("title = sach", version, maximumRecords="3", recordSchema="marcxml")
    records = answer.findall("{*}records/{*}record")
    assert len(records) == 3
    for place, record in enumerate(records, 1):
        assert record.findtext("{*}recordSchema") == MARCXML
        assert record.findtext("{*}recordPosition") == str(place)
        assert record.find("{*}recordData/{http://www.loc.gov/MARC21/slim}record") is not None
        packing = "recordXMLEscaping" if version == "2.0" else "recordPacking"
        assert record.findtext(f"{{*}}{packing}") == "xml"
    assert answer.findtext("{*}nextRecordPosition") == "4"


def test_marcxml_comes_without_being_asked_for(world: World) -> None:
    """Zotero asks in 1.1 for one record and names no schema."""
    answer = world.ask(version="1.1", operation="searchRetrieve", query=f"isbn={isbn(7)}", maximumRecords="1")
    record = answer.find("{*}records/{*}record")
    assert record is not None
    assert record.findtext(".//{*}controlfield[@tag='001']") == "uc00000007"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_schema_explained_gives_records(world: World, version: str) -> None:
    explain = world.ask(version=version, operation="explain")
    schemas = explain.findall(".//{*}schemaInfo/{*}schema")
    assert {each.get("name") for each in schemas} >= {"marcxml", "dc", "oai_dc", "mods", "marc21_holdings", "iso20775"}
    for each in schemas:
        for wanted in (each.get("name"), each.get("identifier")):
            answer = world.search("title = sach", version, maximumRecords="1", recordSchema=str(wanted))
            record = answer.find("{*}records/{*}record")
            assert record is not None
            assert record.findtext("{*}recordSchema") == each.get("identifier")
            data = record.find("{*}recordData")
            assert data is not None
            assert len(data) == 1


def test_a_format_registered_later_is_offered_by_itself(world: World) -> None:
    class Later:
        name, media_type, extension, namespace, schema = "later", "text/xml", "xml", "http://example.org/later", ""

        def render(self, export: object) -> bytes:
            return b'<later xmlns="http://example.org/later"/>'

    world.formats["later"] = Later()
    try:
        answer = world.search("sach", recordSchema="http://example.org/later", maximumRecords="1")
        assert answer.find(".//{http://example.org/later}later") is not None
    finally:
        del world.formats["later"]


@pytest.mark.parametrize("version", VERSIONS)
def test_records_as_text(world: World, version: str) -> None:
    name = "recordXMLEscaping" if version == "2.0" else "recordPacking"
    answer = world.search("title = sach", version, maximumRecords="2", **{name: "string"})
    for data in answer.iterfind(".//{*}recordData"):
        assert len(data) == 0
        assert etree.fromstring(data.text or "").tag == "{http://www.loc.gov/MARC21/slim}record"
    explain = world.ask(operation="explain", version=version, **{name: "string"})
    assert etree.fromstring(explain.findtext(".//{*}recordData") or "").tag == f"{{{EXPLAIN}}}explain"


# ---------------------------------------------------------------- explain


def explained(world: World) -> list[tuple[str, bool, bool, bool]]:
    """(name, search, scan, sort) of every index name in explain."""
    found = []
    for index in world.ask().iterfind(".//{*}indexInfo/{*}index"):
        flags = tuple(index.get(name) == "true" for name in ("search", "scan", "sort"))
        for name in index.iterfind("{*}map/{*}name"):
            qualified = f"{name.get('set')}.{name.text}" if name.get("set") else str(name.text)
            found.append((qualified, *flags))
        row = BY_NAME.get(index.get("id") or "")
        found += [(name, *flags) for name in (row.name, *row.aliases)] if row is not None else []
    return found


VALUES = {
    "anywhere": "sach", "title": "sach", "title_proper": "tap", "title_uniform": "kieu", "title_key": "san",
    "series": "tuoi tre", "author": "nguyen van", "name": "nguyen", "name_personal": "nguyen", "name_corporate": "hoi",
    "name_conference": "hoi nghi", "subject": "van hoc", "subject_topic": "van hoc", "subject_place": "ben tre",
    "subject_name": "nguyen du", "subject_title": "kinh thi", "form": "tho", "publisher": "van nghe",
    "place": "ben tre", "edition": "lan thu hai", "year": "1967", "isbn": isbn(7), "issn": "0868-007X",
    "lccn": "2007012345", "oclc": "7", "control_number": "(OCoLC)ocn000000007", "other_number": "8934500000007",
    "identifier": isbn(7), "record_id": "uc00000007", "local_number": "L7", "call_number": "7.5 X",
    "shelf_mark": "7.5 X",     "other_class": "V7", "library_number": "L7", "dewey": "895.9227",
    "lc_class": "PL4378.9 .N7", "bbk": "V7", "classification": "V7", "language": "vie", "language_original": "fre",
    "country": "vm", "type": "book", "format": "120 tr", "audience": "j", "digital": "yes", "notes": "phu chu",
    "contents": "chuong mot", "abstract": "tom tat", "rights": "tu do", "relation": "tap chi", "library": "VN-BT",
    "url": "http://example.org/b7", "library_name": "ben tre", "library_kind": "public", "district": "ben tre",
    "collection": "diachi", "location": "kho mo", "encoding_level": "full", "changed": "2026-11-22",
    "created": "2026-11-22",
}  # fmt: skip


def test_every_index_explained_finds_a_record_that_has_the_data(world: World) -> None:
    """Scans and sorts, too, where explain says so."""
    ids = {
        f"{name.get('set')}.{name.text}" if name.get("set") else str(name.text): str(index.get("id"))
        for index in world.ask().iterfind(".//{*}indexInfo/{*}index")
        for name in index.iterfind("{*}map/{*}name")
        if index.get("id")
    }
    names = explained(world)
    assert len(names) > 100
    for name, search, scan, sort in names:
        if name in ("cql.allRecords", "cql.resultSetId"):
            continue
        value = VALUES[ids.get(name) or BY_CQL[name.lower()].name]
        assert search
        answer = world.search(f'{name} = "{value}"', maximumRecords="1")
        assert numbers(answer) == [], name
        assert total(answer) >= 1, name
        if scan:
            terms = world.ask(version="1.2", operation="scan", scanClause=f'{name} = "{value}"', maximumTerms="1")
            assert terms.findtext(".//{*}term/{*}value"), name
        if sort:
            assert numbers(world.search(f"sach sortBy {name}", maximumRecords="1")) == [], name
    assert total(world.search("cql.allRecords = 1")) == 40


def test_explain_is_a_valid_zeerex_record(world: World, schema: etree.XMLSchema) -> None:
    for version in VERSIONS:
        record = world.ask(operation="explain", version=version).find(f".//{{{EXPLAIN}}}explain")
        schema.assertValid(etree.ElementTree(record))


def test_explain_says_the_limits_that_hold(world: World) -> None:
    explain = world.ask()
    settings = {each.get("type"): each.text for each in explain.iterfind(".//{*}configInfo/{*}setting")}
    assert settings["maximumRecords"] == str(MAX_RECORDS)
    assert explain.findtext(".//{*}serverInfo/{*}database") == "sru"
    relations = [each.text for each in explain.iterfind(".//{*}supports[@type='relation']")]
    for relation in relations:
        value = "1960 1999" if relation == "within" else "1967"
        assert numbers(world.search(f'year {relation} "{value}"', maximumRecords="0")) == [], relation
    for modifier in explain.iterfind(".//{*}supports[@type='relationModifier']"):
        assert numbers(world.search(f"title =/{modifier.text} sach", maximumRecords="0")) == [], modifier.text


# ---------------------------------------------------------------- paging, result sets, sorting


def test_pages_hold_every_record_once(world: World) -> None:
    seen: list[str] = []
    start = "1"
    while start:
        answer = world.search("cql.allRecords = 1", startRecord=start, maximumRecords="7")
        seen += [str(each.text) for each in answer.iterfind(".//{*}recordIdentifier")]
        start = answer.findtext("{*}nextRecordPosition") or ""
    assert len(seen) == 40 == len(set(seen))


def test_no_records_may_be_asked_for(world: World) -> None:
    answer = world.search("sach", maximumRecords="0")
    assert total(answer) == 40
    assert answer.find("{*}records") is None
    assert answer.findtext("{*}nextRecordPosition") is None


def test_more_records_than_the_cap_may_be_asked_for(world: World) -> None:
    answer = world.search("sach", maximumRecords="1000000")
    assert len(answer.findall(".//{*}record/{*}recordData")) == 40


@pytest.mark.parametrize("version", VERSIONS)
def test_result_sets(world: World, version: str) -> None:
    first = world.search("year > 1980 sortBy year/sort.descending", version, resultSetTTL="300", maximumRecords="2")
    name = first.findtext("{*}resultSetId") or ""
    assert name
    idle = "resultSetTTL" if version == "2.0" else "resultSetIdleTime"
    assert first.findtext(f"{{*}}{idle}") == "300"
    again = world.search(f"cql.resultSetId = {name}", version, maximumRecords="2")
    assert total(again) == total(first) == 20
    assert _ids(again) == _ids(first)
    both = world.search(f"cql.resultSetId = {name} and year < 1983", version)
    assert total(both) == 2
    assert total(world.search(f"year > 1999 not cql.resultSetId = {name}", version)) == 0


def test_a_result_set_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = world.search("sach", resultSetTTL="10").findtext("{*}resultSetId")
    later = time.time() + 11
    monkeypatch.setattr("protocols.sru.result_sets.time.time", lambda: later)
    assert numbers(world.search(f"cql.resultSetId = {name}")) == [51]


def test_no_result_set_is_kept_unasked(world: World) -> None:
    assert world.search("sach").find("{*}resultSetId") is None


def _ids(answer: etree._Element) -> list[str]:
    found = [str(each.text) for each in answer.iterfind(".//{*}recordIdentifier")]
    return found or [str(each.text) for each in answer.iterfind(".//{*}controlfield[@tag='001']")]


@pytest.mark.parametrize(
    ("query", "keys", "wanted"),
    [
        ("year < 1964", "year", [1, 2, 3]),
        ("year < 1964", "dc.date,,0", [3, 2, 1]),
        ("year < 1964", "date,dc,1 title,dc,0,0,highValue", [1, 2, 3]),
        ("year < 1964", "/dc/date", [1, 2, 3]),
        ("year < 1964 sortBy year/sort.descending", "", [3, 2, 1]),
        ("year < 1964 sortBy language title", "", [3, 2, 1]),
    ],
)
def test_sorts(world: World, query: str, keys: str, wanted: list[int]) -> None:
    answer = world.search(query, "1.1", **({"sortKeys": keys} if keys else {}))
    assert _ids(answer) == [f"uc{number:08d}" for number in wanted]


# ---------------------------------------------------------------- scan


def _terms(answer: etree._Element) -> list[tuple[str, int, str]]:
    return [
        (
            each.findtext("{*}value") or "",
            int(each.findtext("{*}numberOfRecords") or -1),
            each.findtext("{*}whereInList") or "",
        )
        for each in answer.iterfind("{*}terms/{*}term")
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_scans(world: World, version: str) -> None:
    operation = {} if version == "2.0" else {"operation": "scan"}

    def scan(clause: str, **more: str) -> list[tuple[str, int, str]]:
        return _terms(world.ask(version=version, scanClause=clause, **operation, **more))

    assert [term for term, _, _ in scan("year = 1970", maximumTerms="3")] == ["1970", "1971", "1972"]
    around = scan("year = 1970", maximumTerms="3", responsePosition="2")
    assert [term for term, _, _ in around] == ["1969", "1970", "1971"]
    assert [term for term, _, _ in scan("year = 1970", maximumTerms="2", responsePosition="0")] == ["1971", "1972"]
    assert [term for term, _, _ in scan("year = 1970", maximumTerms="2", responsePosition="3")] == ["1968", "1969"]
    assert scan("year = 1000", maximumTerms="2") == [("1961", 1, "first"), ("1962", 1, "inner")]
    assert scan("year = 2000", maximumTerms="5") == [("2000", 1, "last")]
    assert scan("year = 2000", maximumTerms="2", responsePosition="2")[-1] == ("2000", 1, "last")
    assert scan("year = 3000") == []
    assert scan("language = a") == [("vie", 40, "only")]


def test_a_scan_counts_what_a_search_finds(world: World) -> None:
    for name in ("title", "author", "subject", "publisher", "dewey"):
        for relation in ("=", "=="):
            clause = f'{name} {relation} ""'
            answer = world.ask(version="1.2", operation="scan", scanClause=clause, maximumTerms="100")
            terms = _terms(answer)
            assert [text for text, _, _ in terms] == sorted(text for text, _, _ in terms)
            for text, count, _ in terms:
                assert total(world.search(f'{name} {relation} "{text}"', maximumRecords="0")) == count, (name, text)


def test_whole_values_are_shown_as_they_are_written(world: World) -> None:
    answer = world.ask(version="1.2", operation="scan", scanClause='publisher == "van"', maximumTerms="1")
    assert answer.find(".//{*}displayTerm") is None
    answer = world.ask(version="1.2", operation="scan", scanClause='publisher == "nxb"', maximumTerms="1")
    assert answer.findtext(".//{*}displayTerm") == "Nxb. Văn nghệ"


# ---------------------------------------------------------------- facets


def test_facets(world: World) -> None:
    answer = world.ask(query="sach", facetLimit="5:library, 3:dc.subject,2:year", maximumRecords="0")
    found = {
        each.findtext("{*}index"): [
            (term.findtext("{*}actualTerm"), int(term.findtext("{*}count") or 0), term.findtext("{*}query"))
            for term in each.iterfind(".//{*}term")
        ]
        for each in answer.iterfind(".//{*}facet")
    }
    assert [(value, count) for value, count, _ in found["bath.possessingInstitution"]] == [("VN-BT", 40), ("VN-CL", 20)]
    assert len(found["dc.subject"]) == 3
    assert len(found["dc.date"]) == 2
    for terms in found.values():
        for _, count, query in terms:
            assert total(world.search(f"sach and {query}", maximumRecords="0")) == count


def test_facets_in_other_orders(world: World) -> None:
    def values(**more: str) -> list[str]:
        answer = world.ask(query="sach", facetLimit="3:year", maximumRecords="0", **more)
        return [str(each.text) for each in answer.iterfind(".//{*}actualTerm")]

    assert values() == ["1961", "1962", "1963"]
    assert values(facetStart="3") == ["1963", "1964", "1965"]
    assert values(facetSort="alphanumeric,descending") == ["1963", "1962", "1961"]
    assert values(facetSort="recordCount,ascending") == ["1963", "1962", "1961"]


# ---------------------------------------------------------------- diagnostics

SEARCH = {"version": "1.2", "operation": "searchRetrieve"}
SCAN = {"version": "1.2", "operation": "scan"}
DIAGNOSED: tuple[tuple[int, dict[str, str], str], ...] = (
    (4, {"version": "1.2", "operation": "update"}, "update"),
    (5, {"version": "3.0", "operation": "searchRetrieve", "query": "a"}, "2.0"),
    (5, {"version": "", "query": "a"}, "2.0"),
    (6, {**SEARCH, "query": "a", "startRecord": "x"}, "startRecord"),
    (6, {**SEARCH, "query": "a", "startRecord": "0"}, "startRecord"),
    (6, {**SEARCH, "query": "a", "startRecord": "-1"}, "startRecord"),
    (6, {**SEARCH, "query": "a", "maximumRecords": "-1"}, "maximumRecords"),
    (6, {**SEARCH, "query": "a", "maximumRecords": "1.5"}, "maximumRecords"),
    (6, {**SEARCH, "query": "a", "resultSetTTL": "soon"}, "resultSetTTL"),
    (6, {**SCAN, "scanClause": "a", "maximumTerms": "0"}, "maximumTerms"),
    (6, {"query": "a", "queryType": "lucene"}, "lucene"),
    (6, {"query": "a", "facetLimit": "5"}, "facetLimit: 5"),
    (6, {"query": "a", "facetLimit": "5:notes"}, "facetLimit: notes"),
    (6, {"query": "a", "facetLimit": "5:nonsense"}, "facetLimit: nonsense"),
    (6, {"query": "a", "facetLimit": "5:year", "facetSort": "size"}, "facetSort: size"),
    (7, {"operation": "searchRetrieve", "query": "a"}, "version"),
    (7, {**SEARCH}, "query"),
    (7, {**SCAN}, "scanClause"),
    (7, {"version": "1.1", "query": "a"}, "operation"),
    (8, {**SEARCH, "query": "a", "nonsense": "1"}, "nonsense"),
    (8, {**SEARCH, "query": "a", "facetLimit": "5:year"}, "facetLimit"),
    (10, {**SEARCH, "query": "a and"}, "the query ends where a search term is expected (at position 6)"),
    (10, {**SEARCH, "query": "nonsense = (a"}, ""),
    (10, {**SCAN, "scanClause": "a and b"}, "a scan clause is one index, relation and term"),
    (12, {**SEARCH, "query": "a" * 70_000}, "65536"),
    (13, {**SEARCH, "query": "(" * 200 + "a" + ")" * 200}, ""),
    (15, {**SEARCH, "query": "foo.title = a"}, "foo"),
    (16, {**SEARCH, "query": "dc.nonsense = a"}, "dc.nonsense"),
    (16, {**SCAN, "scanClause": "nonsense = a"}, "nonsense"),
    (19, {**SEARCH, "query": "title like a"}, "like"),
    (19, {**SEARCH, "query": "notes < a"}, "<"),
    (20, {**SEARCH, "query": "title =/stem a"}, "stem"),
    (23, {**SEARCH, "query": "a" * 5000}, "4096"),
    (23, {**SCAN, "scanClause": "a" * 5000}, "4096"),
    (27, {**SEARCH, "query": 'title = ""'}, "title"),
    (27, {**SEARCH, "query": ""}, "query"),
    (30, {**SEARCH, "query": "title = ?a?b?c?d?e?f?g?h?i?j?k"}, "10"),
    (32, {**SEARCH, "query": 'title = "a ^b c"'}, "a ^b c"),
    (36, {**SEARCH, "query": "year > soon"}, "soon"),
    (38, {**SEARCH, "query": " or ".join(["a"] * 10_000)}, "999"),
    (39, {**SEARCH, "query": "(a and b) prox c"}, ""),
    (40, {**SEARCH, "query": "a prox/distance>2 b"}, ">"),
    (41, {**SEARCH, "query": "a prox/distance<=500 b"}, "500"),
    (42, {**SEARCH, "query": "a prox/unit=sentence b"}, "sentence"),
    (46, {**SEARCH, "query": "a and/rel.sum b"}, "rel.sum"),
    (47, {**SEARCH, "query": " and ".join(f"a{n} or b{n}" for n in range(300))}, "200"),
    (51, {**SEARCH, "query": "cql.resultSetId = nonsense"}, "nonsense"),
    (51, {**SEARCH, "query": "a and cql.resultSetId = nonsense"}, "nonsense"),
    (61, {**SEARCH, "query": "sach", "startRecord": "41"}, ""),
    (61, {**SEARCH, "query": "sach", "startRecord": "1000000000"}, ""),
    (66, {**SEARCH, "query": "a", "recordSchema": "nonsense"}, "nonsense"),
    (66, {"version": "1.2", "operation": "explain", "recordSchema": "nonsense"}, "nonsense"),
    (71, {**SEARCH, "query": "a", "recordPacking": "zip"}, "zip"),
    (71, {"query": "a", "recordXMLEscaping": "zip"}, "zip"),
    (71, {"query": "a", "recordPacking": "zip"}, "zip"),
    (72, {**SEARCH, "query": "a", "recordXPath": "/record"}, "/record"),
    (80, {**SEARCH, "query": "a sortBy notes"}, "notes"),
    (80, {**SEARCH, "query": "a", "sortKeys": "notes"}, "notes"),
    (80, {**SEARCH, "query": "a", "sortKeys": "nonsense,dc"}, "nonsense"),
    (82, {**SEARCH, "query": "a sortBy title/sort.sideways"}, "sort.sideways"),
    (84, {**SEARCH, "query": "a sortBy title author year language type changed created callNumber relevance"}, "8"),
    (85, {**SEARCH, "query": "a sortBy title dc.title"}, "dc.title"),
    (87, {**SEARCH, "query": "a", "sortKeys": "title,onix"}, "onix"),
    (90, {**SEARCH, "query": "a", "sortKeys": "title,,up"}, "up"),
    (91, {**SEARCH, "query": "a", "sortKeys": "title,,1,1"}, "1"),
    (92, {**SEARCH, "query": "a", "sortKeys": "title,,1,0,omit"}, "omit"),
    (94, {**SEARCH, "query": "a sortBy title", "sortKeys": "year"}, ""),
    (110, {**SEARCH, "query": "a", "stylesheet": "http://example.org/x.xsl"}, "http://example.org/x.xsl"),
    (120, {**SCAN, "scanClause": "a", "responsePosition": "22"}, "22"),
    (120, {**SCAN, "scanClause": "a", "responsePosition": "-1"}, "-1"),
)


@pytest.mark.parametrize(("number", "parameters", "details"), DIAGNOSED, ids=[str(case[0]) for case in DIAGNOSED])
def test_says_what_is_wrong(world: World, number: int, parameters: dict[str, str], details: str) -> None:
    answer = world.ask("POST", **parameters)
    assert numbers(answer) == [number]
    found = answer.find("{*}diagnostics/{*}diagnostic")
    assert found is not None
    assert found.findtext("{*}message") == MESSAGES[number]
    if details:
        assert found.findtext("{*}details") == details


def test_the_checklist_of_diagnostics_is_covered() -> None:
    wanted = {4, 5, 6, 7, 8, 10, 15, 16, 19, 20, 46, 51, 61, 66, 71, 80, 110, 120}
    assert wanted <= {number for number, _, _ in DIAGNOSED}


def test_syntax_comes_before_indexes(world: World) -> None:
    assert numbers(world.search("dc.nonsense = a and (")) == [10]
    assert numbers(world.search("foo.x = a title = b")) == [10]


def test_a_warning_comes_with_the_records(world: World) -> None:
    answer = world.search("sach", nonsense="1", **{"x-own": "anything"})
    assert numbers(answer) == [8]
    assert total(answer) == 40
    assert answer.find("{*}records") is not None


def test_an_unforeseen_error_is_a_general_system_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(world.finder.engine, "search", fail, raising=False)
    answer = world.search("sach")
    assert numbers(answer) == [1]
    assert b"secret" not in etree.tostring(answer)


def test_without_an_index_the_system_is_unavailable(tmp_path: Path, world: World) -> None:
    from protocols.sru import Identity, SruServer
    from unioncat.search import open_engine
    from unioncat.services.find import Finder

    finder = Finder(open_engine(f"tantivy://{tmp_path}/none"), world.finder.catalogue)
    server = SruServer(finder, world.formats, Identity("a", "b"), tmp_path / "sets")
    answer = etree.fromstring(b"".join(server.answer([("query", "a")], "http://x/sru")))
    assert numbers(answer) == [2]


def test_a_record_that_vanished_is_a_surrogate_diagnostic(world: World) -> None:
    gone = world.catalogue.by_id.pop(next(iter(world.catalogue.by_id)))
    world.finder._kept.clear()
    try:
        answer = world.search(f"rec.identifier = {gone.public_id}", recordSchema="oai_dc")
        record = answer.find("{*}records/{*}record")
        assert record is not None
        assert record.findtext("{*}recordSchema") == "info:srw/schema/1/diagnostics-v1.1"
        assert record.findtext("{*}recordData/{*}diagnostic/{*}uri") == "info:srw/diagnostic/1/64"
    finally:
        world.catalogue.by_id[gone.id] = gone


# ---------------------------------------------------------------- hostile requests


def _quick(world: World, method: str = "POST", **parameters: str) -> etree._Element:
    began = time.thread_time()  # of this thread: a busy machine is no slow answer
    answer = world.ask(method, **parameters)
    assert time.thread_time() - began < 1.0
    return answer


@pytest.mark.parametrize(
    "query",
    [
        "*", "a*", "*a*", "?", "????????????????", "^", "^^", "\\", "\\\\\\", '"', '"""', "((((", "))))", "\x00",
        "\x01\x1f", "\ufffe\uffff", "\ud7ff", "a" * 60_000,
        '"' + "a " * 30_000 + '"', "a and " * 8_000, "not", "sortBy", "a sortBy",
        "=" * 1000, "/" * 1000, "<>" * 1000, "title=/a/b/c/d/e x", "title any " + "\u0301" * 5000,
        "year within 2000-1990", 'year within "2000 1990"', "year < 0", "year > 99999", "changed = 9999-99-99",
        "isbn = *", "isbn = " + "9" * 5000, "cql.allRecords = 0", "title = *?*?*?*", "ＡＢＣ", "🐉", "%s%n", "';--",
        ">a=b" * 500 + " x", ">" * 500, '>x="' + "u" * 5000 + '" x.y=z', "title prox title", "a prox a prox a",
        "title == " + "*" * 9, "title =/string *a", "cql.resultSetId = ../../etc/passwd",
    ],
)  # fmt: skip
def test_hostile_queries_get_a_valid_answer_in_time(world: World, query: str) -> None:
    _quick(world, query=query)
    _quick(world, scanClause=query)
    _quick(world, **SEARCH, query=query, maximumRecords="1")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.binary(max_size=60))
def test_any_bytes_are_a_query(plain_world: World, schema: etree.XMLSchema, query: bytes) -> None:
    from urllib.parse import quote_from_bytes

    answer = plain_world.client.get(f"/sru?query={quote_from_bytes(query)}&maximumRecords=1")
    assert answer.status_code == 200
    schema.assertValid(etree.ElementTree(etree.fromstring(answer.data)))


NAMES = st.sampled_from(
    ["operation", "version", "query", "scanClause", "startRecord", "maximumRecords", "recordSchema", "recordPacking",
     "resultSetTTL", "sortKeys", "facetLimit", "facetStart", "facetSort", "responsePosition", "x-a", "y"]
)  # fmt: skip
SENT = st.sampled_from(
    ["1.1", "1.2", "2.0", "scan", "explain", "searchRetrieve", "0", "1", "-1", "dc", "title", "5:year"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=st.dictionaries(NAMES, SENT | st.text(max_size=20), max_size=6))
def test_any_parameters_get_a_valid_answer(
    plain_world: World, schema: etree.XMLSchema, parameters: dict[str, str]
) -> None:
    answer = plain_world.client.get("/sru", query_string=parameters)
    assert answer.status_code == 200
    schema.assertValid(etree.ElementTree(etree.fromstring(answer.data)))


def test_a_form_without_end_is_refused(world: World) -> None:
    answer = world.client.post("/sru", data={"query": "a" * 3_000_000})
    assert answer.status_code == 200
    assert numbers(etree.fromstring(answer.data)) == [12]


def test_a_repeated_parameter_is_said(world: World) -> None:
    answer = world.client.get("/sru?query=sach&query=b&maximumRecords=1")
    assert numbers(etree.fromstring(answer.data)) == [6]


def test_what_is_sent_is_echoed_escaped(world: World) -> None:
    answer = world.search('"<b>&amp;" or title = "]]>"', extraRequestData="<x/>")
    assert answer.findtext(".//{*}echoedSearchRetrieveRequest/{*}query") == '"<b>&amp;" or title = "]]>"'
