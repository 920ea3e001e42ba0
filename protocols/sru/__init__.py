"""The SRU server: versions 1.1, 1.2 and 2.0 at one address."""

from protocols.sru.blueprint import SruServer, blueprint
from protocols.sru.explain import Identity

__all__ = ["Identity", "SruServer", "blueprint"]
