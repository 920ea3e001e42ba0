"""A full disk is a sentence; what was committed stays, and the same load goes on once there is room."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event

from unioncat.bootstrap import App
from unioncat.demo import libraries
from unioncat.model import ConfigError
from unioncat.services.verify import verify
from unioncat.settings import load_settings


def load(app: App, path: Path) -> str:
    return str(app.ingest.run(app.sources.file_source("VN-BTBT"), app.formats.open(path)).account)


def test_a_load_onto_a_full_disk_says_so_and_goes_on_later(tmp_path: Path) -> None:
    path = tmp_path / "museum.mrc"
    path.write_bytes(libraries.nfd_file())
    settings = load_settings(tmp_path / "home", {"UNIONCAT_WORKERS": "1"})
    with App.create(settings) as app:
        app.members.add_member(next(each.member for each in libraries.LIBRARIES if each.letter == "X"))

        @event.listens_for(app.store.engine, "checkout")
        def leave_two_pages(connection: sqlite3.Connection, *_: object) -> None:
            used = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {used + 2}")

        with pytest.raises(ConfigError, match="full; make room and try again"):
            load(app, path)
    with App(settings) as app:
        count = len(libraries.marc_records("X"))
        account = load(app, path)
        assert account.startswith(f"read {count} = ")
        assert account.endswith("deleted 0 + refused 0")
        assert app.catalogue.counts().source_records == count
        assert verify(app.store, app.pool).is_sound
