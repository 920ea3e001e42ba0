"""Runs against our own provider, over HTTP: what is harvested equals what is offered, whatever happened meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from protocols.oaipmh import Provider, TokenSigner, blueprint
from tests.harvest_setup import QUICK, Harvesting
from tests.http_server import serving
from tests.oai_world import World
from unioncat.marc import to_marcxml
from unioncat.model import Conflict, WrongUse
from unioncat.services.leases import Lease


class Marc:
    name, media_type, extension = "marcxml", "application/marcxml+xml", "xml"
    namespace = "http://www.loc.gov/MARC21/slim"
    schema = "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"

    def render(self, export):
        return to_marcxml(export.record)


@pytest.fixture
def world(tmp_path):
    world = World.create(tmp_path)
    world.clock = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
    for _ in range(60):
        world.add(libraries=["VN-BT", "VN-CD"])
        world.tick(60)
    yield world
    world.store.close()


@pytest.fixture
def endpoint(world):
    app = Flask("provider")
    provider = Provider(world.disseminator({"marc21": Marc()}), TokenSigner(b"0" * 16), "x", ["a@example.vn"], page=9)
    app.register_blueprint(blueprint(provider))
    with serving(app) as url:
        yield url + "/oai"


@pytest.fixture
def house(tmp_path, endpoint):
    house = Harvesting.create(tmp_path, endpoint)
    yield house
    house.store.close()


def offered(world, *numbers):
    return {f"oai:mucluc.example.vn:uc{number:08d}" for number in numbers}


def test_a_first_run_takes_everything_and_moves_the_cursor(house, world):
    before = datetime.now(UTC).replace(microsecond=0)
    result = house.run()
    assert (result.state, str(result.account)) == (
        "complete",
        "read 60 = stored 60 + unchanged 0 + deleted 0 + refused 0",
    )
    assert set(house.live()) == offered(world, *range(1, 61))
    assert before <= house.reread().cursor <= datetime.now(UTC)


def test_the_next_run_takes_changes_and_deletions_only(house, world):
    house.run()
    world.clock = datetime.now(UTC).replace(microsecond=0)
    world.put(5, "Tên mới")
    world.delete(6)
    world.add()
    result = house.run()
    assert (result.account.stored, result.account.deleted, result.full) == (2, 1, False)
    assert set(house.live()) == offered(world, *(set(range(1, 62)) - {6}))
    assert "Tên mới".encode() in house.live()["oai:mucluc.example.vn:uc00000005"]
    world.put(6, "Trở lại")
    house.run()
    assert set(house.live()) == offered(world, *range(1, 62))


def test_a_full_run_infers_what_was_never_announced(house, world):
    house.run()
    with world.store.write() as session:  # gone without a trace
        from unioncat.store.tables import ClusterSetRow

        session.query(ClusterSetRow).filter_by(cluster=7).delete()
    assert house.run().inferred == 0
    result = house.run(full=True)
    assert (result.inferred, result.account.unchanged) == (1, 59)
    assert set(house.live()) == offered(world, *(set(range(1, 61)) - {7}))


def test_too_many_deletions_wait_for_a_person(house, world):
    house.run()
    world.clock = datetime.now(UTC).replace(microsecond=0)
    for number in range(1, 41):
        world.delete(number)
    cursor = house.reread().cursor
    held = house.run()
    assert held.state == "held"
    assert "would be deleted" in held.message
    assert len(house.live()) > 40
    assert house.reread().cursor == cursor
    with pytest.raises(Conflict, match="is held"):
        house.run()
    released = house.runner.release(house.harvester(), house.source, held.harvest)
    assert released.state == "complete"
    assert set(house.live()) == offered(world, *range(41, 61))
    with pytest.raises(WrongUse):
        house.runner.release(house.harvester(), house.source, held.harvest)


def test_a_discarded_run_is_begun_anew(house, world):
    house.run()
    world.clock = datetime.now(UTC).replace(microsecond=0)
    for number in range(1, 41):
        world.delete(number)
    held = house.run()
    house.runner.discard(house.source, held.harvest)
    for number in range(1, 41):
        world.put(number, "It was a mistake")
    assert house.run().state == "complete"
    assert len(house.live()) == 60


def test_two_cannot_harvest_one_source(house):
    with Lease(house.store, house.source), pytest.raises(Conflict, match="is being harvested"):
        house.run()
    assert house.run().state == "complete"


def test_deletions_are_inferred_from_the_list_of_identifiers_if_asked(house, world):
    house.run()
    house.change(quirks={**QUICK, "infer_deletions": "identifiers"})
    with world.store.write() as session:
        from unioncat.store.tables import ClusterSetRow

        session.query(ClusterSetRow).filter_by(cluster=7).delete()
    result = house.run()
    assert result.account.deleted == 1
    assert set(house.live()) == offered(world, *(set(range(1, 61)) - {7}))


def test_every_few_runs_everything_is_harvested_anew(house):
    house.change(quirks={**QUICK, "full_every": "3"})
    assert [house.run().full for _ in range(7)] == [True, False, False, True, False, False, True]


def test_a_set_alone_can_be_harvested(house, world):
    house.change(set_spec="library:VN-CD", format="marc21")
    world.add(libraries=["VN-BT"])
    assert house.run().account.stored == 60


def test_a_vanished_set_is_a_failure(house):
    house.change(set_spec="library:nobody")
    result = house.run()
    assert (result.state, result.account.read) == ("failed", 0)
    assert "has no set 'library:nobody'" in result.message
    assert house.reread().cursor is None
