"""The code lists: complete, labelled, with their source named, and the words that lead to codes."""

from __future__ import annotations

from importlib.resources import files

import pytest

from mappings.codelists import (
    country_name,
    label,
    language_name,
    language_of,
    material_name,
    relator_name,
    relator_of,
    table,
)
from mappings.material import _BY_TYPE

LISTS = ("languages", "countries", "relators", "materials")


@pytest.mark.parametrize("name", [*LISTS, "columns"])
def test_each_list_names_its_source(name: str) -> None:
    first = files("mappings").joinpath("codes", f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert len(first) > 40


@pytest.mark.parametrize("name", LISTS)
def test_every_code_has_a_label(name: str) -> None:
    assert all(row["en"] for row in table(name).values())
    assert all(label(name, code, "vi") for code in table(name))


def test_lists_are_whole() -> None:
    assert len(table("languages")) == 486
    assert len(table("countries")) == 334
    assert {row.code for row in _BY_TYPE.values()} <= set(table("materials"))


def test_labels() -> None:
    assert language_name("vie") == "Tiếng Việt"
    assert language_name("khm", "en") == "Khmer"
    assert country_name("vm ") == "Việt Nam"
    assert relator_name("trl") == "người dịch"
    assert material_name("thesis") == "Luận văn và luận án"
    assert language_name("nonsense") == "nonsense"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("vi", "vie"),
        ("VIE", "vie"),
        ("Tiếng Việt", "vie"),
        ("Việt", "vie"),
        ("tieng viet", "vie"),
        ("Vietnamese", "vie"),
        ("vi_VN", "vie"),
        ("en-US", "eng"),
        ("Tiếng Anh", "eng"),
        ("fr", "fre"),
        ("fra", "fre"),
        ("Hán ngữ", "chi"),
        ("Khmer", "khm"),
        ("cam", "khm"),
        ("scc", "srp"),
        ("other", ""),
        ("", ""),
    ],
)
def test_language_of(text: str, code: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dịch", "trl"),
        ("Ch.b.", "edt"),
        ("biên soạn", "com"),
        ("editor", "edt"),
        ("vẽ", "ill"),
        ("", ""),
        ("Hà Nội", ""),
    ],
)
def test_relator_of(text: str, code: str) -> None:
    assert relator_of(text) == code
