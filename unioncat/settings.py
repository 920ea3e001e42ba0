"""Settings: read once from ``<home>/unioncat.toml`` and ``UNIONCAT_*`` variables, then handed down.

The environment wins over the file, the file over the defaults. ``docs/settings.md`` is held against this
class by a test.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from unioncat.model import ConfigError

CONFIG_NAME = "unioncat.toml"


def default_home() -> Path:
    """``$XDG_DATA_HOME/unioncat`` (XDG Base Directory Specification 0.8)."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "unioncat"


def _doc(sentence: str, default: Any) -> Any:
    return field(default=default, metadata={"doc": sentence})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can set. Each field: default, and a sentence with the unit."""

    home: Path = field(
        default_factory=default_home,
        metadata={"doc": "Folder of configuration, SQLite file, index, dumps and logs (also `--home`)."},
    )
    database_url: str = _doc("SQLAlchemy URL of the store; empty: `catalogue.db` in the home folder.", "")
    index_url: str = _doc("URL of the index (`tantivy:///path`, `whoosh:///path`); empty: `index` in home.", "")
    public_url: str = _doc("Public address without trailing slash; empty: the address served at.", "")
    name_vi: str = _doc("Name of the catalogue in Vietnamese.", "Mục lục liên hợp")
    name_en: str = _doc("Name of the catalogue in English.", "Union catalogue")
    admin_email: str = _doc("Contact shown in OAI-PMH Identify, User-Agent and help pages.", "admin@example.org")
    repository_id: str = _doc("Domain in OAI identifiers (`oai:<domain>:uc…`); empty: host of public_url.", "")
    data_licence: str = _doc(
        "Address of the licence under which the records are given out (OAI-PMH, /data).",
        "https://creativecommons.org/publicdomain/zero/1.0/",
    )
    http: str = _doc("Address of the HTTP server, `host:port`; port 0 takes a free one.", "127.0.0.1:8080")
    z3950: str = _doc("Address of the Z39.50 server, `host:port`; empty: no Z39.50.", "127.0.0.1:2100")
    z3950_limits: Mapping[str, float] = field(
        default_factory=dict,
        metadata={"doc": "Bounds of the Z39.50 server, by the names in `protocols/z3950/limits.py` (a TOML table)."},
    )
    workers: int = _doc("Processes for parsing, matching and merging; 0: one a core.", 0)
    http_processes: int = _doc("Processes of `unioncat serve http`; above 1 they run under granian.", 1)
    http_threads: int = _doc("Threads of the HTTP server.", 8)
    ruleset: str = _doc("Name of the matching ruleset to begin with.", "default")
    time_zone: str = _doc("Time zone of schedules and of dates shown.", "Asia/Ho_Chi_Minh")
    oai_page: int = _doc("Records in one page of an OAI-PMH list.", 250)
    token_hours: int = _doc("Hours for which a resumption token is promised to be good.", 48)
    max_upload_mb: int = _doc("Largest upload or request body, in megabytes.", 64)
    held_deletion_share: float = _doc("Share of deletions above which a run is held for a person, 0 to 1.", 0.2)
    trusted_proxies: int = _doc("Reverse proxies in front whose X-Forwarded headers are believed.", 0)
    allow_private_sources: bool = _doc("Whether the web's probe may ask private addresses.", False)
    smtp_url: str = _doc("`smtp://user:password@host:port` for notices; empty: none are sent.", "")
    webhook_url: str = _doc("Address that run reports are posted to as JSON; empty: none.", "")
    secret_key: str = _doc("Key of sessions and tokens; empty: made at init and kept in the store.", "")

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'catalogue.db'}"

    @property
    def search_url(self) -> str:
        return self.index_url or f"tantivy://{self.home / 'index'}"

    @property
    def process_count(self) -> int:
        return self.workers or os.cpu_count() or 1


def load_settings(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings of a home folder. Raises ConfigError for an unreadable file, an unknown name or a wrong type."""
    folder = home or (Path(environ["UNIONCAT_HOME"]) if environ.get("UNIONCAT_HOME") else default_home())
    known = {item.name: item for item in fields(Settings)}
    values: dict[str, Any] = {}
    path = folder / CONFIG_NAME
    if path.is_file():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path} cannot be read: {error}. Mend the file or remove it.") from error
    if unknown := sorted(set(values) - set(known)):
        raise ConfigError(f"{path} has unknown settings: {', '.join(unknown)}. See docs/settings.md.")
    for name in known:
        given = environ.get(f"UNIONCAT_{name.upper()}")
        if given is not None and name != "home":
            values[name] = given
    typed = {name: _typed(name, value, str(path)) for name, value in values.items()}
    typed["home"] = folder.expanduser().absolute()
    return Settings(**typed)


def _typed(name: str, value: Any, path: str) -> Any:
    default = getattr(Settings(home=Path()), name)
    wanted = type(default)
    try:
        if wanted is dict:
            return {str(key): _number(item) for key, item in value.items()}
        if wanted is bool and isinstance(value, str):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}[
                value.lower()
            ]
        if wanted is bool or (wanted is str and not isinstance(value, str)):
            if not isinstance(value, wanted):
                raise ValueError(value)
            return value
        return wanted(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"setting {name} ({path} or UNIONCAT_{name.upper()}): {value!r} is not a {wanted.__name__}."
        ) from error


def _number(value: Any) -> float:
    """A number above 0. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError(value)
    return value
