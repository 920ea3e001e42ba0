"""/data serves what was dumped, and nothing else."""

from __future__ import annotations

import pytest
from flask import Flask

from unioncat.web.open_data import blueprint

NAME = "20261122T071500Z-full"


@pytest.fixture
def client(tmp_path):
    folder = tmp_path / "data"
    (folder / NAME).mkdir(parents=True)
    (folder / NAME / "unioncat.mrc.gz").write_bytes(b"0123456789")
    (folder / "catalog.jsonld").write_text("{}")
    (folder / "latest-full").symlink_to(NAME)
    (tmp_path / "secret.db").write_text("secret")
    app = Flask("open_data")
    app.register_blueprint(blueprint(folder))
    return app.test_client()


@pytest.mark.parametrize("path", ["/data", "/data/catalog.jsonld"])
def test_the_address_itself_describes_the_dumps(client, path):
    described = client.get(path, buffered=True)
    assert (described.content_type, described.data) == ("application/ld+json", b"{}")


def test_files_come_whole_and_in_parts(client):
    whole = client.get(f"/data/{NAME}/unioncat.mrc.gz", buffered=True)
    assert (whole.data, whole.content_type) == (b"0123456789", "application/gzip")
    part = client.get("/data/latest-full/unioncat.mrc.gz", headers={"Range": "bytes=2-4"}, buffered=True)
    assert (part.status_code, part.data) == (206, b"234")


@pytest.mark.parametrize(
    "path",
    [f"/data/{NAME}/..%2f..%2fsecret.db", "/data/../secret.db", f"/data/{NAME}/none", "/data/other/x", "/data/.x/y"],
)
def test_nothing_else_is_served(client, path):
    assert client.get(path, buffered=True).status_code == 404


def test_before_the_first_dump_there_is_nothing(tmp_path):
    app = Flask("open_data")
    app.register_blueprint(blueprint(tmp_path / "data"))
    assert app.test_client().get("/data").status_code == 404
