"""Cleaners of the crosswalk tables: a value in, a better value out, "" where nothing is left to say."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from stdnum import isbn as _isbn
from stdnum import issn as _issn

__all__ = [
    "address",
    "capitalised",
    "digits_of_year",
    "isbn13",
    "issn",
    "language_code",
    "no_brackets",
    "prefixed",
    "strip_isbd",
    "uri",
    "xml_text",
    "year",
]

_FULL_STOP = re.compile(r"(?<=[^\W\d_]{3})\.\Z|(?<=[)\]\d])\.\Z")
_BRACKETS = re.compile(r"[\[\]]")
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ISBN_SHAPE = re.compile(r"[\dXx][\dXx\-\u2010-\u2015\u2212 ]{8,20}")
_UNSAFE_SCHEME = re.compile(r"[\x00-\x20]*(?:javascript|vbscript|data|file)[\x00-\x20]*:", re.IGNORECASE)
_NOT_A_LANGUAGE = frozenset({"und", "mul", "zxx", "|||", "   ", "###", "xxx"})


def strip_isbd(value: str) -> str:
    """Without the ISBD punctuation that only leads over to the next area (` /`, ` :`, `,`), and without
    the full stop after a whole word; abbreviations of one or two letters keep theirs."""
    value = value.strip()
    while value:  # no pattern: one that does this takes quadratic time on hostile text
        last = value[-1]
        if last not in "/:;," and not (last in "=+" and value[-2:-1].isspace()):
            break
        value = value[:-1].rstrip()
    return _FULL_STOP.sub("", value)


def no_brackets(value: str) -> str:
    """`[Hà Nội]` → `Hà Nội`: brackets mean "not from the piece itself", which our targets cannot say."""
    return _BRACKETS.sub("", value).strip()


def isbn13(value: str) -> str:
    """The ISBN as 13 digits; "" unless its check digit is right."""
    found = _ISBN_SHAPE.search(value)
    if found is None:
        return ""
    digits = re.sub(r"[^\dXx]", "", found[0]).upper()
    for length in (13, 10):
        if len(digits) >= length and _isbn.is_valid(digits[:length]):
            return str(_isbn.to_isbn13(digits[:length]))
    return ""


def issn(value: str) -> str:
    """The ISSN as `NNNN-NNNN`; "" unless its check digit is right."""
    found = re.search(r"\d{4}[-\u2010-\u2015 ]?\d{3}[\dXx]", value)
    if found is None or not _issn.is_valid(found[0]):
        return ""
    return str(_issn.format(_issn.compact(found[0])))


def language_code(value: str) -> str:
    """A code that names one language; "" for undetermined, several, none and fill characters."""
    value = value.strip().lower()
    return value if len(value) == 3 and value.isascii() and value.isalpha() and value not in _NOT_A_LANGUAGE else ""


def year(value: str) -> str:
    """The first year of print in the text, 1400 to 2099; "" if there is none."""
    found = _YEAR.search(value)
    return found[1] if found else ""


def digits_of_year(value: str) -> str:
    """008/07-10 as a year; "" for `19uu`, `9999`, blanks and fill characters."""
    return value if value.isascii() and value.isdigit() and "1000" <= value <= "2099" else ""


def prefixed(prefix: str) -> Callable[[str], str]:
    """A cleaner that puts `prefix` before the value."""

    def with_prefix(value: str) -> str:
        return prefix + value

    return with_prefix


def address(value: str) -> str:
    """An address that may be followed; "" for one that runs a script or holds its own data."""
    value = value.strip()
    return "" if _UNSAFE_SCHEME.match(value) else value


def uri(value: str) -> str:
    """An address that is a URI reference by RFC 3986, others' signs percent-encoded; "" where it cannot be one."""
    encoded = quote(address(value), safe="%/:=&?~#+!$,;'@()*.-_")
    try:
        parts = urlsplit(encoded)
        if parts.scheme in ("http", "https", "ftp") and (not parts.hostname or parts.netloc.endswith(":")):
            return ""
        return encoded if parts.port is None or parts.port > 0 else ""
    except ValueError:
        return ""


def capitalised(value: str) -> str:
    return value[:1].upper() + value[1:]


def xml_text(value: str) -> str:
    """Without the characters that XML 1.0 §2.2 forbids (controls, lone surrogates, U+FFFE, U+FFFF)."""
    if value.isprintable():  # true of nearly all; neither controls nor surrogates nor non-characters are
        return value
    return _ILLEGAL.sub("", value)
