"""Blocks as they are read: many keys at once, some of them with more records than the limit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from unioncat.model import RecordId
from unioncat.store import MatchKeys, Store
from unioncat.store import match_keys as module

LIMIT = 20


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.create(url) as made:
        yield made


@pytest.mark.parametrize(
    "sizes", [[1] * 40, [LIMIT] * 40, [LIMIT + 1, 3] * 20, [900, *[2] * 60, 400, LIMIT, LIMIT + 1]]
)
def test_blocks_up_to_the_limit_come_whole_and_larger_ones_are_named(
    store: Store, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEYS_AT_ONCE", 7)
    keys = {(-1) ** place * (place + 1) * 2**40: size for place, size in enumerate(sizes)}
    with store.write() as session:
        MatchKeys(session).put((key, RecordId(record)) for key, size in keys.items() for record in range(1, size + 1))
    with store.read() as session:
        blocks, large = MatchKeys(session).blocks([*keys, 12345], LIMIT)
    assert large == {key for key, size in keys.items() if size > LIMIT}
    assert {key: sorted(records) for key, records in blocks.items()} == {
        key: list(range(1, size + 1)) for key, size in keys.items() if size <= LIMIT
    }
