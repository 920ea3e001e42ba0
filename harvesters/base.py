"""The port that every harvester fills: entry-point group ``unioncat.harvesters``.

An entry point names a factory ``(HarvesterContext) -> Harvester``; what it makes may be used for one source after
the other, in one thread. The value classes live in ``unioncat.model.harvest``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unioncat.model import ConfigError, HarvestedRecord
from unioncat.model.harvest import Harvester, ListsIdentifiers, OfferedFormat, OfferedSet, Page, Probe, ReadsDrops

__all__ = [
    "Harvester",
    "HarvesterContext",
    "ListsIdentifiers",
    "OfferedFormat",
    "OfferedSet",
    "OpenFile",
    "Page",
    "Probe",
    "ReadsDrops",
    "quirk_flag",
    "quirk_float",
    "quirk_int",
    "resolve_credentials",
]

OpenFile = Callable[[Path, str, Mapping[str, str]], Iterable[HarvestedRecord]]
"""``services.formats.Formats.open``: path, reading format ("" is "find out"), hints."""


def _no_files(path: Path, name: str, hints: Mapping[str, str]) -> Iterable[HarvestedRecord]:
    raise ConfigError(f"{path}: no reading formats are installed")


@dataclass(frozen=True, slots=True)
class HarvesterContext:
    """What a harvester may use of the house.

    contact:     e-mail of our operator, sent in User-Agent and From, so that an endpoint's people can reach us
    formats:     names of the reading formats that are installed; empty: take any
    open_file:   cuts a file into records
    spool:       folder for files being fetched
    """

    contact: str = ""
    product: str = "UnionCat/0.1"
    formats: frozenset[str] = frozenset()
    open_file: OpenFile = field(default=_no_files)
    spool: Path | None = None

    @property
    def user_agent(self) -> str:
        return f"{self.product} (mailto:{self.contact})" if self.contact else self.product


def resolve_credentials(reference: str) -> str:
    """The secret that a source refers to: ``env:NAME`` or ``file:/path`` (first line); "" for "".

    Secrets are never kept in the store. Raises ConfigError if it is not there.
    """
    if not reference:
        return ""
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = os.environ.get(name)
        if value is None:
            raise ConfigError(f"the environment variable {name}, named by the source's credentials, is not set")
        return value
    if kind == "file":
        try:
            lines = Path(name).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the credentials file {name} cannot be read: {error}") from error
        return lines[0].strip() if lines else ""
    raise ConfigError("credentials are named as env:NAME or file:/path, never written into the source itself")


def quirk_flag(quirks: Mapping[str, str], name: str, default: bool = False) -> bool:
    """A yes/no setting of a source. Raises ConfigError for anything else."""
    value = str(quirks.get(name, "")).strip().lower()
    if value == "":
        return default
    if value in {"1", "yes", "true", "on"}:
        return True
    if value in {"0", "no", "false", "off"}:
        return False
    raise ConfigError(f"quirk {name}={value!r}: say yes or no")


def quirk_float(quirks: Mapping[str, str], name: str, default: float) -> float:
    """A number ≥ 0 among a source's settings. Raises ConfigError for anything else."""
    value = str(quirks.get(name, "")).strip()
    if value == "":
        return default
    try:
        number = float(value)
    except ValueError as error:
        raise ConfigError(f"quirk {name}={value!r}: not a number") from error
    if not 0 <= number < float("inf"):
        raise ConfigError(f"quirk {name}={value!r}: must be a number from 0 up")
    return number


def quirk_int(quirks: Mapping[str, str], name: str, default: int) -> int:
    return int(quirk_float(quirks, name, float(default)))
