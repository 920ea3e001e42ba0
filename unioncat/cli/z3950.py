"""unioncat z3950: a small Z39.50 and SRU client for librarians."""

from __future__ import annotations

import click

from unioncat.cli.context import settings_of
from unioncat.cli.output import json_option, print_json, print_rows, say
from unioncat.marc import to_json, to_marcxml, to_mrk
from unioncat.model import WrongUse
from unioncat.model.target import TargetQuery
from unioncat.services.copy_cataloguing import CopyCataloguing, Wish, load_searchers, target_query
from unioncat.services.formats import Formats
from unioncat.services.targets import Targets

__all__ = ["z3950"]

_SHOWN = {"mrk": to_mrk, "marcxml": to_marcxml, "json": to_json}


@click.group()
def z3950() -> None:
    """Search other libraries' catalogues by Z39.50 or SRU."""


@z3950.command("targets")
@json_option
@click.pass_context
def targets_command(ctx: click.Context, as_json: bool) -> None:
    """List the targets that can be named in a search; your own stand in targets.csv in the home folder."""
    rows = [
        {"code": each.code, "name": each.name, "protocol": each.protocol, "address": each.address, "note": each.note}
        for each in Targets.load(settings_of(ctx).home).all()
    ]
    print_rows(rows, as_json)


@z3950.command("search")
@click.argument("target")
@click.argument("query")
@click.option("--pqf", is_flag=True, help="QUERY is in prefix notation, e.g. '@attr 1=4 kiều'.")
@click.option("--cql", is_flag=True, help="QUERY is in CQL, e.g. 'dc.title = kiều'.")
@click.option("--title", "by", flag_value="title", help="QUERY is words of a title.")
@click.option("--author", "by", flag_value="author", help="QUERY is an author.")
@click.option("--isbn", "by", flag_value="isbn", help="QUERY is an ISBN.")
@click.option("--syntax", default="", help="Record syntax (usmarc, xml, opac) or SRU schema; the target's by default.")
@click.option("--start", default=1, show_default=True, type=click.IntRange(1), help="First record shown.")
@click.option("--count", default=10, show_default=True, type=click.IntRange(0, 1000), help="Records shown.")
@click.option("--format", "shown", default="mrk", show_default=True, type=click.Choice(list(_SHOWN)), help="As what.")
@click.option("--seconds", default=30.0, show_default=True, type=click.FloatRange(0.1, 3600), help="Patience.")
@json_option
@click.pass_context
def search_command(
    ctx: click.Context,
    target: str,
    query: str,
    pqf: bool,
    cql: bool,
    by: str | None,
    syntax: str,
    start: int,
    count: int,
    shown: str,
    seconds: float,
    as_json: bool,
) -> None:
    """Search TARGET, a code of `unioncat z3950 targets` or host:port/database or http://…, and show records.

    Without an option QUERY is words that stand anywhere in a record.
    """
    if pqf + cql + (by is not None) > 1:
        raise WrongUse("say one of --pqf, --cql, --title, --author and --isbn")
    if pqf or cql:
        asked = TargetQuery(query if pqf else "", query if cql else "")
    else:
        asked = target_query(Wish(**{by or "anywhere": query}))
    desk = CopyCataloguing(None, Targets.load(settings_of(ctx).home), load_searchers(), Formats.load())
    found = desk.search_one(desk.targets.get(target), asked, start=start, count=count, syntax=syntax, seconds=seconds)
    if as_json:
        print_json(
            {
                "target": found.code,
                "total": found.total,
                "seconds": round(found.seconds, 3),
                "records": [
                    {"position": hit.position, "problem": hit.problem, "record": _text(to_json(hit.record))}
                    if hit.record is not None
                    else {"position": hit.position, "problem": hit.problem, "record": None}
                    for hit in found.hits
                ],
                "warnings": list(found.warnings),
            }
        )
        return
    say(f"{found.total} record{'' if found.total == 1 else 's'} in {found.seconds:.2f} s")
    for hit in found.hits:
        say(f"\n[{hit.position}]")
        say(_text(_SHOWN[shown](hit.record)) if hit.record is not None else f"cannot be read: {hit.problem}")
    for warning in found.warnings:
        say(f"! {warning}")


def _text(rendered: bytes | str) -> str:
    return rendered.decode() if isinstance(rendered, bytes) else rendered
