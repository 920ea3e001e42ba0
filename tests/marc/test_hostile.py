"""Inputs made to take for ever: every reader must get through a megabyte of them in a second or two."""

import contextlib
import io
import json
import time

import pytest

from unioncat.model import BadRecord
from unioncat.services.formats import Formats
from unioncat.text import detect_legacy, fold

FORMATS = Formats.load()
SIZE = 500_000

HOSTILE = {
    "iso2709": [
        b"0" * SIZE,
        b"\x1d" * SIZE,
        b"\x1e" * SIZE,
        b"00026nam a2200025 i 4500" * (SIZE // 24),
        (b"99999nam a2200025 i 4500001000100000\x1e" + b"\x1e00000nam a22") * (SIZE // 60),
        b"00500nam  2200025 i 4500001050000000\x1e" + b"\xe2\xe3" * (SIZE // 2) + b"\x1e\x1d",
        b"00500nam  2200025 i 4500001050000000\x1e" + b"\x1b(" * (SIZE // 2) + b"\x1e\x1d",
        b"00500nam  2200025 i 4500500050000000\x1e  " + b"\x1fa" * (SIZE // 2) + b"\x1e\x1d",
    ],
    "marcxml": [
        b"<record>" * (SIZE // 8),
        b"<record><!--" * (SIZE // 12),
        b"<record><![CDATA[" * (SIZE // 17),
        b"<record><header>" * (SIZE // 16) + b"</record>",
        b"<record>" + b"<!DOCTYPE x [" * (SIZE // 13) + b"</record>",
        b"<record>" + b"<!DOCTYPE x [ ] " * (SIZE // 16) + b"</record>",
        b"<record>" + b"&lt;record&gt;" * (SIZE // 14) + b"</record>",
        b"<record>" + b"&" * SIZE + b"</record>",
        b"<record>" + b"<datafield tag='245' " * (SIZE // 21) + b"</record>",
        b"<record>" + b"<datafield tag='245' ind1=' ' ind2=' '><subfield code='a'>" * (SIZE // 60) + b"</record>",
        b"<record><datafield tag='245'" + b" a='b'" * (SIZE // 6) + b"/></record>",
    ],
    "marcjson": [
        b"{" * SIZE,
        b"[" * SIZE,
        b'{"a":' * (SIZE // 5),
        b'{"fields": [\n' + b'{"500": {"subfields": [{"a":\n"x"}\n]}\n}\n,' * (SIZE // 40) + b"]}",
        b'{"' + b"\\" * SIZE,
        b'"' * SIZE,
    ],
    "mrk": [
        b"=245  $a" * (SIZE // 8),
        b"=LDR  \n" * (SIZE // 7),
        b"=245  00$a" + b"{acute}" * (SIZE // 7),
        b"=245  00$a" + b"{" * SIZE,
    ],
    "aleph": [b"000000002 24510 L $$a" * (SIZE // 21), b"000000002 24510 L \n" * (SIZE // 19)],
    "isis": [
        b"0" * SIZE,
        b"00100000000000100000450\n" * (SIZE // 24),
        b"#" * SIZE,
        b"00100000000000049000450024001000000#" + b"^" * SIZE,
    ],
}


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, datas in HOSTILE.items() for data in datas])
def test_readers_take_linear_time(name: str, data: bytes) -> None:
    reader = FORMATS.reader(name)
    start = time.process_time()
    reader.sniff(data[:65_536], "x")
    for one in reader.split(io.BytesIO(data), {}):
        if one.raw is not None and one.refused is None:
            with contextlib.suppress(BadRecord):
                reader.parse(one.raw)
    assert time.process_time() - start < 6


TEXTS = ["ViÖt ", "Ã", "á»", "a^'", "&#7879;", "thớ dụ ", "Th\u00ad ", "h-í", "Ð", "é\u0302", "-a" * 50]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_take_linear_time(text: str) -> None:
    start = time.process_time()
    detect_legacy(text * (200_000 // len(text)))
    fold(text * (200_000 // len(text)))
    assert time.process_time() - start < 6


def test_pretty_json_is_cut_as_quickly_as_lines() -> None:
    field = {"500": {"ind1": " ", "ind2": " ", "subfields": [{"a": 'x {y} \\" '}]}}
    record = {"leader": "00000nam a2200000 i 4500", "fields": [field] * 40}
    pretty = json.dumps([record] * 200, indent=2).encode()
    start = time.process_time()
    pieces = list(FORMATS.reader("marcjson").split(io.BytesIO(pretty), {}))
    assert len(pieces) == 200
    assert all(one.refused is None for one in pieces)
    assert time.process_time() - start < 3
