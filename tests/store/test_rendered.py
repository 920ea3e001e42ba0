"""The cache of serialisations: good, stale, settled, damaged, locked."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from unioncat.model import ClusterId, ConfigError
from unioncat.store.rendered import RenderedCache

ONE, TWO = ClusterId(1), ClusterId(2)
STAMP = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def cache(tmp_path):
    cache = RenderedCache(tmp_path / "cache" / "rendered.db", "1")
    yield cache
    cache.close()


def test_an_entry_is_good_at_its_own_datestamp_only(cache):
    cache.put("marc21", [(ONE, STAMP, b"one"), (TWO, STAMP, b"two")])
    assert cache.get("marc21", {ONE: STAMP, TWO: STAMP + timedelta(seconds=1)}) == {ONE: b"one"}
    assert cache.get("oai_dc", {ONE: STAMP}) == {}
    cache.put("marc21", [(ONE, STAMP + timedelta(seconds=5), b"newer")])
    assert cache.get("marc21", {ONE: STAMP}) == {}
    cache.drop([TWO])
    assert cache.get("marc21", {TWO: STAMP}) == {}


def test_a_second_that_is_not_over_is_not_kept(cache):
    cache.put("marc21", [(ONE, STAMP, b"one")], now=STAMP + timedelta(seconds=1))
    assert cache.get("marc21", {ONE: STAMP}) == {}


def test_another_generation_begins_empty(cache, tmp_path):
    cache.put("marc21", [(ONE, STAMP, b"one")])
    same = RenderedCache(cache.path, "1")
    assert same.get("marc21", {ONE: STAMP}) == {ONE: b"one"}
    other = RenderedCache(cache.path, "2")
    assert other.get("marc21", {ONE: STAMP}) == {}
    same.close()
    other.close()


def test_a_damaged_file_is_made_anew(tmp_path):
    path = tmp_path / "rendered.db"
    path.write_bytes(b"this is no database" * 500)
    cache = RenderedCache(path, "1")
    cache.put("marc21", [(ONE, STAMP, b"one")])
    assert cache.get("marc21", {ONE: STAMP}) == {ONE: b"one"}
    cache.close()


def test_a_locked_cache_stops_nobody(cache, monkeypatch):
    monkeypatch.setattr("unioncat.store.rendered._BUSY_SECONDS", 0.01)
    cache.close()
    other = sqlite3.connect(cache.path)
    other.execute("BEGIN EXCLUSIVE")
    cache.put("marc21", [(ONE, STAMP, b"one")])
    other.rollback()
    other.close()
    assert cache.get("marc21", {ONE: STAMP}) == {}


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        RenderedCache(tmp_path / "file" / "rendered.db", "1")
