"""The feeds of the libraries: source add, list, show, test, probe, pause, resume, remove."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from unioncat.cli.context import app_of
from unioncat.cli.output import json_option, plain, print_json, print_rows, say
from unioncat.model import MemberCode, Source, SourceId, WrongUse
from unioncat.services.schedule import check_schedule


@click.group()
def source() -> None:
    """Feeds of the libraries: OAI-PMH, SRU, Z39.50, files and drop folders."""


def _quirks(pairs: tuple[str, ...]) -> dict[str, str]:
    quirks = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise WrongUse(f"--quirk {pair!r}: write NAME=VALUE, see docs/harvesting.md")
        quirks[name] = value
    return quirks


@source.command("add")
@click.argument("member")
@click.argument("endpoint")
@click.option("--code", default="", help="Its code (default: the library's code and the harvester).")
@click.option("--harvester", default="oai-pmh", show_default=True, help="oai-pmh, sru, z3950, file, http or sftp.")
@click.option("--format", "format_", default="", help="metadataPrefix or reading format; found out if not given.")
@click.option("--set", "set_spec", default="", help="OAI-PMH set, or query for SRU and Z39.50.")
@click.option("--schedule", default="", help="Cron expression, e.g. '30 2 * * *'; none: by hand only.")
@click.option("--credentials", default="", help="env:NAME or file:/path, never the secret itself.")
@click.option("--rank", default=50, show_default=True, help="Trust when records are merged, 0 best.")
@click.option("--quirk", "quirks", multiple=True, metavar="NAME=VALUE", help="Named setting of this source.")
@click.pass_context
def add(
    ctx: click.Context,
    member: str,
    endpoint: str,
    code: str,
    harvester: str,
    format_: str,
    set_spec: str,
    schedule: str,
    credentials: str,
    rank: int,
    quirks: tuple[str, ...],
) -> None:
    """Add the feed at ENDPOINT of the library MEMBER."""
    with app_of(ctx) as app:
        app.harvesters.get(harvester)
        new = Source(
            SourceId(0),
            code or f"{member}-{harvester}",
            MemberCode(member),
            harvester,
            endpoint,
            format_,
            set_spec,
            schedule,
            _quirks(quirks),
            credentials,
            None,
            rank,
        )
        check_schedule(schedule, new.quirks)
        app.sources.add(new)
    say(f"Added {new.code}. Try it with: unioncat source test {new.code}")


@source.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """All feeds with their last run."""
    with app_of(ctx) as app:
        states = app.sources.states()
    rows = [
        {
            **plain(each.source),
            "next_run": each.next_run,
            "last_state": each.last.state if each.last else None,
            "last_run": (each.last.finished or each.last.started) if each.last else None,
            "last_account": (plain(each.last.account) if as_json else str(each.last.account)) if each.last else None,
            "last_message": each.last.message if each.last else None,
        }
        for each in states
    ]
    columns = (
        "code",
        "member",
        "harvester",
        "endpoint",
        "schedule",
        "paused",
        "last_state",
        "last_run",
        "last_account",
    )
    print_rows(rows, as_json, columns)


@source.command("probe")
@click.argument("endpoint")
@click.option("--harvester", default="", help="Ask as this; found out from the address if not given.")
@json_option
@click.pass_context
def probe(ctx: click.Context, endpoint: str, harvester: str, as_json: bool) -> None:
    """Ask ENDPOINT what it offers: formats, sets, granularity, deletions, how many records."""
    with app_of(ctx) as app:
        found = app.harvesters.probe(endpoint, harvester)
    if as_json:
        print_json(found)
        return
    for name, value in plain(found).items():
        if isinstance(value, tuple | list) and value:
            say(f"{name.replace('_', ' ')}:")
            for item in value:
                say("  " + "  ".join(str(part) for part in plain(item).values() if part not in ("", None)))
        elif value not in (None, "", (), []):
            say(f"{name.replace('_', ' ')}: {value}")


@source.command("test")
@click.argument("code")
@click.option("--count", default=10, show_default=True, help="How many records to try.")
@json_option
@click.pass_context
def test(ctx: click.Context, code: str, count: int, as_json: bool) -> int:
    """Fetch the first records of the feed CODE and read them; store nothing."""
    with app_of(ctx) as app:
        rows = app.try_source(code, count)
    print_rows(rows, as_json, ("identifier", "title", "problem"))
    return 1 if any(row["problem"] for row in rows) or not rows else 0


@source.command("set")
@click.argument("code")
@click.option("--endpoint")
@click.option("--format", "format_")
@click.option("--set", "set_spec")
@click.option("--schedule")
@click.option("--credentials")
@click.option("--rank", type=int)
@click.option("--quirk", "quirks", multiple=True, metavar="NAME=VALUE", help="NAME= removes it.")
@click.pass_context
def set_(
    ctx: click.Context,
    code: str,
    endpoint: str | None,
    format_: str | None,
    set_spec: str | None,
    schedule: str | None,
    credentials: str | None,
    rank: int | None,
    quirks: tuple[str, ...],
) -> None:
    """Change the feed CODE."""
    given = {
        "endpoint": endpoint,
        "format": format_,
        "set_spec": set_spec,
        "schedule": schedule,
        "credentials": credentials,
        "rank": rank,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    with app_of(ctx) as app:
        if schedule:
            check_schedule(schedule)
        old = app.sources.get(code)
        merged = {**old.quirks, **_quirks(quirks)}
        new = replace(old, **changes, quirks={name: text for name, text in merged.items() if text})
        app.members.update_source(new)
        if schedule is not None:
            app.sources.replan(old)
    say(f"Changed {code}.")


@source.command("pause")
@click.argument("code")
@click.pass_context
def pause(ctx: click.Context, code: str) -> None:
    """Stop the schedule of the feed CODE until `source resume`."""
    _set_paused(ctx, code, paused=True)


@source.command("resume")
@click.argument("code")
@click.pass_context
def resume(ctx: click.Context, code: str) -> None:
    """Let the schedule of the feed CODE go on."""
    _set_paused(ctx, code, paused=False)


def _set_paused(ctx: click.Context, code: str, *, paused: bool) -> None:
    with app_of(ctx) as app:
        app.sources.set_paused(code, paused)
    say(f"{code} is {'paused' if paused else 'running again'}.")


@source.command("remove")
@click.argument("code")
@click.confirmation_option(prompt="Take this feed and all its records out of the catalogue?")
@click.pass_context
def remove(ctx: click.Context, code: str) -> None:
    """Take the feed CODE and all its records out of the catalogue; what only it had becomes deleted."""
    with app_of(ctx) as app:
        count = app.members.remove_source(code)
    say(f"Removed {code} and its {count} records.")
