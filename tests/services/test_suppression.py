"""A suppressed record is a deleted one to harvesters, and comes back as it was."""

from __future__ import annotations

import pytest

from tests.live_catalogue import TITLES, LiveCatalogue
from unioncat.model import ClusterId, NotFound
from unioncat.services.disseminate import Disseminator, Selection
from unioncat.services.suppression import suppress
from unioncat.store import Changes
from unioncat.store.stamping import utc_now


@pytest.fixture
def live(tmp_path):
    live = LiveCatalogue.on(tmp_path)
    live.send("VN-A", (1, TITLES[0]), (2, TITLES[1]))
    yield live
    live.close()


def listed(live, set_spec=""):
    disseminator = Disseminator(live.store, live.catalogue, {}, repository="x.example.vn")
    return {
        entry.cluster: entry.gone for entry in disseminator.page(Selection("", utc_now(), None, set_spec), None, 10)
    }


def test_hidden_and_shown_again(live):
    with live.store.read() as session:
        before = Changes(session).last()
    assert suppress(live.store, ClusterId(1))
    assert not suppress(live.store, ClusterId(1))
    for spec in ("", "library:VN-A", "lang:vie"):
        assert listed(live, spec) == {1: True, 2: False}
    with live.store.read() as session:
        assert [cluster for _, cluster in Changes(session).after(before)] == [1]
    assert suppress(live.store, ClusterId(1), False)
    for spec in ("", "library:VN-A", "lang:vie"):
        assert listed(live, spec) == {1: False, 2: False}


def test_it_stays_hidden_when_its_source_changes(live):
    suppress(live.store, ClusterId(1))
    live.send("VN-A", (1, TITLES[0] + ", bản mới"))
    assert listed(live) == {1: True, 2: False}


def test_no_such_record(live):
    with pytest.raises(NotFound):
        suppress(live.store, ClusterId(99))
