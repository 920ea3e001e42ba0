"""OAI-PMH over HTTP (OAI-PMH 2.0 §3.1): GET and POST at one address."""

from __future__ import annotations

import logging
import math
import zlib
from collections.abc import Iterator
from email.utils import format_datetime

from flask import Blueprint, Response, request

from protocols.oaipmh.provider import Answer, Provider
from protocols.oaipmh.rate_limit import RateLimit
from protocols.oaipmh.verbs import dispatch
from unioncat.model import UnionCatError

__all__ = ["blueprint"]

_log = logging.getLogger(__name__)

_TYPE = "text/xml; charset=utf-8"
_CHUNK = 64 * 1024
_LONGEST_FORM = 64 * 1024


def blueprint(provider: Provider, *, limit: RateLimit | None = None, path: str = "/oai") -> Blueprint:
    """The door at `path`. limit: per client address; None for none."""
    door = Blueprint("oai", __name__)

    @door.route(path, methods=["GET", "POST"])
    @door.route(path + "/", methods=["GET", "POST"])
    def oai() -> Response:
        wait = limit.wait(request.remote_addr or "") if limit is not None else 0.0
        if wait:
            return _later(wait)
        base = provider.disseminator.base_url or request.url_root.rstrip("/")
        if request.method == "POST":
            request.max_content_length = _LONGEST_FORM
            pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
        else:
            pairs = list(request.args.items(multi=True))
        try:
            answer = dispatch(pairs, provider, base + path)
        except UnionCatError as error:  # the store is busy or gone: no answer of the protocol
            _log.error("OAI-PMH cannot answer: %s", error)
            return _unavailable()
        return _response(answer)

    return door


def _later(wait: float) -> Response:
    """503 with Retry-After is what harvesters understand as "come again" (§3.1.2.2)."""
    seconds = max(1, math.ceil(wait))
    return Response(
        f"Quá nhiều yêu cầu; xin thử lại sau {seconds} giây. / Too many requests; try again in {seconds} seconds.\n",
        status=503,
        headers={"Retry-After": str(seconds), "Content-Type": "text/plain; charset=utf-8"},
    )


def _unavailable() -> Response:
    return Response(
        "Tạm thời không phục vụ được; xin thử lại sau. / Not available for the moment; please try again.\n",
        status=503,
        headers={"Retry-After": "60", "Content-Type": "text/plain; charset=utf-8"},
    )


def _response(answer: Answer) -> Response:
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(_packed(answer) if packed else _plain(answer), content_type=_TYPE)
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.content_length = len(answer.before) + sum(map(len, answer.pieces)) + len(answer.after)
    if answer.modified is not None:
        response.headers["Last-Modified"] = format_datetime(answer.modified, usegmt=True)
        response.headers["Cache-Control"] = "no-cache"
    if answer.etag:
        response.set_etag(answer.etag + ("-gzip" if packed else ""), weak=True)
        response.make_conditional(request)
    return response


def _plain(answer: Answer) -> Iterator[bytes]:
    """In pieces worth sending."""
    waiting, size = [answer.before], len(answer.before)
    for piece in answer.pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    waiting.append(answer.after)
    yield b"".join(waiting)


def _packed(answer: Answer) -> Iterator[bytes]:
    packer = zlib.compressobj(level=4, wbits=31)  # 31: with gzip header
    for piece in _plain(answer):
        if part := packer.compress(piece):
            yield part
    yield packer.flush()
