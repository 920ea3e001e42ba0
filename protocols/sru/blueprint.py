"""SRU over HTTP: GET and POST at one address; whatever is wrong, the answer is 200 and says so in a diagnostic."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from protocols.sru.diagnostics import Diagnostic, of_kind
from protocols.sru.explain import Explain, Identity
from protocols.sru.parameters import Request, read
from protocols.sru.rendering import Rendering
from protocols.sru.result_sets import ResultSets
from protocols.sru.scan import Scan
from protocols.sru.schemas import Schemas
from protocols.sru.search_retrieve import SearchRetrieve
from unioncat.marc.formats import ExportFormat
from unioncat.services.find import Finder

__all__ = ["SruServer", "blueprint"]

log = logging.getLogger(__name__)

_TYPE = "text/xml; charset=utf-8"
_LONGEST_FORM = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Parts:
    search: SearchRetrieve
    scan: Scan
    explain: Explain


class SruServer:
    """Answers requests; knows nothing of HTTP.

    formats:     name → export format (``Formats.export``); those that are XML become record schemas
    sets_folder: where result sets are kept
    base_url:    public address of the catalogue, for links in records; "" if not known
    """

    def __init__(
        self,
        finder: Finder,
        formats: Mapping[str, ExportFormat],
        identity: Identity,
        sets_folder: Path,
        base_url: str = "",
    ) -> None:
        schemas = Schemas(formats)
        rendering = Rendering(finder, schemas, base_url)
        self._parts = _Parts(
            SearchRetrieve(finder, rendering, ResultSets(sets_folder), identity.title_vi),
            Scan(finder),
            Explain(schemas, identity),
        )

    def answer(self, pairs: Iterable[tuple[str, str]], address: str) -> list[bytes]:
        """The document in pieces. Never raises: an error that nobody foresaw is logged and said (diagnostic 1)."""
        taken = read(pairs)
        try:
            return self._respond(taken, address)
        except Exception:
            log.exception("SRU request %s could not be answered", taken.given)
            taken.fatal = of_kind("internal")
            return self._respond(taken, address)

    def refusal(self, found: Diagnostic, address: str) -> list[bytes]:
        """A response that holds a diagnostic and nothing else."""
        taken = read([])
        taken.fatal = found
        return self._respond(taken, address)

    def _respond(self, taken: Request, address: str) -> list[bytes]:
        if taken.operation == "searchRetrieve":
            return self._parts.search.respond(taken)
        if taken.operation == "scan":
            return self._parts.scan.respond(taken)
        return self._parts.explain.respond(taken, address)


def blueprint(server: SruServer, *, path: str = "/sru", base_url: str = "") -> Blueprint:
    """The door at `path`. base_url: public address; "" takes what the request was sent to."""
    door = Blueprint("sru", __name__)

    @door.route(path, methods=["GET", "POST"], strict_slashes=False)
    def sru() -> Response:
        address = (base_url or request.url_root.rstrip("/")) + path
        try:
            if request.method == "POST":
                request.max_content_length = _LONGEST_FORM
                request.max_form_memory_size = _LONGEST_FORM
                pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
            else:
                pairs = list(request.args.items(multi=True))
        except HTTPException:
            return _response(server.refusal(of_kind("too_long", str(_LONGEST_FORM)), address))
        return _response(server.answer(pairs, address))

    return door


def _response(pieces: list[bytes]) -> Response:
    return Response(b"".join(pieces), content_type=_TYPE)
