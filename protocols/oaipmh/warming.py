"""Rendering ahead: what a harvester will ask for is stored before it asks, by whoever has time (the worker)."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from protocols.oaipmh.provider import Provider
from protocols.oaipmh.xml import record

__all__ = ["warm"]


def warm(
    provider: Provider, prefixes: Sequence[str] = ("marc21", "oai_dc"), stop: threading.Event | None = None
) -> int:
    """Store the serialisations of all that changed since the last call; how many. Ends early once `stop` is set."""
    done = 0
    for prefix in prefixes:
        if not provider.disseminator.offers(prefix):
            continue
        for count in provider.disseminator.warm(prefix, record):
            done += count
            if stop is not None and stop.is_set():
                return done
    return done
