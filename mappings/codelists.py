"""Code lists with Vietnamese and English labels, from the CSV files beside this module.

Each file's first line is a comment that names its source; the columns are `code`, `vi`, `en` and what
else the list knows.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from unioncat.text import fold

__all__ = [
    "country_name",
    "label",
    "language_name",
    "language_of",
    "material_name",
    "relator_name",
    "relator_of",
    "table",
]


@cache
def table(name: str) -> Mapping[str, Mapping[str, str]]:
    """Rows of a list by code: ``languages``, ``countries``, ``relators``, ``materials``."""
    text = files("mappings").joinpath("codes", f"{name}.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {row["code"]: row for row in csv.DictReader(lines)}


def label(name: str, code: str, language: str = "vi") -> str:
    """The label of a code in `language` (vi or en), else in English, else the code itself."""
    row = table(name).get(code)
    if row is None:
        return code
    return row.get(language) or row["en"] or code


def language_name(code: str, language: str = "vi") -> str:
    return label("languages", code, language)


def country_name(code: str, language: str = "vi") -> str:
    return label("countries", code.strip(), language)


def relator_name(code: str, language: str = "vi") -> str:
    return label("relators", code, language)


def material_name(code: str, language: str = "vi") -> str:
    return label("materials", code, language)


@cache
def _language_words() -> Mapping[str, str]:
    """Folded names and other codes → MARC language code. "tieng viet", "viet", "vietnamese", "vi" → vie."""
    words: dict[str, str] = {}
    for code, row in table("languages").items():
        for word in (code, row["terminology"], row["iso639_1"], row["en"], row["vi"], row["vi"].removeprefix("Tiếng ")):
            folded = fold(word)
            if folded:
                words.setdefault(folded, code)
    words.update({fold(word): code for word, code in _LANGUAGE_ALIASES.items()})
    words.update((entry[:3], entry[4:]) for entry in _OBSOLETE_LANGUAGES.split())
    return words


_LANGUAGE_ALIASES = {
    "Việt ngữ": "vie",
    "VN": "vie",
    "VNM": "vie",
    "Anh ngữ": "eng",
    "Pháp ngữ": "fre",
    "Hoa": "chi",
    "Tiếng Hoa": "chi",
    "Tiếng Trung Quốc": "chi",
    "Trung văn": "chi",
    "Hán ngữ": "chi",
    "Khơ me": "khm",
    "Campuchia": "khm",
    "Tiếng Đức": "ger",
    "German": "ger",
    "Tiếng Nhật Bản": "jpn",
    "Hàn Quốc": "kor",
    "Mường": "mkh",
    "Tày": "tai",
    "Nùng": "tai",
    "Ê Đê": "map",
    "Gia Rai": "map",
    "Chăm": "map",
    "H'Mông": "hmn",
    "Song ngữ": "mul",
    "Nhiều thứ tiếng": "mul",
    "Đa ngữ": "mul",
}

_OBSOLETE_LANGUAGES = """cam>khm esk>ypk esp>epo eth>gez far>fao fri>fry gae>gla gag>glg gal>orm gua>grn int>ina iri>gle
kus>kos lan>oci lap>smi max>glv mla>mlg mol>rum sao>smo scc>srp scr>hrv sho>sna snh>sin sso>sot swz>ssw tag>tgl taj>tgk
tar>tat tsw>tsn"""
"""Codes that the MARC list has withdrawn, and what stands for them now."""


@lru_cache(maxsize=1024)
def language_of(text: str) -> str:
    """MARC language code of a code, locale or name in Vietnamese or English (``vi``, ``en_US``, ``Tiếng Việt``);
    "" if it names none that we know."""
    words = _language_words()
    folded = fold(text)
    if folded in words:
        return words[folded]
    base = fold(text.split("_")[0].split("-")[0])
    return words.get(base, "") if len(base) in (2, 3) else ""


@cache
def _relator_words() -> Mapping[str, str]:
    words = {
        fold(row[column]): code for code, row in reversed(list(table("relators").items())) for column in ("vi", "en")
    }
    words.update({fold(word): code for word, code in _RELATOR_ALIASES.items()})
    return words


_RELATOR_ALIASES = {
    "tác giả": "aut",
    "chủ biên": "edt",
    "b.s": "com",
    "biên soạn": "com",
    "soạn": "com",
    "ch.b": "edt",
    "cb": "edt",
    "đồng chủ biên": "edt",
    "tổng chủ biên": "edt",
    "hiệu đính": "edt",
    "h.đ": "edt",
    "dịch": "trl",
    "dịch giả": "trl",
    "ngd": "trl",
    "sưu tầm": "com",
    "tuyển chọn": "com",
    "s.t": "com",
    "giới thiệu": "win",
    "minh họa": "ill",
    "minh hoạ": "ill",
    "vẽ": "ill",
    "tranh": "ill",
    "ảnh": "pht",
    "hướng dẫn": "ths",
    "gvhd": "ths",
    "người hướng dẫn": "ths",
    "ed": "edt",
    "trans": "trl",
    "author": "aut",
}


@lru_cache(maxsize=1024)
def relator_of(text: str) -> str:
    """MARC relator code of a word such as ``dịch``, ``ch.b.``, ``editor``; "" if unknown."""
    return _relator_words().get(fold(text), "") if text.strip() else ""
