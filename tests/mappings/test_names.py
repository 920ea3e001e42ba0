"""Whose name it is, and whether it is one: the cases that real creators and author cells taught."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.names import name_of, split_names, why_not_a_name


@pytest.mark.parametrize(
    ("text", "kind", "indicator", "relator", "name"),
    [
        ("Nguyễn Nhật Ánh", "personal", "0", "", "Nguyễn Nhật Ánh"),
        ("Nguyễn, Du, 1765-1820", "personal", "1", "", "Nguyễn, Du, 1765-1820"),
        ("Trương Vĩnh Ký", "personal", "0", "", "Trương Vĩnh Ký"),
        ("Trường Đại học Cần Thơ", "corporate", "2", "", "Trường Đại học Cần Thơ"),
        ("Đoàn Giỏi", "personal", "0", "", "Đoàn Giỏi"),
        ("Đoàn Thanh niên Cộng sản Hồ Chí Minh", "corporate", "2", "", "Đoàn Thanh niên Cộng sản Hồ Chí Minh"),
        ("Bộ Giáo dục và Đào tạo", "corporate", "2", "", "Bộ Giáo dục và Đào tạo"),
        ("UBND tỉnh Bến Tre", "corporate", "2", "", "UBND tỉnh Bến Tre"),
        ("Norda Essential Oil and Chemical Company", "corporate", "2", "", "Norda Essential Oil and Chemical Company"),
        ("Trần Thị Bình (Người hướng dẫn)", "personal", "0", "ths", "Trần Thị Bình"),
        ("Nguyễn Văn A (dịch)", "personal", "0", "trl", "Nguyễn Văn A"),
        ("Chủ biên: Lê Văn B", "personal", "0", "edt", "Lê Văn B"),
        ("Võ Xuân Đàn sưu tầm và giới thiệu", "personal", "0", "com", "Võ Xuân Đàn"),
        ("Juhri Iwan Agriawan ... [et al.].", "personal", "0", "", "Juhri Iwan Agriawan"),
        ("Viên Tuệ", "personal", "0", "", "Viên Tuệ"),
    ],
)
def test_name(text: str, kind: str, indicator: str, relator: str, name: str) -> None:
    found = name_of(text)
    assert (found.kind, found.indicator, found.relator, found.text) == (kind, indicator, relator, name)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Nguyễn Du", ""),
        ("Chʻen, Shou, 233-297.", ""),
        ("Platón, ca. 427-348 a.C.", ""),
        ("6th edition", "edition"),
        ("Tái bản lần thứ 3", "edition"),
        ("f(x) = x^2", "formula"),
        ("ca. 935-995.", "formula"),
        ("Nhiều tác giả", "nobody"),
        ("Đang cập nhật", "nobody"),
        ("-", "nobody"),
        ("", "nobody"),
        ("https://example.vn", "link"),
        ("a@b.vn", "link"),
        ("TCVN 5531-1991", "standard"),
        ("(ST SEV 1745-79)", "standard"),
        ("x" * 300, "too_long"),
        ("Lịch sử Đảng bộ tỉnh", "title"),
    ],
)
def test_why_not_a_name(text: str, why: str) -> None:
    assert why_not_a_name(text, frozenset({"lich su dang bo tinh"})) == why


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Phan Cự Đệ, Hà Minh Đức", ["Phan Cự Đệ", "Hà Minh Đức"]),
        ("Nguyễn, Du", ["Nguyễn, Du"]),
        ("A B; C D\nE F", ["A B", "C D", "E F"]),
        ("Tô Hoài / Đoàn Giỏi", ["Tô Hoài", "Đoàn Giỏi"]),
        ("Lê Văn A, chủ biên, Trần Thị B", ["Lê Văn A (chủ biên)", "Trần Thị B"]),
        ("", []),
    ],
)
def test_split_names(cell: str, names: list[str]) -> None:
    assert split_names(cell) == names


@given(st.text(max_size=120))
def test_any_text(text: str) -> None:
    why_not_a_name(text)
    assert name_of(text).kind in ("personal", "corporate", "meeting")
    assert all(split_names(text))
