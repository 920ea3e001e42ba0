"""Pages come in order, what breaks is raised behind what came before, and nobody reads on for nobody."""

from __future__ import annotations

import threading
import time

import pytest

from unioncat.model import HarvestedRecord, RawRecord, SourceUnavailable
from unioncat.model.harvest import Page
from unioncat.services.harvest_ahead import pages_ahead


def numbered(count, error=None, read=None):
    for number in range(count):
        if read is not None:
            read.append(number)
        yield Page((), resume=str(number))
    if error is not None:
        raise error


def test_every_page_once_and_in_order():
    groups = list(pages_ahead(numbered(50)))
    assert [page.resume for group in groups for page in group] == [str(number) for number in range(50)]


def test_an_error_comes_behind_the_pages_before_it():
    seen = []
    groups = (seen.extend(group) for group in pages_ahead(numbered(5, SourceUnavailable("gone"))))
    with pytest.raises(SourceUnavailable):
        list(groups)
    assert len(seen) == 5


def test_no_further_ahead_than_it_may():
    read = []
    ahead = pages_ahead(numbered(100, read=read), limit=3)
    next(ahead)
    time.sleep(0.1)
    assert len(read) <= 10
    ahead.close()


def test_long_pages_are_not_heaped_up(monkeypatch):
    monkeypatch.setattr("unioncat.services.harvest_ahead._BYTES", 1000)
    made = []

    def long_pages():
        for number in range(40):
            made.append(number)
            yield Page([HarvestedRecord(str(number), RawRecord("x", b"x" * 600, 1))])

    ahead = pages_ahead(long_pages(), limit=100)
    seen = len(next(ahead))
    time.sleep(0.1)
    assert len(made) <= seen + 5
    assert seen + sum(len(group) for group in ahead) == 40


def test_closing_ends_the_reading():
    read = []
    ahead = pages_ahead(numbered(1000, read=read), limit=2)
    next(ahead)
    ahead.close()
    assert not [each for each in threading.enumerate() if each.name == "harvest-ahead"]
    assert len(read) < 1000
