"""The words of the quality report, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

__all__ = ["VIETNAM", "WORDS", "number", "percent", "shown_date"]

VIETNAM = timezone(timedelta(hours=7))
"""Reports are read in Vietnam; stored times are UTC."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "title": "Báo cáo chất lượng biểu ghi",
        "of": "Ngày lập",
        "records": "biểu ghi trong mục lục",
        "clean": "không có lỗi cần sửa",
        "repaired": "biểu ghi đã được sửa hộ",
        "refused": "biểu ghi không nhận được",
        "intro": "Báo cáo cho biết các biểu ghi quý thư viện gửi tới có gì cần sửa tại phần mềm của mình, và những gì"
        " mục lục liên hợp đã sửa trong bản sao. Dữ liệu gốc của quý thư viện không bị thay đổi.",
        "wanted": "Cần sửa tại thư viện",
        "first": "Nên làm trước",
        "records_word": "biểu ghi",
        "more": "Các lưu ý khác ({n})",
        "wanted_none": "Không có lỗi nào cần sửa. Cảm ơn quý thư viện.",
        "wanted_note": "Xếp theo mức độ, rồi theo số biểu ghi. Danh sách đầy đủ từng biểu ghi ở bảng tính kèm theo.",
        "fixed": "Đã sửa tại mục lục liên hợp",
        "fixed_note": "Không cần làm gì với các biểu ghi này; sửa tại gốc thì lần sau không phải sửa lại.",
        "fixed_none": "Lần này không có gì phải sửa hộ.",
        "trend": "Thay đổi qua các lần thu thập",
        "trend_line": "Tỉ lệ biểu ghi không có lỗi cần sửa.",
        "trend_none": "Chưa đủ hai lần thu thập để so sánh.",
        "complete": "Mức đầy đủ",
        "complete_note": "Tỉ lệ biểu ghi có từng thông tin.",
        "refused_head": "Biểu ghi không nhận được",
        "refused_note": "Các biểu ghi này được giữ nguyên cùng lý do và sẽ được đọc lại khi có thể.",
        "refused_more": "và {n} biểu ghi khác",
        "sources": "Nguồn",
        "source": "Nguồn",
        "last_run": "Lần thu thập cuối",
        "state": "Trạng thái",
        "read": "đã đọc",
        "stored": "lưu",
        "unchanged": "không đổi",
        "deleted": "xóa",
        "refused_n": "không nhận",
        "never": "chưa lần nào",
        "severity": "Mức",
        "error": "Lỗi",
        "warning": "Cảnh báo",
        "info": "Lưu ý",
        "problem": "Vấn đề",
        "count": "Số biểu ghi",
        "change": "So với lần trước",
        "same": "không đổi",
        "todo": "Cách sửa",
        "examples": "Ví dụ",
        "record": "Mã biểu ghi",
        "name": "Nhan đề",
        "place": "Vị trí",
        "detail": "Nội dung",
        "position": "Thứ tự",
        "reason": "Lý do",
        "date": "Ngày",
        "share": "Tỉ lệ",
        "sheet_summary": "Tóm tắt",
        "sheet_wanted": "Cần sửa",
        "sheet_list": "Từng biểu ghi",
        "sheet_fixed": "Đã sửa hộ",
        "sheet_refused": "Không nhận được",
        "sheet_trend": "Thay đổi",
        "cut": "Danh sách dừng ở {n} dòng; sửa xong, báo cáo sau sẽ có phần còn lại.",
        "complete_state": "xong",
        "interrupted": "bị ngắt",
        "failed": "thất bại",
        "running": "đang chạy",
        "held": "chờ duyệt",
        "discarded": "đã bỏ",
        "field": "Thông tin",
        "download": "Bảng tính đầy đủ",
    },
    "en": {
        "title": "Record quality report",
        "of": "Made on",
        "records": "records in the catalogue",
        "clean": "have nothing to mend",
        "repaired": "records were mended for you",
        "refused": "records could not be stored",
        "intro": "What could be better in the records that your library sends, to be mended in your own system; and"
        " what the union catalogue has mended in its copy. Your own data is not changed.",
        "wanted": "To mend at your library",
        "first": "What to do first",
        "records_word": "records",
        "more": "Further notes ({n})",
        "wanted_none": "There is nothing to mend. Thank you.",
        "wanted_note": "By severity, then by number of records. The workbook that goes with this lists every record.",
        "fixed": "Mended in the union catalogue",
        "fixed_note": "Nothing needs to be done about these; mended at the source, they need no mending next time.",
        "fixed_none": "Nothing needed mending this time.",
        "trend": "Trend from harvest to harvest",
        "trend_line": "Share of records that have nothing to mend.",
        "trend_none": "There are not yet two harvests to compare.",
        "complete": "Completeness",
        "complete_note": "Share of records that say each thing.",
        "refused_head": "Records that could not be stored",
        "refused_note": "They are kept as they came, with the reason, and read again when that becomes possible.",
        "refused_more": "and {n} more",
        "sources": "Sources",
        "source": "Source",
        "last_run": "Last harvest",
        "state": "State",
        "read": "read",
        "stored": "stored",
        "unchanged": "unchanged",
        "deleted": "deleted",
        "refused_n": "refused",
        "never": "never",
        "severity": "Severity",
        "error": "Error",
        "warning": "Warning",
        "info": "Note",
        "problem": "Problem",
        "count": "Records",
        "change": "Since last time",
        "same": "same",
        "todo": "What to do",
        "examples": "Examples",
        "record": "Record",
        "name": "Title",
        "place": "Place",
        "detail": "What is there",
        "position": "Position",
        "reason": "Reason",
        "date": "Date",
        "share": "Share",
        "sheet_summary": "Summary",
        "sheet_wanted": "To mend",
        "sheet_list": "Record by record",
        "sheet_fixed": "Mended for you",
        "sheet_refused": "Refused",
        "sheet_trend": "Trend",
        "cut": "The list ends at {n} rows; once these are mended, the next report has the rest.",
        "complete_state": "complete",
        "interrupted": "interrupted",
        "failed": "failed",
        "running": "running",
        "held": "waiting for approval",
        "discarded": "discarded",
        "field": "Information",
        "download": "Full workbook",
    },
}


def number(value: int, language: str) -> str:
    """12.345 in Vietnamese, 12,345 in English."""
    return f"{value:,}".replace(",", "." if language == "vi" else ",")


def percent(share: float, language: str) -> str:
    """Never 100 % while something is missing, never 0 % while something is there."""
    value = share * 100
    if 99.95 <= value < 100:
        value = 99.9
    elif 0 < value < 0.05:
        value = 0.1
    text = f"{value:.0f}" if value in (0, 100) else f"{value:.1f}"
    return (text.replace(".", ",") if language == "vi" else text) + " %"


def shown_date(moment: datetime, language: str) -> str:
    """Day and time in Vietnam: 31/12/2026 17:05 or 2026-12-31 17:05."""
    local = moment.astimezone(VIETNAM)
    return local.strftime("%d/%m/%Y %H:%M" if language == "vi" else "%Y-%m-%d %H:%M")
