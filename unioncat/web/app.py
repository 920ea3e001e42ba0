"""Builds the Flask application out of the parts it is given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, url_for

from unioncat.model import public_id
from unioncat.services.catalogue import Catalogue
from unioncat.services.find import Finder
from unioncat.services.listing import Listing
from unioncat.services.office import Office
from unioncat.web import (
    admin,
    admin_rules,
    admin_sources,
    api,
    auth,
    editing,
    errors,
    feeds,
    help,
    labels,
    language,
    libraries,
    lists,
    local_history,
    operations,
    public,
    records,
    reviewing,
    security,
    sitemap,
    uploading,
    workbench,
)
from unioncat.web.messages import said
from unioncat.web.operations import Check
from unioncat.web.parts import Formats, Parts, Site, base_address
from unioncat.web.tallies import Tallies

__all__ = ["create_app"]

STATIC = Path(__file__).parent / "static"
STATIC_SECONDS = 30 * 24 * 3600


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def static_url(name: str) -> str:
    """Address of a static file, with a mark of its content so that browsers may keep it."""
    return url_for("static", filename=name, v=_fingerprint(name))


def create_app(
    *,
    site: Site,
    catalogue: Catalogue,
    listing: Listing,
    finder: Finder,
    formats: Formats,
    office: Office | None = None,
    blueprints: Sequence[tuple[Blueprint, str]] = (),
    checks: Mapping[str, Check] | None = None,
) -> Flask:
    """The whole web face of a catalogue.

    office:      services behind /workbench, /admin and /api/v1; None: a catalogue for readers only
    blueprints:  machines' doors, each with the prefix it is put under ("" if it knows its own path); they take no forms
                 of ours, so they are exempt from CSRF, and limit themselves
    checks:      further parts that /readyz tries (each raises when not ready)
    """
    app = Flask(__name__, static_folder=str(STATIC), static_url_path="/static")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_SECONDS
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.strict_slashes = False
    built = Parts(
        site=site,
        catalogue=catalogue,
        listing=listing,
        tallies=Tallies(catalogue),
        finder=finder,
        formats=formats,
        office=office,
    )
    app.extensions["unioncat"] = built
    security.init(app, site)
    language.init(app, site)
    labels.init(app)
    errors.init(app)
    operations.init(app, built, checks or {})
    for room in (public, records, lists, libraries, local_history, feeds, help, sitemap):
        app.register_blueprint(room.blueprint)
    if office is not None:
        assert {editing.blueprint, uploading.blueprint, reviewing.blueprint} == {workbench.blueprint}
        assert admin_sources.blueprint is admin.blueprint
        assert admin_rules.blueprint is admin.blueprint
        auth.init(app)
        app.register_blueprint(workbench.blueprint)
        app.register_blueprint(admin.blueprint)
        app.register_blueprint(api.blueprint)
        security.csrf.exempt(api.blueprint)
    for blueprint, prefix in blueprints:
        security.csrf.exempt(blueprint)
        security.limiter.exempt(blueprint)
        app.register_blueprint(blueprint, url_prefix=prefix or None)

    @app.context_processor
    def shared() -> dict[str, Any]:
        shared_rooms = {"admin_rooms": admin.ROOMS} if office is not None else {}
        return {
            **shared_rooms,
            "site": site,
            "static_url": static_url,
            "base_url": base_address(),
            "office": office is not None,
            "public_id": public_id,
            "said": said,
        }

    return app
