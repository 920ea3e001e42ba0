"""What the pages are made from: the site's plain values and the services, handed in by whoever builds the app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from flask import current_app, request

from unioncat.marc.formats import ExportFormat
from unioncat.services.catalogue import Catalogue
from unioncat.services.find import Finder
from unioncat.services.listing import Listing
from unioncat.web.tallies import Tallies

if TYPE_CHECKING:
    from unioncat.services.office import Office

__all__ = ["Formats", "Parts", "Site", "base_address", "parts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Plain values of this catalogue.

    name_vi, name_en:  its name; the other language's when "" is given
    public_url:        address without trailing slash; "": the address of each request
    secret_key:        signs sessions and forms; the same in every process of one catalogue
    page_size:         records on a result page
    trusted_proxies:   reverse proxies in front whose X-Forwarded headers are believed
    max_upload_mb:     largest request body, in megabytes
    rate_storage:      URL of the counter of rate limits (``memory://`` counts per process)
    rate_limits:       False where something in front limits already
    """

    secret_key: str
    name_vi: str = "Mục lục liên hợp"
    name_en: str = "Union catalogue"
    public_url: str = ""
    admin_email: str = ""
    time_zone: str = "Asia/Ho_Chi_Minh"
    page_size: int = 20
    trusted_proxies: int = 0
    max_upload_mb: int = 64
    rate_storage: str = "memory://"
    rate_limits: bool = True
    version: str = ""


class Formats(Protocol):
    """What the pages ask of ``unioncat.services.formats.Formats``."""

    @property
    def export(self) -> Mapping[str, ExportFormat]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """tallies: `catalogue.counts`, remembered for half a minute
    office: the services behind /workbench, /admin and /api/v1; None: a catalogue for readers only."""

    site: Site
    catalogue: Catalogue
    listing: Listing
    tallies: Tallies
    finder: Finder
    formats: Formats
    office: Office | None = None


def parts() -> Parts:
    """The parts of the app that answers this request."""
    return cast("Parts", current_app.extensions["unioncat"])


def base_address() -> str:
    """Public address of the catalogue without trailing slash."""
    return parts().site.public_url.rstrip("/") or request.url_root.rstrip("/")
