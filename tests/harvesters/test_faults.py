"""Every class of fault of real endpoints ends in the right state: mended, retried, refused with a reason, or reported.

Never a false success, never a lost record.
"""

from __future__ import annotations

import random
import re
import ssl
import subprocess

import pytest

from tests.faulty_endpoint import (
    NOW,
    Repository,
    after,
    before,
    body,
    cut,
    dripping,
    faulty,
    gzip_cut,
    gzip_lie,
    gzip_unsaid,
    on_page,
    redirected,
    replaced,
    soon,
    status,
)
from tests.harvest_setup import QUICK, Harvesting
from unioncat.model import SourceUnavailable
from unioncat.store import Refusals

ALL = 23
EXPIRED = (
    b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badResumptionToken">old</error></OAI-PMH>'
)
NOTHING = b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="noRecordsMatch"/></OAI-PMH>'


@pytest.fixture
def repository():
    return Repository({number: f"Sách số {number}" for number in range(1, ALL + 1)})


@pytest.fixture
def house(tmp_path, repository):
    with faulty(repository) as url:
        house = Harvesting.create(tmp_path, url)
        yield house
        house.store.close()


def numbers(house):
    return sorted(int(identifier.rpartition(":")[2]) for identifier in house.live())


def refusals(house):
    with house.store.read() as session:
        return Refusals(session).all(source=house.source.id)


MENDED = {
    "blank lines before the document": before(b"\n\n  \n"),
    "a byte order mark": before(b"\xef\xbb\xbf"),
    "a PHP notice before it": before(b"<br />\n<b>Notice</b>: Undefined index in /var/www/oai.php on line 12\n"),
    "a PHP notice behind it": after(b"\n<br />\n<b>Warning</b>:  Cannot modify header information"),
    "invalid bytes": replaced("Sách số 8", b"S\xe1ch s\xf6 8"),
    "control characters": replaced("Sách số 8", "Sách\x0b số\x1f 8"),
    "U+FFFE": replaced("Sách số 8", "Sách số\ufffe 8"),
    "an illegal character reference": replaced("Sách số 8", "Sách &#x1;số &#0; 8"),
    "an undefined entity": replaced("Sách số 8", "Sách&nbsp;số&eacute; 8"),
    "a bare ampersand": replaced("Sách số 8", "Sách & số 8"),
    "no namespace": replaced(b' xmlns="http://www.openarchives.org/OAI/2.0/"', b""),
    "an unbound prefix": replaced(b' xmlns:marc="http://www.loc.gov/MARC21/slim"', b""),
    "a wrong encoding": replaced(b'encoding="UTF-8"', b'encoding="utf8-nonsense"'),
    "gzip that nobody announced": gzip_unsaid,
    "an announcement of gzip that is none": gzip_lie,
    "a token with blanks around it": replaced(b"!</resumptionToken>", b"!</resumptionToken>"),
    "entities of its own": replaced(
        b"<OAI-PMH",
        b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]><OAI-PMH',
    ),
    "a wrong completeListSize, too small": replaced(f'completeListSize="{ALL}"', 'completeListSize="3"'),
    "no completeListSize": replaced(f'completeListSize="{ALL}"', ""),
}


@pytest.mark.parametrize("fault", MENDED.values(), ids=MENDED.keys())
def test_what_can_be_mended_costs_no_record(house, repository, fault):
    repository.spoil = on_page(1, fault)
    result = house.run()
    assert (result.state, result.account.refused) == ("complete", 0), result
    assert numbers(house) == list(range(1, ALL + 1))


RETRIED = {
    "503 with Retry-After in seconds": status(503, "0"),
    "503 with Retry-After as a date": status(503, soon(0)),
    "503 with nonsense": status(503, "presently"),
    "429": status(429, "0"),
    "500": status(500),
    "502": status(502),
    "a body of ten bytes": body(b"<OAI-PMH/"),
    "an empty body": body(b""),
    "a page of maintenance": body(b"<html><body>Back soon</body></html>"),
    "a cut connection": cut(0.5),
    "a cut connection without length": cut(0.7, declared=False),
    "cut before the first byte": cut(0.0),
    "cut gzip": gzip_cut,
    "megabytes of blanks": body(b" " * 10_000_000),
}


@pytest.mark.parametrize("fault", RETRIED.values(), ids=RETRIED.keys())
def test_what_passes_is_asked_again(house, repository, fault):
    repository.spoil = on_page(2, fault, times=1)
    assert house.run().state == "complete"
    assert numbers(house) == list(range(1, ALL + 1))


@pytest.mark.parametrize("fault", RETRIED.values(), ids=RETRIED.keys())
def test_what_does_not_pass_interrupts_the_run_which_goes_on_later(house, repository, fault):
    repository.spoil = on_page(2, fault)
    result = house.run()
    assert result.state == "interrupted"
    assert result.message
    assert house.reread().cursor is None
    assert numbers(house) == list(range(1, 11))
    repository.spoil = lambda exchange: None
    asked = len(repository.asked)
    assert house.run().state == "complete"
    assert repository.asked[asked]["resumptionToken"] == "!!10"  # not from the beginning
    assert numbers(house) == list(range(1, ALL + 1))
    assert house.reread().cursor == NOW


@pytest.mark.parametrize("seed", range(12))
def test_connections_cut_at_random_bytes_lose_nothing(house, repository, seed):
    chance = random.Random(seed)

    def spoil(exchange):
        if chance.random() < 0.4:
            cut(chance.random(), declared=chance.random() < 0.5)(exchange)

    repository.spoil = spoil
    house.change(quirks={**QUICK, "backoff": "0"})
    for _ in range(40):
        result = house.run()
        if result.state == "complete":
            break
    assert result.state == "complete"
    assert numbers(house) == list(range(1, ALL + 1))


def test_a_long_wait_is_left_to_the_schedule(house, repository):
    repository.spoil = on_page(1, status(503, "7200"))
    result = house.run()
    assert result.state == "interrupted"
    assert result.retry_after >= 7200


def test_a_broken_record_is_refused_with_its_bytes_and_the_rest_is_kept(house, repository):
    repository.spoil = on_page(1, replaced(f"{'Sách số 8'}</marc:subfield>", "Sách <b>số 8</marc:subfield>"))
    result = house.run()
    assert (result.state, result.account.refused) == ("complete", 1)
    assert numbers(house) == [number for number in range(1, ALL + 1) if number != 8]
    (refusal,) = refusals(house)
    assert refusal.identifier == "oai:f:8"
    assert b"<b>" in refusal.raw
    assert "ismatch" in refusal.reason


def test_a_page_beyond_help_is_refused_and_the_list_goes_on(house, repository):
    repository.spoil = on_page(1, lambda e: setattr(e, "body", re.sub(rb"<record>.*</record>", b"<<<garbage>", e.body)))
    result = house.run()
    assert result.account.refused == 1
    assert result.state == "held"  # five records less than announced: a person must look
    assert "announced" in result.message
    assert numbers(house) == [*range(1, 6), *range(11, ALL + 1)]


def test_fewer_records_than_announced_are_no_success(house, repository):
    def spoil(exchange):
        exchange.replace(f'completeListSize="{ALL}"', 'completeListSize="40"')

    repository.spoil = spoil
    result = house.run()
    assert (result.state, house.reread().cursor) == ("held", None)
    assert "17 records more than it delivered" in result.message
    house.change(quirks={**QUICK, "ignore_list_size": "yes"})
    house.runner.discard(house.source, result.harvest)
    assert house.run().state == "complete"


def test_a_token_that_returns_itself_is_a_loop(house, repository):
    repository.spoil = on_page(2, replaced("!!15", "!!10"))
    result = house.run()
    assert result.state == "interrupted"
    assert "circle" in result.message
    assert house.reread().cursor is None


def test_tokens_that_go_in_a_wide_circle_are_a_loop(house, repository):
    repository.spoil = on_page(3, replaced("!!20", "!!5"))
    result = house.run()
    assert result.state == "interrupted"
    assert "circle" in result.message


def test_pages_without_records_do_not_go_on_for_ever(house, repository):
    def spoil(exchange):
        if exchange.place >= 1:
            exchange.body = re.sub(rb"<record>.*</record>", b"", exchange.body)  # a token still follows
            exchange.replace("</resumptionToken>", f"{exchange.number}</resumptionToken>")
            exchange.body = re.sub(rb">!!\d+<", b">!!1%d<" % exchange.number, exchange.body)

    repository.spoil = spoil
    result = house.run()
    assert result.state in ("interrupted", "held")
    assert house.reread().cursor is None


def test_an_empty_page_in_the_middle_is_passed_by(house, repository):
    seen = []

    def spoil(exchange):
        if exchange.place == 1 and not seen:
            seen.append(1)
            exchange.body = re.sub(rb"<record>.*</record>", b"", exchange.body)
            exchange.replace("!!10", "!!5")

    repository.spoil = spoil
    assert house.run().state == "complete"
    assert numbers(house) == list(range(1, ALL + 1))


def test_an_expired_token_begins_the_list_anew(house, repository):
    repository.spoil = on_page(3, body(EXPIRED), times=1)
    result = house.run()
    assert result.state == "complete"
    assert any("expired" in text for text in result.warnings)
    assert numbers(house) == list(range(1, ALL + 1))


def test_tokens_that_always_expire_are_no_success(house, repository):
    repository.spoil = on_page(3, body(EXPIRED))
    result = house.run()
    assert result.state == "interrupted"
    assert "expire again and again" in result.message


def test_an_expired_token_between_two_runs_begins_the_list_anew(house, repository):
    repository.spoil = on_page(3, status(500))
    assert house.run().state == "interrupted"
    repository.spoil = on_page(3, body(EXPIRED), times=1)
    assert house.run().state == "complete"
    assert numbers(house) == list(range(1, ALL + 1))


def test_no_records_match_in_the_middle_is_no_success(house, repository):
    repository.spoil = on_page(2, body(NOTHING))
    assert house.run().state == "interrupted"


def test_nothing_new_is_an_empty_success(house, repository):
    house.run()
    repository.clock = NOW.replace(year=2027)
    result = house.run()
    assert (result.state, result.account.read) == ("complete", 0)
    assert repository.asked[-1]["from"] == "2026-06-01T11:55:00Z"  # five minutes' overlap
    assert house.reread().cursor == repository.clock


def test_day_granularity_is_obeyed(house, repository):
    repository.granularity = "YYYY-MM-DD"
    house.run()
    house.run()
    assert repository.asked[-1]["from"] == "2026-06-01"


def test_granularity_can_be_set_where_identify_lies(house, repository):
    house.change(quirks={**QUICK, "granularity": "day", "overlap": "0"})
    house.run()
    house.run()
    assert repository.asked[-1]["from"] == "2026-06-01"


@pytest.mark.parametrize("left", [("other",), ()])
def test_a_vanished_set_is_a_failure(house, repository, left):
    house.change(set_spec="all")
    assert house.run().state == "complete"
    repository.sets = left
    result = house.run()
    assert result.state == "failed"
    assert "'all'" in result.message


def test_long_windows_that_are_refused_are_halved(house, repository):
    def spoil(exchange):
        arguments = exchange.arguments
        if (
            exchange.place == 0
            and len(repository.selected({k: arguments[k] for k in ("from", "until") if k in arguments})) > 8
        ):
            status(422)(exchange)

    repository.spoil = spoil
    assert house.run().state == "complete"
    assert numbers(house) == list(range(1, ALL + 1))
    assert any("until" in each for each in repository.asked)


def test_windows_of_days_add_up(house, repository):
    house.change(quirks={**QUICK, "window_days": "200"})
    assert house.run().state == "complete"
    assert numbers(house) == list(range(1, ALL + 1))
    assert len([each for each in repository.asked if "until" in each]) > 3


def test_a_slow_drip_ends_at_the_deadline(house, repository):
    house.change(quirks={**QUICK, "deadline": "0.6", "retries": "1"})
    repository.spoil = on_page(1, dripping(0.02))
    result = house.run()
    assert result.state == "interrupted"
    assert "not complete after" in result.message


def test_an_answer_too_long_is_cut_off_by_us(house, repository):
    house.change(quirks={**QUICK, "max_page_mb": "1", "retries": "0"})
    repository.spoil = on_page(1, before(b" " * 3_000_000))
    result = house.run()
    assert result.state == "interrupted"
    assert "longer than" in result.message


def test_redirects_are_followed_but_not_in_circles(house, repository):
    repository.spoil = on_page(1, redirected(times=2))
    assert house.run().state == "complete"
    repository.spoil = redirected()
    result = house.run(full=True)
    assert result.state == "failed"
    assert "circle" in result.message


@pytest.mark.parametrize(("code", "words"), [(404, "check it"), (403, "credentials")])
def test_an_address_that_is_wrong_must_be_mended_by_a_person(house, repository, code, words):
    repository.spoil = status(code)
    result = house.run()
    assert result.state == "failed"
    assert words in result.message


def test_an_error_condition_under_http_404_counts_as_said(house, repository):
    house.run()
    repository.spoil = on_page(0, status(404, body=NOTHING))
    assert house.run().state == "complete"


def test_back_dated_records_are_found_by_the_next_full_run(house, repository):
    house.change(quirks={**QUICK, "full_every": "2"})
    house.run()
    repository.titles[99] = "Dated back"
    repository.stamps[99] = NOW.replace(year=2021)
    assert house.run().account.stored == 0
    assert house.run().account.stored == 1
    assert 99 in numbers(house)


def test_tombstones_of_what_we_never_had_are_not_suspicious(house, repository):
    repository.titles.update(dict.fromkeys(range(100, 160)))
    result = house.run()
    assert (result.state, result.account.stored, result.account.deleted) == ("complete", ALL, 60)
    assert house.run(full=True).state == "complete"


def test_deleted_and_undeleted_records(house, repository):
    house.run()
    repository.titles[4] = None
    repository.stamps[4] = NOW
    assert house.run().account.deleted == 1
    assert 4 not in numbers(house)
    repository.titles[4] = "Back again"
    house.run()
    assert 4 in numbers(house)


def test_nobody_there_and_nothing_oai(tmp_path, house, repository):
    house.change(endpoint="http://127.0.0.1:9/oai", quirks={**QUICK, "retries": "0"})
    result = house.run()
    assert result.state == "interrupted"
    assert "127.0.0.1:9" in result.message
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1:9"):
        house.harvester().probe(house.reread().endpoint)


def test_an_address_that_does_not_speak_oai_pmh(house, repository):
    repository.spoil = body(b"<html>Welcome</html>")
    with pytest.raises(SourceUnavailable, match="does not speak OAI-PMH"):
        house.harvester().probe(house.source.endpoint)


def test_a_certificate_nobody_knows_is_refused_unless_it_is_named(tmp_path, repository):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with faulty(repository, context) as url:
        house = Harvesting.create(tmp_path, url)
        result = house.run()
        assert result.state == "failed"
        assert "ca_file" in result.message
        house.change(quirks={**QUICK, "ca_file": str(certificate)})
        assert house.run().state == "complete"
        house.store.close()


def test_our_name_and_contact_go_with_every_request(house, repository):
    house.run()
    assert repository.user_agents == {"UnionCat/0.1 (mailto:test@example.vn)"}


def test_a_probe_suggests_the_source(house, repository):
    found = house.harvester().probe(house.source.endpoint)
    assert (found.name, found.granularity, found.deletions, found.count) == ("Faulty", "second", "persistent", ALL)
    assert found.suggested["format"] == "marcxml"
    assert [each.spec for each in found.sets] == ["all"]
