"""Text as Vietnamese libraries write it: folding, order, legacy encodings. Pure, standard library only."""

from unioncat.text.collation import collation_key
from unioncat.text.folding import exact_tokens, fold, tokens
from unioncat.text.legacy_codecs import LEGACY_CODECS, register_codecs
from unioncat.text.tones import place_tones

__all__ = ["LEGACY_CODECS", "collation_key", "exact_tokens", "fold", "place_tones", "tokens"]

register_codecs()
