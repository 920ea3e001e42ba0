"""Every string of the pages has its Vietnamese text, and the compiled file is that of the source."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations_tool", ROOT / "scripts" / "translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_is_missing_and_nothing_is_left_over(tool: ModuleType) -> None:
    known = {message.id for message in tool.read() if message.id}
    used = {message.id for message in tool.gathered() if message.id}
    assert used - known == set(), "run scripts/translations.py"
    assert known - used == set(), "run scripts/translations.py"
    assert tool.missing(tool.read()) == []


def test_the_compiled_catalogue_is_that_of_the_source(tool: ModuleType) -> None:
    assert tool.PO.with_suffix(".mo").read_bytes() == tool.written(tool.read())[1]


def test_placeholders_are_the_same_in_both_languages(tool: ModuleType) -> None:
    for message in tool.read():
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        wanted = set(re.findall(r"%\(\w+\)s", ids[-1]))
        for text in texts:
            assert set(re.findall(r"%\(\w+\)s", text)) == wanted, ids


def test_templates_hold_no_bare_words() -> None:
    """Text between tags is either translated or a sign, a number, or the name of a standard."""
    allowed = {
        "Atom",
        "CQL",
        "Bib-1",
        "OAI-PMH 2.0",
        "SRU 1.1, 1.2",
        "API",
        "Sitemap",
        "Accept",
        "MARC",
        "CSV",
        "XLSX",
        "MARCXML",
        "staff",
    }
    bare: list[str] = []
    for path in sorted((ROOT / "unioncat" / "web" / "templates").rglob("*.html")):
        text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "\0", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"<(code|script|kbd)\b.*?</\1>", "", text, flags=re.DOTALL)
        for piece in re.split(r"<[^>]*>|\0", text):
            words = piece.strip(" \n\t:·,;.()—–…→#/*&|?!↑↓←•×“”")
            if re.search(r"[^\W\d_]{2}", words) and words not in allowed and not words.startswith("&"):
                bare.append(f"{path.name}: {words!r}")
    assert bare == []
