"""Match keys: 64-bit digests under which records meet as candidates.

The lowest bit of a key tells *copy keys* (1: the digest of the whole view, which only equal views share) from
all others (0). Weak keys (title alone) come with stronger ones made of the same words, so that a block too
large to pair is stood in for by its compound keys (see `unioncat.matching.blocking`).
"""

from __future__ import annotations

from hashlib import blake2b
from struct import unpack

from unioncat.matching.view import MatchView
from unioncat.matching.words import word_list

__all__ = ["is_copy_key", "key_names", "match_keys"]

_GROUPS = {"mixed": "text", "kit": "text", "speech": "music"}
_ARTICLES = word_list("not_significant")
_EMPTY = blake2b(digest_size=8)  # copied for each key: that costs less than a new one


def _significant(text: str) -> list[str]:
    words = [word for word in text.split() if word not in _ARTICLES]
    return words or text.split()


_BEGINNING = 14


def _beginning(words: list[str]) -> str:
    """The first three significant words, and more until there are some letters: three Vietnamese syllables say less
    than three English words."""
    taken = words[:3]
    length = sum(map(len, taken))
    for word in words[3:]:
        if length >= _BEGINNING:
            break
        taken.append(word)
        length += len(word)
    return " ".join(taken)


def key_names(view: MatchView) -> list[str]:
    """The keys in words, for people and tests."""
    keys: list[str] = []
    head = _significant(view.head)
    for number in (*view.isbns, *view.numbers_elsewhere, *view.standards):
        keys.append(f"id:{number}")
    if not head:
        return keys
    # kinds that a veto keeps apart need not meet
    group = _GROUPS.get(view.kind, view.kind)
    three = f"{group}:{_beginning(head)}"
    prefix = f"{group}:{''.join(head)[:12]}"
    near = f"{group}:{''.join(head)[:8]}"
    years = view.issued[:3]
    keys.append(f"t3:{three}")
    name = view.names[0].split() if view.names else view.responsibility.split()[:3]
    surname = name[0] if name else ""
    given = name[-1] if name else ""
    volume = view.volume[0][1] if view.volume else ""
    for year in years:
        keys.append(f"ty:{near}|{year}")
        if len(head) > 1 and view.publishers:
            keys.append(f"wy:{head[1]}|{year}|{view.publishers[0][:4]}")
        elif len(head) > 2:
            keys.append(f"wy:{head[1]} {head[2]}|{year}")
        keys.append(
            f"sy:{min(surname, given)}|{view.pages}|{year}"
            if view.pages
            else f"ay:{min(surname, given)}|{max(surname, given)}|{year}"
        )
        # compound: for blocks of generic titles
        keys.append(f"tya:{''.join(head)[:24]}|{year}|{min(surname, given)}")
        keys.append(f"tyv:{''.join(head)[:24]}|{year}|{volume}|{view.pages}")
    if view.pages:
        keys.append(f"tg:{near}|{view.pages}")
    if volume:
        keys.append(f"tv:{prefix}|{volume}")
    if surname:
        keys.append(f"ta:{near}|{min(surname, given)}|{max(surname, given)}")
    for other in view.names[1:5]:
        keys.append(f"tn:{near}|{' '.join(sorted(other.split()))[:24]}")
    if len(head) > 2:
        keys.append("tl:" + "".join(sorted(head))[:40])
    for alternate in view.alternates[:4]:
        words = _significant(alternate)
        keys.append(f"t3:{group}:{_beginning(words)}")
    return list(dict.fromkeys(keys))


def match_keys(view: MatchView) -> list[int]:
    """Signed 64-bit digests, each once; the copy key is the last."""
    digests = []
    for name in key_names(view):
        digest = _EMPTY.copy()
        digest.update(name.encode())
        digests.append(digest.digest())
    keys = [number & ~1 for number in unpack(f">{len(digests)}q", b"".join(digests))]
    keys.append(int.from_bytes(view.digest, "big", signed=True) | 1)
    return keys


def is_copy_key(key: int) -> bool:
    """True for the digest of a whole view: its records are copies of one, however many they are."""
    return bool(key & 1)
