"""The store itself and the member libraries: init, upgrade, member."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from unioncat.bootstrap import App
from unioncat.cli.context import app_of, settings_of
from unioncat.cli.output import json_option, plain, print_rows, say
from unioncat.model import MEMBER_KINDS, Conflict, Member, MemberCode, UnreadableInput, WrongUse
from unioncat.settings import CONFIG_NAME

CONFIG_TEXT = """\
# Settings of this catalogue; docs/settings.md lists all of them. Remove the "#" to change one.
# name_vi = "Mục lục liên hợp tỉnh …"
# name_en = "… union catalogue"
# public_url = "https://…"
# admin_email = "…"
"""


@click.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """Create the store (an existing one is left as it is)."""
    settings = settings_of(ctx)
    settings.home.mkdir(parents=True, exist_ok=True)
    config = settings.home / CONFIG_NAME
    if not config.exists():
        config.write_text(CONFIG_TEXT, encoding="utf-8")
    App.create(settings).close()
    say(f"The catalogue in {settings.home} is ready. Add a library with: unioncat member add CODE NAME --kind public")


@click.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring a store made by an older version up to date."""
    revision = App.upgrade(settings_of(ctx))
    say(f"The store has schema {revision}.")


@click.group()
def member() -> None:
    """Member libraries."""


@member.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--kind", type=click.Choice(MEMBER_KINDS), required=True, help="What kind of library.")
@click.option("--name-en", default="", help="Its name in English.")
@click.option("--district", default="", help="District or town.")
@click.option("--province", default="", help="Province.")
@click.option("--email", default="", help="Contact for run reports.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", help="Language of its reports.")
@click.option("--link", "link_template", default="", help="Address of a record in its own catalogue, with {id}.")
@click.pass_context
def add(
    ctx: click.Context,
    code: str,
    name: str,
    kind: str,
    name_en: str,
    district: str,
    province: str,
    email: str,
    language: str,
    link_template: str,
) -> None:
    """Add the library CODE (its ISIL or MARC organisation code), called NAME."""
    new = Member(MemberCode(code), name, kind, name_en, district, province, email, language, link_template)
    with app_of(ctx) as app:
        app.members.add_member(new)
    say(f"Added {code}: {name}.")


@member.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """All libraries with the number of records they hold."""
    with app_of(ctx) as app:
        held = app.catalogue.counts().by_member
        rows = [{**plain(each), "records": held.get(each.code, 0)} for each in app.catalogue.members().values()]
    print_rows(rows, as_json, ("code", "name", "kind", "district", "records", "active"))


@member.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_context
def import_(ctx: click.Context, file: Path) -> int:
    """Add or update libraries from a CSV file (columns code,name,kind and any of the other properties)."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableInput(f"{file} is not a CSV file in UTF-8: {error}") from error
    known = {"name", "kind", "name_en", "district", "province", "email", "language", "link_template"}
    added = updated = refused = 0
    with app_of(ctx) as app:
        present = app.catalogue.members()
        for number, row in enumerate(rows, 2):
            values: dict[str, Any] = {
                key: (value or "").strip() for key, value in row.items() if key in known and value
            }
            code = (row.get("code") or "").strip()
            if not code or values.get("kind", "public") not in MEMBER_KINDS:
                refused += 1
                say(f"{file}:{number}: refused: needs a code, and a kind out of {', '.join(MEMBER_KINDS)}")
                continue
            if code in present:
                app.members.update_member(replace(present[MemberCode(code)], **values))
                updated += 1
            elif not values.get("name") or not values.get("kind"):
                refused += 1
                say(f"{file}:{number}: refused: a new library needs name and kind")
            else:
                try:
                    app.members.add_member(Member(MemberCode(code), **values))
                    added += 1
                except (Conflict, WrongUse) as error:
                    refused += 1
                    say(f"{file}:{number}: refused: {error}")
    say(f"added {added}, updated {updated}, refused {refused}")
    return 1 if refused else 0
