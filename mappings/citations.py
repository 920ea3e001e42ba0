"""Citations: RIS, BibTeX, a CSV row, and plain text."""

from __future__ import annotations

import csv
import io
import re
from typing import NamedTuple

from mappings.clean import address, isbn13, issn, language_code, no_brackets, strip_isbd, xml_text
from mappings.codelists import label, table
from mappings.marc_to_dc import dc_date, is_author
from mappings.material import Material, material_of
from mappings.spreadsheets.cells import safe_text
from unioncat.marc import Field, values
from unioncat.marc.formats import ExportRecord

__all__ = ["BibTeX", "CitationCsv", "Plain", "Ris"]


class _Citation(NamedTuple):
    """What a citation needs, without ISBD punctuation. authors: 1XX, then 7XX that wrote it; others: the other 7XX."""

    material: Material
    authors: list[str]
    others: list[str]
    title: str
    responsibility: str
    edition: str
    place: str
    publisher: str
    year: str
    extent: str
    series: list[str]
    isbns: list[str]
    issns: list[str]
    language: str
    subjects: list[str]
    urls: list[str]
    host: str
    school: str


def _line(text: str) -> str:
    return " ".join(xml_text(text).split())


def _name(field: Field) -> str:
    codes = {"00": "abc", "10": "ab", "11": "acn"}.get(field.tag[1:], "a")
    return _line(strip_isbd(" ".join(part.value for part in field.subfields if part.code in codes)))


def _cited(export: ExportRecord) -> _Citation:
    record = export.record
    authors: list[str] = []
    others: list[str] = []
    for field in record.fields:
        if field.tag in ("100", "110", "111"):
            authors.append(_name(field))
        elif field.tag in ("700", "710", "711") and not any(part.code == "t" for part in field.subfields):
            (authors if is_author(field) else others).append(_name(field))

    def first(spec: str) -> str:
        found = values(record, spec)
        return _line(no_brackets(strip_isbd(found[0]))) if found else ""

    def every(spec: str) -> list[str]:
        return list(dict.fromkeys(text for value in values(record, spec) if (text := _line(strip_isbd(value)))))

    words = [word for value in values(record, "653$a", join=None) if (word := _line(strip_isbd(value)))]
    return _Citation(
        material=material_of(record),
        authors=[name for name in authors if name],
        others=[name for name in others if name],
        title=" ".join(every("245$abnp")[:1]),
        responsibility=first("245$c"),
        edition=first("250$ab"),
        place=first("260$a:264[*1]$a"),
        publisher=first("260$b:264[*1]$b"),
        year=dc_date(record),
        extent=first("300$a"),
        series=every("490$av"),
        isbns=list(dict.fromkeys(number for value in values(record, "020$a") if (number := isbn13(value)))),
        issns=list(dict.fromkeys(number for value in values(record, "022$a") if (number := issn(value)))),
        language=next((code for value in values(record, "008/35-37") if (code := language_code(value))), ""),
        subjects=list(dict.fromkeys([*every("600$a:610$a:611$a:630$a:650$a:651$a"), *words])),
        urls=[link for value in values(record, "856$u", join=None) if (link := _line(address(value)))],
        host=first("773$t"),
        school=first("502$c"),
    )


class Ris:
    """RIS, one record; lines end in CR LF as the format says."""

    name = "ris"
    media_type = "application/x-research-info-systems"
    extension = "ris"
    namespace = ""
    schema = ""

    def render(self, export: ExportRecord) -> bytes:
        cited = _cited(export)
        lines = [("TY", cited.material.ris)]
        lines += [("AU", name) for name in cited.authors]
        lines += [("A2", name) for name in cited.others]
        lines.append(("TI", cited.title))
        lines.append(("T2", cited.host))
        lines += [("T3", name) for name in cited.series]
        lines += [
            ("ET", cited.edition),
            ("CY", cited.place),
            ("PB", cited.school or cited.publisher),
            ("PY", cited.year),
        ]
        lines.append(("SP", cited.extent))
        lines += [("SN", number) for number in (*cited.isbns, *cited.issns)]
        lines.append(("LA", cited.language))
        lines += [("KW", word) for word in cited.subjects]
        lines += [("UR", link) for link in cited.urls]
        if export.base_url:
            lines.append(("UR", f"{export.base_url}/record/{export.public_id}"))
        lines.append(("ID", export.public_id))
        text = "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value)
        return (text + "ER  - \r\n").encode()


_BIBTEX_SPECIAL = {
    **{ord(char): f"\\{char}" for char in "&%$#_{}"},
    ord("~"): "\\textasciitilde{}",
    ord("^"): "\\textasciicircum{}",
    ord("\\"): "\\textbackslash{}",
}


class BibTeX:
    """BibTeX in UTF-8 (biblatex, biber); the key is the public id."""

    name = "bibtex"
    media_type = "application/x-bibtex"
    extension = "bib"
    namespace = ""
    schema = ""

    def render(self, export: ExportRecord) -> bytes:
        cited = _cited(export)
        link = (
            cited.urls[0] if cited.urls else f"{export.base_url}/record/{export.public_id}" if export.base_url else ""
        )
        fields = [
            ("author", " and ".join(_bibtex_name(name) for name in cited.authors)),
            ("editor", "" if cited.authors else " and ".join(_bibtex_name(name) for name in cited.others)),
            ("title", _braced(cited.title)),
            ("booktitle", _braced(cited.host)),
            ("edition", _braced(cited.edition)),
            ("address", _braced(cited.place)),
            ("school" if cited.material.code == "thesis" else "publisher", _braced(cited.school or cited.publisher)),
            ("year", cited.year),
            ("series", _braced("; ".join(cited.series))),
            ("isbn", ", ".join(cited.isbns)),
            ("issn", ", ".join(cited.issns)),
            (
                "langid",
                table("languages")[cited.language]["en"].lower() if cited.language in table("languages") else "",
            ),
            ("url", link.translate({ord("{"): "%7B", ord("}"): "%7D", ord("\\"): "%5C"})),
        ]
        inner = "".join(f"  {name} = {{{value}}},\n" for name, value in fields if value)
        return f"@{cited.material.bibtex}{{{export.public_id},\n{inner}}}\n".encode()


def _braced(text: str) -> str:
    return text.translate(_BIBTEX_SPECIAL)


def _bibtex_name(name: str) -> str:
    """A name in direct order is braced, so that no program takes `Nguyễn Du` for a Mr Du; `and` cannot part it."""
    escaped = _braced(name)
    return escaped if "," in name and " and " not in f" {name} " else f"{{{escaped}}}"


class CitationCsv:
    """One row; `header` is the first line of a file of rows. Safe from formula injection."""

    name = "csv"
    media_type = "text/csv"
    extension = "csv"
    namespace = ""
    schema = ""
    columns = (
        *("id", "material", "title", "authors", "contributors", "edition", "place", "publisher", "year", "extent"),
        *("series", "isbn", "issn", "language", "subjects", "libraries", "url"),
    )

    @property
    def header(self) -> bytes:
        return _csv_line(self.columns)

    def render(self, export: ExportRecord) -> bytes:
        cited = _cited(export)
        libraries = dict.fromkeys(
            member.name if (member := export.members.get(holding.member)) else holding.member
            for holding in export.holdings
        )
        link = f"{export.base_url}/record/{export.public_id}" if export.base_url else ""
        several = (cited.series, cited.isbns, cited.issns)
        series, isbns, issns = ("; ".join(texts) for texts in several)
        return _csv_line(
            (
                *(
                    export.public_id,
                    cited.material.code,
                    cited.title,
                    "; ".join(cited.authors),
                    "; ".join(cited.others),
                ),
                *(cited.edition, cited.place, cited.publisher, cited.year, cited.extent, series, isbns, issns),
                *(cited.language, "; ".join(cited.subjects), "; ".join(libraries), link),
            )
        )


def _csv_line(row: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe_text(text) for text in row])
    return out.getvalue().encode()


class Plain:
    """A bibliographic entry as people write one, in the order of ISBD, then who has it."""

    name = "plain"
    media_type = "text/plain"
    extension = "txt"
    namespace = ""
    schema = ""

    def render(self, export: ExportRecord) -> bytes:
        cited = _cited(export)
        published = ", ".join(
            part
            for part in (
                " : ".join(part for part in (cited.place, cited.school or cited.publisher) if part),
                cited.year,
            )
            if part
        )
        title = f"{cited.title} / {cited.responsibility}" if cited.responsibility else cited.title
        series = "; ".join(cited.series)
        areas = [
            title,
            cited.edition,
            published,
            cited.extent,
            f"({series})" if series else "",
            *(f"ISBN {number}" for number in cited.isbns),
        ]
        lines = ["; ".join(cited.authors)] if cited.authors else []
        lines.append(re.sub(r"\.(?=\. – )", "", ". – ".join(area for area in areas if area) + "."))
        if cited.language:
            lines.append(label("languages", cited.language))
        for holding in export.holdings:
            member = export.members.get(holding.member)
            told = (member.name if member else holding.member, holding.location, holding.call_number, holding.summary)
            lines.append("  * " + " – ".join(_line(part) for part in told if part))
        if export.base_url:
            lines.append(f"{export.base_url}/record/{export.public_id}")
        return ("\n".join(lines) + "\n").encode()
