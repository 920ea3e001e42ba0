"""/data: the dumps that `unioncat dump` published. The address itself gives their DCAT description."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, abort, send_from_directory
from flask.typing import ResponseReturnValue

__all__ = ["blueprint"]

_DUMP = re.compile(r"\d{8}T\d{6}Z-(full|delta)|latest-(full|delta)")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,80}")
_TYPES = {"SHA256SUMS": "text/plain", "manifest.json": "application/json"}
CATALOG = "catalog.jsonld"


def blueprint(folder: Path) -> Blueprint:
    """folder: where `services.dump` publishes; it need not exist yet."""
    door = Blueprint("open_data", __name__)

    @door.get("/data")
    @door.get(f"/data/{CATALOG}")
    def description() -> ResponseReturnValue:
        if not (folder / CATALOG).is_file():
            abort(404)
        return send_from_directory(folder, CATALOG, mimetype="application/ld+json", max_age=300)

    @door.get("/data/<dump>/<name>")
    def file(dump: str, name: str) -> ResponseReturnValue:
        if not (_DUMP.fullmatch(dump) and _FILE.fullmatch(name)):
            abort(404)
        kind = _TYPES.get(name, "application/gzip" if name.endswith(".gz") else None)
        age = 300 if dump.startswith("latest") else 86_400
        return send_from_directory(folder / dump, name, mimetype=kind, max_age=age, conditional=True)

    return door
