"""The comparators: one line to find, one line to add. Each compares one feature of two views.

A comparator gives a number (1.0 is "the same") or None where a side has nothing to compare: absence is not
disagreement. `shows` gives what it looked at, for the explanation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unioncat.matching.comparators import coding, edition, extent, identifiers, marks, names, numbers, publisher, title
from unioncat.matching.comparators import volume as volumes
from unioncat.matching.comparators import years as dates
from unioncat.matching.view import MatchView

__all__ = ["FEATURES", "Feature"]


@dataclass(frozen=True, slots=True)
class Feature:
    """vi, en: what a cataloguer calls it. rises: a higher value never speaks against "same" (held by training)."""

    compare: Callable[[MatchView, MatchView], float | None]
    shows: Callable[[MatchView], str]
    vi: str
    en: str
    rises: bool = True


def _levels(view: MatchView) -> str:
    return " - ".join(f"{kind}{number}" for kind, number in view.volume)


def _list(*names: str) -> Callable[[MatchView], str]:
    def show(view: MatchView) -> str:
        return "; ".join(str(item) for name in names for item in getattr(view, name))

    return show


def _one(name: str) -> Callable[[MatchView], str]:
    def show(view: MatchView) -> str:
        value = getattr(view, name)
        return "" if value in (0, "", False) else str(value)

    return show


FEATURES: dict[str, Feature] = {
    "title": Feature(title.compare_title, _one("title"), "nhan đề đầy đủ", "whole title"),
    "head": Feature(title.compare_head, _one("head"), "nhan đề chính", "main title"),
    "words": Feature(title.title_words, _one("title"), "từ chung trong nhan đề", "words of the title"),
    "unmatched": Feature(title.compare_unmatched, _one("title"), "từ khác nhau trong nhan đề", "unmatched title words"),
    "subtitle": Feature(title.compare_subtitle, _one("subtitle"), "phụ đề", "subtitle"),
    "alternate": Feature(title.compare_alternate, _list("alternates"), "nhan đề khác", "other titles"),
    "length": Feature(title.title_length, _one("title"), "độ dài nhan đề", "length of the title", rises=False),
    "marks": Feature(marks.compare_marks, _one("exact"), "dấu thanh trong nhan đề", "marks of the title"),
    "numbers": Feature(numbers.compare_numbers, _list("numbers"), "số trong nhan đề", "numbers in the title"),
    "volume": Feature(volumes.compare_volume, _levels, "tập, phần", "volume"),
    "part": Feature(volumes.compare_part, _one("part"), "tên tập", "title of the part"),
    "set": Feature(volumes.compare_set, _one("in_set"), "bộ nhiều tập", "whole set"),
    "year": Feature(dates.compare_years, _list("issued"), "năm xuất bản", "year of issue"),
    "dated": Feature(dates.compare_dated, _one("dated"), "năm của lần in này", "year of this issue"),
    "reissued": Feature(dates.compare_reissued, _one("reissued"), "năm tái bản", "year of reissue"),
    "edition": Feature(edition.compare_edition, _one("edition"), "lần xuất bản", "edition number"),
    "reissue": Feature(edition.compare_reissue, _one("reissue"), "tái bản", "reissue"),
    "revised": Feature(edition.compare_revised, _one("revised"), "có sửa chữa, bổ sung", "revised"),
    "statement": Feature(edition.compare_statement, _one("statement"), "thông tin lần xuất bản", "edition statement"),
    "dress": Feature(edition.compare_dress, _list("variants"), "bìa, khổ, ấn bản", "binding and issue"),
    "pages": Feature(
        extent.compare_pages,
        lambda view: str(view.pages or view.minutes or ""),
        "số trang (hoặc phút)",
        "pages (or minutes)",
    ),
    "pagination": Feature(extent.compare_pagination, _one("pagination"), "cách đánh số trang", "pagination"),
    "pieces": Feature(
        extent.compare_pieces, lambda view: str(view.units or view.volumes or ""), "số tập, số đĩa", "volumes or discs"
    ),
    "minutes": Feature(extent.compare_minutes, _one("minutes"), "thời lượng", "duration"),
    "height": Feature(extent.compare_height, _one("height"), "khổ", "height"),
    "publisher": Feature(publisher.compare_publisher, _list("publishers"), "nhà xuất bản", "publisher"),
    "place": Feature(publisher.compare_place, _list("places"), "nơi xuất bản", "place"),
    "series": Feature(publisher.compare_series, _list("series"), "tùng thư", "series"),
    "author": Feature(names.compare_author, _list("names"), "tác giả chính", "main author"),
    "names": Feature(names.compare_names, _list("names"), "những người tham gia", "names"),
    "others": Feature(names.compare_others, _list("names"), "những người khác", "other names"),
    "responsibility": Feature(
        names.compare_responsibility, _one("responsibility"), "thông tin trách nhiệm", "statement of responsibility"
    ),
    "cutter": Feature(names.compare_cutter, _one("cutter"), "ký hiệu tác giả", "letters of the shelf mark"),
    "class": Feature(coding.compare_class, _list("classes"), "chỉ số phân loại", "class number"),
    "language": Feature(coding.compare_language, _one("language"), "ngôn ngữ", "language"),
    "country": Feature(coding.compare_country, _one("country"), "nước xuất bản", "country"),
    "reprint": Feature(coding.compare_reprint, _one("reprint"), "in lại nguyên bản", "reprint"),
    "kind": Feature(coding.kind_of, _one("kind"), "loại tài liệu", "kind of material", rises=False),
    "form": Feature(coding.compare_form, _one("form"), "vật mang tin", "carrier"),
    "score": Feature(coding.compare_score_form, _one("score"), "dạng bản nhạc", "form of the score"),
    "isbn": Feature(identifiers.compare_isbn, _list("isbns"), "ISBN", "ISBN"),
    "system": Feature(
        identifiers.compare_system_numbers, _list("numbers_elsewhere"), "số định danh khác", "other identifiers"
    ),
    "printed": Feature(
        identifiers.compare_publisher_numbers,
        _list("numbers_elsewhere"),
        "số của nhà sản xuất",
        "publisher's number",
    ),
}
"""Name → comparator, in the order of the value vector. The weights file names the ones it uses."""
