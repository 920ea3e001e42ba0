"""Our merge beside Melinda's 547 examples: every difference has a name, and none is a loss of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.merging.melinda import OUTCOMES, Example, examples, outcomes, table

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "merging" / "melinda" / "expected.txt"
DECISION = GOLDEN.parents[4] / "docs" / "decisions" / "0026-merging-by-a-table.md"


@pytest.fixture(scope="module")
def read(shared_data: Path) -> list[Example]:
    return list(examples(shared_data / "matching" / "melinda-fixtures" / "merge_examples.jsonl.gz"))


@pytest.mark.corpus
def test_each_difference_has_its_reason(read: list[Example], update_golden: bool) -> None:
    found = {example.name: outcomes(example) for example in read}
    text = table(found)
    if update_golden:
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")
    poorer = [name for name, groups in found.items() if "poorer" in groups.values()]
    assert poorer == []


@pytest.mark.corpus
def test_all_are_merged_with_one_description_each(read: list[Example]) -> None:
    assert len(read) == 547
    for example in read:
        titles = max(len(one.get_fields("245")) for one in (example.base, example.source))
        assert len(example.ours.record.get_fields("245")) <= titles
        places = {one.field_index for one in example.ours.provenance}
        assert places == set(range(-1, len(example.ours.record.fields)))


def test_the_decision_tells_the_table_and_every_reason() -> None:
    text = DECISION.read_text(encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8").strip() in text
    assert [name for name in OUTCOMES if f"**{name}**" not in text] == ["equal", "more"]
