"""What OAI-PMH lists are made of: selections, their entries, and the items behind those."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from unioncat.model import ClusterId
from unioncat.store.dissemination import Origin, OwnRecord

__all__ = ["Entry", "Item", "Origin", "Selection"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a list request selects. Bounds inclusive, UTC; set_spec "" is everything."""

    prefix: str
    until: datetime
    from_: datetime | None = None
    set_spec: str = ""


class Entry(NamedTuple):
    """One line of a list: enough to page, and to find its serialisation. A tuple, for a page makes hundreds.

    key:   cluster's public id, or record key of a library's own record (give-back)
    gone:  deleted, or it left the set of the list
    """

    datestamp: datetime
    key: str
    gone: bool
    cluster: ClusterId
    own: OwnRecord | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One item. metadata: one XML element, None exactly when `deleted` or not asked for."""

    identifier: str
    datestamp: datetime
    deleted: bool
    sets: tuple[str, ...]
    metadata: bytes | None = None
    origins: tuple[Origin, ...] = ()
