"""The SRU door alone, as a WSGI application: ``bench._sru_app:app`` over the home in UNIONCAT_BENCH_HOME."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from protocols.sru import Identity, SruServer, blueprint
from unioncat.search import open_engine
from unioncat.services.catalogue import Catalogue
from unioncat.services.find import Finder
from unioncat.services.formats import Formats
from unioncat.store import Store


def make_app(home: Path) -> Flask:
    """The application over the store and index in `home`."""
    finder = Finder(
        open_engine(f"tantivy://{home / 'index'}"), Catalogue(Store.open(f"sqlite:///{home / 'unioncat.db'}"))
    )
    server = SruServer(finder, Formats.load().export, Identity("Đo tốc độ", "Benchmark"), home / "sets")
    made = Flask("bench-sru")
    made.register_blueprint(blueprint(server))
    return made


if "UNIONCAT_BENCH_HOME" in os.environ:
    app = make_app(Path(os.environ["UNIONCAT_BENCH_HOME"]))
