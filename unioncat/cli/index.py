"""The search index, and a search from the command line."""

from __future__ import annotations

import click

from unioncat.cli.context import app_of
from unioncat.cli.output import count_progress, fail, json_option, plain, print_json, print_rows, say
from unioncat.marc import first, from_json
from unioncat.model import UnionRecord
from unioncat.services.find import parse_box


@click.group()
def index() -> None:
    """The search index, a projection of the catalogue."""


@index.command()
@json_option
@click.option("--check", is_flag=True, help="Also read all its files and compare their checksums.")
@click.pass_context
def status(ctx: click.Context, as_json: bool, check: bool) -> int:
    """How far the index is behind the catalogue. Exit status 1 if it is missing, damaged or behind."""
    with app_of(ctx) as app:
        found = app.indexer.status(check)
    if as_json:
        print_json({**plain(found), "lag": found.lag})
    else:
        say(f"{found.url}: {found.state}, {found.documents} records, change {found.change} of {found.last_change}")
        if found.message:
            fail(found.message)
    return 0 if found.state == "current" else 1


@index.command()
@click.pass_context
def rebuild(ctx: click.Context) -> None:
    """Make the index anew beside the live one and swap them."""
    with app_of(ctx) as app:
        with count_progress("indexing", app.catalogue.counts().records) as progress:
            count = app.indexer.rebuild(progress)
        say(f"The index holds {count} records.")


@index.command("catch-up")
@click.pass_context
def catch_up(ctx: click.Context) -> None:
    """Bring the index up to the last change (`serve` and `worker` do it by themselves)."""
    with app_of(ctx) as app:
        with count_progress("indexing") as progress:
            done = app.indexer.catch_up(progress)
        say(f"{done} records were written or removed; change {app.indexer.status().change}.")


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--count", default=10, show_default=True, type=click.IntRange(0, 1000), help="Records to show.")
@click.option("--start", default=1, show_default=True, type=click.IntRange(1), help="The first of them, from 1.")
@json_option
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], count: int, start: int, as_json: bool) -> int:
    """Search the catalogue as in the web's box: words, ISBN, "phrase", author:name, -without."""
    with app_of(ctx) as app:
        found = app.finder.search(parse_box(" ".join(words)), start=start, count=count)
        rows = [brief(record) for record in found.records]
    if as_json:
        print_json({"total": found.total, "records": rows})
    else:
        say(f"{found.total} records")
        if rows:
            print_rows(rows, False)
    return 0 if found.total else 1


def brief(record: UnionRecord) -> dict[str, str]:
    """One line of a record: id, title, author, year, libraries."""
    marc = from_json(record.marc)
    return {
        "id": record.public_id,
        "title": (first(marc, "245$abnp") or "").rstrip(" /:;,."),
        "author": (first(marc, "100$a") or first(marc, "110$a") or "").rstrip(" ,."),
        "year": (first(marc, "264$c") or first(marc, "260$c") or "").strip(" .,"),
        "libraries": " ".join(sorted({holding.member for holding in record.holdings})),
    }
