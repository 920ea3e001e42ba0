"""Files that people send by mistake, known by their first bytes, and what to say about each."""

from __future__ import annotations

__all__ = ["foreign_kind"]

OTHER_FILES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document; ask for the file that it was printed from"),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it, or pack it anew as zip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it, or pack it anew as zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (.xls, .doc); save a sheet as .xlsx or .csv"),
    (b"{\\rtf", "a text with layout (RTF); save it as plain text, or the sheet it came from as .xlsx"),
    (b"SQLite format 3\x00", "an SQLite database; export its records"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
"""First bytes → what it is and what to do (signatures as the formats' own specifications give them)."""


def foreign_kind(head: bytes) -> str | None:
    """What a file is that cannot hold records for us; None if it may hold some."""
    return next((kind for signature, kind in OTHER_FILES if head.startswith(signature)), None)
