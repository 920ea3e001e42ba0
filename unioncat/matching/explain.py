"""Why two records are, or are not, one: every feature with both values and its share, and a sentence, in vi and en."""

from __future__ import annotations

from dataclasses import dataclass

from unioncat.matching.comparators import FEATURES
from unioncat.matching.decision import Decision, decide, evidence_of, feature_values, in_order
from unioncat.matching.ruleset import Ruleset
from unioncat.matching.vetoes import VETOES
from unioncat.matching.view import MatchView

__all__ = ["Explanation", "FeatureShare", "explain"]


@dataclass(frozen=True, slots=True)
class FeatureShare:
    """One feature. value: likeness, None if a side has nothing to compare; share: what it added to the log-odds."""

    name: str
    vi: str
    en: str
    left: str
    right: str
    value: float | None
    share: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """decision, and why. features: by the weight of their share; evidence: what agrees besides the title.

    vi, en: the sentence a cataloguer would say.
    """

    decision: Decision
    features: tuple[FeatureShare, ...]
    evidence: dict[str, bool | None]
    base: float
    vi: str
    en: str


_EVIDENCE = {
    "year": ("năm xuất bản", "year"),
    "extent": ("số trang hoặc tập", "extent"),
    "publisher": ("nhà xuất bản", "publisher"),
    "author": ("tác giả", "author"),
}
_BAND = {
    "merge": ("Hai biểu ghi là một tài liệu", "The two records describe one publication"),
    "review": ("Cần người xem xét", "A person should look at this pair"),
    "different": ("Hai biểu ghi là hai tài liệu khác nhau", "The two records describe different publications"),
}


def explain(a: MatchView, b: MatchView, ruleset: Ruleset) -> Explanation:
    """The whole account of `decide`, for people. Features are told even where a veto made them needless."""
    decision = decide(a, b, ruleset)
    model = ruleset.model
    values = feature_values(*in_order(a, b), model.features)
    shares = model.shares(values)
    features: list[FeatureShare] = []
    for name, value in zip(model.features, values, strict=True):
        feature = FEATURES[name]
        known = value == value
        left, right = feature.shows(a), feature.shows(b)
        if not known and not left and not right and not shares[name]:
            continue
        features.append(FeatureShare(name, feature.vi, feature.en, left, right, value if known else None, shares[name]))
    features.sort(key=lambda feature: (-abs(feature.share), feature.name))
    evidence = evidence_of(a, b)
    vi, en = _sentence(decision, features, evidence, sorted(set(a.isbns).intersection(b.isbns)))
    return Explanation(decision, tuple(features), evidence, model.base(), vi, en)


def _sentence(
    decision: Decision, features: list[FeatureShare], evidence: dict[str, bool | None], isbns: list[str]
) -> tuple[str, str]:
    vi, en = _BAND[decision.band]
    score = f"{decision.score:.2f}"
    if decision.vetoes:
        return (
            f"{vi}: {'; '.join(VETOES[name][1] for name in decision.vetoes)}.",
            f"{en}: {'; '.join(VETOES[name][2] for name in decision.vetoes)}.",
        )
    if "title" in decision.floors:
        return f"{vi}: nhan đề quá khác nhau.", f"{en}: the titles are too unlike."
    if "evidence" in decision.floors:
        agree_vi = ", ".join(_EVIDENCE[name][0] for name, agrees in evidence.items() if agrees) or "không có gì"
        agree_en = ", ".join(_EVIDENCE[name][1] for name, agrees in evidence.items() if agrees) or "nothing"
        return (
            f"{vi}: nhan đề giống nhau nhưng chứng cứ chưa đủ (ngoài nhan đề chỉ khớp: {agree_vi}), điểm {score}.",
            f"{en}: the titles are alike but there is too little evidence"
            f" (besides the title, only this agrees: {agree_en}), score {score}.",
        )
    if "identifier" in decision.floors:
        against = [name for name, agrees in evidence.items() if agrees is False]
        return (
            f"{vi}: có chung số định danh nhưng {', '.join(_EVIDENCE[name][0] for name in against)} không khớp.",
            f"{en}: an identifier is shared, but {', '.join(_EVIDENCE[name][1] for name in against)} disagree.",
        )
    if "against" in decision.floors:
        against = [name for name in ("year", "extent", "publisher") if evidence[name] is False]
        return (
            f"{vi}: nhan đề giống nhau nhưng {', '.join(_EVIDENCE[name][0] for name in against)} đều khác.",
            f"{en}: the titles are alike, but {', '.join(_EVIDENCE[name][1] for name in against)} disagree.",
        )
    if "unshared" in decision.floors:
        return (
            f"{vi}: cả hai có ISBN (hoặc LCCN) nhưng không số nào chung (điểm {score}).",
            f"{en}: both name an ISBN (or an LCCN), and none in common (score {score}).",
        )
    if "registered" in decision.floors:
        return (
            f"{vi}: có chung số OCLC, LCCN hoặc DOI, và không có gì trái ngược.",
            f"{en}: they share an OCLC number, LCCN or DOI, and nothing speaks against it.",
        )
    if "marks" in decision.floors:
        return (
            f"{vi}: nhan đề chỉ khác nhau ở dấu, có thể là hai từ khác nhau (điểm {score}).",
            f"{en}: the titles differ in marks only, which may make them different words (score {score}).",
        )
    if "old" in decision.floors:
        return (
            f"{vi}: sách in cũ, cần số định danh chung hoặc điểm cao hơn (điểm {score}).",
            f"{en}: old imprints need a shared identifier or a higher score (score {score}).",
        )
    told = [feature for feature in features if feature.value is not None]
    alike = [feature for feature in told if feature.share > 0.05][:4]
    unlike = [feature for feature in told if feature.share < -0.05 and (feature.value or 0.0) < 1.0][:4]
    parts_vi, parts_en = [], []
    if isbns:
        parts_vi.append(f"chung ISBN {isbns[0]}")
        parts_en.append(f"both have ISBN {isbns[0]}")
    if alike:
        parts_vi.append("giống nhau ở " + ", ".join(feature.vi for feature in alike))
        parts_en.append("alike in " + ", ".join(feature.en for feature in alike))
    if unlike:
        parts_vi.append("khác nhau ở " + ", ".join(_values(feature.vi, feature) for feature in unlike))
        parts_en.append("unlike in " + ", ".join(_values(feature.en, feature) for feature in unlike))
    return (
        f"{vi}: {'; '.join(parts_vi) or 'không có đặc điểm nào nổi bật'} (điểm {score}).",
        f"{en}: {'; '.join(parts_en) or 'nothing stands out'} (score {score}).",
    )


def _values(name: str, feature: FeatureShare) -> str:
    if not feature.left and not feature.right:
        return name
    return f"{name} ({feature.left[:60] or '-'} / {feature.right[:60] or '-'})"
