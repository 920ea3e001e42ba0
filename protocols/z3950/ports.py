"""What the Z39.50 server needs of the house, as narrow ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from unioncat.marc import Record
from unioncat.model import ClusterId, Member, MemberCode, UnionRecord
from unioncat.search.engine import ScanTerm, SearchEngine

__all__ = ["Action", "Cataloguer", "Contribution", "Contributor", "Holds", "Receipt", "ScansHeadings"]

Action = Literal["insert", "replace", "delete", "special"]
"""What an Update package wants. special (revision 1.1 of the Update format): insert, or replace what is there."""


class Holds(Protocol):
    """``services.catalogue.Catalogue``, as far as it is read here."""

    def records(self, clusters: Sequence[ClusterId]) -> list[UnionRecord]: ...

    def marc(self, clusters: Sequence[ClusterId]) -> Mapping[ClusterId, bytes]: ...

    def members(self) -> Mapping[MemberCode, Member]: ...


class ScansHeadings(Protocol):
    """``services.find.Finder``, as far as scan is concerned: terms as they stand in records, not as indexed."""

    def scan(
        self, access_point: str, start: str, *, before: int = 0, count: int = 20, whole: bool = False
    ) -> tuple[ScanTerm, ...]: ...


@dataclass(frozen=True, slots=True)
class Cataloguer:
    """Somebody who has signed in.

    members:  the libraries for which this account may contribute
    badge:    what the contributor wants to be shown again
    """

    account: str
    members: frozenset[MemberCode]
    badge: object = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """One record of an Update package.

    member:      library for which it is contributed
    record:      None exactly for "delete"
    identifier:  the library's own control number (recordId of the package, else 001); "": give it one
    """

    action: Action
    member: MemberCode
    record: Record | None
    identifier: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """identifier: under which the library's own record is kept. cluster: the merged record it went into, if known."""

    identifier: str
    cluster: ClusterId | None = None


class Contributor(Protocol):
    """The way in for cataloguers' records, the same as the workbench's (``services.contribute``)."""

    def sign_in(self, user: str, password: str, group: str = "") -> Cataloguer | None:
        """The account, or None if name and password do not fit. Slow on purpose, as password hashes are."""
        ...

    def contribute(self, who: Cataloguer, contribution: Contribution) -> Receipt:
        """Stores or deletes one record, at once. Raises NotAllowed, NotFound, Conflict or BadRecord."""
        ...


Engine = SearchEngine
