"""The eight error conditions of OAI-PMH 2.0 (§3.6), and the one function from exceptions to them."""

from __future__ import annotations

from unioncat.model import NotFound, UnionCatError

__all__ = ["CODES", "WITHOUT_ATTRIBUTES", "OaiError", "error_of"]

CODES = frozenset(
    {
        "badArgument",
        "badResumptionToken",
        "badVerb",
        "cannotDisseminateFormat",
        "idDoesNotExist",
        "noRecordsMatch",
        "noMetadataFormats",
        "noSetHierarchy",
    }
)
WITHOUT_ATTRIBUTES = frozenset({"badVerb", "badArgument"})
"""After these, ``<request>`` carries no attributes (§3.2)."""


class OaiError(UnionCatError):
    """An error condition, on its way into the answer."""

    def __init__(self, code: str, message: str) -> None:
        assert code in CODES, code
        self.code = code
        super().__init__(message)


def error_of(error: UnionCatError) -> OaiError | None:
    """The error condition that says what `error` says; None for what is no answer but our own trouble."""
    if isinstance(error, OaiError):
        return error
    if isinstance(error, NotFound):
        return OaiError("idDoesNotExist", str(error))
    return None
