"""Fetching ahead: while some pages are stored, the next ones are already asked for.

A slow endpoint's pages come one by one, each stored as soon as it is there. A fast one's come in groups, and a group
is worth the processes of the pool.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

from unioncat.model.harvest import Page

__all__ = ["pages_ahead"]

_RECORDS = 4000  # in one group
_BYTES = 32 * 1024 * 1024  # read ahead; a single page may be longer
_WAIT = 0.2  # seconds between two looks whether anybody still listens


def pages_ahead(pages: Iterator[Page], limit: int = 12) -> Iterator[list[Page]]:
    """Groups of pages in their order, read by a thread, at most `limit` pages and `_BYTES` bytes ahead.

    What `pages` raises is raised here, behind the pages before it. Closing this iterator ends the thread.
    """
    waiting: queue.Queue[Page | BaseException | None] = queue.Queue(limit)
    end = threading.Event()
    room = threading.Condition()
    ahead = 0  # bytes

    def make_room(page: Page, sign: int) -> None:
        nonlocal ahead
        with room:
            while sign > 0 and ahead > _BYTES and not end.is_set():
                room.wait(_WAIT)
            ahead += sign * sum(len(record.raw.data) for record in page.records if record.raw is not None)
            room.notify()

    def hand_over(item: Page | BaseException | None) -> bool:
        while not end.is_set():
            try:
                waiting.put(item, timeout=_WAIT)
            except queue.Full:
                continue
            return True
        return False

    def read() -> None:
        try:
            for page in pages:
                make_room(page, 1)
                if not hand_over(page):
                    return
        except BaseException as error:  # handed over, to be raised where the pages are used
            hand_over(error)
        else:
            hand_over(None)
        finally:
            close = getattr(pages, "close", None)
            if close is not None:
                close()

    thread = threading.Thread(target=read, name="harvest-ahead", daemon=True)
    thread.start()
    try:
        while True:
            first = waiting.get()
            group: list[Page] = []
            records = 0
            item: Page | BaseException | None = first
            while isinstance(item, Page):
                group.append(item)
                make_room(item, -1)
                records += len(item.records)
                if records >= _RECORDS:
                    break
                try:
                    item = waiting.get_nowait()
                except queue.Empty:
                    break
            if group:
                yield group
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
    finally:
        end.set()
        thread.join(timeout=60.0)
