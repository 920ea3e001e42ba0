"""Settings: defaults, file, environment, and errors that say what to do; the settings page is held to the class."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from protocols.z3950.limits import Limits
from unioncat.bootstrap import z3950_limits
from unioncat.model import ConfigError
from unioncat.settings import Settings, load_settings

DOCS = Path(__file__).resolve().parent.parent / "docs" / "settings.md"


def page() -> str:
    """The settings page as it must be."""
    lines = [
        "# Settings",
        "",
        "In `unioncat.toml` in the home folder, or as environment variables, which win. The folder itself is",
        "`UNIONCAT_HOME` or `unioncat --home`.",
        "",
        "| setting | variable | default | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for item in fields(Settings):
        default = "XDG data folder" if item.name == "home" else f"`{getattr(Settings(home=Path()), item.name)!r}`"
        lines.append(f"| `{item.name}` | `UNIONCAT_{item.name.upper()}` | {default} | {item.metadata['doc']} |")
    return "\n".join(lines) + "\n"


def test_the_settings_page_says_what_the_class_says(update_golden: bool) -> None:
    if update_golden:
        DOCS.write_text(page(), encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == page()


def test_defaults_stand_in_the_home_folder(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    assert settings.store_url == f"sqlite:///{tmp_path}/catalogue.db"
    assert settings.search_url == f"tantivy://{tmp_path}/index"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "unioncat.toml").write_text('oai_page = 10\nname_vi = "Tên"\n', encoding="utf-8")
    settings = load_settings(tmp_path, {"UNIONCAT_OAI_PAGE": "20", "UNIONCAT_ALLOW_PRIVATE_SOURCES": "yes"})
    assert (settings.oai_page, settings.name_vi, settings.allow_private_sources) == (20, "Tên", True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("oai_page = [", "cannot be read"),
        ("no_such = 1", "unknown settings: no_such"),
        ('oai_page = "many"', "'many' is not a int"),
        ("name_vi = 3", "3 is not a str"),
    ],
)
def test_a_wrong_file_is_named_with_the_reason(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "unioncat.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=sentence):
        load_settings(tmp_path, {})


def test_bounds_of_z3950_are_a_table(tmp_path: Path) -> None:
    (tmp_path / "unioncat.toml").write_text("[z3950_limits]\nidle_seconds = 60\nresult_sets = 4\n", encoding="utf-8")
    limits = z3950_limits(load_settings(tmp_path, {}).z3950_limits)
    assert (limits.idle_seconds, limits.result_sets, limits.per_address) == (60.0, 4, Limits().per_address)


@pytest.mark.parametrize("text", ["[z3950_limits]\nidle_seconds = 0", "z3950_limits = 3", '[z3950_limits]\nidle = "x"'])
def test_a_bound_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "unioncat.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="z3950_limits"):
        load_settings(tmp_path, {})


def test_an_unknown_bound_is_named() -> None:
    with pytest.raises(ConfigError, match="idle_second is no bound; there are"):
        z3950_limits({"idle_second": 3})
