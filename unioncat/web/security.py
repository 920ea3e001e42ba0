"""Headers, cookies and request limits that every page shares (OWASP Secure Headers; CSP Level 3)."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from unioncat.web.parts import Site

__all__ = ["csrf", "init", "limiter", "may_be_framed"]

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, default_limits=["1200 per minute"], headers_enabled=True)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
SESSION_HOURS = 12


def may_be_framed(response: Response) -> Response:
    """Lets other sites show this answer in a frame: only for pages that take no one's login."""
    response.headers["Content-Security-Policy"] = POLICY.format(ancestors="*")
    response.headers.pop("X-Frame-Options", None)
    return response


def secure(response: Response) -> Response:
    headers = response.headers
    if response.mimetype == "text/html" or "Content-Security-Policy" not in headers:
        headers.setdefault("Content-Security-Policy", POLICY.format(ancestors="'none'"))
    if "frame-ancestors *" not in headers["Content-Security-Policy"]:
        headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def init(app: Flask, site: Site) -> None:
    app.config.update(
        SECRET_KEY=site.secret_key,
        SESSION_COOKIE_NAME="unioncat",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=site.public_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
        MAX_CONTENT_LENGTH=site.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=4000,
        WTF_CSRF_TIME_LIMIT=SESSION_HOURS * 3600,
        WTF_CSRF_SSL_STRICT=True,
        RATELIMIT_STORAGE_URI=site.rate_storage,
        RATELIMIT_ENABLED=site.rate_limits,
    )
    if site.trusted_proxies:
        hops = site.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops, x_prefix=hops
        )
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(secure)
