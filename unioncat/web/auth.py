"""Logging in and out, and who is asking."""

from __future__ import annotations

import json
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, flash, has_request_context, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import Unauthorized

from unioncat.model import MemberCode, NotAllowed, NotFound, WrongUse
from unioncat.services.accounts import SHORTEST, Person
from unioncat.services.office import Office
from unioncat.services.roles import Actor
from unioncat.web.messages import said
from unioncat.web.parts import parts
from unioncat.web.security import limiter

__all__ = ["acting_for", "actor", "blueprint", "init", "log_in_again", "office", "rescue", "user"]

blueprint = Blueprint("auth", __name__)


class User(UserMixin):
    """A person in a session. The session id holds the password's stamp, so that a new password ends old sessions."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @property
    def is_active(self) -> bool:
        return self.person.active

    def get_id(self) -> str:
        return f"{self.person.id}:{self.person.stamp}"


def office() -> Office:
    """The staff services. Only pages that are registered with an office ask for them."""
    found = parts().office
    assert found is not None
    return found


def user() -> User | None:
    """The user of this session, if there is one."""
    found = cast("Any", current_user)._get_current_object()
    return found if isinstance(found, User) else None


def actor() -> Actor:
    """Who is logged in; 401 if nobody is."""
    found = user()
    if found is None:
        raise Unauthorized
    return found.person.actor


def acting_for() -> MemberCode | None:
    """The library that is acted for: a cataloguer's own; for an administrator the one chosen in this session."""
    who = actor()
    if who.role == "cataloguer":
        return who.member
    chosen = session.get("acting_for", "")
    return MemberCode(chosen) if chosen in parts().catalogue.members() else None


def _load(identity: str) -> User | None:
    number, _colon, stamp = identity.partition(":")
    try:
        person = office().accounts.get(int(number))
    except (NotFound, ValueError):
        return None
    return User(person) if person.active and person.stamp == stamp else None


def _own_page(address: str) -> str:
    """The address if it is a path of ours, else the workbench."""
    split = urlsplit(address)
    fine = address.startswith("/") and not address.startswith(("//", "/\\")) and not split.scheme and not split.netloc
    return address if fine else url_for("workbench.home")


def _carried() -> MultiDict[str, str]:
    """A form that was sent when the session had ended: it went along with the login."""
    try:
        pairs = json.loads(request.form.get("carried", "[]"))
        return MultiDict([(str(name), str(value)) for name, value in pairs])
    except (ValueError, TypeError):
        return MultiDict()


def rescue(form: MultiDict[str, str]) -> ResponseReturnValue:
    """The editor with what was typed."""
    from unioncat.web.editing import rescued  # it imports this module

    return rescued(form)


def log_in_again() -> ResponseReturnValue:
    """The login, carrying along the form that was sent without a session."""
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    return render_template("login.html", problem="", next="", carried=json.dumps(pairs)), 401


@blueprint.route("/login", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def login() -> ResponseReturnValue:
    problem = ""
    if request.method == "POST":
        try:
            person = office().accounts.log_in(request.form.get("login", ""), request.form.get("password", ""))
        except NotAllowed as error:
            problem = _("Too many wrong passwords. Wait a quarter of an hour.")
            if "too many" not in str(error):
                problem = _("Login or password is wrong.")
        else:
            session.clear()
            session.permanent = True
            login_user(User(person))
            if form := _carried():
                return rescue(form)
            return redirect(_own_page(request.form.get("next", "")), 303)
    elif user() is not None:
        return redirect(url_for("workbench.home"))
    status = 403 if problem else 200
    carried = request.form.get("carried", "")
    return render_template("login.html", problem=problem, next=request.values.get("next", ""), carried=carried), status


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    logout_user()
    session.clear()
    return redirect(url_for("public.home"), 303)


@blueprint.route("/account", methods=["GET", "POST"])
@login_required  # type: ignore[untyped-decorator]
@limiter.limit("20 per minute", methods=["POST"])
def account() -> ResponseReturnValue:
    """One's own password and tokens."""
    who, accounts = actor(), office().accounts
    token = ""
    if request.method == "POST":
        try:
            match request.form.get("do"):
                case "password":
                    if request.form.get("new") != request.form.get("again"):
                        raise WrongUse(_("The two new passwords differ."))
                    old, new = request.form.get("old", ""), request.form.get("new", "")
                    login_user(User(accounts.set_password(who.account, new, by=who, old=old)))
                    flash(_("The password is changed."), "done")
                case "token":
                    days = request.form.get("days", "")
                    limit = int(days) if days.isascii() and days.isdigit() and 0 < int(days) <= 3650 else 365
                    token = accounts.make_token(who.account, request.form.get("name", "")[:100], days=limit, by=who)
                case "revoke":
                    number = request.form.get("token", "")
                    accounts.revoke(int(number) if number.isdigit() else 0, by=who)
                    flash(_("The token is revoked."), "done")
                case _:
                    raise WrongUse(_("Choose what to do."))
        except (NotAllowed, WrongUse, NotFound) as error:
            flash(said(error), "error")
    tokens = accounts.tokens(who.account)
    return render_template("account.html", who=who, tokens=tokens, made=token, shortest=SHORTEST)


def init(app: Flask) -> None:
    manager = LoginManager()
    manager.login_view = "auth.login"
    manager.session_protection = "basic"
    manager.login_message = ""
    manager.user_loader(_load)
    manager.init_app(app)
    app.register_blueprint(blueprint)

    @app.context_processor
    def who_is_there() -> dict[str, object]:
        found = user() if has_request_context() else None
        return {"who": found.person.actor if found is not None else None}
