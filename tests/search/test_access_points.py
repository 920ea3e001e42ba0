"""The table is the truth for explain, CQL, Z39.50 and the web form: it must not contradict itself."""

from __future__ import annotations

import re
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from unioncat.search.access_points import ACCESS_POINTS, ADVANCED, BY_BIB1, BY_CQL, BY_NAME, FACETS, SORTABLE

CONTEXT_SETS = {"cql", "dc", "bath", "rec", "marc", "bib"}


def test_names_are_unique_and_speak_both_languages() -> None:
    assert len(BY_NAME) == len(ACCESS_POINTS)
    for row in ACCESS_POINTS:
        assert row.vi
        assert row.en
        assert re.fullmatch(r"[a-z][a-z_]*", row.name)


def test_no_cql_name_means_two_things() -> None:
    counted = Counter(name.lower() for row in ACCESS_POINTS for name in {each.lower() for each in row.cql_names})
    assert [name for name, count in counted.items() if count > 1] == []
    assert len(BY_CQL) == len(counted)


def test_qualified_names_are_of_known_context_sets() -> None:
    for row in ACCESS_POINTS:
        assert row.cql
        for name in row.cql:
            assert name.split(".")[0] in CONTEXT_SETS
        for alias in row.aliases:
            assert "." not in alias


def test_no_use_attribute_means_two_things() -> None:
    counted = Counter(use for row in ACCESS_POINTS for use in row.bib1)
    assert [use for use, count in counted.items() if count > 1] == []
    assert len(BY_BIB1) == len(counted)


def test_use_attributes_that_clients_send_are_there() -> None:
    sent = {4, 5, 7, 8, 9, 12, 16, 21, 30, 31, 33, 54, 62, 1001, 1007, 1002, 1003, 1004, 1016, 1018, 1035, 1036}
    assert sent <= set(BY_BIB1)


def test_identifiers_name_their_normaliser_and_only_they() -> None:
    for row in ACCESS_POINTS:
        assert bool(row.normaliser) == (row.analysis == "identifier")


def test_advanced_form_has_an_order() -> None:
    assert len({row.advanced for row in ADVANCED}) == len(ADVANCED)
    assert {"title", "author", "year", "changed"} <= set(SORTABLE)
    assert {"library", "language", "type", "year", "author", "subject"} <= set(FACETS)


def test_the_page_says_what_the_table_says() -> None:
    path = Path(__file__).resolve().parents[2] / "scripts" / "make_access_points_page.py"
    spec = spec_from_file_location("make_access_points_page", path)
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    assert made.PAGE.read_text(encoding="utf-8") == made.page(), "run: python scripts/make_access_points_page.py"


def test_unions_are_made_of_rows_with_fields() -> None:
    for row in ACCESS_POINTS:
        assert bool(row.union) != bool(row.sources)
        for name in row.union:
            assert not BY_NAME[name].union
            assert BY_NAME[name].analysis == row.analysis
