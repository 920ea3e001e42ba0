"""Text as Vietnamese libraries write it: folding, order, legacy encodings. Pure, standard library only."""

from unioncat.text.collation import collation_key
from unioncat.text.detection import CERTAIN, Detection, detect_legacy
from unioncat.text.folding import exact_tokens, fold, tokens
from unioncat.text.legacy_codecs import LEGACY_CODECS
from unioncat.text.mojibake import decode_as
from unioncat.text.suspicion import is_suspicious, may_hold_legacy
from unioncat.text.tones import place_tones

__all__ = [
    "CERTAIN",
    "LEGACY_CODECS",
    "Detection",
    "collation_key",
    "decode_as",
    "detect_legacy",
    "exact_tokens",
    "fold",
    "is_suspicious",
    "may_hold_legacy",
    "place_tones",
    "tokens",
]
