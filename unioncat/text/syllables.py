"""Which syllables Vietnamese has, and which of them are common.

Initials and rhymes follow the tables of Vietnamese phonology (about 7,000 syllables with tones are in use of
those that the rules allow); how common a syllable is stands in ``common_syllables.tsv``.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from unicodedata import normalize

from unioncat.text.tones import TONES, place_tones

__all__ = ["commonness", "is_syllable"]

_INITIALS = "- b c ch d đ g gh gi h k kh l m n ng ngh nh p ph r s t th tr v x"
_RHYMES = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu
i ich im in inh ip it iu ia iêc iêm iên iêng iêp iêt iêu
o oc oi om on ong op ot oong ooc oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet
ô ôc ôi ôm ôn ông ôp ôt ôông ơ ơi ơm ơn ơp ơt
u uc ui um un ung up ut ua uân uâng uât uây uê uêch uênh uơ uôc uôi uôm uôn uông uôt uôm
uy uya uych uynh uyên uyêt uyt uyu uyn uyp
ư ưa ưc ưi ưm ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
y yêm yên yêng yêt yêu ynh ych
"""
_AFTER_Q = """
ua uac uach uai uan uang uanh uao uap uat uau uay uăc uăm uăn uăng uăp uăt uâc uân uâng uât uâu uây ue uen ueo uet uê
uên uêch uênh uêt ui uinh uit uich uơ uơi uơn uơt uôc uy uych uynh uyên uyêt uyt uyn uyu
"""
_AFTER_GI = "ê êc êm ên êng êp êt êu"
_OF_PLACES = "đăk lăk đak lak đăc"
"""Syllables of names from other languages of the country (Đắk Lắk)."""

_STOPS = ("c", "ch", "p", "t", "k")
_STOPPED_TONES = "\u0301\u0323"


@cache
def _toneless() -> frozenset[str]:
    known = {initial.strip("-") + rhyme for initial in _INITIALS.split() for rhyme in _RHYMES.split()}
    known |= {"q" + rhyme for rhyme in _AFTER_Q.split()} | {"gi" + rhyme for rhyme in _AFTER_GI.split()}
    known |= set(_OF_PLACES.split())
    return frozenset(normalize("NFC", syllable) for syllable in known)


def _split_tone(word: str) -> tuple[str, str]:
    """(syllable without tone, the tone marks in it)."""
    decomposed = normalize("NFD", word)
    tone = "".join(mark for mark in decomposed if mark in TONES)
    return normalize("NFC", "".join(mark for mark in decomposed if mark not in TONES)), tone


@lru_cache(maxsize=65_536)
def _is_known(word: str) -> bool:
    base, tone = _split_tone(word)
    if len(tone) > 1 or base not in _toneless():
        return False
    return not (tone and base.endswith(_STOPS) and tone not in _STOPPED_TONES)


_LONGEST = 8


def is_syllable(word: str) -> bool:
    """Whether a word in small letters, NFC, is a possible Vietnamese syllable; with a tone or (unmarked) without."""
    return 0 < len(word) <= _LONGEST and _is_known(word)


@cache
def _common() -> dict[str, int]:
    """Class of each common syllable: how many times it is twice as common as the rarest one listed."""
    lines = files("unioncat.text").joinpath("common_syllables.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {word: int(group) for group, words in rows for word in words.split(" ")}


def commonness(word: str) -> int:
    """0 for a syllable that is rare or none, 1-9 for a common one; each step is twice as common."""
    return _common().get(place_tones(word), 0)
