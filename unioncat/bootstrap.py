"""The wiring: from settings to the parts. Only entry points (web, cli, server mains, demo) import it.

`App` makes each part when it is first asked for, so that a short command opens no more than it needs.
"""

from __future__ import annotations

import secrets
from functools import cached_property
from types import TracebackType

from unioncat.services.catalogue import Catalogue
from unioncat.settings import Settings
from unioncat.store import Settings as StoredSettings
from unioncat.store import Store


class App:
    """The parts over one store; a context manager that closes what was opened."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __enter__(self) -> App:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if "store" in self.__dict__:
            self.store.close()

    @cached_property
    def store(self) -> Store:
        return Store.open(self.settings.store_url)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.store)

    @cached_property
    def secret_key(self) -> str:
        """Signs sessions and tokens: from the settings, else made once and kept in the store."""
        if self.settings.secret_key:
            return self.settings.secret_key
        with self.store.write() as session:
            stored = StoredSettings(session)
            key = stored.get("secret_key")
            if not key:
                key = secrets.token_hex(32)
                stored.set("secret_key", key)
            return key
