"""One page for every refusal: what happened, and what to do now."""

from __future__ import annotations

import logging

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from unioncat.model import (
    BadQuery,
    BadRecord,
    ConfigError,
    Conflict,
    NotAllowed,
    NotFound,
    SourceUnavailable,
    UnionCatError,
    UnreadableInput,
    WrongUse,
)
from unioncat.web.auth import log_in_again, rescue, user
from unioncat.web.messages import said

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[UnionCatError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (BadQuery, 400),
    (WrongUse, 400),
    (BadRecord, 422),
    (UnreadableInput, 422),
    (SourceUnavailable, 502),
    (ConfigError, 503),
    (UnionCatError, 500),
)
"""Domain error → HTTP status (RFC 9110 §15); the first row that fits."""


def status_of(error: UnionCatError) -> int:
    return next(status for kind, status in STATUS if isinstance(error, kind))


def wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return request.path.startswith("/api/") or best == "application/json"


def words(status: int) -> tuple[str, str]:
    """Heading and advice for a status."""
    match status:
        case 400:
            return _("That request cannot be understood"), _("Check the address or the form, and try again.")
        case 401:
            return _("Please log in"), _("This page is for people with an account.")
        case 403:
            return _("You may not do this"), _("Ask the provincial library if you think you should.")
        case 404:
            return _("There is no such page"), _("Check the address, or search the catalogue.")
        case 405:
            return _("That does not work here"), _("Go back to the page before and use its buttons.")
        case 409:
            return _("Somebody was faster"), _("Look at the newer state and decide.")
        case 410:
            return _("This record is gone"), _("Search the catalogue for the title.")
        case 413:
            return _("That file is too large"), _("Send a smaller file, or cut it in parts.")
        case 422:
            return _("That cannot be read"), _("The message says where; mend it and send it again.")
        case 429:
            return _("Too many requests"), _("Wait a minute, then try again.")
        case 502:
            return _("The other library does not answer"), _("Try again later.")
        case 503:
            return _("The catalogue is being prepared"), _("Try again in a few minutes.")
        case _:
            return _("Something went wrong here"), _("It was noted. Try again in a few minutes.")


def answer(status: int, detail: str = "", name: str = "") -> ResponseReturnValue:
    heading, advice = words(status)
    if wants_json():
        body = {"type": "about:blank", "title": heading, "status": status, "detail": detail or advice}
        response = jsonify(body)  # RFC 9457 problem details
        response.mimetype = "application/problem+json"
        return response, status
    shown = said(detail) if detail else ""
    return render_template("error.html", status=status, heading=heading, advice=advice, detail=shown), status


def init(app: Flask) -> None:
    @app.errorhandler(UnionCatError)
    def domain(error: UnionCatError) -> ResponseReturnValue:
        status = status_of(error)
        if status in {500, 503}:
            log.error("%s %s: %s", request.method, request.path, error, exc_info=error)
        return answer(status, str(error) if status not in {500, 503} else "")

    @app.errorhandler(CSRFError)
    def stale_form(error: CSRFError) -> ResponseReturnValue:
        if request.endpoint == "workbench.act":  # what was typed in the editor is not thrown away
            return log_in_again() if user() is None else rescue(request.form)
        return answer(400, _("This form is too old or was not ours. Reload the page and send it again."))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or error.code is None or error.code < 400:
            return error.get_response()
        made = app.make_response(answer(error.code))
        for name, value in error.get_headers():
            if name.lower() not in {"content-type", "content-length"}:
                made.headers[name] = value
        return made

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> ResponseReturnValue:
        if app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        log.error("%s %s", request.method, request.path, exc_info=error)
        return answer(500)
