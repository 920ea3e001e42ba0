"""Everything that can go wrong, by what the caller can do about it.

::

    UnionCatError
    ├── BadRecord              one record cannot be used: report it with source, place and reason; go on
    ├── UnreadableInput        a whole file or answer cannot be used: report it; nothing was stored
    ├── SourceUnavailable      an endpoint did not answer as it should: retry later
    ├── ConfigError            the operator must change something: stop at the start, say what
    │   └── WrongStoreVersion  the store was made by another version
    ├── WrongUse               the caller asked for something impossible: say what would be right
    ├── NotFound               no such member, source, record, cluster, …
    ├── NotAllowed             the account may not do this
    ├── Conflict               somebody else changed or holds it
    └── BadQuery               a query that cannot be answered (see ``unioncat.search.query``)
"""

from __future__ import annotations


class UnionCatError(Exception):
    """Root of our errors. ``str(error)`` is a sentence that says what, where and what to do."""


class BadRecord(UnionCatError):
    """One record cannot be used. The batch goes on; the record is kept with this reason.

    source:          code of the source, or name of the file
    position:        place in the batch, counted from 1; None if not known
    control_number:  001 or identifier, as far as it could be read
    """

    def __init__(
        self, reason: str, *, source: str = "", position: int | None = None, control_number: str | None = None
    ) -> None:
        self.reason = reason
        self.source = source
        self.position = position
        self.control_number = control_number
        place = source + (f"#{position}" if position is not None else "")
        number = f" ({control_number})" if control_number else ""
        super().__init__(f"{place}{number}: {reason}" if place or number else reason)


class UnreadableInput(UnionCatError):
    """A whole file or answer cannot be used; nothing of it was stored."""


class SourceUnavailable(UnionCatError):
    """An endpoint did not answer, or not as its protocol demands.

    retry_after: seconds that the endpoint asked us to wait; None if it did not say.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class ConfigError(UnionCatError):
    """The operator must change something before this can start."""


class WrongStoreVersion(ConfigError):
    """The store was made by an older (run ``unioncat upgrade``) or a newer version (install that one)."""


class WrongUse(UnionCatError):
    """The caller asked for something impossible; the message says what would be right."""


class NotFound(UnionCatError):
    """No such member, source, record, cluster, …"""


class NotAllowed(UnionCatError):
    """The account may not do this."""


class Conflict(UnionCatError):
    """Somebody else changed it meanwhile, or holds it."""


class BadQuery(UnionCatError):
    """A query that cannot be answered.

    kind: one of the words that the protocols' diagnostic tables map to a number, such as
    ``unsupported_access_point``, ``unsupported_relation``, ``too_complex``, ``empty_term``, ``syntax``.
    details: what exactly, for the diagnostic's details field.
    """

    def __init__(self, kind: str, details: str = "", message: str = "") -> None:
        self.kind = kind
        self.details = details
        super().__init__(message or f"{kind.replace('_', ' ')}: {details}")
