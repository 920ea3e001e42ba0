"""What a cataloguer is told: three merges and three refusals, in both languages."""

# ruff: noqa: E501 (a record a line reads better than one broken up)

from __future__ import annotations

import pytest

from tests.match_records import view
from unioncat.matching import RULESET, MatchView, explain

FACTS = ("100 $aTô Hoài", "260 $bNhà xuất bản Kim Đồng$c2019", "300 $a144 tr.")
MERGES = (
    (view("245 $aDế mèn phiêu lưu ký", *FACTS), view("245 $aDế Mèn phiêu lưu kí", "100 $aTô, Hoài", "260 $bNxb. Kim Đồng$c2019", "300 $a144tr")),
    (view("245 $aToán cao cấp. T. 2", "100 $aNguyễn Đình Trí", "260 $c2006"), view("245 $aToán cao cấp", "490 $vT.02", "100 $aNguyễn Đình Trí; Tạ Văn Đĩnh", "260 $c2006")),
    (view("100 $aTCVN 5737 - 1993", "245 $aĐộng cơ đốt trong"), view("100 $aTCVN 5737-1993", "245 $aĐộng cơ đốt trong")),
)  # fmt: skip
REFUSALS = (
    (
        view("245 $aTiếng Việt 1. Tập 1", *FACTS), view("245 $aTiếng Việt 1. Tập 2", *FACTS),
        "different", "khác tập hoặc phần", "different volumes or parts",
    ),
    (
        view("245 $aToán 1", "260 $c2006"), view("245 $aToán 1", "260 $c2006"),
        "review", "chứng cứ chưa đủ", "too little evidence",
    ),
    (
        view("020 $a0521824362", "245 $aSense and sensibility", *FACTS), view("020 $a0521824362", "245 $aCơ học lượng tử", *FACTS),
        "different", "nhan đề quá khác nhau", "titles are too unlike",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("a", "b"), MERGES)
def test_merges(a: MatchView, b: MatchView) -> None:
    found = explain(a, b, RULESET)
    assert found.decision.band == "merge"
    assert found.vi.startswith("Hai biểu ghi là một tài liệu")
    assert found.en.startswith("The two records describe one publication")
    shown = {one.name: one for one in found.features}
    assert shown["head"].value is not None
    assert found.base + sum(one.share for one in found.features) == pytest.approx(
        RULESET.model.log_odds(
            [next((f.value for f in found.features if f.name == name and f.value is not None), float("nan"))
             for name in RULESET.model.features]
        ),
        abs=0.01,
    )  # fmt: skip


@pytest.mark.parametrize(("a", "b", "band", "vi", "en"), REFUSALS)
def test_refusals(a: MatchView, b: MatchView, band: str, vi: str, en: str) -> None:
    found = explain(a, b, RULESET)
    assert found.decision.band == band
    if band == "review":
        assert found.decision.floors == ("evidence",)
    assert vi in found.vi
    assert en in found.en


def test_every_feature_has_both_values_and_names_in_both_languages() -> None:
    a, b = MERGES[0]
    for feature in explain(a, b, RULESET).features:
        assert feature.vi
        assert feature.en
        assert isinstance(feature.left, str)
        assert isinstance(feature.right, str)
