"""Ids that must not be mixed up, and the public form of a cluster id."""

from __future__ import annotations

import re
from typing import NewType

MemberCode = NewType("MemberCode", str)
"""Code of a member library: an ISIL (``VN-BT``) or MARC organisation code, unique in the catalogue."""

SourceId = NewType("SourceId", int)
RecordId = NewType("RecordId", int)
"""Row number of a source record in this store. Depends on the order of arrival: never decide by it."""

RecordKey = NewType("RecordKey", str)
"""``<source code>/<identifier>``: names a source record for ever, whatever the order of arrival."""

ClusterId = NewType("ClusterId", int)
"""Stable id of a cluster; never reused. One merged away still resolves to its heir."""

_PUBLIC = re.compile(r"\Auc(\d{8,12})\Z")


def record_key(source_code: str, identifier: str) -> RecordKey:
    return RecordKey(f"{source_code}/{identifier}")


def public_id(cluster_id: ClusterId) -> str:
    """The form in which the world sees a cluster: MARC 001, ``/record/<id>``, the end of the OAI identifier."""
    return f"uc{cluster_id:08d}"


def parse_public_id(text: str) -> ClusterId | None:
    """The cluster id of ``uc00000042``; None for whatever we did not write ourselves."""
    found = _PUBLIC.match(text)
    return ClusterId(int(found[1])) if found else None
