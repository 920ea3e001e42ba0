"""Which language a page speaks: Vietnamese unless the reader chose English, by link or by an earlier choice.

The browser's Accept-Language is not asked: most computers in Vietnamese libraries were set up in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, format_date, format_datetime, format_decimal, get_locale

from unioncat.model import Member
from unioncat.web.parts import Site

LANGUAGES: Mapping[str, str] = {"vi": "Tiếng Việt", "en": "English"}
COOKIE = "lang"
TRANSLATIONS = Path(__file__).parent / "translations"
YEAR = 365 * 24 * 3600


def chosen() -> str:
    """``vi`` or ``en`` for this request; ``vi`` outside of one."""
    if not has_request_context():
        return "vi"
    if "language" not in g:
        wanted = request.args.get("lang", "") or request.cookies.get(COOKIE, "")
        g.language = wanted if wanted in LANGUAGES else "vi"
    return str(g.language)


def of(vi: str, en: str) -> str:
    """The text in the page's language, or the other one where this is empty."""
    return (en or vi) if chosen() == "en" else (vi or en)


def member_name(member: Member | None, code: str = "") -> str:
    """A library's name in the page's language; its code if we do not know it."""
    return of(member.name, member.name_en) if member is not None else code


def address_in(language: str) -> str:
    """This page in another language: the same address with ``lang`` set."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode([*pairs, ('lang', language)])}"


def date_text(value: datetime | None, style: str = "medium") -> str:
    pattern = "d MMM y" if chosen() == "en" and style == "medium" else style
    return format_date(value, pattern) if value is not None else ""


def time_text(value: datetime | None, style: str = "short") -> str:
    pattern = "d MMM y, HH:mm" if chosen() == "en" and style == "short" else style  # not the American order
    return format_datetime(value, pattern) if value is not None else ""


def remember(response: Response) -> Response:
    """Keeps the choice made by ``?lang=`` in a cookie."""
    wanted = request.args.get("lang", "")
    if wanted in LANGUAGES and request.cookies.get(COOKIE) != wanted:
        response.set_cookie(COOKIE, wanted, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def init(app: Flask, site: Site) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = "vi"
    app.config["BABEL_DEFAULT_TIMEZONE"] = site.time_zone
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, locale_selector=chosen)
    app.after_request(remember)
    app.jinja_env.filters.update(number=format_decimal, date=date_text, time=time_text)

    @app.context_processor
    def language_names() -> dict[str, Any]:
        return {
            "language": chosen(),
            "languages": LANGUAGES,
            "address_in": address_in,
            "of": of,
            "member_name": member_name,
            "site_name": of(site.name_vi, site.name_en),
            "locale": get_locale(),
        }
