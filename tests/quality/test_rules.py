"""The rule table: every finding that any room can make has its row, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from unioncat.marc.findings import READING_RULES
from unioncat.quality import AREAS, finding, message, rules, todo

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.id)
def test_every_row_is_complete(rule) -> None:  # type: ignore[no-untyped-def]
    assert rule.severity in ("info", "warning", "error")
    assert rule.area in AREAS
    assert rule.vi
    assert rule.en
    assert bool(rule.vi_todo) == bool(rule.en_todo)


def test_what_reading_notices_is_in_the_table_with_the_same_severity() -> None:
    assert {rule: severity for rule, (severity, _) in READING_RULES.items()} == {
        rule: rules()[rule].severity for rule in READING_RULES
    }


def test_rules_that_the_code_names_are_in_the_table() -> None:
    named = set()
    for folder in ("mappings", "unioncat/quality"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            named |= set(re.findall(r'\.(?:find|add)\(\s*"([a-z0-9]+(?:-[a-z0-9]+)+)"', text))
            named |= set(re.findall(r'Finding\(\s*"([a-z0-9-]+)"', text))
    batch = (ROOT / "unioncat/services/ingest_batch.py").read_text(encoding="utf-8")
    named |= set(re.findall(r'"([a-z]+-identifier)"', batch))
    assert named - set(rules()) == set()


def test_texts() -> None:
    assert message("isbn-check-digit", "vi") == "Số kiểm tra của ISBN sai"
    assert message("isbn-check-digit", "en") == "The ISBN's check digit is wrong"
    assert todo("title-missing", "en") == "Enter the title proper in 245 $a"
    assert message("somebody-elses", "en") == "somebody-elses"
    assert finding("isbn-fake", detail="x" * 500).detail.endswith("…")
