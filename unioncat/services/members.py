"""Changes of libraries and sources that the catalogue must follow.

A library's kind, district or province stand in OAI-PMH sets and facets of every record that it holds; a
source's rank decides merges; a removed source takes its records along. So such a change makes the records dirty
in the same transaction, and `recluster` does the rest, now or after a crash.
"""

from __future__ import annotations

from collections.abc import Callable

from unioncat.model import MEMBER_KINDS, Conflict, Member, Source, WrongUse
from unioncat.services.ingest import Ingest
from unioncat.store import Members, Sources, Store
from unioncat.store.dirty import Dirty
from unioncat.store.purge import purge_source

__all__ = ["MemberDesk"]

_IN_SETS = ("kind", "district", "province")


class MemberDesk:
    """recluster: called after changes that records must follow; None: a worker does it later."""

    def __init__(self, store: Store, ingest: Ingest, recluster: Callable[[], object] | None = None) -> None:
        self._store = store
        self._ingest = ingest
        self._recluster = recluster

    def add_member(self, member: Member) -> None:
        """Raises WrongUse (what is impossible), Conflict (code taken)."""
        check_member(member)
        with self._store.write() as session:
            Members(session).add(member)

    def update_member(self, member: Member) -> int:
        """Replace what is known of a library; how many records follow. Raises WrongUse, NotFound."""
        check_member(member)
        touched = 0
        with self._store.write() as session:
            before = Members(session).get(member.code)
            Members(session).update(member)
            if any(getattr(before, name) != getattr(member, name) for name in _IN_SETS):
                for source in Sources(session).all(member.code):
                    touched += Dirty(session).mark_source(source.id)
        self._follow(touched)
        return touched

    def update_source(self, source: Source) -> int:
        """Replace what is known of a source; how many records follow. Raises NotFound, Conflict (another member)."""
        touched = 0
        with self._store.write() as session:
            before = Sources(session).get(source.code)
            if before.member != source.member:
                raise Conflict(f"source {source.code} belongs to {before.member}; add a new one for {source.member}")
            Sources(session).update(source)
            if before.rank != source.rank:
                touched = Dirty(session).mark_source(before.id)
        self._follow(touched)
        return touched

    def remove_source(self, code: str) -> int:
        """Take a source and all its records out of the catalogue; how many records it had.

        Merged records that only it contributed to become tombstones; others are merged without it.
        """
        with self._store.read() as session:
            source = Sources(session).get(code)
        count = self._ingest.remove_records(source)
        self._follow(count)
        with self._store.write() as session:
            purge_source(session, source.id)
            Sources(session).remove(code)
        return count

    def _follow(self, touched: int) -> None:
        if touched and self._recluster is not None:
            self._recluster()


def check_member(member: Member) -> None:
    """Raises WrongUse with what would be right."""
    if not 1 <= len(member.code) <= 40 or not all(c.isascii() and (c.isalnum() or c in "-_:") for c in member.code):
        raise WrongUse(f"{member.code!r} cannot be a library code: up to 40 of A-Z a-z 0-9 - _ : (ISO 15511)")
    if not member.name.strip():
        raise WrongUse(f"library {member.code} needs a name")
    if member.kind not in MEMBER_KINDS:
        raise WrongUse(f"{member.kind!r} is no kind of library; there are {', '.join(MEMBER_KINDS)}")
    template = member.link_template
    if template and (not template.startswith(("http://", "https://")) or "{id}" not in template):
        raise WrongUse("a link into a library's own catalogue begins with http:// or https:// and contains {id}")
