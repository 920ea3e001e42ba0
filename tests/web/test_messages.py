"""Whatever the services behind the pages refuse with has its Vietnamese sentence."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from unioncat.web.messages import vietnamese

SERVICES = Path(__file__).resolve().parents[2] / "unioncat" / "services"
BEHIND_PAGES = (
    "roles", "accounts", "contribute", "batches", "review", "administration", "address_guard", "marc_text", "jobs",
    "drafts", "statistics", "members", "source_desk", "library_desk", "rehearsals",
)  # fmt: skip


def text_of(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    return None


def sentences(name: str) -> list[str]:
    tree = ast.parse((SERVICES / f"{name}.py").read_text(encoding="utf-8"))
    raised = (node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call))
    found = [text_of(call.args[0]) for call in raised if call.args]
    return [text for text in found if text is not None]


@pytest.mark.parametrize("name", BEHIND_PAGES)
def test_every_refusal_has_its_vietnamese(name: str) -> None:
    assert [text for text in sentences(name) if vietnamese(text) is None] == []


def test_what_is_named_is_kept() -> None:
    assert vietnamese("lan acts for VN-BT and not for VN-X") == "Lan thay mặt VN-BT, không phải VN-X."
    assert vietnamese("there is no record uc00000099") == "Không có biểu ghi uc00000099."
    assert vietnamese("{0} is {1} already") is None
    assert vietnamese("a sentence that nobody wrote") is None
