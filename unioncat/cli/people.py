"""Accounts of people and tokens of machines: user, token."""

from __future__ import annotations

import secrets
from typing import cast

import click

from unioncat.cli.context import app_of
from unioncat.cli.output import json_option, plain, print_json, print_rows, say
from unioncat.services.roles import ROLES, Role


@click.group()
def user() -> None:
    """Accounts of people."""


@user.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the account may do.")
@click.option("--member", help="Library that a cataloguer acts for.")
@click.option("--name", default="", help="The person's name.")
@click.option("--password", help="Asked for if not given; '-' makes one and prints it.")
@click.pass_context
def add(ctx: click.Context, login: str, role: str, member: str | None, name: str, password: str | None) -> None:
    """Add the account LOGIN."""
    if password is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    made = password == "-"  # noqa: S105  (the sign for "make one")
    if made:
        password = secrets.token_urlsafe(12)
    with app_of(ctx) as app:
        app.accounts.add(login, password, cast("Role", role), member=member, name=name)
    say(f"Added {login} ({role})." + (f" Password: {password}" if made else ""))


@user.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """All accounts."""
    with app_of(ctx) as app:
        rows = [plain(each) for each in app.accounts.all()]
    for row in rows:
        row.pop("stamp", None)
    print_rows(rows, as_json, ("login", "name", "role", "member", "active"))


@user.command("password")
@click.argument("login")
@click.option("--password", help="Asked for if not given.")
@click.pass_context
def password_(ctx: click.Context, login: str, password: str | None) -> None:
    """Give LOGIN a new password; its sessions end."""
    if password is None:
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    with app_of(ctx) as app:
        app.accounts.set_password(app.accounts.by_login(login).id, password)
    say(f"{login} has a new password.")


@user.command("close")
@click.argument("login")
@click.pass_context
def close(ctx: click.Context, login: str) -> None:
    """Close the account LOGIN: no more logins, tokens end; its history stays."""
    with app_of(ctx) as app:
        app.accounts.change(app.accounts.by_login(login).id, active=False)
    say(f"{login} is closed.")


@click.group()
def token() -> None:
    """Tokens by which machines use the API."""


@token.command("add")
@click.argument("login")
@click.argument("name")
@click.option("--days", type=click.IntRange(1), help="Days for which it holds; for ever if not given.")
@json_option
@click.pass_context
def token_add(ctx: click.Context, login: str, name: str, days: int | None, as_json: bool) -> None:
    """Make a token NAME of the account LOGIN; it is shown once."""
    with app_of(ctx) as app:
        made = app.accounts.make_token(app.accounts.by_login(login).id, name, days=days)
    if as_json:
        print_json({"login": login, "name": name, "token": made})
    else:
        say(made)


@token.command("list")
@json_option
@click.pass_context
def token_list(ctx: click.Context, as_json: bool) -> None:
    """All tokens, without their secrets."""
    with app_of(ctx) as app:
        rows = [plain(each) for each in app.accounts.tokens()]
    print_rows(rows, as_json)


@token.command("revoke")
@click.argument("number", type=int)
@click.pass_context
def token_revoke(ctx: click.Context, number: int) -> None:
    """End the token NUMBER."""
    with app_of(ctx) as app:
        app.accounts.revoke(number)
    say(f"Token {number} is revoked.")
