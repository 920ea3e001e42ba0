"""Finding text in a legacy encoding, read as if it were something else, and turning it back.

What arrives is nearly always text whose bytes somebody took for CP1252 (``ViÖt Nam``, ``Vieät Nam``), or UTF-8
bytes so taken (``Viá»‡t``), or text converted twice or with letters lost. Each explanation is tried; the one
whose words are Vietnamese syllables, common ones above all, wins. How sure we are follows from how much
speaks for it: the words it makes right, the words it makes wrong, the oddities it explains (a capital or a
sign inside a word), and how well the next best explanation does.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal
from unicodedata import normalize

from unioncat.text.legacy_codecs import CP1252_CODE, CP1252_SHOWN, LEGACY_CODECS
from unioncat.text.lost_letters import restore_lost_letters
from unioncat.text.syllables import commonness, is_syllable

__all__ = ["CERTAIN", "Detection", "detect_legacy", "is_suspicious", "may_hold_legacy"]

CERTAIN = 0.9
"""From this confidence on a text may be repaired without asking."""

Problem = Literal["", "legacy", "double", "lost"]


@dataclass(frozen=True, slots=True)
class Detection:
    """What a text seems to be.

    text:        what was meant, NFC; the text itself if nothing was found
    problem:     "legacy" (bytes taken for CP1252), "double" (converted twice, or UTF-8 taken for CP1252),
                 "lost" (letters dropped by an earlier conversion), "" (nothing wrong)
    encoding:    tcvn3, vni, viscii, vps, viqr, utf-8, html; "" if there is no problem
    confidence:  0.0-1.0 that the repair is right
    """

    text: str
    problem: Problem = ""
    encoding: str = ""
    confidence: float = 0.0

    @property
    def is_certain(self) -> bool:
        return bool(self.problem) and self.confidence >= CERTAIN


_WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*")
_ODD = re.compile(
    "(?<!\x1f)[a-zß-öø-ÿ][À-ÖØ-Þ]|(?<!\x1f)[A-Za-zÀ-ÖØ-öø-ÿ][\u0080-\u009f¡-©«-¹¼-¾×÷−•‡†‰‹›ˆ˜™]"
    "|[\u0080-\u009f¡-©¬-¹¼-¾×÷−•†‡‰][a-z]|(?<!\x1f)[aeouyAEOUYôöÔÖ][ùøûõïáàåãäéèúüëÙØÛÕÏÁÀÅÃÄÉÈÚÜË]|á[º»]|Ã[\u0080-¿]"
)
_LATIN1_ONLY = re.compile("[\u0080-\u009f¡-¿ÄÅÆÇËÎÏÐÑÖ×ØÛÜÞßäåæçëîïðñö÷øûüþÿŒœŠšŽžŸƒˆ˜†‡•‰‹›™−]")
_VIQR = re.compile(r"[aeouAEOU][\^(+*][`'?~.]|dd[aeiouy]|[uU][+*][oO][+*]|[aeoAEO]\^[a-z]|[oOuU][+*][a-z]")
_REFERENCE = re.compile(r"&(?:amp;)?#(?:\d{2,7}|x[0-9A-Fa-f]{2,6});")
_UNICODE_VIETNAMESE = re.compile(
    "[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]"
)


_LOST = re.compile(r"(?<![ưƯ])[ơờởỡớợƠỜỞỠỚỢ](?:ng|c|u)\b|\b[Tt]h? (?:viện|mục|liệu|tịch|tưởng|pháp|vấn|nhân)\b")


def is_suspicious(text: str) -> bool:
    """Whether `detect_legacy` might find anything: cheap, may be wrong to say yes."""
    if text.isascii():
        return ("^" in text and bool(_VIQR.search(text))) or "&#" in text
    if _ODD.search(text) is not None or "&#" in text or _LOST.search(text) is not None:
        return True
    return _LATIN1_ONLY.search(text) is not None and _share_of_syllables(text) >= 0.6


_ODD_PAIR = re.compile(
    "[ùõáàãéèúÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝ](?:(?<=a[ùõáàãéèú])|(?<=e[ùõáàã])|(?<=[ouy][ùõ])|(?<=oã)|(?<=[a-z][À-Ý])(?<!\x1f..))"
)
_LOST_RHYME = re.compile(r"[ơờởỡớợƠỜỞỠỚỢ](?:ng|c|u)\b(?<![ưƯ]...)(?<![ưƯ]..)")
_STUMPS = ("Th viện", "th viện", "th mục", "Th mục", "th tịch", " t liệu", " t tưởng", " t pháp", " t vấn", " t nhân")


def may_hold_legacy(text: str) -> bool:
    """`is_suspicious` for a whole record with its delimiters: quicker, and more often wrong to say yes."""
    if text.isascii():
        return "^" in text or "&#" in text
    return (
        _LATIN1_ONLY.search(text) is not None
        or _ODD_PAIR.search(text) is not None
        or _LOST_RHYME.search(text) is not None
        or any(stump in text for stump in _STUMPS)
        or "&#" in text
    )


def _share_of_syllables(text: str) -> float:
    """Share of the ASCII words that could be Vietnamese; 1.0 where there are none."""
    words = [word for word in _WORD.findall(text.lower()) if word.isascii()]
    if not words:
        return 1.0
    return sum(map(is_syllable, words)) / len(words)


# --- how well a reading explains a text ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """One explanation and what speaks for it.

    right, wrong: changed words that are, or are not, syllables (right ones weighted by how common they are)
    """

    encoding: str
    problem: Problem
    text: str
    right: float
    wrong: int
    share: float
    oddities: int

    @property
    def support(self) -> float:
        return self.right - 1.5 * self.wrong


def _weight(word: str) -> float:
    common = commonness(word)
    return 0.35 if common == 0 else 0.7 + 0.08 * common


def _words_with_spans(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _judge(encoding: str, problem: Problem, original: str, text: str) -> _Reading:
    before = set(_words_with_spans(normalize("NFC", original)))
    right, wrong, total, syllables = 0.0, 0, 0, 0
    for written in _WORD.findall(text):
        word = written.lower()
        good = is_syllable(word)
        if not good and written.isupper():
            continue  # an abbreviation (MSĐT)
        total += 1
        syllables += good
        if word in before:
            continue
        if good and not word.isascii() and len(word) > 1:
            right += _weight(word)
        elif not good:
            wrong += 1
    # signs that stay between letters after decoding were not explained
    wrong += len(re.findall("[A-Za-z\u00c0-\u1ef9][\u0080-\u009f¢-©¬-¶¸-º¼-¾×÷−][a-z\u00e0-\u1ef9]", text))
    oddities = len(_ODD.findall(original)) - len(_ODD.findall(text))
    return _Reading(encoding, problem, text, right, wrong, syllables / total if total else 0.0, max(oddities, 0))


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


def _decode_tcvn3(text: str) -> str | None:
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


_LOST_BYTES = (0x81, 0x8D, 0x8F, 0x90, 0x9D, 0xAD)
_NBSP = 0xA0
_AS_CP1252 = "\u0080-\u00bf" + "".join(character for character in CP1252_SHOWN.values() if character > "\u00ff")
_UTF8_START = re.compile(f"[\u00c2-\u00f4][{_AS_CP1252}]|Ã|á[º»]")
_UTF8_SURE = re.compile(f"[ÂÃ][{_AS_CP1252}]|[\u00c2-\u00f4][\u0080-\u009f]|[\u00c2-\u00f4][{_AS_CP1252}](?=[a-z])")


def _as_valid_utf8(text: str) -> bool:
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
    if not text.isascii() or not _VIQR.search(text):
        return None
    return text.encode("ascii").decode("viqr")


def _decode_html(text: str) -> str | None:
    if not _REFERENCE.search(text):
        return None
    return _REFERENCE.sub(lambda found: html.unescape(found[0].replace("&amp;", "&")), text)


_READINGS: tuple[tuple[str, Problem, Callable[[str], str | None]], ...] = (
    ("tcvn3", "legacy", _decode_tcvn3),
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
    if not _UNICODE_VIETNAMESE.search(word) and _LATIN1_ONLY.search(word):
        decoded = _decode_tcvn3(word)
        return decoded if decoded is not None and is_syllable(decoded.strip(".,;:()").lower()) else word
    return _WORD.sub(lambda part: _undone(part[0]), word)


def _twice_reading(text: str) -> _Reading | None:
    """Double conversion, if there are words in it that Vietnamese cannot have, or hardly has."""
    if not _TWICE_LETTER.search(text) or not _UNICODE_VIETNAMESE.search(text):
        return None
    back = re.sub(r"\S+", _undone_or_decoded, _TWICE_BEFORE.sub(r"\1í", text))
    if back == text:
        return None
    reading = _judge("tcvn3", "double", text, back)
    impossible = any(not word.isascii() and not is_syllable(word) for word in _words_with_spans(text))
    return reading if impossible else replace(reading, right=reading.right * 0.3)


# --- the decision --------------------------------------------------------------------------------------------------


def _confidence(best: _Reading, second: _Reading | None, text: str) -> float:
    if best.right <= 0:
        return 0.0
    words = best.right / (best.right + 1.5 * best.wrong)
    evidence = best.right + 0.9 * min(best.oddities, 4)
    confidence = words ** (2.0 if best.right < 5 else 1.0) * (1 - 0.35**evidence)
    if best.encoding == "utf-8" and _as_valid_utf8(text):
        return 0.97  # accents that happen to be valid UTF-8 hardly exist
    if best.share < 0.5 and (best.oddities < 2 or best.wrong):  # among words of another language
        confidence *= 0.6 + 0.8 * best.share
    if second is not None and second.text != best.text and second.support > 0:
        lead = (best.support - second.support) / best.support
        confidence *= min(1.0, 0.72 + 1.2 * lead)
    return float(round(min(confidence, 1.0), 3))


def _detect(text: str, prior: str) -> Detection:
    readings = []
    already = len(_UNICODE_VIETNAMESE.findall(text))
    for encoding, problem, decode in _READINGS:
        decoded = decode(text)
        if decoded is None or decoded == text:
            continue
        reading = _judge(encoding, problem, text, normalize("NFC", decoded))
        if encoding == "utf-8" and reading.right <= 0 and _as_valid_utf8(text) and _UTF8_SURE.search(text):
            return Detection(reading.text, problem, encoding, 0.92)
        if reading.support > 0:
            readings.append(reading)
    twice = _twice_reading(text)
    if twice is not None and twice.support > 0:
        readings.append(twice)
    readings.sort(key=lambda reading: reading.support + (1.0 if reading.encoding == prior else 0.0), reverse=True)
    if readings and not already:
        best = readings[0]
        kept = _kept_words(text)
        rivals = [reading for reading in readings[1:] if reading.text != best.text]
        second = rivals[0] if rivals and best.encoding != prior else None
        confidence = _confidence(best, second, text)
        if kept > best.right and best.problem == "legacy":
            confidence *= 0.5
        if best.encoding == prior and best.wrong == 0:
            confidence = max(confidence, CERTAIN)
        return Detection(best.text, best.problem, best.encoding, round(confidence, 3))
    readings = [reading for reading in readings if reading.problem == "double"]
    if readings:
        return Detection(readings[0].text, "double", readings[0].encoding, _confidence(readings[0], None, text))
    restored, sure, lost = restore_lost_letters(text)
    if lost:
        return Detection(restored, "lost", "tcvn3", 0.95 if sure else 0.6)
    return Detection(text)


def _kept_words(text: str) -> float:
    """Weight of the marked words that are Vietnamese as the text stands."""
    return sum(_weight(word) for word in _words_with_spans(text) if not word.isascii() and is_syllable(word))


def _shown(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(CP1252_SHOWN[code] if code >= 0x80 else chr(code) for code in data)


def detect_legacy(text: str | bytes, prior: str = "") -> Detection:
    """What a text in a legacy encoding was meant to be.

    text:   as it was read (usually as CP1252); bytes are taken as CP1252, or as UTF-8 if they are valid
    prior:  encoding that the rest of the record, or of the library, is known to be in
    """
    composed = normalize("NFC", _shown(text) if isinstance(text, bytes) else text)
    if prior not in LEGACY_CODECS and not is_suspicious(composed) and composed.isascii():
        return Detection(composed)
    return _detect(composed, prior) if len(composed) > _LONGEST_KEPT else _remembered(composed, prior)


_LONGEST_KEPT = 500
_remembered = lru_cache(maxsize=4096)(_detect)
