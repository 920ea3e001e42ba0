"""What an OAI-PMH provider is made of: handed to every verb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from protocols.oaipmh.resumption_token import LIFETIME, TokenSigner
from unioncat.services.disseminate import Disseminator

__all__ = ["Answer", "Provider", "Request"]


@dataclass(frozen=True, slots=True)
class Provider:
    """One repository.

    name, emails:    for Identify
    page, headers:   records, and headers, in one page of a list
    friends:         base URLs of other repositories (friends container)
    rights:          address of the licence of the metadata; "" for none
    icon:            address of a logo (branding container); "" for none
    language_names:  MARC language code → (Vietnamese, English) name, for ListSets
    with_sets:       False: the repository has no sets (noSetHierarchy)
    """

    disseminator: Disseminator
    signer: TokenSigner
    name: str
    emails: Sequence[str]
    page: int = 250
    headers: int = 1000
    lifetime: timedelta = LIFETIME
    friends: Sequence[str] = ()
    rights: str = ""
    icon: str = ""
    language_names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    with_sets: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """A request that fits its verb's row. response_date: taken before anything was read."""

    provider: Provider
    base_url: str
    verb: str
    arguments: Mapping[str, str]
    response_date: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Answer:
    """before + pieces + after is the document.

    etag, modified: of a single item, for conditional requests; responseDate is not part of either
    """

    before: bytes
    pieces: Sequence[bytes] = ()
    after: bytes = b""
    etag: str = ""
    modified: datetime | None = None
