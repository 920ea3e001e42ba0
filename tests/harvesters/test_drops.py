"""Drop folders of all three kinds: what changed is read, once; what is complete tells what is gone."""

from __future__ import annotations

import os
import socket
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler

import paramiko
import pytest

from harvesters.base import HarvesterContext
from harvesters.files import FileHarvester
from harvesters.http_drop import HttpDropHarvester
from harvesters.sftp_drop import SftpDropHarvester
from tests.harvest_setup import Harvesting
from tests.http_server import handling
from tests.oai_world import a_book
from unioncat.marc import to_iso2709
from unioncat.model import ConfigError
from unioncat.services.formats import Formats


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def put(folder, name, *numbers, age=100.0, title="Sách số"):
    path = folder / name
    path.write_bytes(b"".join(to_iso2709(a_book(number, f"{title} {number}")) for number in numbers))
    stamp = time.time() - age
    os.utime(path, (stamp, stamp))
    return path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Tests read no access log."""


class Door(paramiko.ServerInterface):
    def check_auth_password(self, username, password):
        good = (username, password) == ("library", "sesame")
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "password"

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED


class Folder(paramiko.SFTPServerInterface):
    """Read-only: the names of a folder on disk."""

    def __init__(self, server, *args, root, **kwargs):
        super().__init__(server, *args, **kwargs)
        self.root = root

    def _path(self, path):
        return self.root / path.lstrip("/").removeprefix("drop").lstrip("/")

    def list_folder(self, path):
        found = []
        for each in sorted(self._path(path).iterdir()):
            entry = paramiko.SFTPAttributes.from_stat(each.stat())
            entry.filename = each.name
            found.append(entry)
        return found

    def stat(self, path):
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except FileNotFoundError:
            return paramiko.SFTP_NO_SUCH_FILE

    def open(self, path, flags, attr):
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = self._path(path).open("rb")
        handle.stat = lambda: self.stat(path)
        return handle


@pytest.fixture
def sftp(drop):
    """(address, host key) of a real SFTP server over the folder."""
    key = paramiko.RSAKey.generate(2048)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    end = threading.Event()
    transports = []

    def serve():
        while not end.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            transport = paramiko.Transport(connection)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, partial(Folder, root=drop))
            transports.append(transport)
            # with an event it does not wait: a client that refuses the host key hangs up while keys are agreed on
            transport.start_server(event=threading.Event(), server=Door())

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"sftp://library@127.0.0.1:{listener.getsockname()[1]}/drop", f"{key.get_name()} {key.get_base64()}"
    end.set()
    thread.join()
    for transport in transports:
        transport.close()
    listener.close()


@pytest.fixture(params=["file", "http", "sftp"])
def kind(request):
    return request.param


@pytest.fixture
def place(kind, drop, request, monkeypatch, tmp_path):
    """(harvester class, endpoint, credentials, quirks) of the folder, in its kind."""
    if kind == "file":
        yield FileHarvester, str(drop), "", {}
    elif kind == "http":
        with handling(partial(Quiet, directory=str(drop))) as url:
            yield HttpDropHarvester, url + "/", "", {"pattern": "*.mrc", "backoff": "0"}
    else:
        address, key = request.getfixturevalue("sftp")
        monkeypatch.setenv("DROP_PASSWORD", "sesame")
        yield SftpDropHarvester, address, "env:DROP_PASSWORD", {"host_key": key}


@pytest.fixture
def house(tmp_path, place):
    maker, endpoint, credentials, quirks = place
    fields = {"harvester": maker.name, "credentials": credentials, "quirks": quirks}
    house = Harvesting.create(tmp_path, endpoint, **fields)
    context = HarvesterContext(open_file=Formats.load().open, spool=tmp_path / "spool")
    house.harvester = lambda: maker(context)
    yield house
    house.store.close()


def test_changed_files_are_read_and_others_are_not(house, drop):
    put(drop, "a.mrc", 1, 2)
    put(drop, "b.mrc", 3)
    assert house.run().account.stored == 3
    again = house.run()
    assert (again.harvest, again.account.read) == (0, 0)
    put(drop, "b.mrc", 3, 4, age=50)
    result = house.run()
    assert (result.state, result.account.stored, result.account.unchanged) == ("complete", 1, 1)
    os.utime(drop / "a.mrc", (time.time() - 40,) * 2)  # touched, not changed
    assert house.run().account.read == 0
    assert sorted(house.live()) == [f"uc{number:08d}" for number in (1, 2, 3, 4)]


def test_a_complete_drop_tells_what_is_gone(house, drop):
    house.change(quirks={**house.source.quirks, "complete": "yes"})
    put(drop, "all.mrc", *range(1, 31))
    house.run()
    put(drop, "all.mrc", *range(1, 29), age=50)
    result = house.run()
    assert (result.full, result.inferred, len(house.live())) == (True, 2, 28)
    put(drop, "all.mrc", 1, age=20)
    assert house.run().state == "held"
    assert len(house.live()) == 28


def test_a_file_that_cannot_be_read_is_refused_and_the_others_go_on(house, drop):
    (drop / "a.mrc").write_bytes(b"\x00\x01 neither fish nor flesh" * 50)
    os.utime(drop / "a.mrc", (1e9, 1e9))
    put(drop, "b.mrc", 1)
    result = house.run()
    assert (result.state, result.account.refused, result.account.stored) == ("complete", 1, 1)


def test_a_broken_run_goes_on_behind_the_records_it_stored(house, drop, monkeypatch):
    monkeypatch.setattr("harvesters.drops.PAGE", 4)
    monkeypatch.setattr("unioncat.services.harvest_ahead._RECORDS", 0)  # each page by itself
    put(drop, "a.mrc", *range(1, 11))
    put(drop, "b.mrc", *range(11, 15))
    add, pages = type(house.ingest.begin(house.source)).add, []

    def break_off(run, records, **options):
        pages.append(options["resume"])
        if len(pages) == 3:
            raise KeyboardInterrupt
        add(run, records, **options)

    with monkeypatch.context() as patch:
        patch.setattr("unioncat.services.ingest.IngestRun.add", break_off)
        with pytest.raises(KeyboardInterrupt):
            house.run()
    result = house.run()
    assert (result.state, result.account.stored, result.account.unchanged) == ("complete", 14, 0)


def test_a_file_still_being_written_waits(drop, tmp_path):
    put(drop, "a.mrc", 1, age=0)
    put(drop, "b.mrc.part", 2)
    house = Harvesting.create(tmp_path, str(drop), harvester="file", quirks={})
    house.harvester = lambda: FileHarvester(HarvesterContext(open_file=Formats.load().open))
    assert house.run().account.read == 0
    house.change(quirks={"min_age": "0"})
    assert house.run().account.read == 1
    house.store.close()


def test_globs_name_files(drop):
    put(drop, "a.mrc", 1)
    put(drop, "b.xml", 2)
    harvester = FileHarvester(HarvesterContext(open_file=Formats.load().open))
    assert harvester.probe(str(drop / "*.mrc")).count == 1
    with pytest.raises(ConfigError, match="no folder"):
        harvester.probe(str(drop / "nowhere" / "*.mrc"))
    with pytest.raises(ConfigError, match="no file or folder"):
        harvester.probe(str(drop / "c.mrc"))


def test_an_unknown_host_key_is_refused(sftp, monkeypatch, tmp_path):
    monkeypatch.setenv("DROP_PASSWORD", "sesame")
    monkeypatch.setenv("HOME", str(tmp_path))
    harvester = SftpDropHarvester(HarvesterContext(open_file=Formats.load().open))
    with pytest.raises(ConfigError, match="host_key"):
        harvester.probe(sftp[0], "env:DROP_PASSWORD")


def test_a_wrong_password_is_said(sftp, monkeypatch):
    monkeypatch.setenv("DROP_PASSWORD", "wrong")
    harvester = SftpDropHarvester(HarvesterContext())
    with (
        pytest.raises(ConfigError, match="does not let us in"),
        harvester.open(sftp[0], "env:DROP_PASSWORD", {"host_key": sftp[1]}),
    ):
        pass
