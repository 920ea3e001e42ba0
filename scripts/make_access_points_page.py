"""Write docs/access-points.md from the access-point table. A test holds the page against the table."""

from __future__ import annotations

from pathlib import Path

from unioncat.search.access_points import ACCESS_POINTS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "access-points.md"

HEAD = """# Access points

What can be searched, sorted by (S), counted by (F) and scanned, made from `unioncat/search/access_points.py` by
`python scripts/make_access_points_page.py`. CQL names without a prefix work, too. Linked 880 fields are read with the
field that they stand for. Sources without `$` take all text subfields; words such as `language` are computed
(`unioncat/search/computed.py`).

| name | Vietnamese | English | kind | | MARC fields or parts | CQL | bare CQL | Bib-1 |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    lines = []
    for row in ACCESS_POINTS:
        flags = ("S" if row.sort else "") + ("F" if row.facet else "")
        sources = " ".join(f"`{source}`" for source in row.sources) or "+ ".join(f"{name} " for name in row.union)
        cells = (
            row.name,
            row.vi,
            row.en,
            row.analysis,
            flags,
            sources.strip(),
            " ".join(row.cql),
            " ".join(dict.fromkeys((row.name, *row.aliases))),
            " ".join(map(str, row.bib1)),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
