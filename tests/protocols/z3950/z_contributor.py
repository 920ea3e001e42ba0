"""A contributor that keeps records in memory."""

from __future__ import annotations

from protocols.z3950.ports import Cataloguer, Contribution, Receipt
from unioncat.marc import Record
from unioncat.model import BadRecord, MemberCode, NotFound


class MemoryContributor:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Record] = {}

    def sign_in(self, user: str, password: str, group: str = "") -> Cataloguer | None:
        if (user, password) != ("chieu", "secret"):
            return None
        return Cataloguer(user, frozenset({MemberCode("VN-BT")}))

    def contribute(self, who: Cataloguer, contribution: Contribution) -> Receipt:
        identifier = contribution.identifier or "new1"
        key = (str(contribution.member), identifier)
        if contribution.action in ("replace", "delete") and key not in self.kept:
            raise NotFound(f"{identifier} is not here")
        if contribution.record is None:
            del self.kept[key]
        elif "245" not in contribution.record:
            raise BadRecord("a record needs a title")
        else:
            self.kept[key] = contribution.record
        return Receipt(identifier)
