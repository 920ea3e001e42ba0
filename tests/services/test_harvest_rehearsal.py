"""A dry run says what a run would do, does none of it, and is right."""

from __future__ import annotations

import pytest

from tests.faulty_endpoint import NOW, Repository, faulty, on_page, replaced
from tests.harvest_setup import Harvesting
from unioncat.services.formats import Formats
from unioncat.services.harvest_rehearsal import rehearse


@pytest.fixture
def repository():
    return Repository({number: f"Sách số {number}" for number in range(1, 13)})


@pytest.fixture
def house(tmp_path, repository):
    with faulty(repository) as url:
        house = Harvesting.create(tmp_path, url)
        yield house
        house.store.close()


def dry(house, **options):
    return rehearse(house.store, house.harvester(), house.reread(), parse=Formats.load().parse, **options)


def test_what_it_says_is_what_then_happens(house, repository):
    house.run()
    repository.titles.update({2: "Tên mới", 3: None, 20: "Một cuốn nữa"})
    repository.stamps.update({2: NOW, 3: NOW, 20: NOW})
    before = house.live()
    found = dry(house)
    assert (found.new, found.changed, found.deleted) == (["oai:f:20"], ["oai:f:2"], ["oai:f:3"])
    assert house.live() == before
    assert len(house.runs()) == 1
    assert found.account == house.run().account
    assert str(found).startswith("would be: read 3 = stored 2 + unchanged 0 + deleted 1 + refused 0")


def test_records_that_would_be_refused_are_named(house, repository):
    repository.spoil = on_page(1, replaced("Sách số 8</marc:subfield>", "Sách <b>số 8</marc:subfield>"))
    found = dry(house)
    assert [name for name, _ in found.refused] == ["oai:f:8"]
    assert (found.account.stored, found.account.refused, found.new_count) == (11, 1, 11)


def test_everything_again_is_unchanged(house):
    house.run()
    assert dry(house, full=True).account.unchanged == 12
