"""Notices: one for each change of state, in the library's language, by mail and by webhook."""

from __future__ import annotations

import json
import socketserver
import threading
from dataclasses import replace
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler

import pytest

from tests.harvest_setup import Harvesting
from tests.http_server import handling
from unioncat.model import Account, ConfigError
from unioncat.services.harvesting import RunResult
from unioncat.services.notices import Notices, smtp_sender, webhook_sender
from unioncat.store import Members


def result(state, message=""):
    return RunResult(7, state, Account(stored=1, refused=2), message)


@pytest.fixture
def house(tmp_path):
    house = Harvesting.create(tmp_path, "http://127.0.0.1:9/oai")
    house.sent = []
    house.notices = notices(house, {"list": house.sent.append})
    yield house
    house.store.close()


def notices(house, senders):
    return Notices(house.store, senders, catalogue_vi="Mục lục", catalogue_en="Catalogue", contact="admin@example.vn")


def language(house, code, email="lib@example.vn"):
    with house.store.write() as session:
        member = Members(session).get("VN-X")
        Members(session).update(replace(member, language=code, email=email))


def test_only_changes_of_state_are_told(house):
    states = ["complete", "complete", "interrupted", "interrupted", "complete", "held", "held", "complete"]
    for state in states:
        house.notices.after_run(house.source, result(state))
    assert [notice.facts["state"] for notice in house.sent] == ["interrupted", "complete", "held", "complete"]


@pytest.mark.parametrize(
    ("code", "words"), [("vi", ["thất bại", "Kính gửi Thư viện X", "từ chối 2"]), ("en", ["failed", "refused 2"])]
)
def test_in_the_librarys_language(house, code, words):
    language(house, code)
    notice = house.notices.after_run(house.source, result("failed", "no such set"))
    assert notice.to == "lib@example.vn"
    assert all(word in notice.subject + notice.text for word in [*words, "no such set"])


def test_a_library_without_address_is_told_through_us(house):
    assert house.notices.after_run(house.source, result("failed")).to == "admin@example.vn"


def test_what_could_not_be_sent_is_sent_with_the_next(house):
    down = [True]

    def sender(notice):
        if down[0]:
            raise ConnectionRefusedError("nobody there")
        house.sent.append(notice)

    talking = notices(house, {"mail": sender})
    talking.after_run(house.source, result("failed"))
    assert house.sent == []
    down[0] = False
    talking.after_run(house.source, result("complete"))
    assert [notice.facts["state"] for notice in house.sent] == ["failed", "complete"]


class Mail(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs."""

    def handle(self):
        def say(text):
            self.wfile.write(text.encode() + b"\r\n")

        say("220 test")
        while line := self.rfile.readline().strip().upper():
            if line.startswith(b"DATA"):
                say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.server.received.append(b"".join(lines))
            elif line.startswith(b"QUIT"):
                say("221 bye")
                return
            say("250 fine")


def test_mail_arrives_as_it_was_written(house):
    language(house, "vi")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail) as server:
        server.received = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        sender = smtp_sender(f"smtp://127.0.0.1:{server.server_address[1]}", "admin@example.vn")
        notices(house, {"mail": sender}).after_run(house.source, result("held", "40 of 60"))
        server.shutdown()
        thread.join()
    (received,) = server.received
    message = message_from_bytes(received, policy=policy.default)
    assert message["To"] == "lib@example.vn"
    assert "được giữ lại" in message["Subject"]
    assert "40 of 60" in message.get_content()


def test_a_webhook_gets_the_facts(house):
    got = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Tests read no access log."""

    with handling(Hook) as url:
        notices(house, {"webhook": webhook_sender(url)}).after_run(house.source, result("failed"))
    assert got[0]["event"] == "harvest"
    assert (got[0]["state"], got[0]["library"], got[0]["refused"]) == ("failed", "VN-X", 2)


def test_wrong_addresses_are_said_at_the_start():
    with pytest.raises(ConfigError, match="smtp_url"):
        smtp_sender("mail.example.vn", "a@example.vn")
    with pytest.raises(ConfigError, match="webhook_url"):
        webhook_sender("example.vn/hook")
