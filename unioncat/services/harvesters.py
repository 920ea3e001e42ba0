"""The registry of harvesters: entry points of the group ``unioncat.harvesters``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any

from unioncat.model import ConfigError, UnionCatError
from unioncat.model.harvest import Harvester, Probe

__all__ = ["GROUP", "Harvesters"]

GROUP = "unioncat.harvesters"


class Harvesters:
    """Harvesters by name. An entry point names a factory ``(HarvesterContext) -> Harvester``; `context` is handed
    on to it unseen."""

    def __init__(self, factories: Mapping[str, Callable[[Any], Harvester]], context: object) -> None:
        self._factories = dict(factories)
        self._context = context

    @classmethod
    def load(cls, context: object) -> Harvesters:
        """Those installed; none is imported before it is asked for."""

        def factory(entry: Any) -> Callable[[Any], Harvester]:
            def make(context: Any) -> Harvester:
                made: Harvester = entry.load()(context)
                return made

            return make

        return cls({entry.name: factory(entry) for entry in entry_points(group=GROUP)}, context)

    def names(self) -> list[str]:
        return sorted(self._factories)

    def get(self, name: str) -> Harvester:
        """A new harvester. Raises ConfigError for a name that is not installed."""
        try:
            factory = self._factories[name]
        except KeyError:
            raise ConfigError(f"there is no harvester {name!r}; installed are {', '.join(self.names())}") from None
        return factory(self._context)

    def probe(self, endpoint: str, name: str = "", credentials: str = "") -> Probe:
        """What is at an address: asked by the harvester named, or by each that may know it, in turn.

        Raises ConfigError with what each of them found, if it is nothing that can be harvested.
        """
        candidates = [name] if name else self._likely(endpoint)
        reasons = []
        for candidate in candidates:
            try:
                return self.get(candidate).probe(endpoint, credentials)
            except UnionCatError as error:
                if len(candidates) == 1:
                    raise
                reasons.append(f"as {candidate}: {error}")
        raise ConfigError(f"nothing at {endpoint} can be harvested here ({'; '.join(reasons) or 'no harvester fits'})")

    def _likely(self, endpoint: str) -> list[str]:
        scheme = endpoint.partition("://")[0].lower() if "://" in endpoint else ""
        order = {
            "http": ["oai-pmh", "sru", "http-drop"],
            "https": ["oai-pmh", "sru", "http-drop"],
            "sftp": ["sftp-drop"],
            "tcp": ["z3950"],
            "z3950": ["z3950"],
            "file": ["file"],
            "": ["file"],
        }.get(scheme, [])
        if not scheme and ":" in endpoint.partition("/")[0]:
            order = ["z3950", *order]
        return [each for each in order if each in self._factories]
