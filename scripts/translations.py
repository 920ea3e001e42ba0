"""Keep the web's translations: gathers the strings of code and templates into the .po file and compiles it.

Message ids are the English texts; Vietnamese stands in ``unioncat/web/translations/vi``. Says which strings wait for
a translation and exits 1 while there are any.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "unioncat" / "web"
PO = WEB / "translations" / "vi" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.xml", "jinja2")]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
UNKEPT = (b'"POT-', b'"PO-', b'"Report-', b'"Last-', b'"Language-Team', b'"Generated-', b'"Project-')
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_n": (1, 2)}


def gathered() -> Catalog:
    """Every string of code and templates, with the files it stands in."""
    catalog = Catalog(project="UnionCat", charset="utf-8")
    found = extract_from_dir(str(WEB), METHODS, OPTIONS, KEYWORDS)
    for file, _line, message, comments, _context in found:
        catalog.add(message, None, [(f"unioncat/web/{file}", 0)], auto_comments=comments)
    return catalog


def read() -> Catalog:
    """The Vietnamese catalogue as it stands."""
    if not PO.exists():
        return Catalog(locale="vi", project="UnionCat", charset="utf-8")
    with PO.open("rb") as stream:
        return read_po(stream, locale="vi")


def missing(catalog: Catalog) -> list[str]:
    return [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalog
        if message.id and (message.fuzzy or not message.string or (message.pluralizable and not all(message.string)))
    ]


def written(catalog: Catalog) -> tuple[bytes, bytes]:
    """The .po and the .mo of a catalogue, without dates, so that equal texts give equal files."""
    po, mo = io.BytesIO(), io.BytesIO()
    catalog.header_comment, catalog.fuzzy = "# Vietnamese texts of the web pages (Apache-2.0).", False
    write_po(po, catalog, width=110, sort_output=True, omit_header=False, include_lineno=False, ignore_obsolete=True)
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    lines = [line for line in po.getvalue().splitlines() if not line.startswith(UNKEPT)]
    write_mo(mo, catalog)
    return b"\n".join(lines) + b"\n", mo.getvalue()


def main() -> int:
    catalog = read()
    catalog.update(gathered(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    po, _mo = written(catalog)
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(po)
    PO.with_suffix(".mo").write_bytes(written(read())[1])
    waiting = missing(catalog)
    for text in waiting:
        print(text)
    print(f"{len(list(catalog)) - 1} strings, {len(waiting)} without Vietnamese", file=sys.stderr)
    return 1 if waiting else 0


if __name__ == "__main__":
    raise SystemExit(main())
