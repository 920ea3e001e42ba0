"""Turning back text whose bytes were taken for CP1252, one function for each way it came about.

Each gives None where the text cannot have come about that way; whether what it gives is any good is for
`detection` to judge.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Literal

from unioncat.text.legacy_codecs import CP1252_CODE, CP1252_SHOWN
from unioncat.text.suspicion import LATIN1_ONLY, REFERENCE, UNICODE_VIETNAMESE, VIQR, WORD, small_words
from unioncat.text.syllables import commonness, is_syllable

__all__ = ["READINGS", "UTF8_SURE", "Problem", "decode_as", "decode_tcvn3", "is_valid_utf8", "undo_second_conversion"]

Problem = Literal["", "legacy", "double", "lost"]


def _as_bytes(text: str) -> bytes | None:
    """The bytes that CP1252 shows as this text; None if it holds what CP1252 does not have."""
    out = bytearray()
    for character in text:
        code = ord(character)
        if code < 0x80:
            out.append(code)
        else:
            known = CP1252_CODE.get(character)
            if known is None:
                if code > 0xFF:
                    return None
                known = code
            out.append(known)
    return bytes(out)


def decode_tcvn3(text: str) -> str | None:
    """TCVN3 with the forms its ư (AD) arrives in: soft hyphen, minus, bullet, hyphen inside a word."""
    text = text.replace("\u2212", "\u00ad").replace("\u2022", "\u00ad").replace("\u2010", "\u00ad")
    data = _as_bytes(text)
    if data is None:
        return None
    decoded = data.decode("tcvn3")
    return _HYPHEN_IN_WORD.sub(_horned, decoded)


_HYPHEN_IN_WORD = re.compile(r"(?<![\w-])([^\W\d_]{1,3})-([^\W\d_]{1,3})(?![\w-])")


def _horned(found: re.Match[str]) -> str:
    """``h-íng`` → ``hướng``, but not ``Bà-Rịa``: only where no part stands alone."""
    joined = f"{found[1]}ư{found[2]}"
    lower = joined.lower()
    parts_stand = is_syllable(found[1].lower()) and is_syllable(found[2].lower())
    return joined if is_syllable(lower) and not parts_stand else found[0]


def _decode_plain(codec: str) -> Callable[[str], str | None]:
    def decode(text: str) -> str | None:
        data = _as_bytes(text)
        return None if data is None else data.decode(codec)

    return decode


_MIXED_WORD = re.compile("[A-Za-z][\u0370-\u1dff]|[\u0370-\u1dff][A-Za-z]")
_LOST_BYTES = (0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xAD)
_NBSP = 0xA0
_AS_CP1252 = "\u0080-\u00bf" + "".join(character for character in CP1252_SHOWN.values() if character > "\u00ff")
_UTF8_START = re.compile(f"[\u00c2-\u00f4][{_AS_CP1252}]|Ã|á[º»]")
UTF8_SURE = re.compile(f"[ÂÃ][{_AS_CP1252}]|[\u00c2-\u00f4][\u0080-\u009f]|[\u00c2-\u00f4][{_AS_CP1252}](?=[a-z])")


def is_valid_utf8(text: str) -> bool:
    data = _as_bytes(text)
    if data is None:
        return False
    try:
        return data.decode("utf-8") != text
    except UnicodeDecodeError:
        return False


def _decode_utf8(text: str) -> str | None:
    """UTF-8 read as CP1252. The five bytes that CP1252 lacks and the soft hyphen are lost on the way, and NBSP
    at the end of a word, so they are put back where a syllable comes of it."""
    if not _UTF8_START.search(text):
        return None
    data = _as_bytes(text)
    if data is None:
        return None
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if _MIXED_WORD.search(decoded):  # ``Ð¸nh`` would be ``иnh``
            return None
        return _decode_utf8(decoded) or decoded  # some texts went through it twice and more
    words = [_mended_word(word) for word in re.split(rb"( +)", data)]
    return None if None in words else "".join(word for word in words if word is not None)


def _mended_word(word: bytes) -> str | None:
    options = [b""]
    at = 0
    while at < len(word):
        lead = word[at]
        length = 1 if lead < 0x80 else 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 0
        if not length:
            return None
        sequence = word[at : at + 1]
        at += 1
        while len(sequence) < length and at < len(word) and 0x80 <= word[at] < 0xC0:
            sequence += word[at : at + 1]
            at += 1
        if len(sequence) == length:
            options = [option + sequence for option in options]
        elif len(sequence) == length - 1 and len(options) <= 8:
            lost = (*_LOST_BYTES, _NBSP) if at == len(word) else _LOST_BYTES
            options = [option + sequence + bytes([one]) for option in options for one in lost]
        else:
            return None
    texts = [text for option in options if (text := option.decode("utf-8", "ignore"))]
    if len(texts) == 1:
        return texts[0]
    words = [(text, text.strip(".,;:()\"'")) for text in texts]
    good = [(commonness(bare.lower()), text) for text, bare in words if _one_case(bare) and is_syllable(bare.lower())]
    return max(good)[1] if good else None


def _one_case(word: str) -> bool:
    return word.isupper() or word[1:].islower() or len(word) == 1


def _decode_viqr(text: str) -> str | None:
    if not text.isascii() or not VIQR.search(text):
        return None
    return text.encode("ascii").decode("viqr")


def _decode_html(text: str) -> str | None:
    if not REFERENCE.search(text):
        return None
    return REFERENCE.sub(lambda found: html.unescape(found[0].replace("&amp;", "&")), text)


def decode_as(text: str, encoding: str) -> str:
    """A text that is known to be in one of the 8-bit encodings, read as CP1252; what CP1252 lacks stays."""
    data = _as_bytes(text)
    return text if data is None else data.decode(encoding)


READINGS: tuple[tuple[str, Problem, Callable[[str], str | None]], ...] = (
    ("tcvn3", "legacy", decode_tcvn3),
    ("vni", "legacy", _decode_plain("vni")),
    ("viscii", "legacy", _decode_plain("viscii")),
    ("vps", "legacy", _decode_plain("vps")),
    ("viqr", "legacy", _decode_viqr),
    ("utf-8", "double", _decode_utf8),
    ("html", "double", _decode_html),
)

# Unicode text that was taken for CP1252 bytes of TCVN3: á (E1) became ỏ, í (ED) became ớ, …
_TWICE = {
    bytes([code]).decode("tcvn3"): bytes([code]).decode("cp1252")
    for code in range(0xA1, 0xFF)
    if bytes([code]).decode("tcvn3") != bytes([code]).decode("cp1252")
    and bytes([code]).decode("cp1252") in "àáâãèéêìíòóôõùúýÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝ«»"
}
_TWICE_LETTER = re.compile(f"[{''.join(_TWICE)}]")


# Rare words that a second conversion makes of common ones, and the words after them that give it away.
_TWICE_BEFORE = re.compile(r"\b([Tt]h)ớ(?= (?:dụ|nghiệm|sinh|điểm)\b)")


def _undone(word: str) -> str:
    """A word as it was before a second conversion, if it became no syllable, or a rare one, by it."""
    if not _TWICE_LETTER.search(word):
        return word
    back = _TWICE_LETTER.sub(lambda letter: _TWICE[letter[0]], word)
    lower = back.strip("«»").lower()
    if not is_syllable(lower) and not lower.isascii():
        return word
    if is_syllable(word.lower()) and (commonness(word.lower()) > 1 or commonness(lower) < 2):
        return word
    return back


def _undone_or_decoded(found: re.Match[str]) -> str:
    """Each word of a text that holds both: one in TCVN3 (``c¸c``) is decoded, one converted twice taken back."""
    word = found[0]
    if not UNICODE_VIETNAMESE.search(word) and LATIN1_ONLY.search(word):
        decoded = decode_tcvn3(word)
        return decoded if decoded is not None and is_syllable(decoded.strip(".,;:()").lower()) else word
    return WORD.sub(lambda part: _undone(part[0]), word)


def undo_second_conversion(text: str) -> tuple[str, bool] | None:
    """(the text before it was converted a second time, whether it holds words that Vietnamese cannot have); None
    if nothing speaks for that."""
    if not _TWICE_LETTER.search(text) or not UNICODE_VIETNAMESE.search(text):
        return None
    back = re.sub(r"\S+", _undone_or_decoded, _TWICE_BEFORE.sub(r"\1í", text))
    if back == text:
        return None
    return back, any(not word.isascii() and not is_syllable(word) for word in small_words(text))
