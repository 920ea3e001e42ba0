"""Finding text in a legacy encoding, read as if it were something else, and turning it back.

What arrives is nearly always text whose bytes somebody took for CP1252 (``ViÖt Nam``, ``Vieät Nam``), or UTF-8
bytes so taken (``Viá»‡t``), or text converted twice or with letters lost. Each explanation is tried; the one
whose words are Vietnamese syllables, common ones above all, wins. How sure we are follows from how much
speaks for it: the words it makes right, the words it makes wrong, the oddities it explains (a capital or a
sign inside a word), and how well the next best explanation does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from unicodedata import normalize

from unioncat.text.legacy_codecs import CP1252_SHOWN, LEGACY_CODECS
from unioncat.text.lost_letters import restore_lost_letters
from unioncat.text.mojibake import READINGS, UTF8_SURE, Problem, is_valid_utf8, undo_second_conversion
from unioncat.text.suspicion import ODD, UNICODE_VIETNAMESE, WORD, is_suspicious, small_words
from unioncat.text.syllables import commonness, is_syllable

__all__ = ["CERTAIN", "Detection", "detect_legacy"]

CERTAIN = 0.9
"""From this confidence on a text may be repaired without asking."""


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


def _judge(encoding: str, problem: Problem, original: str, text: str) -> _Reading:
    before = set(small_words(normalize("NFC", original)))
    right, wrong, total, syllables = 0.0, 0, 0, 0
    for written in WORD.findall(text):
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
    oddities = len(ODD.findall(original)) - len(ODD.findall(text))
    return _Reading(encoding, problem, text, right, wrong, syllables / total if total else 0.0, max(oddities, 0))


# --- the decision --------------------------------------------------------------------------------------------------


def _confidence(best: _Reading, second: _Reading | None, text: str) -> float:
    if best.right <= 0:
        return 0.0
    words = best.right / (best.right + 1.5 * best.wrong)
    evidence = best.right + 0.9 * min(best.oddities, 4)
    confidence = words ** (2.0 if best.right < 5 else 1.0) * (1 - 0.35**evidence)
    if best.encoding == "utf-8" and is_valid_utf8(text):
        return 0.97  # accents that happen to be valid UTF-8 hardly exist
    if best.share < 0.5 and (best.oddities < 2 or best.wrong):  # among words of another language
        confidence *= 0.6 + 0.8 * best.share
    if second is not None and second.text != best.text and second.support > 0:
        lead = (best.support - second.support) / best.support
        confidence *= min(1.0, 0.72 + 1.2 * lead)
    return float(round(min(confidence, 1.0), 3))


def _detect(text: str, prior: str) -> Detection:
    readings = []
    already = len(UNICODE_VIETNAMESE.findall(text))
    for encoding, problem, decode in READINGS:
        decoded = decode(text)
        if decoded is None or decoded == text:
            continue
        reading = _judge(encoding, problem, text, normalize("NFC", decoded))
        if encoding == "utf-8" and reading.right <= 0 and is_valid_utf8(text) and UTF8_SURE.search(text):
            return Detection(reading.text, problem, encoding, 0.92)
        if reading.support > 0:
            readings.append(reading)
    undone = undo_second_conversion(text)
    if undone is not None:
        twice = _judge("tcvn3", "double", text, undone[0])
        if twice.support > 0:
            readings.append(twice if undone[1] else replace(twice, right=twice.right * 0.3))
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
    return sum(_weight(word) for word in small_words(text) if not word.isascii() and is_syllable(word))


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
